// Sixteen floats at a time, whatever the machine's registers: a build for AVX-512 has one register for them, for AVX2
// two. Sums over a row go to the lane `index mod 16` and then down one tree, so they do not depend on the instructions
// used.
#ifndef WHET_VECTORS_H
#define WHET_VECTORS_H

#include <math.h>
#include <stdint.h>
#include <string.h>

typedef float floats __attribute__((vector_size(64), aligned(4)));
typedef int32_t ints __attribute__((vector_size(64), aligned(4)));

#define LANES 16
#define INLINE static inline __attribute__((always_inline))

// KERNEL(result, name, (parameters), (their names)) { … } defines a function that is built once for each level of
// x86-64; the program picks one when it starts. The body stands in an inlined function of no level of its own, because
// a call from a build with wide registers to one without may not pass vectors.
#if defined(__x86_64__) && defined(__linux__)
#define LEVELS __attribute__((target_clones("avx512f", "arch=x86-64-v3", "default")))
#else
#define LEVELS
#endif
#define KERNEL(RESULT, NAME, PARAMETERS, NAMES)         \
    INLINE RESULT NAME##_body PARAMETERS;               \
    LEVELS RESULT NAME PARAMETERS { return NAME##_body NAMES; } \
    INLINE RESULT NAME##_body PARAMETERS

#pragma clang diagnostic ignored "-Wpsabi"

INLINE floats load(const float *x) { return *(const floats *)x; }
INLINE void store(float *x, floats v) { *(floats *)x = v; }
INLINE floats splat(float x) { return (floats){x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x}; }

/// The first `count` (under 16) floats, then zeros.
INLINE floats load_some(const float *x, long count) {
    floats v = splat(0);
    for (long i = 0; i < count; i++) v[i] = x[i];
    return v;
}

INLINE void store_some(float *x, floats v, long count) {
    for (long i = 0; i < count; i++) x[i] = v[i];
}

INLINE floats load_upto(const float *x, long left) { return left >= LANES ? load(x) : load_some(x, left); }

INLINE void store_upto(float *x, floats v, long left) {
    if (left >= LANES) store(x, v);
    else store_some(x, v, left);
}

INLINE floats choose(ints mask, floats yes, floats no) {
    return (floats)(((ints)yes & mask) | ((ints)no & ~mask));
}

INLINE floats maximum(floats a, floats b) { return choose(a > b, a, b); }

INLINE float sum(floats v) {
    float a[8], b[4];
    for (int i = 0; i < 8; i++) a[i] = v[i] + v[i + 8];
    for (int i = 0; i < 4; i++) b[i] = a[i] + a[i + 4];
    return (b[0] + b[2]) + (b[1] + b[3]);
}

INLINE float largest(floats v) {
    float m = v[0];
    for (int i = 1; i < LANES; i++) m = v[i] > m ? v[i] : m;
    return m;
}

/// 1 / sqrt(mean x² + ε)
INLINE float inverse_rms(long width, const float *x, float epsilon) {
    floats squares = splat(0);
    for (long i = 0; i < width; i += LANES) {
        floats v = load_upto(x + i, width - i);
        squares += v * v;
    }
    return 1.0f / sqrtf(sum(squares) / (float)width + epsilon);
}

/// e^x to about 1 unit in the last place; 0 below −87.3. x = n ln 2 + r with |r| ≤ ln 2 / 2; e^r by the minimax
/// polynomial that Cephes gives; 2^n by the exponent's bits.
INLINE floats exponential(floats x) {
    const float magic = 12582912.0f;  // 1.5 · 2^23: adding it rounds to a whole number
    ints tiny = x < splat(-87.3f);
    floats bounded = choose(x > splat(88.3f), splat(88.3f), choose(tiny, splat(-87.3f), x));
    floats n = (bounded * 1.44269504f + magic) - magic;
    floats r = bounded - n * 0.693359375f;
    r = r - n * -2.12194440e-4f;
    floats p = r * 1.9875691500e-4f + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * (r * r) + (r + 1.0f);
    ints power = (__builtin_convertvector(n, ints) + 127) << 23;
    return choose(tiny, splat(0), p * (floats)power);
}

#endif
