// Matrix products of bfloat16 numbers, summed in fp32, by oneDNN: AMX where the CPU has it, AVX-512 else.
//
// Keeps: rows go in multiples of 16, filled up with what is of no account, so that each row passes through whole
// blocks; oneDNN's own threads stay out of it. That a row's bits do not depend on the rows beside it is oneDNN's doing,
// which MatrixProductsTests checks on the machine at hand.
#include "whet_kernels.h"

#include <stdlib.h>
#include <string.h>

#ifdef WHET_ONEDNN
#include <dnnl.h>

extern void omp_set_num_threads(int);  // of libgomp, which Debian's oneDNN works with

/// One shape of product, ready to run.
struct shape {
    long rows, columns, depth;
    int transposed, accumulate;
    dnnl_primitive_t primitive;
    dnnl_memory_t a, b, c;
};

struct whet_bf16 {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    struct shape *shapes;
    long count, capacity;
    uint16_t *rows;   // of a, rounded
    float *products;  // where c's rows are no multiple of 16
    long rows_capacity, products_capacity;
};

static int prepare(whet_bf16 *w, struct shape *s) {
    dnnl_dims_t a_size = {s->rows, s->depth}, b_size = {s->depth, s->columns}, c_size = {s->rows, s->columns};
    dnnl_dims_t a_strides = {s->depth, 1}, c_strides = {s->columns, 1};
    dnnl_dims_t b_strides = {s->transposed ? 1 : s->columns, s->transposed ? s->depth : 1};
    dnnl_memory_desc_t a, b, c;
    dnnl_matmul_desc_t description;
    dnnl_primitive_attr_t attributes = NULL;
    dnnl_post_ops_t after = NULL;
    dnnl_primitive_desc_t primitive = NULL;
    int failed = dnnl_memory_desc_init_by_strides(&a, 2, a_size, dnnl_bf16, a_strides)
        || dnnl_memory_desc_init_by_strides(&b, 2, b_size, dnnl_bf16, b_strides)
        || dnnl_memory_desc_init_by_strides(&c, 2, c_size, dnnl_f32, c_strides)
        || dnnl_matmul_desc_init(&description, &a, &b, NULL, &c) || dnnl_primitive_attr_create(&attributes)
        || dnnl_post_ops_create(&after) || (s->accumulate && dnnl_post_ops_append_sum(after, 1.0f))
        || dnnl_primitive_attr_set_post_ops(attributes, after)
        || dnnl_primitive_desc_create(&primitive, &description, attributes, w->engine, NULL)
        || dnnl_primitive_create(&s->primitive, primitive) || dnnl_memory_create(&s->a, &a, w->engine, NULL)
        || dnnl_memory_create(&s->b, &b, w->engine, NULL) || dnnl_memory_create(&s->c, &c, w->engine, NULL);
    if (primitive) dnnl_primitive_desc_destroy(primitive);
    if (after) dnnl_post_ops_destroy(after);
    if (attributes) dnnl_primitive_attr_destroy(attributes);
    return failed ? -1 : 0;
}

static void forget(struct shape *s) {
    if (s->primitive) dnnl_primitive_destroy(s->primitive);
    if (s->a) dnnl_memory_destroy(s->a);
    if (s->b) dnnl_memory_destroy(s->b);
    if (s->c) dnnl_memory_destroy(s->c);
}

static struct shape *shape_of(whet_bf16 *w, long rows, long columns, long depth, int transposed, int accumulate) {
    for (long i = 0; i < w->count; i++) {
        struct shape *s = w->shapes + i;
        if (s->rows == rows && s->columns == columns && s->depth == depth && s->transposed == transposed
            && s->accumulate == accumulate)
            return s;
    }
    if (w->count == w->capacity) {
        long capacity = w->capacity ? 2 * w->capacity : 32;
        struct shape *more = realloc(w->shapes, (size_t)capacity * sizeof *more);
        if (!more) return NULL;
        w->shapes = more;
        w->capacity = capacity;
    }
    struct shape *s = w->shapes + w->count;
    *s = (struct shape){rows, columns, depth, transposed, accumulate, NULL, NULL, NULL, NULL};
    if (prepare(w, s) != 0) {
        forget(s);
        return NULL;
    }
    w->count++;
    return s;
}

whet_bf16 *whet_bf16_create(void) {
    whet_bf16 *w = calloc(1, sizeof *w);
    if (!w) return NULL;
    // A first shape tells whether this CPU can.
    if (dnnl_engine_create(&w->engine, dnnl_cpu, 0)
        || dnnl_stream_create(&w->stream, w->engine, dnnl_stream_default_flags)
        || !shape_of(w, 16, 32, 32, 1, 0)) {
        whet_bf16_destroy(w);
        return NULL;
    }
    return w;
}

void whet_bf16_destroy(whet_bf16 *w) {
    if (!w) return;
    for (long i = 0; i < w->count; i++) forget(w->shapes + i);
    if (w->stream) dnnl_stream_destroy(w->stream);
    if (w->engine) dnnl_engine_destroy(w->engine);
    free(w->shapes);
    free(w->rows);
    free(w->products);
    free(w);
}

/// Grown memory holds zeros where nothing was written, so that what fills up the last rows is a number.
static int reserve(void **memory, long *capacity, long needed, size_t size) {
    if (needed <= *capacity) return 0;
    void *more = calloc((size_t)needed, size);
    if (!more) return -1;
    free(*memory);
    *memory = more;
    *capacity = needed;
    return 0;
}

int whet_bf16_product(
    whet_bf16 *w, long rows, long columns, long depth, const float *a, const uint16_t *b, int transposed, float *c,
    int accumulate) {
    long whole = (rows + 15) / 16 * 16;
    struct shape *s = shape_of(w, whole, columns, depth, transposed, accumulate);
    if (!s || reserve((void **)&w->rows, &w->rows_capacity, whole * depth, sizeof *w->rows)) return -1;
    whet_to_bfloat16(rows * depth, a, w->rows);
    float *target = c;
    size_t bytes = (size_t)(rows * columns) * sizeof *c;
    if (whole != rows) {
        if (reserve((void **)&w->products, &w->products_capacity, whole * columns, sizeof *w->products)) return -1;
        target = w->products;
        if (accumulate) memcpy(target, c, bytes);
    }
    omp_set_num_threads(1);
    dnnl_exec_arg_t arguments[] = {{DNNL_ARG_SRC, s->a}, {DNNL_ARG_WEIGHTS, s->b}, {DNNL_ARG_DST, s->c}};
    if (dnnl_memory_set_data_handle(s->a, w->rows) || dnnl_memory_set_data_handle(s->b, (void *)(uintptr_t)b)
        || dnnl_memory_set_data_handle(s->c, target) || dnnl_primitive_execute(s->primitive, w->stream, 3, arguments)
        || dnnl_stream_wait(w->stream))
        return -1;
    if (target != c) memcpy(c, target, bytes);
    return 0;
}

#else

whet_bf16 *whet_bf16_create(void) { return NULL; }
void whet_bf16_destroy(whet_bf16 *w) { (void)w; }
int whet_bf16_product(
    whet_bf16 *w, long rows, long columns, long depth, const float *a, const uint16_t *b, int transposed, float *c,
    int accumulate) {
    (void)w, (void)rows, (void)columns, (void)depth, (void)a, (void)b, (void)transposed, (void)c, (void)accumulate;
    return -1;
}

#endif
