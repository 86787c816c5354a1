// What starting and watching a child process takes of Linux beyond POSIX, and Swift's Glibc module does not show.
#ifndef WHET_PROCESS_H
#define WHET_PROCESS_H

#include <stddef.h>
#include <sys/types.h>

/// Starts a program in a process group of its own, with default signals and no open files but those named.
///
/// descriptors: what becomes 0, 1, … of the child; folder: where it runs, NULL for here.
/// dies: whether the kernel is to kill it when the thread that calls this ends, however that comes; not what it starts.
/// child: its process id; watch: a descriptor that becomes readable when it ends.
/// Returns 0, or an errno; then nothing runs.
int whet_process_spawn(
    const char *path, char *const arguments[], char *const environment[], const char *folder, const int *descriptors,
    int count, int dies, pid_t *child, int *watch);

/// A pipe whose ends no program started by anybody inherits; `ours` is the end that never blocks: 0 or 1, −1 for none.
/// Returns 0, or an errno.
int whet_process_pipe(int ends[2], int ours);

/// A file that lies in memory only, open for reading and writing at its start. Returns a descriptor, or −1 and errno.
int whet_process_memory_file(const void *bytes, size_t count);

/// A descriptor that `whet_process_ring` makes readable. Returns it, or −1 and errno.
int whet_process_bell(void);
void whet_process_ring(int bell);
void whet_process_silence(int bell);

/// Keeps a write to a closed pipe from ending this process, for the thread that calls it.
void whet_process_ignore_broken_pipes(void);

#endif
