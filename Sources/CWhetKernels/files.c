// What Swift's view of the C library lacks.
#define _GNU_SOURCE
#include "whet_kernels.h"

#include <fcntl.h>
#include <stdio.h>

int whet_exchange(const char *one, const char *other) {
#ifdef __APPLE__
    return renamex_np(one, other, RENAME_SWAP);
#else
    return renameat2(AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE);
#endif
}
