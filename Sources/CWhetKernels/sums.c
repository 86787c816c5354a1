// Sums of vectors.
#include "vectors.h"
#include "whet_kernels.h"

KERNEL(void, whet_add, (long count, const float *x, float *y), (count, x, y)) {
    for (long i = 0; i < count; i += LANES)
        store_upto(y + i, load_upto(y + i, count - i) + load_upto(x + i, count - i), count - i);
}

KERNEL(void, whet_add_rows, (long rows, long width, const float *x, float *y), (rows, width, x, y)) {
    for (long row = 0; row < rows; row++, y += width)
        for (long i = 0; i < width; i += LANES)
            store_upto(y + i, load_upto(y + i, width - i) + load_upto(x + i, width - i), width - i);
}

KERNEL(
    void, whet_sum_rows,
    (long rows, long width, const float *x, long stride, float *y),
    (rows, width, x, stride, y)) {
    for (long row = 0; row < rows; row++, x += stride)
        for (long i = 0; i < width; i += LANES)
            store_upto(y + i, load_upto(y + i, width - i) + load_upto(x + i, width - i), width - i);
}

KERNEL(double, whet_square_sum, (long count, const float *x), (count, x)) {
    double lanes[LANES] = {0};
    long whole = count / LANES * LANES;
    for (long i = 0; i < whole; i += LANES)
        for (int lane = 0; lane < LANES; lane++) lanes[lane] += (double)x[i + lane] * (double)x[i + lane];
    for (long i = whole; i < count; i++) lanes[i - whole] += (double)x[i] * (double)x[i];
    double total = 0;
    for (int lane = 0; lane < LANES; lane++) total += lanes[lane];
    return total;
}
