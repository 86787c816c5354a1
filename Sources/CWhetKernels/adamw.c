// AdamW, arXiv 1711.05101, in the order of operations of PyTorch's: decay, moments, then the corrected step.
#include "vectors.h"
#include "whet_kernels.h"

typedef float root_floats __attribute__((vector_size(64)));

INLINE floats square_root(floats x) {
#if __has_builtin(__builtin_elementwise_sqrt)
    return (floats)__builtin_elementwise_sqrt((root_floats)x);
#else
    for (int i = 0; i < LANES; i++) x[i] = sqrtf(x[i]);
    return x;
#endif
}

KERNEL(
    void, whet_adamw,
    (long count, float *parameter, const float *gradient, float *first, float *second, float scale, float learning_rate,
     float beta1, float beta2, float epsilon, float decay, float correction1, float correction2),
    (count, parameter, gradient, first, second, scale, learning_rate, beta1, beta2, epsilon, decay, correction1,
     correction2)) {
    float keep = 1.0f - learning_rate * decay, step = learning_rate / correction1;
    float inverse_root = 1.0f / sqrtf(correction2);
    for (long i = 0; i < count; i += LANES) {
        long left = count - i;
        floats g = load_upto(gradient + i, left) * scale;
        floats m = load_upto(first + i, left), v = load_upto(second + i, left);
        m = m + (g - m) * (1.0f - beta1);
        v = v * beta2 + g * g * (1.0f - beta2);
        floats p = load_upto(parameter + i, left) * keep;
        p = p - step * (m / (square_root(v) * inverse_root + epsilon));
        store_upto(first + i, m, left);
        store_upto(second + i, v, left);
        store_upto(parameter + i, p, left);
    }
}
