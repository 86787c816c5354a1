// Between fp32 and the short floating-point formats of safetensors files.
#include "vectors.h"
#include "whet_kernels.h"

KERNEL(void, whet_from_bfloat16, (long count, const uint16_t *x, float *y), (count, x, y)) {
    for (long i = 0; i < count; i++) {
        uint32_t bits = (uint32_t)x[i] << 16;
        memcpy(y + i, &bits, sizeof bits);
    }
}

KERNEL(void, whet_to_bfloat16, (long count, const float *x, uint16_t *y), (count, x, y)) {
    for (long i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, x + i, sizeof bits);
        uint32_t rounded = (bits + 0x7FFF + (bits >> 16 & 1)) >> 16;
        y[i] = (uint16_t)((bits & 0x7FFFFFFF) > 0x7F800000 ? bits >> 16 | 0x40 : rounded);  // a NaN stays one
    }
}

void whet_from_float16(long count, const uint16_t *x, float *y) {
    for (long i = 0; i < count; i++) {
        uint32_t sign = (uint32_t)(x[i] & 0x8000) << 16, exponent = x[i] >> 10 & 31, fraction = x[i] & 1023, bits;
        if (exponent == 31) bits = sign | 0x7F800000 | fraction << 13;
        else if (exponent) bits = sign | (exponent + 112) << 23 | fraction << 13;
        else {
            float small = (float)fraction * 0x1p-24f;  // subnormal
            memcpy(&bits, &small, sizeof bits);
            bits |= sign;
        }
        memcpy(y + i, &bits, sizeof bits);
    }
}
