// What stands between the query and key projections and attention: QK-norm (RMSNorm of each head, as Qwen3 has it) and
// rotary positions (arXiv 2104.09864, halves paired as in Hugging Face's weights). Forward beside backward.
#include "vectors.h"
#include "whet_kernels.h"

// n = x / rms · weight; out[i] = scale (n[i] cos − n[i + half] sin), out[i + half] = scale (n[i + half] cos + n[i] sin)
KERNEL(
    void, whet_head_forward,
    (long rows, long width, const float *x, long x_stride, const float *weight, float epsilon, const float *cosine,
     const float *sine, float scale, float *out, long out_stride),
    (rows, width, x, x_stride, weight, epsilon, cosine, sine, scale, out, out_stride)) {
    long half = width / 2;
    for (long row = 0; row < rows; row++, x += x_stride, out += out_stride, cosine += half, sine += half) {
        float inverse = weight ? inverse_rms(width, x, epsilon) : 1;
        for (long i = 0; i < half; i += LANES) {
            long left = half - i;
            floats a = load_upto(x + i, left), b = load_upto(x + half + i, left);
            if (weight) {
                a = a * inverse * load_upto(weight + i, left);
                b = b * inverse * load_upto(weight + half + i, left);
            }
            floats c = load_upto(cosine + i, left), s = load_upto(sine + i, left);
            store_upto(out + i, (a * c - b * s) * scale, left);
            store_upto(out + half + i, (b * c + a * s) * scale, left);
        }
    }
}

// The rotation's slope is the rotation back; then as in norm.c.
KERNEL(
    void, whet_head_backward,
    (long rows, long width, float *dout, long dout_stride, const float *x, long x_stride, const float *weight,
     float epsilon, const float *cosine, const float *sine, float scale, float *dx, long dx_stride, float *dweight),
    (rows, width, dout, dout_stride, x, x_stride, weight, epsilon, cosine, sine, scale, dx, dx_stride, dweight)) {
    long half = width / 2;
    for (long row = 0; row < rows;
         row++, x += x_stride, dout += dout_stride, dx += dx_stride, cosine += half, sine += half) {
        for (long i = 0; i < half; i += LANES) {
            long left = half - i;
            floats a = load_upto(dout + i, left) * scale, b = load_upto(dout + half + i, left) * scale;
            floats c = load_upto(cosine + i, left), s = load_upto(sine + i, left);
            store_upto(dout + i, a * c + b * s, left);
            store_upto(dout + half + i, b * c - a * s, left);
        }
        if (!weight) {
            memcpy(dx, dout, (size_t)width * sizeof(float));
            continue;
        }
        float inverse = inverse_rms(width, x, epsilon);
        floats along = splat(0);
        for (long i = 0; i < width; i += LANES) {
            long left = width - i;
            along += load_upto(dout + i, left) * load_upto(weight + i, left) * (load_upto(x + i, left) * inverse);
        }
        float mean = sum(along) / (float)width;
        for (long i = 0; i < width; i += LANES) {
            long left = width - i;
            floats n = load_upto(x + i, left) * inverse, d = load_upto(dout + i, left);
            store_upto(dx + i, (d * load_upto(weight + i, left) - n * mean) * inverse, left);
            store_upto(dweight + i, load_upto(dweight + i, left) + d * n, left);
        }
    }
}
