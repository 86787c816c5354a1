// The few C kernels of whet's embedded engine: what a vectorizing C compiler does well and Swift does not.
//
// Keeps: every result of a row depends on that row alone, and every sum has one order, so neither the size of a batch
// nor the number of threads changes a bit. Arrays are row-major fp32; shapes stand in brackets. Nothing here allocates,
// except where the name says `create`.
#ifndef WHET_KERNELS_H
#define WHET_KERNELS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// ---- workers.c: a pool of threads that share the items of one job at a time -----------------------------------------

typedef struct whet_workers whet_workers;

/// `threads` counts the caller, who works too. Null if the system gives no threads.
whet_workers *whet_workers_create(int threads);
void whet_workers_destroy(whet_workers *workers);
/// Calls `body(context, item, worker)` once for each item in 0..<items, on whichever worker is free; returns when all
/// are done. One caller at a time.
void whet_workers_run(
    whet_workers *workers, long items, void (*body)(void *context, long item, long worker), void *context);

// ---- products.c: matrix products ------------------------------------------------------------------------------------

/// Columns of a packed panel.
#define WHET_PANEL 32

/// Floats that `whet_pack` fills for a `[depth, columns]` matrix.
long whet_packed_size(long depth, long columns);
/// Rearranges b, element (k, n) at b[k * row_stride + n * column_stride], into panels of 32 columns
/// `[columns/32][depth][32]`, the last one filled up with zeros.
void whet_pack(long depth, long columns, const float *b, long row_stride, long column_stride, float *panels);
/// c[rows, columns] = a · b, or += where `accumulate`; a's element (i, k) at a[i * a_row + k * a_column]; rows of c are
/// c_row apart. Each element is one chain of fused multiply-adds in the order of k, whatever rows, columns and ISA.
void whet_product(
    long rows, long columns, long depth, const float *a, long a_row, long a_column, const float *panels, float *c,
    long c_row, int accumulate);
/// The same with a row-major b `[depth, columns]`, rows b_row apart, packed a panel at a time into scratch `[depth ·
/// 32]`.
void whet_product_unpacked(
    long rows, long columns, long depth, const float *a, long a_row, long a_column, const float *b, long b_row,
    float *c, long c_row, int accumulate, float *scratch);
/// Which instructions `whet_product` uses: "avx512", "avx2" or "portable".
const char *whet_instructions(void);

// ---- products_bf16.c: matrix products of bfloat16, summed in fp32 ---------------------------------------------------

/// What one thread needs for such products: shapes that were prepared, and memory.
typedef struct whet_bf16 whet_bf16;

/// Null where the build has no oneDNN or the CPU no instructions for it.
whet_bf16 *whet_bf16_create(void);
void whet_bf16_destroy(whet_bf16 *w);
/// c `[rows, columns]` = a `[rows, depth]` · b, or +=; a is rounded to bfloat16 first. b `[depth, columns]`, or
/// `[columns, depth]` where transposed. 0 if it went well.
int whet_bf16_product(
    whet_bf16 *w, long rows, long columns, long depth, const float *a, const uint16_t *b, int transposed, float *c,
    int accumulate);

// ---- norm.c: RMSNorm ------------------------------------------------------------------------------------------------

/// y = x / rms(x) · weight. x, y `[rows, width]`; weight `[width]`.
void whet_rms_norm_forward(long rows, long width, const float *x, const float *weight, float epsilon, float *y);
/// Adds to dx `[rows, width]` and dweight `[width]`.
void whet_rms_norm_backward(
    long rows, long width, const float *dy, const float *x, const float *weight, float epsilon, float *dx,
    float *dweight);

// ---- heads.c: QK-norm and rotary positions of the query or key heads of one sequence --------------------------------

/// out = scale · rotate(norm(x)). x: row r at x + r * x_stride `[width]`; weight `[width]`, or null for no norm;
/// cosine, sine: of row r at + r * width / 2 `[rows, width / 2]`; out: row r at out + r * out_stride.
void whet_head_forward(
    long rows, long width, const float *x, long x_stride, const float *weight, float epsilon, const float *cosine,
    const float *sine, float scale, float *out, long out_stride);
/// dx = (overwrites) the slope; adds to dweight. `dout` is overwritten with the slope before the rotation.
void whet_head_backward(
    long rows, long width, float *dout, long dout_stride, const float *x, long x_stride, const float *weight,
    float epsilon, const float *cosine, const float *sine, float scale, float *dx, long dx_stride, float *dweight);

// ---- attention.c: causal attention of the query heads that share one key-value head ---------------------------------

/// Keys of a page.
#define WHET_PAGE 64

/// The widest head that attention takes.
#define WHET_WIDEST 256

/// A head's width, rounded up to whole vectors; rows of queries, values and outputs in scratch are that long.
static inline long whet_padded(long width) { return (width + 15) / 16 * 16; }
/// Floats of a page: keys transposed `[width][64]`, then values `[64][padded width]`.
static inline long whet_page_size(long width) { return WHET_PAGE * (width + whet_padded(width)); }

/// Puts key and value `[count, width]` at places first..<first + count of a sequence's pages.
void whet_page_write(
    float *const *pages, long width, long first, long count, const float *key, long key_stride, const float *value,
    long value_stride);

/// Row r of q (scaled, `padded width` long, q_stride apart) sees the keys at places 0...position + r * step; its output
/// goes to out + r * out_stride, `width` floats. logsums `[rows]` = log Σ exp(scores), or null. scratch: 4 · (longest
/// length rounded up to 64) floats.
void whet_attention_forward(
    long rows, long width, const float *q, long q_stride, long position, long step, float *const *pages, float *out,
    long out_stride, float *logsums, float *scratch);

/// One query head of one sequence of `length` tokens. q (scaled), k, out, dout and dq, dk, dv (added to) are `[length,
/// padded width]`, zero beyond width; logsums `[length]`. pages: keys transposed, as `whet_page_write` puts them;
/// value_pages: the values likewise. scratch: 8 · 64 floats.
void whet_attention_backward(
    long length, long width, const float *q, const float *k, float *const *pages, float *const *value_pages,
    const float *out, const float *logsums, const float *dout, float *dq, float *dk, float *dv, float *scratch);

// ---- swiglu.c -------------------------------------------------------------------------------------------------------

/// h = silu(gate) · up. gate_up `[rows, 2 · width]`, gate first; h `[rows, width]`.
void whet_swiglu_forward(long rows, long width, const float *gate_up, float *h);
/// Overwrites gate_up with its slope and h with silu(gate) · up, given dh `[rows, width]`.
void whet_swiglu_backward(long rows, long width, float *gate_up, const float *dh, float *h);

// ---- vectors of one length ------------------------------------------------------------------------------------------

/// y += x
void whet_add(long count, const float *x, float *y);
/// y[row] += x for each of the rows. x `[width]`; y `[rows, width]`.
void whet_add_rows(long rows, long width, const float *x, float *y);
/// y += the sum of x's rows, in their order. x: rows `stride` apart; y `[width]`.
void whet_sum_rows(long rows, long width, const float *x, long stride, float *y);

// ---- cross_entropy.c: log-softmax of one row of logits `[vocabulary]` -----------------------------------------------

/// log Σ exp(logits · inverse_temperature)
float whet_log_sum_exp(long vocabulary, const float *logits, float inverse_temperature);
/// The entropy of the distribution, given its log Σ exp.
float whet_entropy(long vocabulary, const float *logits, float inverse_temperature, float log_sum);
/// Overwrites logits with the slope of g · logp[target] + g_entropy · entropy.
void whet_cross_entropy_backward(
    long vocabulary, float *logits, float inverse_temperature, float log_sum, float entropy, long target, float g,
    float g_entropy);

// ---- adamw.c --------------------------------------------------------------------------------------------------------

/// One step of AdamW (arXiv 1711.05101) as PyTorch does it, on `count` elements; the gradient is multiplied by `scale`.
void whet_adamw(
    long count, float *parameter, const float *gradient, float *first, float *second, float scale, float learning_rate,
    float beta1, float beta2, float epsilon, float decay, float correction1, float correction2);
/// Σ x², in double precision, in one order.
double whet_square_sum(long count, const float *x);

// ---- conversions.c --------------------------------------------------------------------------------------------------

void whet_from_bfloat16(long count, const uint16_t *x, float *y);
void whet_from_float16(long count, const uint16_t *x, float *y);
/// Rounds to nearest, ties to even.
void whet_to_bfloat16(long count, const float *x, uint16_t *y);

// ---- files.c --------------------------------------------------------------------------------------------------------

/// The two paths change places, at once; 0 if it went well, else errno tells why not.
int whet_exchange(const char *one, const char *other);

#ifdef __cplusplus
}
#endif
#endif
