// SwiGLU, arXiv 2002.05202: h = silu(gate) · up with silu(x) = x σ(x). Forward beside backward.
#include "vectors.h"
#include "whet_kernels.h"

INLINE floats sigmoid(floats x) { return 1.0f / (1.0f + exponential(-x)); }

KERNEL(void, whet_swiglu_forward, (long rows, long width, const float *gate_up, float *h), (rows, width, gate_up, h)) {
    for (long row = 0; row < rows; row++, gate_up += 2 * width, h += width)
        for (long i = 0; i < width; i += LANES) {
            long left = width - i;
            floats gate = load_upto(gate_up + i, left), up = load_upto(gate_up + width + i, left);
            store_upto(h + i, gate * sigmoid(gate) * up, left);
        }
}

// dgate = dh · up · σ (1 + gate (1 − σ)), dup = dh · gate σ
KERNEL(
    void, whet_swiglu_backward,
    (long rows, long width, float *gate_up, const float *dh, float *h),
    (rows, width, gate_up, dh, h)) {
    for (long row = 0; row < rows; row++, gate_up += 2 * width, h += width, dh += width)
        for (long i = 0; i < width; i += LANES) {
            long left = width - i;
            floats gate = load_upto(gate_up + i, left), up = load_upto(gate_up + width + i, left);
            floats d = load_upto(dh + i, left), s = sigmoid(gate), silu = gate * s;
            store_upto(h + i, silu * up, left);
            store_upto(gate_up + i, d * up * (s * (1.0f + gate * (1.0f - s))), left);
            store_upto(gate_up + width + i, d * silu, left);
        }
}
