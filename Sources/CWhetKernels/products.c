// Matrix products on packed panels of 32 columns.
//
// Keeps: an element of the result is one chain of multiply-adds in the order of k, started from 0 or from what stood
// there. So it depends on nothing but its row of a and its column of b: not on the batch, not on threads, and, where
// the machine has fused multiply-add, not on the width of its registers. oneDNN's sgemm, measured in its place, is
// slower on these shapes (213 to 231 GFLOP/s a core against 245 to 255 on a Zen 5) and changes a row's bits with the
// batch under AVX2.
#include "vectors.h"
#include "whet_kernels.h"

#define INNER_LOOP(VECTOR, WIDTH, ROWS, VECTORS)                                                       \
    VECTOR sums[ROWS][VECTORS];                                                                        \
    for (int i = 0; i < ROWS; i++)                                                                     \
        for (int j = 0; j < VECTORS; j++)                                                              \
            sums[i][j] = accumulate ? *(const VECTOR *)(c + i * c_row + j * WIDTH) : (VECTOR){0};      \
    for (long k = 0; k < depth; k++) {                                                                 \
        VECTOR b[VECTORS];                                                                             \
        for (int j = 0; j < VECTORS; j++) b[j] = *(const VECTOR *)(panel + k * WHET_PANEL + j * WIDTH); \
        _Pragma("clang loop unroll(full)") for (int i = 0; i < ROWS; i++) {                            \
            float x = a[i * a_row + k * a_column];                                                     \
            _Pragma("clang loop unroll(full)") for (int j = 0; j < VECTORS; j++) sums[i][j] += x * b[j]; \
        }                                                                                              \
    }                                                                                                  \
    for (int i = 0; i < ROWS; i++)                                                                     \
        for (int j = 0; j < VECTORS; j++) *(VECTOR *)(c + i * c_row + j * WIDTH) = sums[i][j];

#define TILE(NAME, TARGET, VECTOR, WIDTH, ROWS, VECTORS)                                                       \
    TARGET static void NAME(                                                                                   \
        long depth, const float *a, long a_row, long a_column, const float *panel, float *c, long c_row,       \
        int accumulate) {                                                                                      \
        INNER_LOOP(VECTOR, WIDTH, ROWS, VECTORS)                                                               \
    }

typedef void (*tile)(long, const float *, long, long, const float *, float *, long, int);

/// Tiles of several heights for one kind of machine, from the highest down to a single row.
struct tiles {
    const char *name;
    int columns;  // of a tile; divides the panel
    int heights[4];
    tile tiles[4];
};

typedef float floats8 __attribute__((vector_size(32), aligned(4)));
typedef float floats4 __attribute__((vector_size(16), aligned(4)));

#if defined(__x86_64__)
#define WIDE __attribute__((target("avx512f")))
#define NARROW __attribute__((target("avx2,fma")))
TILE(wide12, WIDE, floats, 16, 12, 2)
TILE(wide8, WIDE, floats, 16, 8, 2)
TILE(wide4, WIDE, floats, 16, 4, 2)
TILE(wide1, WIDE, floats, 16, 1, 2)
TILE(narrow6, NARROW, floats8, 8, 6, 2)
TILE(narrow4, NARROW, floats8, 8, 4, 2)
TILE(narrow2, NARROW, floats8, 8, 2, 2)
TILE(narrow1, NARROW, floats8, 8, 1, 2)
static const struct tiles wide = {"avx512", 32, {12, 8, 4, 1}, {wide12, wide8, wide4, wide1}};
static const struct tiles narrow = {"avx2", 16, {6, 4, 2, 1}, {narrow6, narrow4, narrow2, narrow1}};
#endif
TILE(portable6, , floats4, 4, 6, 2)
TILE(portable4, , floats4, 4, 4, 2)
TILE(portable2, , floats4, 4, 2, 2)
TILE(portable1, , floats4, 4, 1, 2)
static const struct tiles portable = {"portable", 8, {6, 4, 2, 1}, {portable6, portable4, portable2, portable1}};

static const struct tiles *machine_tiles(void) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f")) return &wide;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return &narrow;
#endif
    return &portable;
}

const char *whet_instructions(void) { return machine_tiles()->name; }

long whet_packed_size(long depth, long columns) { return (columns + WHET_PANEL - 1) / WHET_PANEL * WHET_PANEL * depth; }

KERNEL(
    void, whet_pack,
    (long depth, long columns, const float *b, long row_stride, long column_stride, float *panels),
    (depth, columns, b, row_stride, column_stride, panels)) {
    for (long first = 0; first < columns; first += WHET_PANEL, panels += depth * WHET_PANEL) {
        long width = columns - first < WHET_PANEL ? columns - first : WHET_PANEL;
        const float *source = b + first * column_stride;
        if (width == WHET_PANEL && column_stride == 1) {
            for (long k = 0; k < depth; k++) {
                store(panels + k * WHET_PANEL, load(source + k * row_stride));
                store(panels + k * WHET_PANEL + LANES, load(source + k * row_stride + LANES));
            }
        } else {
            if (width < WHET_PANEL) memset(panels, 0, (size_t)(depth * WHET_PANEL) * sizeof(float));
            for (long k = 0; k < depth; k++)
                for (long n = 0; n < width; n++)
                    panels[k * WHET_PANEL + n] = source[k * row_stride + n * column_stride];
        }
    }
}

/// The last panel may be narrower than a tile: its product goes through a square of memory of full width.
static void edge(
    const struct tiles *tiles, int height, long columns, long depth, const float *a, long a_row, long a_column,
    const float *panel, float *c, long c_row, int accumulate) {
    float square[16 * WHET_PANEL];
    long width = tiles->columns;
    int rows = tiles->heights[height];
    if (accumulate) {
        memset(square, 0, sizeof square);
        for (int i = 0; i < rows; i++) memcpy(square + i * width, c + i * c_row, (size_t)columns * sizeof(float));
    }
    tiles->tiles[height](depth, a, a_row, a_column, panel, square, width, accumulate);
    for (int i = 0; i < rows; i++) memcpy(c + i * c_row, square + i * width, (size_t)columns * sizeof(float));
}

void whet_product(
    long rows, long columns, long depth, const float *a, long a_row, long a_column, const float *panels, float *c,
    long c_row, int accumulate) {
    const struct tiles *tiles = machine_tiles();
    for (long n = 0; n < columns; n += tiles->columns) {
        const float *panel = panels + n / WHET_PANEL * WHET_PANEL * depth + n % WHET_PANEL;
        long width = columns - n;
        long row = 0;
        for (int height = 0; height < 4; height++) {
            int high = tiles->heights[height];
            for (; row + high <= rows; row += high) {
                const float *from = a + row * a_row;
                float *to = c + row * c_row + n;
                if (width >= tiles->columns)
                    tiles->tiles[height](depth, from, a_row, a_column, panel, to, c_row, accumulate);
                else
                    edge(tiles, height, width, depth, from, a_row, a_column, panel, to, c_row, accumulate);
            }
        }
    }
}

void whet_product_unpacked(
    long rows, long columns, long depth, const float *a, long a_row, long a_column, const float *b, long b_row,
    float *c, long c_row, int accumulate, float *scratch) {
    for (long n = 0; n < columns; n += WHET_PANEL) {
        long width = columns - n < WHET_PANEL ? columns - n : WHET_PANEL;
        whet_pack(depth, width, b + n, b_row, 1, scratch);
        whet_product(rows, width, depth, a, a_row, a_column, scratch, c + n, c_row, accumulate);
    }
}
