// RMSNorm, arXiv 1910.07467: y = x / rms(x) · weight, row by row. Forward beside backward.
#include "vectors.h"
#include "whet_kernels.h"

KERNEL(
    void, whet_rms_norm_forward,
    (long rows, long width, const float *x, const float *weight, float epsilon, float *y),
    (rows, width, x, weight, epsilon, y)) {
    for (long row = 0; row < rows; row++, x += width, y += width) {
        float inverse = inverse_rms(width, x, epsilon);
        for (long i = 0; i < width; i += LANES)
            store_upto(y + i, load_upto(x + i, width - i) * inverse * load_upto(weight + i, width - i), width - i);
    }
}

// With n = x / rms and g = dy · weight: dx += (g − n · mean(g · n)) / rms, dweight += Σ dy · n over the rows.
KERNEL(
    void, whet_rms_norm_backward,
    (long rows, long width, const float *dy, const float *x, const float *weight, float epsilon, float *dx,
     float *dweight),
    (rows, width, dy, x, weight, epsilon, dx, dweight)) {
    for (long row = 0; row < rows; row++, x += width, dy += width, dx += width) {
        float inverse = inverse_rms(width, x, epsilon);
        floats along = splat(0);  // Σ g · n
        for (long i = 0; i < width; i += LANES)
            along += load_upto(dy + i, width - i) * load_upto(weight + i, width - i)
                * (load_upto(x + i, width - i) * inverse);
        float mean = sum(along) / (float)width;
        for (long i = 0; i < width; i += LANES) {
            long left = width - i;
            floats n = load_upto(x + i, left) * inverse, d = load_upto(dy + i, left);
            store_upto(dx + i, load_upto(dx + i, left) + (d * load_upto(weight + i, left) - n * mean) * inverse, left);
            store_upto(dweight + i, load_upto(dweight + i, left) + d * n, left);
        }
    }
}
