/*
 * Linear layers: out = in x weights, with what follows done while the sums are in registers.
 *
 * Weights lie in panels of 64 output columns (the last one may have 16, 32 or 48): panel, group of inputs, column, input
 * in group. A group is what one instruction sums: 4 inputs of int8 (vpdpbusd), 2 of bfloat16 (vdpbf16ps), and 8 of int4,
 * where a byte holds input i in its lower half and input i + 4 in its upper. A panel is read from its start to its end.
 *
 * LINEAR: a = inputs [rows, k], b = input factors [rows], c = weights, d = column factors [n], e = 128 x column sums, int32
 * (int8) or float32 (int4), f = out, g = bias [n] or null, h = group factors [n / 64 panels, k / 32, width] (int4);
 * stride = floats from row to row of out. OUT_SWIGLU: of each panel, columns 0-15 and 32-47 are gates, the others what
 * they let through: `stride` columns come out. OUT_GELU_BF16: out is bfloat16, what the next layer takes. OUT_INT: the sums
 * of int8 products, int32, for other ranks' to be added.
 *
 * int8 activations come as bytes of value + 128, because the instruction wants unsigned times signed.
 *
 * from, taken = which of the k inputs are multiplied: all, or, by the matrix unit, a piece.
 */
#include "matrix.h"

enum { PANEL = 64, ENOUGH_CHUNKS = 32, FEW_ROWS = 8, AHEAD = 4096 };

/* Rows of a chunk: the more, the less often weights come from afar; most are a whole image. */
static const int CHUNK_ROWS[] = {264, 132, 48, 12};
/* The matrix unit's: rows of a tile, and what of a core's second cache rows may take. */
enum { MATRIX_STEP = 32, NEAR_BYTES = 1 << 20 };
/* Shapes of tiles, as Tiling.java numbers them: 64 columns, 32 columns, the matrix unit's. */
enum { TILE_WIDE = 64, TILE_MATRIX = 1024 };

/* ---- What becomes of the sums of a tile */

/* Sums of one tile, row after row; a tile has at most 6 x 64, 12 x 32 or, with AMX, 32 x 32 columns. */
typedef union {
  int32_t exact[1024];
  float real[1024];
} __attribute__((aligned(64))) sums_t;

/* Of a tile's sums what the operation makes of them; KIND, OUT and V, the vectors of a row, are known when compiled. */
static inline __attribute__((always_inline)) void finish(const op_t *op, int row, int column, int rows,
                                                          const sums_t *sums, const int V, const int KIND, const int OUT) {
  __mmask16 mask[4];
  __m512i offset[4];
  __m512 correction[4], factor[4], bias[4];
#pragma GCC unroll 4
  for (int v = 0; v < V; v++) {
    int from = column + 16 * v;
    mask[v] = first(op->n - from);
    if (KIND == KIND_I8) {
      offset[v] = _mm512_maskz_loadu_epi32(mask[v], (const int32_t *)op->e + from);
      factor[v] = _mm512_maskz_loadu_ps(mask[v], (const float *)op->d + from);
    } else if (KIND == KIND_I4) {
      correction[v] = _mm512_maskz_loadu_ps(mask[v], (const float *)op->e + from);
    }
    bias[v] = op->g ? _mm512_maskz_loadu_ps(mask[v], (const float *)op->g + from) : _mm512_setzero_ps();
  }
  int biased = op->g != NULL;
  for (int r = 0; r < rows; r++) {
    __m512 y[4];
    __m512 row_factor = KIND == KIND_BF16 ? _mm512_setzero_ps() : _mm512_set1_ps(((const float *)op->b)[row + r]);
#pragma GCC unroll 4
    for (int v = 0; v < V; v++) {
      if (KIND == KIND_I8) {
        __m512i sum = _mm512_sub_epi32(_mm512_load_si512(sums->exact + (r * V + v) * 16), offset[v]);
        if (OUT == OUT_INT) {
          _mm512_mask_storeu_epi32((int32_t *)op->f + (row + r) * op->stride + column + 16 * v, mask[v], sum);
        }
        /* In this order FINISH does it too. */
        y[v] = _mm512_mul_ps(_mm512_mul_ps(_mm512_cvtepi32_ps(sum), row_factor), factor[v]);
      } else {
        y[v] = _mm512_load_ps(sums->real + (r * V + v) * 16);
        if (KIND == KIND_I4) {
          y[v] = _mm512_mul_ps(_mm512_sub_ps(y[v], correction[v]), row_factor);
        }
      }
    }
    if (OUT == OUT_INT) {
      continue;
    }
    if (OUT == OUT_SWIGLU) {
#pragma GCC unroll 2
      for (int v = 0; v + 1 < V; v += 2) {
        int from = column / 2 + 8 * v;
        _mm512_mask_storeu_ps((float *)op->f + (row + r) * op->stride + from, first((int)op->stride - from),
                              _mm512_mul_ps(silu_ps(y[v]), y[v + 1]));
      }
      continue;
    }
#pragma GCC unroll 4
    for (int v = 0; v < V; v++) {
      float *out = (float *)op->f + (row + r) * op->stride + column + 16 * v;
      __m512 z = biased ? _mm512_add_ps(y[v], bias[v]) : y[v];
      if (OUT == OUT_GELU_BF16) {
        uint16_t *inputs = (uint16_t *)op->f + (row + r) * op->stride + column + 16 * v;
        _mm256_mask_storeu_epi16(inputs, mask[v], to_bf16(gelu_ps(z)));
        continue;
      }
      if (OUT == OUT_GELU) {
        z = gelu_ps(z);
      } else if (OUT == OUT_ADD) {
        z = _mm512_add_ps(_mm512_maskz_loadu_ps(mask[v], out), z);
      }
      _mm512_mask_storeu_ps(out, mask[v], z);
    }
  }
}

#define FINISH(KIND, V) \
  switch (op->out) { \
    case OUT_ADD: finish(op, row, column, rows, sums, V, KIND, OUT_ADD); break; \
    case OUT_SWIGLU: finish(op, row, column, rows, sums, V, KIND, OUT_SWIGLU); break; \
    case OUT_GELU: finish(op, row, column, rows, sums, V, KIND, OUT_GELU); break; \
    case OUT_GELU_BF16: finish(op, row, column, rows, sums, V, KIND, OUT_GELU_BF16); break; \
    case OUT_INT: finish(op, row, column, rows, sums, V, KIND, OUT_INT); break; \
    default: finish(op, row, column, rows, sums, V, KIND, OUT_STORE); \
  }

/* As code of its own: what tiles keep in registers is not disturbed. */
#define EMIT(NAME, KIND) \
  static __attribute__((noinline)) void NAME(const op_t *op, int row, int column, int rows, int vectors, \
                                             const sums_t *sums) { \
    switch (vectors) { \
      case 1: FINISH(KIND, 1) break; \
      case 2: FINISH(KIND, 2) break; \
      default: FINISH(KIND, 4) \
    } \
  }

EMIT(emit_i8, KIND_I8)
EMIT(emit_bf16, KIND_BF16)
EMIT(emit_i4, KIND_I4)

/* ---- int8 */

static inline __attribute__((always_inline)) void tile_i8(const op_t *op, int row, int column, const void *panel,
                                                           size_t step, const int MR, const int NV) {
  int groups = op->k / 4;
  const int8_t *w = panel;
  const uint8_t *x = (const uint8_t *)op->a + (size_t)row * op->k;
  __m512i sum[12][4];
#pragma GCC unroll 12
  for (int r = 0; r < MR; r++) {
#pragma GCC unroll 4
    for (int v = 0; v < NV; v++) {
      sum[r][v] = _mm512_setzero_si512();
    }
  }
  for (int i = 0; i < groups; i++) {
    __m512i b[4];
#pragma GCC unroll 4
    for (int v = 0; v < NV; v++) {
      b[v] = _mm512_load_si512((const void *)(w + 64 * v));
      _mm_prefetch((const char *)(w + 64 * v + AHEAD), _MM_HINT_T0);
    }
#pragma GCC unroll 12
    for (int r = 0; r < MR; r++) {
      int32_t four;
      memcpy(&four, x + (size_t)r * op->k + 4 * i, 4);
      __m512i a = _mm512_set1_epi32(four);
#pragma GCC unroll 4
      for (int v = 0; v < NV; v++) {
        sum[r][v] = _mm512_dpbusd_epi32(sum[r][v], a, b[v]);
      }
    }
    w += step;
  }
  sums_t sums;
#pragma GCC unroll 12
  for (int r = 0; r < MR; r++) {
#pragma GCC unroll 4
    for (int v = 0; v < NV; v++) {
      _mm512_store_si512(sums.exact + (r * NV + v) * 16, sum[r][v]);
    }
  }
  emit_i8(op, row, column, MR, NV, &sums);
}

/* ---- bfloat16: rows of two neighbouring inputs, summed in float32 */

static inline __attribute__((always_inline)) void tile_bf16(const op_t *op, int row, int column, const void *panel,
                                                             size_t step, const int MR, const int NV) {
#ifdef __AVX512BF16__
  int groups = op->k / 2;
  const uint16_t *w = panel;
  const uint16_t *x = (const uint16_t *)op->a + (size_t)row * op->k;
  __m512 sum[12][4];
#pragma GCC unroll 12
  for (int r = 0; r < MR; r++) {
#pragma GCC unroll 4
    for (int v = 0; v < NV; v++) {
      sum[r][v] = _mm512_setzero_ps();
    }
  }
  for (int i = 0; i < groups; i++) {
    __m512i b[4];
#pragma GCC unroll 4
    for (int v = 0; v < NV; v++) {
      b[v] = _mm512_load_si512((const void *)(w + 32 * v));
      _mm_prefetch((const char *)(w + 32 * v) + AHEAD, _MM_HINT_T0);
    }
#pragma GCC unroll 12
    for (int r = 0; r < MR; r++) {
      int32_t two;
      memcpy(&two, x + (size_t)r * op->k + 2 * i, 4);
      __m512i a = _mm512_set1_epi32(two);
#pragma GCC unroll 4
      for (int v = 0; v < NV; v++) {
        sum[r][v] = _mm512_dpbf16_ps(sum[r][v], (__m512bh)a, (__m512bh)b[v]);
      }
    }
    w += step / 2;
  }
  sums_t sums;
#pragma GCC unroll 12
  for (int r = 0; r < MR; r++) {
#pragma GCC unroll 4
    for (int v = 0; v < NV; v++) {
      _mm512_store_ps(sums.real + (r * NV + v) * 16, sum[r][v]);
    }
  }
  emit_bf16(op, row, column, MR, NV, &sums);
#else
  (void)op, (void)row, (void)column, (void)panel, (void)step, (void)MR, (void)NV;
#endif
}

/* ---- int4 with a factor for each 32 inputs; sums inside of a group are exact */

static inline __attribute__((always_inline)) void tile_i4(const op_t *op, int row, int column, const void *panel,
                                                           size_t step, const int MR, const int NV) {
  const uint8_t *x = (const uint8_t *)op->a + (size_t)row * op->k;
  const uint8_t *w = panel;
  size_t width = step / 4;
  const float *factors = (const float *)op->h + (size_t)(column / PANEL) * PANEL * (op->k / 32) + column % PANEL;
  const __m512i low = _mm512_set1_epi8(15), middle = _mm512_set1_epi8(8);
  __m512 total[6][4];
#pragma GCC unroll 6
  for (int r = 0; r < MR; r++) {
#pragma GCC unroll 4
    for (int v = 0; v < NV; v++) {
      total[r][v] = _mm512_setzero_ps();
    }
  }
  for (int g = 0; g < op->k / 32; g++) {
#pragma GCC unroll 4
    for (int v = 0; v < NV; v++) {
      __m512i sum[6];
#pragma GCC unroll 6
      for (int r = 0; r < MR; r++) {
        sum[r] = _mm512_setzero_si512();
      }
#pragma GCC unroll 4
      for (int i = 0; i < 4; i++) {
        __m512i bytes = _mm512_load_si512((const void *)(w + i * step + 64 * v));
        _mm_prefetch((const char *)(w + i * step + 64 * v + AHEAD), _MM_HINT_T0);
        __m512i b0 = _mm512_sub_epi8(_mm512_and_si512(bytes, low), middle);
        __m512i b1 = _mm512_sub_epi8(_mm512_and_si512(_mm512_srli_epi16(bytes, 4), low), middle);
#pragma GCC unroll 6
        for (int r = 0; r < MR; r++) {
          int32_t four[2];
          memcpy(four, x + (size_t)r * op->k + 32 * g + 8 * i, 8);
          sum[r] = _mm512_dpbusd_epi32(sum[r], _mm512_set1_epi32(four[0]), b0);
          sum[r] = _mm512_dpbusd_epi32(sum[r], _mm512_set1_epi32(four[1]), b1);
        }
      }
      __m512 factor = _mm512_loadu_ps(factors + g * width + 16 * v);
#pragma GCC unroll 6
      for (int r = 0; r < MR; r++) {
        total[r][v] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sum[r]), factor, total[r][v]);
      }
    }
    w += 4 * step;
  }
  sums_t sums;
#pragma GCC unroll 6
  for (int r = 0; r < MR; r++) {
#pragma GCC unroll 4
    for (int v = 0; v < NV; v++) {
      _mm512_store_ps(sums.real + (r * NV + v) * 16, total[r][v]);
    }
  }
  emit_i4(op, row, column, MR, NV, &sums);
}

/* ---- int8 and bfloat16 by the matrix unit: 32 rows x 32 columns at a time. The panel's layout is the one that it wants. */

#ifdef MATRIX_UNIT
enum { MATRIX_ROWS = 2 * TILE_ROWS };

/* What a thread reads next: it comes into its second cache meanwhile, so many lines with every product. */
typedef struct {
  const char *at;
  int lines;
} ahead_t;

/*
 * A tile's sums that wait to be finished. That happens row by row among the products of the next tile: these keep the
 * matrix unit busy and leave the vector units idle.
 */
typedef struct {
  int row, column, rows, vectors;
  int done; /* rows */
  const sums_t *sums;
} waiting_t;

static inline __attribute__((always_inline)) void finish_some(const op_t *op, waiting_t *waiting, int most,
                                                               const int EXACT) {
  int rows = waiting->rows - waiting->done;
  if (rows <= 0) {
    return;
  }
  rows = rows < most ? rows : most;
  const sums_t *sums = (const sums_t *)(waiting->sums->exact + waiting->done * waiting->vectors * 16);
  if (EXACT) {
    emit_i8(op, waiting->row + waiting->done, waiting->column, rows, waiting->vectors, sums);
  } else {
    emit_bf16(op, waiting->row + waiting->done, waiting->column, rows, waiting->vectors, sums);
  }
  waiting->done += rows;
}

/* Columns `column` to `column + 16 * vectors` of up to 32 rows. */
static inline __attribute__((always_inline)) void matrix_products(const op_t *op, const char *x, size_t across,
                                                                   size_t inputs, int lower, int pair, const char *w, size_t step, ahead_t *ahead,
                                                                   waiting_t *waiting, int share, const int EXACT) {
  for (size_t i = 0; i < inputs; i += TILE_BYTES, w += TILE_ROWS * step) {
    for (int line = 0; line < ahead->lines; line++, ahead->at += TILE_BYTES) {
      _mm_prefetch(ahead->at, _MM_HINT_T1);
    }
    matrix_add(x + i, across, lower, w, w + TILE_BYTES, step, pair, EXACT);
    finish_some(op, waiting, share, EXACT);
  }
}

/*
 * All rows from `row` on against one panel, whose pieces of 32 columns go over the same rows one after the other. `next`:
 * the panel that the thread will probably take next, or null.
 */
static inline __attribute__((always_inline)) void matrix_panel(const op_t *op, int row, int rows, int column, int vectors,
                                                                const char *w, size_t step, const char *next,
                                                                const int EXACT) {
  size_t element = EXACT ? 1 : 2, across = (size_t)op->k * element, inputs = (size_t)op->taken * element;
  int tiles = (rows + MATRIX_ROWS - 1) / MATRIX_ROWS, shape = 0, products = tiles * (PANEL / 32);
  int steps = (int)(inputs / TILE_BYTES), share = (MATRIX_ROWS + steps - 1) / steps;
  ahead_t ahead = {next, next ? (PANEL + products - 1) / products : 0};
  sums_t sums[2];
  waiting_t waiting = {0};
  for (int t = 0, turn = 0; t < tiles; t++) {
    int height = rows / tiles + (t < rows % tiles);
    if (height != shape) {
      matrix_begin(height);
      shape = height;
    }
    const char *x = (const char *)op->a + (size_t)row * across + op->from * element;
    int lower = height > TILE_ROWS;
    for (int v = 0; v < vectors; v += 2, turn ^= 1) {
      int width = vectors - v < 2 ? 1 : 2;
      matrix_zero();
      if (lower && width == 2) {
        matrix_products(op, x, across, inputs, 1, 1, w + TILE_BYTES * v, step, &ahead, &waiting, share, EXACT);
      } else {
        matrix_products(op, x, across, inputs, lower, width == 2, w + TILE_BYTES * v, step, &ahead, &waiting, share, EXACT);
      }
      finish_some(op, &waiting, MATRIX_ROWS, EXACT);
      matrix_store(&sums[turn], (size_t)width * TILE_BYTES, lower, width == 2);
      waiting = (waiting_t){row, column + 16 * v, height, width, 0, &sums[turn]};
    }
    row += height;
  }
  finish_some(op, &waiting, MATRIX_ROWS, EXACT);
  matrix_end();
}
#endif

/* ---- One panel */

#define HEIGHT(TILE, MR, NV) \
  case MR: TILE(op, row, column, w, step, MR, NV); break;

#define UP_TO_6(TILE, NV) \
  HEIGHT(TILE, 1, NV) HEIGHT(TILE, 2, NV) HEIGHT(TILE, 3, NV) HEIGHT(TILE, 4, NV) HEIGHT(TILE, 5, NV) HEIGHT(TILE, 6, NV)

#define UP_TO_12(TILE, NV) \
  UP_TO_6(TILE, NV) HEIGHT(TILE, 7, NV) HEIGHT(TILE, 8, NV) HEIGHT(TILE, 9, NV) HEIGHT(TILE, 10, NV) \
  HEIGHT(TILE, 11, NV) HEIGHT(TILE, 12, NV)

/* A tile of the height that is asked for, as code of its own so that all sums stay in registers. */
#define TILES(NAME, TILE, HEIGHTS, NV) \
  static void NAME(const op_t *op, int row, int height, int column, const void *w, size_t step) { \
    switch (height) { HEIGHTS(TILE, NV) } \
  }

TILES(i8_64, tile_i8, UP_TO_6, 4)
TILES(i8_32, tile_i8, UP_TO_12, 2)
TILES(i8_16, tile_i8, UP_TO_12, 1)
TILES(bf16_64, tile_bf16, UP_TO_6, 4)
TILES(bf16_32, tile_bf16, UP_TO_12, 2)
TILES(bf16_16, tile_bf16, UP_TO_12, 1)
TILES(i4_64, tile_i4, UP_TO_6, 4)
TILES(i4_32, tile_i4, UP_TO_6, 2)
TILES(i4_16, tile_i4, UP_TO_6, 1)

typedef void (*tile_t)(const op_t *, int row, int height, int column, const void *w, size_t step);

/* By kind of weights: tiles of 16, 32 and 64 columns, and how high they are at most. */
static const struct {
  tile_t tile[3];
  int height[3];
  int group; /* inputs in 4 bytes of a column */
} TILINGS[] = {
  [KIND_BF16] = {{bf16_16, bf16_32, bf16_64}, {12, 12, 6}, 2},
  [KIND_I8] = {{i8_16, i8_32, i8_64}, {12, 12, 6}, 4},
  [KIND_I4] = {{i4_16, i4_32, i4_64}, {6, 6, 6}, 8},
};

/* All rows from `row` on against columns of one panel, in tiles of nearly equal height. */
static void columns(const op_t *op, int row, int rows, int column, tile_t tile, int most, const char *w, size_t step) {
  int tiles = (rows + most - 1) / most;
  for (int t = 0; t < tiles; t++) {
    int height = rows / tiles + (t < rows % tiles);
    tile(op, row, height, column, w, step);
    row += height;
  }
}

static void shaped(const op_t *op, int row, int rows, int column, int shape, const char *w, size_t step) {
  columns(op, row, rows, column, TILINGS[op->in_kind].tile[shape], TILINGS[op->in_kind].height[shape], w, step);
}

/* ---- Chunks */

/* Which shape is faster differs between processors and sizes: Java measures. */
static int shape_of(const op_t *op, const step_t *step) {
  return step->rows <= FEW_ROWS ? op->tile_few : op->tile_many;
}

static int panels_of(const op_t *op) {
  return (op->n + PANEL - 1) / PANEL;
}

/*
 * The most rows that leave enough chunks for threads to end together. The matrix unit computes faster than rows come
 * from afar: those of a chunk fit a core's own cache, and stay there for panel after panel.
 */
static int chunk_rows(const op_t *op, const step_t *step) {
  int panels = panels_of(op), i = 0;
  if (shape_of(op, step) == TILE_MATRIX) {
    int most = NEAR_BYTES / (op->taken * (op->in_kind == KIND_I8 ? 1 : 2)), blocks = (step->rows + most - 1) / most, rows;
    for (;; blocks++) {
      rows = ((step->rows + blocks - 1) / blocks + MATRIX_STEP - 1) / MATRIX_STEP * MATRIX_STEP;
      if (rows == MATRIX_STEP || panels * blocks >= ENOUGH_CHUNKS) {
        break;
      }
    }
    return rows;
  }
  while (i < 3 && panels * ((step->rows + CHUNK_ROWS[i] - 1) / CHUNK_ROWS[i]) < ENOUGH_CHUNKS) {
    i++;
  }
  return CHUNK_ROWS[i];
}

static int row_blocks(const op_t *op, const step_t *step) {
  int rows = chunk_rows(op, step);
  return (step->rows + rows - 1) / rows;
}

int linear_chunks(const op_t *op, const step_t *step) {
  return panels_of(op) * row_blocks(op, step);
}

void linear_run(const op_t *op, const step_t *step, int chunk, scratch_t *scratch) {
  int blocks = row_blocks(op, step), most = chunk_rows(op, step), panels = panels_of(op), tile = shape_of(op, step);
  /* What one chunk and the next share is in the cache: the panel, or, for the matrix unit, the rows. */
  int column = (tile == TILE_MATRIX ? chunk % panels : chunk / blocks) * PANEL;
  int row = (tile == TILE_MATRIX ? chunk / panels : chunk % blocks) * most;
  int rows = step->rows - row < most ? step->rows - row : most;
  int vectors = (op->n - column + 15) / 16;
  vectors = vectors > 4 ? 4 : vectors;
  size_t group = (size_t)vectors * 64; /* bytes */
  size_t panel = (size_t)PANEL * 4 * (op->k / TILINGS[op->in_kind].group); /* bytes of a whole one */
  const char *w = (const char *)op->c + (size_t)(column / PANEL) * panel +
                  group * (size_t)(op->from / TILINGS[op->in_kind].group);
#ifdef MATRIX_UNIT
  if (tile == TILE_MATRIX) {
    int later = chunk % panels + scratch->threads;
    const char *next = later < panels - 1 ? w + scratch->threads * panel : NULL;
    if (op->in_kind == KIND_I8) {
      matrix_panel(op, row, rows, column, vectors, w, group, next, 1);
    } else {
      matrix_panel(op, row, rows, column, vectors, w, group, next, 0);
    }
    return;
  }
#endif
  (void)scratch;
  if (vectors == 4 && tile == TILE_WIDE) {
    shaped(op, row, rows, column, 2, w, group);
    return;
  }
  for (int v = 0; v < vectors;) {
    int pair = vectors - v >= 2;
    shaped(op, row, rows, column + 16 * v, pair, w + 64 * v, group);
    v += 1 + pair;
  }
}
