// Causal attention, blocked: pages of 64 keys, four query rows at a time. Only pairs (query, key before it) that a page
// of 64 holds are computed; nothing is padded beyond that.
//
// Keeps: a score is one chain over the head's width, an output one chain over the keys in their order, a softmax's sum
// goes by lanes `key mod 16`; keys that a row may not see count exactly 0. So a row's bits are the same whether it was
// computed alone while decoding, in a chunk of a prompt, or in training, and whatever other rows were at hand.
#include "vectors.h"
#include "whet_kernels.h"

enum { page_vectors = WHET_PAGE / LANES };

void whet_page_write(
    float *const *pages, long width, long first, long count, const float *key, long key_stride, const float *value,
    long value_stride) {
    long padded = whet_padded(width);
    for (long row = 0; row < count; row++) {
        long place = first + row;
        float *page = pages[place / WHET_PAGE];
        long slot = place % WHET_PAGE;
        for (long d = 0; d < width; d++) page[d * WHET_PAGE + slot] = key[row * key_stride + d];
        float *values = page + WHET_PAGE * width + slot * padded;
        memcpy(values, value + row * value_stride, (size_t)width * sizeof(float));
    }
}

/// out[r][16 · vectors] = Σ over d of a[r][d] · columns[d][64], for `rows` rows and the first columns of a page.
INLINE void row_products_of(
    const int rows, const int vectors, long width, const float *a, long a_stride, const float *columns,
    floats out[4][page_vectors]) {
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < vectors; v++) out[r][v] = splat(0);
    for (long d = 0; d < width; d++) {
        floats column[page_vectors];
        for (int v = 0; v < vectors; v++) column[v] = load(columns + d * WHET_PAGE + v * LANES);
        for (int r = 0; r < rows; r++) {
            float x = a[r * a_stride + d];
            for (int v = 0; v < vectors; v++) out[r][v] += x * column[v];
        }
    }
}

/// The same of `keys` columns; those beyond, up to 16, are of no account, and further ones are left as they are.
INLINE void row_products(
    const int rows, long keys, long width, const float *a, long a_stride, const float *columns,
    floats out[4][page_vectors]) {
    if (keys > 3 * LANES) row_products_of(rows, 4, width, a, a_stride, columns, out);
    else if (keys > 2 * LANES) row_products_of(rows, 3, width, a, a_stride, columns, out);
    else if (keys > LANES) row_products_of(rows, 2, width, a, a_stride, columns, out);
    else row_products_of(rows, 1, width, a, a_stride, columns, out);
}

/// out[r][width] += Σ over j of p[r][j] · values[j][padded], for `rows` rows and `keys` keys.
INLINE void weighted_sums(
    const int rows, long padded, long keys, const float *p, long p_stride, const float *values, float *out,
    long out_stride) {
    for (long d = 0; d < padded; d += 2 * LANES) {
        const int two = padded - d > LANES;
        floats sums[4][2];
        for (int r = 0; r < rows; r++) {
            sums[r][0] = load(out + r * out_stride + d);
            sums[r][1] = two ? load(out + r * out_stride + d + LANES) : splat(0);
        }
        for (long j = 0; j < keys; j++) {
            floats low = load(values + j * padded + d), high = two ? load(values + j * padded + d + LANES) : splat(0);
            for (int r = 0; r < rows; r++) {
                float x = p[r * p_stride + j];
                sums[r][0] += x * low;
                sums[r][1] += x * high;
            }
        }
        for (int r = 0; r < rows; r++) {
            store(out + r * out_stride + d, sums[r][0]);
            if (two) store(out + r * out_stride + d + LANES, sums[r][1]);
        }
    }
}

static const ints lane_numbers = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

/// Softmax in place of the first `length` of a row of scores; what follows, up to whole pages, becomes 0. Leaves the
/// exponentials unscaled and gives their sum.
INLINE float exponentials(float *scores, long length, long padded_length, float *highest) {
    floats top = splat(-INFINITY);
    long whole = length / LANES * LANES;
    for (long j = 0; j < whole; j += LANES) top = maximum(top, load(scores + j));
    if (whole < length) {
        ints seen = lane_numbers < (int32_t)(length - whole);
        top = maximum(top, choose(seen, load(scores + whole), splat(-INFINITY)));
    }
    float m = largest(top);
    floats total = splat(0);
    for (long j = 0; j < padded_length; j += LANES) {
        if (j >= length) {
            store(scores + j, splat(0));
            continue;
        }
        floats e = exponential(load(scores + j) - m);
        if (length - j < LANES) e = choose(lane_numbers < (int32_t)(length - j), e, splat(0));
        store(scores + j, e);
        total += e;
    }
    *highest = m;
    return sum(total);
}

INLINE void attend(
    const int rows, long width, const float *q, long q_stride, long position, long step, float *const *pages,
    float *out, long out_stride, float *logsums, float *scratch) {
    long padded = whet_padded(width);
    long longest = position + (rows - 1) * step + 1;
    long page_count = (longest + WHET_PAGE - 1) / WHET_PAGE, stride = page_count * WHET_PAGE;
    for (long page = 0; page < page_count; page++) {
        floats scores[4][page_vectors];
        long keys = longest - page * WHET_PAGE;
        row_products(rows, keys, width, q, q_stride, pages[page], scores);
        for (int r = 0; r < rows; r++)
            for (int v = 0; v < page_vectors && v * LANES < keys; v++)
                store(scratch + r * stride + page * WHET_PAGE + v * LANES, scores[r][v]);
    }
    float inverse[4];
    for (int r = 0; r < rows; r++) {
        float highest, total = exponentials(scratch + r * stride, position + r * step + 1, stride, &highest);
        inverse[r] = 1.0f / total;
        if (logsums) logsums[r] = highest + logf(total);
    }
    float sums[4 * WHET_WIDEST];
    memset(sums, 0, sizeof sums);
    for (long page = 0; page < page_count; page++) {
        long keys = longest - page * WHET_PAGE < WHET_PAGE ? longest - page * WHET_PAGE : WHET_PAGE;
        weighted_sums(
            rows, padded, keys, scratch + page * WHET_PAGE, stride, pages[page] + WHET_PAGE * width, sums, WHET_WIDEST);
    }
    for (int r = 0; r < rows; r++)
        for (long d = 0; d < width; d += LANES)
            store_upto(out + r * out_stride + d, load(sums + r * WHET_WIDEST + d) * inverse[r], width - d);
}

KERNEL(
    void, whet_attention_forward,
    (long rows, long width, const float *q, long q_stride, long position, long step, float *const *pages, float *out,
     long out_stride, float *logsums, float *scratch),
    (rows, width, q, q_stride, position, step, pages, out, out_stride, logsums, scratch)) {
    long r = 0;
    for (; r + 4 <= rows; r += 4)
        attend(4, width, q + r * q_stride, q_stride, position + r * step, step, pages, out + r * out_stride, out_stride,
            logsums ? logsums + r : 0, scratch);
    for (; r + 2 <= rows; r += 2)
        attend(2, width, q + r * q_stride, q_stride, position + r * step, step, pages, out + r * out_stride, out_stride,
            logsums ? logsums + r : 0, scratch);
    for (; r < rows; r++)
        attend(1, width, q + r * q_stride, q_stride, position + r * step, step, pages, out + r * out_stride, out_stride,
            logsums ? logsums + r : 0, scratch);
}

/// dk[j] += Σ over the rows of w[r][j] · x[r], for `keys` keys.
INLINE void outer_sums(
    const int rows, long padded, long keys, const float *w, long w_stride, const float *x, long x_stride, float *dk) {
    for (long d = 0; d < padded; d += LANES) {
        floats row[4];
        for (int r = 0; r < rows; r++) row[r] = load(x + r * x_stride + d);
        for (long j = 0; j < keys; j++) {
            floats total = load(dk + j * padded + d);
            for (int r = 0; r < rows; r++) total += w[r * w_stride + j] * row[r];
            store(dk + j * padded + d, total);
        }
    }
}

// With p = exp(q · k − logsum), out = Σ p v and D = dout · out:
// dv_j = Σ_i p_ij dout_i, ds_ij = p_ij (dout_i · v_j − D_i), dq_i = Σ_j ds_ij k_j, dk_j = Σ_i ds_ij q_i.
// The scale of the scores is in q already. Source: FlashAttention, arXiv 2205.14135, appendix B.2.
INLINE void attend_backward(
    const int rows, long width, long first, const float *q, const float *k, float *const *pages,
    float *const *value_pages, const float *out, const float *logsums, const float *dout, float *dq, float *dk,
    float *dv, float *scratch) {
    long padded = whet_padded(width), longest = first + rows;
    float along[4];  // D
    for (int r = 0; r < rows; r++) {
        floats total = splat(0);
        for (long d = 0; d < padded; d += LANES) total += load(out + r * padded + d) * load(dout + r * padded + d);
        along[r] = sum(total);
    }
    float *p = scratch, *ds = scratch + 4 * WHET_PAGE;
    for (long start = 0; start < longest; start += WHET_PAGE) {
        long page = start / WHET_PAGE, keys = longest - start < WHET_PAGE ? longest - start : WHET_PAGE;
        floats scores[4][page_vectors], slopes[4][page_vectors];
        row_products(rows, keys, width, q, padded, pages[page], scores);
        row_products(rows, keys, width, dout, padded, value_pages[page], slopes);
        for (int r = 0; r < rows; r++)
            for (int v = 0; v < page_vectors && v * LANES < keys; v++) {
                floats e = exponential(scores[r][v] - logsums[r]);
                long seen = first + r + 1 - start - v * LANES;  // of these lanes
                if (seen < LANES) e = choose(lane_numbers < (int32_t)(seen < 0 ? 0 : seen), e, splat(0));
                store(p + r * WHET_PAGE + v * LANES, e);
                store(ds + r * WHET_PAGE + v * LANES, e * (slopes[r][v] - along[r]));
            }
        outer_sums(rows, padded, keys, p, WHET_PAGE, dout, padded, dv + start * padded);
        outer_sums(rows, padded, keys, ds, WHET_PAGE, q, padded, dk + start * padded);
        weighted_sums(rows, padded, keys, ds, WHET_PAGE, k + start * padded, dq, padded);
    }
}

KERNEL(
    void, whet_attention_backward,
    (long length, long width, const float *q, const float *k, float *const *pages,
     float *const *value_pages, const float *out, const float *logsums, const float *dout, float *dq, float *dk,
     float *dv, float *scratch),
    (length, width, q, k, pages, value_pages, out, logsums, dout, dq, dk, dv, scratch)) {
    long padded = whet_padded(width), i = 0;
    for (; i + 4 <= length; i += 4)
        attend_backward(
            4, width, i, q + i * padded, k, pages, value_pages, out + i * padded, logsums + i, dout + i * padded,
            dq + i * padded, dk, dv, scratch);
    for (; i < length; i++)
        attend_backward(
            1, width, i, q + i * padded, k, pages, value_pages, out + i * padded, logsums + i, dout + i * padded,
            dq + i * padded, dk, dv, scratch);
}
