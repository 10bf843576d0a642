/*
 * The roofs of the machine: how fast it reads memory, and how fast it multiplies and adds when nothing else is in the
 * way. Each function is one thread's share; the caller runs as many as it has cores.
 */
#include "matrix.h"

enum { ACCUMULATORS = 16, LINE = 64, STRIDE = 512 };

static volatile float float_sink;
static volatile int64_t int_sink;

/* Reads bytes (a multiple of 512) once, eight lines at a time. */
void clarion_roof_read(const void *memory, int64_t bytes) {
  const char *from = memory;
  __m512i sums[8] = {0};
  for (int64_t at = 0; at < bytes; at += STRIDE) {
    for (int i = 0; i < 8; i++) {
      sums[i] = _mm512_xor_si512(sums[i], _mm512_loadu_si512(from + at + i * LINE));
    }
  }
  for (int i = 1; i < 8; i++) {
    sums[0] = _mm512_xor_si512(sums[0], sums[i]);
  }
  int_sink = _mm512_reduce_add_epi64(sums[0]);
}

/* The instruction a number of times on each of so many sums that none waits for the one before it. Every loop over sums is
   unrolled: an index that is not a constant would put all of them into memory. They start apart: equal ones would be one. */
#define REPEAT(TYPE, START, STEP)                   \
  TYPE sums[ACCUMULATORS];                          \
  _Pragma("GCC unroll 16")                          \
  for (int i = 0; i < ACCUMULATORS; i++) {          \
    sums[i] = START;                                \
  }                                                 \
  for (int64_t turn = 0; turn < turns; turn++) {    \
    _Pragma("GCC unroll 16")                        \
    for (int i = 0; i < ACCUMULATORS; i++) {        \
      STEP;                                         \
    }                                               \
  }                                                 \
  _Pragma("GCC unroll 16")                          \
  for (int i = 1; i < ACCUMULATORS; i++)

/*
 * Each returns the operations that one turn is (a multiply-add is two), or 0 where the processor lacks the instruction;
 * 0 turns only ask.
 */
int64_t clarion_roof_f32(int64_t turns) {
  __m512 a = _mm512_set1_ps(0.5f), b = _mm512_set1_ps(0.25f);
  REPEAT(__m512, _mm512_set1_ps((float)i), sums[i] = _mm512_fmadd_ps(a, b, sums[i])) {
    sums[0] = _mm512_add_ps(sums[0], sums[i]);
  }
  float_sink = _mm512_reduce_add_ps(sums[0]);
  return ACCUMULATORS * 16 * 2;
}

#ifdef MATRIX_UNIT
enum { TILE_MULTIPLY_ADDS = 16 * 16 * 64, TILES_A_TURN = 4 };

/* Products of tiles that stay where they are; their values do not matter. */
static int64_t matrix_roof(int64_t turns, int exact) {
  matrix_begin(2 * TILE_ROWS);
  for (int64_t turn = 0; turn < turns; turn++) {
    if (exact) {
      _tile_dpbusd(0, 4, 6);
      _tile_dpbusd(1, 4, 7);
      _tile_dpbusd(2, 5, 6);
      _tile_dpbusd(3, 5, 7);
    } else {
      _tile_dpbf16ps(0, 4, 6);
      _tile_dpbf16ps(1, 4, 7);
      _tile_dpbf16ps(2, 5, 6);
      _tile_dpbf16ps(3, 5, 7);
    }
  }
  matrix_end();
  return TILES_A_TURN * TILE_MULTIPLY_ADDS * 2 / (exact ? 1 : 2);
}
#endif

int64_t clarion_roof_bf16(int64_t turns) {
#ifdef MATRIX_UNIT
  if (matrix_unit_allowed) {
    return matrix_roof(turns, 0);
  }
#endif
#if defined(__AVX512BF16__)
  __m512bh a = (__m512bh)_mm512_set1_epi32(0x3f003f00), b = (__m512bh)_mm512_set1_epi32(0x3e803e80);
  REPEAT(__m512, _mm512_set1_ps((float)i), sums[i] = _mm512_dpbf16_ps(sums[i], a, b)) {
    sums[0] = _mm512_add_ps(sums[0], sums[i]);
  }
  float_sink = _mm512_reduce_add_ps(sums[0]);
  return ACCUMULATORS * 32 * 2;
#else
  (void)turns;
  return 0;
#endif
}

int64_t clarion_roof_int8(int64_t turns) {
#ifdef MATRIX_UNIT
  if (matrix_unit_allowed) {
    return matrix_roof(turns, 1);
  }
#endif
  __m512i a = _mm512_set1_epi8(1), b = _mm512_set1_epi8(1);
  /* As an intrinsic, GCC 12 copies every sum once a turn. */
  REPEAT(__m512i, _mm512_set1_epi32(i), __asm__("vpdpbusd %2, %1, %0" : "+v"(sums[i]) : "v"(a), "v"(b))) {
    sums[0] = _mm512_add_epi32(sums[0], sums[i]);
  }
  int_sink = _mm512_reduce_add_epi32(sums[0]);
  return ACCUMULATORS * 64 * 2;
}
