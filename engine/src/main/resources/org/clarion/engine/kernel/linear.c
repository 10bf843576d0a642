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
 * they let through: `stride` columns come out. OUT_INT: the sums of int8 products, int32, for other ranks' to be added.
 *
 * int8 activations come as bytes of value + 128, because the instruction wants unsigned times signed.
 */
#include "clarion.h"

enum { PANEL = 64, ENOUGH_CHUNKS = 32, FEW_ROWS = 8, AHEAD = 4096 };

/* Rows of a chunk: the more, the less often weights come from afar; most are a whole image. */
static const int CHUNK_ROWS[] = {264, 132, 48, 12};
/* Shapes of tiles, as Tiling.java numbers them: 64 columns, 32 columns, the matrix unit's. */
enum { TILE_WIDE = 64, TILE_MATRIX = 1024 };

/* ---- What becomes of the sums of a tile */

/* Sums of one tile, row after row; a tile has at most 6 x 64, 12 x 32 or, with AMX, 32 x 32 columns. */
typedef union {
  int32_t exact[1024];
  float real[1024];
} __attribute__((aligned(64))) sums_t;

static void put(const op_t *op, int row, int column, int width, __m512 y) {
  __mmask16 mask = first(width - column);
  float *out = (float *)op->f + row * op->stride + column;
  if (op->out == OUT_ADD) {
    y = _mm512_add_ps(_mm512_maskz_loadu_ps(mask, out), y);
  }
  _mm512_mask_storeu_ps(out, mask, y);
}

static __m512 with_bias(const op_t *op, int column, __m512 y) {
  if (!op->g) {
    return y;
  }
  return _mm512_add_ps(y, _mm512_maskz_loadu_ps(first(op->n - column), (const float *)op->g + column));
}

/* y: `vectors` times 16 columns of one row. */
static void emit(const op_t *op, int row, int column, int vectors, const __m512 *y) {
  if (op->out == OUT_SWIGLU) {
    for (int v = 0; v + 1 < vectors; v += 2) {
      put(op, row, column / 2 + v * 8, (int)op->stride, _mm512_mul_ps(silu_ps(y[v]), y[v + 1]));
    }
    return;
  }
  for (int v = 0; v < vectors; v++) {
    int from = column + 16 * v;
    __m512 z = with_bias(op, from, y[v]);
    put(op, row, from, op->n, op->out == OUT_GELU ? gelu_ps(z) : z);
  }
}

static __attribute__((noinline)) void emit_exact(const op_t *op, int row, int column, int rows, int vectors,
                                                  const sums_t *sums) {
  __m512i offset[4];
  __m512 factor[4];
  for (int v = 0; v < vectors; v++) {
    __mmask16 mask = first(op->n - column - 16 * v);
    offset[v] = _mm512_maskz_loadu_epi32(mask, (const int32_t *)op->e + column + 16 * v);
    factor[v] = _mm512_maskz_loadu_ps(mask, (const float *)op->d + column + 16 * v);
  }
  for (int r = 0; r < rows; r++) {
    __m512 y[4] = {_mm512_setzero_ps()};
    for (int v = 0; v < vectors; v++) {
      __m512i sum = _mm512_sub_epi32(_mm512_load_si512(sums->exact + (r * vectors + v) * 16), offset[v]);
      if (op->out == OUT_INT) {
        int from = column + 16 * v;
        _mm512_mask_storeu_epi32((int32_t *)op->f + (row + r) * op->stride + from, first(op->n - from), sum);
      } else {
        /* In this order FINISH does it too. */
        __m512 row_factor = _mm512_set1_ps(((const float *)op->b)[row + r]);
        y[v] = _mm512_mul_ps(_mm512_mul_ps(_mm512_cvtepi32_ps(sum), row_factor), factor[v]);
      }
    }
    if (op->out != OUT_INT) {
      emit(op, row + r, column, vectors, y);
    }
  }
}

static __attribute__((noinline)) void emit_real(const op_t *op, int row, int column, int rows, int vectors,
                                                 const sums_t *sums) {
  for (int r = 0; r < rows; r++) {
    __m512 y[4] = {_mm512_setzero_ps()};
    for (int v = 0; v < vectors; v++) {
      y[v] = _mm512_load_ps(sums->real + (r * vectors + v) * 16);
      if (op->in_kind == KIND_I4) {
        __m512 offset = _mm512_maskz_loadu_ps(first(op->n - column - 16 * v), (const float *)op->e + column + 16 * v);
        y[v] = _mm512_mul_ps(_mm512_sub_ps(y[v], offset), _mm512_set1_ps(((const float *)op->b)[row + r]));
      }
    }
    emit(op, row + r, column, vectors, y);
  }
}

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
  emit_exact(op, row, column, MR, NV, &sums);
}

/* ---- int8 by the matrix unit (AMX), where there is one: 32 rows x 32 columns in four tiles, 64 inputs at a time. The
        panel's layout is the one that its instruction wants. */

#ifdef __AMX_INT8__
typedef struct {
  uint8_t palette, start_row, reserved[14];
  uint16_t bytes[16];
  uint8_t rows[16];
} __attribute__((aligned(64))) tile_config_t;

static void matrix_i8(const op_t *op, int row, int height, int column, const void *panel, size_t step) {
  int upper = height < 16 ? height : 16, lower = height - upper;
  tile_config_t config = {.palette = 1};
  for (int t = 0; t < 8; t++) { /* 0-3 sums, 4-5 inputs, 6-7 weights */
    config.bytes[t] = 64;
    config.rows[t] = (uint8_t)(t >= 6 ? 16 : t == 4 || t < 2 ? upper : lower > 0 ? lower : 1);
  }
  _tile_loadconfig(&config);
  const uint8_t *x = (const uint8_t *)op->a + (size_t)row * op->k;
  const uint8_t *below = x + (size_t)upper * op->k;
  const int8_t *w = panel;
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  for (int i = 0; i < op->k; i += 64) {
    _tile_loadd(6, w, step);
    _tile_loadd(7, w + 64, step);
    _tile_loadd(4, x + i, op->k);
    _tile_dpbusd(0, 4, 6);
    _tile_dpbusd(1, 4, 7);
    if (lower > 0) {
      _tile_loadd(5, below + i, op->k);
      _tile_dpbusd(2, 5, 6);
      _tile_dpbusd(3, 5, 7);
    }
    w += 16 * step;
  }
  sums_t sums;
  _tile_stored(0, sums.exact, 128);
  _tile_stored(1, sums.exact + 16, 128);
  if (lower > 0) {
    _tile_stored(2, sums.exact + 32 * upper, 128);
    _tile_stored(3, sums.exact + 32 * upper + 16, 128);
  }
  _tile_release();
  emit_exact(op, row, column, height, 2, &sums);
}
#endif

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
  emit_real(op, row, column, MR, NV, &sums);
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
  emit_real(op, row, column, MR, NV, &sums);
}

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

/* The most rows that leave enough chunks for threads to end together. */
static int chunk_rows(const op_t *op, const step_t *step) {
  int panels = (op->n + PANEL - 1) / PANEL, i = 0;
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
  return (op->n + PANEL - 1) / PANEL * row_blocks(op, step);
}

/* Chunks of one panel follow each other: its weights stay in the cache. */
void linear_run(const op_t *op, const step_t *step, int chunk, scratch_t *scratch) {
  (void)scratch;
  int blocks = row_blocks(op, step), most = chunk_rows(op, step);
  int column = chunk / blocks * PANEL;
  int row = chunk % blocks * most;
  int rows = step->rows - row < most ? step->rows - row : most;
  int vectors = (op->n - column + 15) / 16;
  vectors = vectors > 4 ? 4 : vectors;
  size_t group = (size_t)vectors * 64; /* bytes */
  const char *w = (const char *)op->c + (size_t)column * 4 * (op->k / TILINGS[op->in_kind].group);
  /* Which shape is faster differs between processors and sizes: Java measures. */
  int tile = step->rows <= FEW_ROWS ? op->tile_few : op->tile_many;
  if (vectors == 4 && tile == TILE_WIDE) {
    shaped(op, row, rows, column, 2, w, group);
    return;
  }
  for (int v = 0; v < vectors;) {
    int pair = vectors - v >= 2;
#ifdef __AMX_INT8__
    if (pair && tile == TILE_MATRIX && op->in_kind == KIND_I8 && op->k % 64 == 0) {
      columns(op, row, rows, column + 16 * v, matrix_i8, 32, w + 64 * v, group);
      v += 2;
      continue;
    }
#endif
    shaped(op, row, rows, column + 16 * v, pair, w + 64 * v, group);
    v += 1 + pair;
  }
}
