/*
 * The processor's matrix unit (AMX): eight tiles of up to 16 rows of 64 bytes, and one instruction that adds the product
 * of two of them to a third. Left factors have 64 int8 or 32 bfloat16 a row; right ones 16 columns, four int8 or two
 * bfloat16 of each side by side in a row. Sums have 16 columns of 4 bytes.
 *
 * Tiles 0 to 3 are sums, 4 and 5 left factors (the upper and the lower 16 rows), 6 and 7 right ones: 0 = 4 x 6,
 * 1 = 4 x 7, 2 = 5 x 6, 3 = 5 x 7. Of bfloat16, even and odd products of a tile are added up in order by themselves, then
 * both to the sum: the same for every row of a tile, whatever is in the others.
 */
#ifndef MATRIX_H
#define MATRIX_H

#include "clarion.h"

enum { TILE_ROWS = 16, TILE_BYTES = 64 };

#if defined(__AMX_INT8__) && defined(__AMX_BF16__)
#define MATRIX_UNIT 1

/* Whether the system lets this process use it; clarion_features asks. */
extern int matrix_unit_allowed;

typedef struct {
  uint8_t palette, start_row, reserved[14];
  uint16_t bytes[16];
  uint8_t rows[16];
} __attribute__((aligned(64))) tile_config_t;

/* Tiles for 1 to 32 rows of left factors; all are zero afterwards. Until matrix_end the thread's state is larger. */
static inline void matrix_begin(int rows) {
  int upper = rows < TILE_ROWS ? rows : TILE_ROWS, lower = rows - upper;
  tile_config_t config = {.palette = 1};
  for (int t = 0; t < 8; t++) {
    config.bytes[t] = TILE_BYTES;
    config.rows[t] = (uint8_t)(t >= 6 ? TILE_ROWS : t == 4 || t < 2 || lower <= 0 ? upper : lower);
  }
  /* The intrinsic tells the compiler of the first bytes only. */
  __asm__ volatile("" : : "r"(&config) : "memory");
  _tile_loadconfig(&config);
}

static inline void matrix_end(void) {
  _tile_release();
}

static inline void matrix_zero(void) {
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
}

/* Sums to rows that lie `stride` bytes apart, 32 columns or, if not `pair`, 16. */
static inline __attribute__((always_inline)) void matrix_store(void *to, size_t stride, int lower, int pair) {
  char *below = (char *)to + TILE_ROWS * stride;
  _tile_stored(0, to, stride);
  if (pair) {
    _tile_stored(1, (char *)to + TILE_BYTES, stride);
  }
  if (lower) {
    _tile_stored(2, below, stride);
    if (pair) {
      _tile_stored(3, below + TILE_BYTES, stride);
    }
  }
}

/*
 * Adds what 64 bytes of each row of x, `across` bytes apart, give with 16 rows of two right tiles at w and `next`, `down`
 * bytes apart; with the first only if not `pair`. EXACT: int8 (x + 128, unsigned), else bfloat16.
 */
static inline __attribute__((always_inline)) void matrix_add(const char *x, size_t across, int lower, const char *w,
                                                              const char *next, size_t down, int pair, const int EXACT) {
  _tile_loadd(6, w, down);
  _tile_loadd(4, x, across);
  if (EXACT) {
    _tile_dpbusd(0, 4, 6);
  } else {
    _tile_dpbf16ps(0, 4, 6);
  }
  if (pair) {
    _tile_loadd(7, next, down);
    if (EXACT) {
      _tile_dpbusd(1, 4, 7);
    } else {
      _tile_dpbf16ps(1, 4, 7);
    }
  }
  if (lower) {
    _tile_loadd(5, x + TILE_ROWS * across, across);
    if (EXACT) {
      _tile_dpbusd(2, 5, 6);
    } else {
      _tile_dpbf16ps(2, 5, 6);
    }
    if (pair) {
      if (EXACT) {
        _tile_dpbusd(3, 5, 7);
      } else {
        _tile_dpbf16ps(3, 5, 7);
      }
    }
  }
}

/* The same for up to 16 rows and 64 columns that lie side by side, in tiles 0 to 3; bfloat16. */
static inline __attribute__((always_inline)) void matrix_add_wide(const char *x, size_t across, const char *w,
                                                                   size_t down) {
  _tile_loadd(4, x, across);
  _tile_loadd(6, w, down);
  _tile_dpbf16ps(0, 4, 6);
  _tile_loadd(7, w + TILE_BYTES, down);
  _tile_dpbf16ps(1, 4, 7);
  _tile_loadd(6, w + 2 * TILE_BYTES, down);
  _tile_dpbf16ps(2, 4, 6);
  _tile_loadd(7, w + 3 * TILE_BYTES, down);
  _tile_dpbf16ps(3, 4, 7);
}

static inline __attribute__((always_inline)) void matrix_store_wide(char *to, size_t stride) {
  _tile_stored(0, to, stride);
  _tile_stored(1, to + TILE_BYTES, stride);
  _tile_stored(2, to + 2 * TILE_BYTES, stride);
  _tile_stored(3, to + 3 * TILE_BYTES, stride);
}
#endif

#endif
