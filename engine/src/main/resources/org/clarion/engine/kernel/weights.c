/*
 * Memory for weights, and their way from float32 rows into the panels that linear.c reads.
 */
#define _GNU_SOURCE
#include "matrix.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PANEL = 64, HUGE_PAGE = 2 << 20 };

#ifdef MATRIX_UNIT
int matrix_unit_allowed = 0;
#endif

/* What this build can do here: bit 0 int8 and int4 weights, bit 1 bfloat16 weights, bit 2 the matrix unit, which Linux
   lets a process use only after it has asked. */
int clarion_features(void) {
  int features = 1;
#ifdef __AVX512BF16__
  features |= 2;
#endif
#ifdef MATRIX_UNIT
  enum { ARCH_REQ_XCOMP_PERM = 0x1023, XFEATURE_XTILEDATA = 18 };
  if (syscall(SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA) == 0) {
    matrix_unit_allowed = 1;
    features |= 4;
  }
#endif
  return features;
}

int clarion_operation_bytes(void) {
  return (int)sizeof(op_t);
}

static size_t whole_pages(int64_t bytes) {
  return ((size_t)bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
}

/* Zeroed memory in large pages where the system has them; null when it has none. */
void *clarion_memory_new(int64_t bytes) {
  size_t size = whole_pages(bytes);
  char *memory = mmap(NULL, size + HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    return NULL;
  }
  size_t skip = (HUGE_PAGE - (uintptr_t)memory % HUGE_PAGE) % HUGE_PAGE;
  if (skip) {
    munmap(memory, skip);
  }
  if (HUGE_PAGE > skip) {
    munmap(memory + skip + size, HUGE_PAGE - skip);
  }
  madvise(memory + skip, size, MADV_HUGEPAGE);
  return memory + skip;
}

void clarion_memory_free(void *memory, int64_t bytes) {
  munmap(memory, whole_pages(bytes));
}

/* Puts memory out of all caches, as weights are when a step comes to them. */
void clarion_memory_flush(const char *memory, int64_t bytes) {
  for (int64_t i = 0; i < bytes; i += 64) {
    _mm_clflush(memory + i);
  }
  _mm_mfence();
}

void clarion_to_bf16(const float *from, uint16_t *to, int64_t count) {
  int64_t i = 0;
  for (; i + 16 <= count; i += 16) {
    _mm256_storeu_si256((__m256i *)(to + i), to_bf16(_mm512_loadu_ps(from + i)));
  }
  if (i < count) {
    __mmask16 mask = first((int)(count - i));
    _mm256_mask_storeu_epi16(to + i, mask, to_bf16(_mm512_maskz_loadu_ps(mask, from + i)));
  }
}

static float peak_of(const float *x, int n) {
  __m512 peak = _mm512_setzero_ps();
  for (int i = 0; i < n; i += 16) {
    peak = _mm512_max_ps(peak, _mm512_abs_ps(_mm512_maskz_loadu_ps(first(n - i), x + i)));
  }
  return _mm512_reduce_max_ps(peak);
}

static int32_t nearest(float x, int32_t most) {
  int32_t q = (int32_t)rintf(x);
  return q > most ? most : q < -most ? -most : q;
}

static void pack_bf16(const float *w, int64_t distance, int rows, int k, int width, uint16_t *panel) {
  for (int c = 0; c < rows; c++) {
    for (int i = 0; i < k; i++) {
      uint32_t bits;
      memcpy(&bits, &w[c * distance + i], 4);
      panel[(size_t)(i / 2) * width * 2 + c * 2 + i % 2] = (uint16_t)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
    }
  }
}

/* The factor is the whole row's, so that ranks that have other parts of it can add their sums. */
static void pack_i8(const float *w, int64_t distance, int64_t first, int rows, int k, int width, int8_t *panel,
                    float *factors, int32_t *offsets) {
  for (int c = 0; c < rows; c++) {
    const float *row = w + c * distance;
    float peak = peak_of(row, (int)distance);
    float up = peak > 0 ? 127.f / peak : 0;
    int32_t sum = 0;
    for (int i = 0; i < k; i++) {
      int32_t q = nearest(row[first + i] * up, 127);
      panel[(size_t)(i / 4) * width * 4 + c * 4 + i % 4] = (int8_t)q;
      sum += q;
    }
    factors[c] = peak / 127.f;
    offsets[c] = 128 * sum;
  }
}

enum { GROUP = 32 };

/* x / factor, to the steps -8 to 7. */
static inline __m512 steps(__m512 x, float up) {
  __m512 q = _mm512_roundscale_ps(_mm512_mul_ps(x, _mm512_set1_ps(up)), 8);
  return _mm512_max_ps(_mm512_min_ps(q, _mm512_set1_ps(7.f)), _mm512_set1_ps(-8.f));
}

/*
 * The factor of a group: of some that map its value furthest from zero to -6.5 to -9.5, each moved to where its steps fit
 * best, the one that leaves the smallest error. Errors of large weights count more, as the square of the weight.
 */
static float factor_of(const float *x) {
  __m512 a = _mm512_loadu_ps(x), b = _mm512_loadu_ps(x + 16);
  float most = _mm512_reduce_max_ps(_mm512_max_ps(a, b)), least = _mm512_reduce_min_ps(_mm512_min_ps(a, b));
  float extreme = most > -least ? most : least;
  if (extreme == 0) {
    return 0;
  }
  __m512 aa = _mm512_mul_ps(a, a), bb = _mm512_mul_ps(b, b);
  float best = extreme / -8.f, most_explained = -1;
  for (int i = -6; i <= 6; i++) {
    float up = (-8.f + 0.25f * (float)i) / extreme;
    __m512 p = steps(a, up), q = steps(b, up), ap = _mm512_mul_ps(aa, p), bq = _mm512_mul_ps(bb, q);
    float product = _mm512_reduce_add_ps(_mm512_fmadd_ps(ap, a, _mm512_mul_ps(bq, b)));
    float square = _mm512_reduce_add_ps(_mm512_fmadd_ps(ap, p, _mm512_mul_ps(bq, q)));
    if (square > 0 && product * product > most_explained * square) {
      most_explained = product * product / square;
      best = product / square;
    }
  }
  return best;
}

/* Groups of 32 inputs, each with its factor. */
static void pack_i4(const float *w, int64_t distance, int rows, int k, int width, uint8_t *panel, float *groups,
                    float *offsets) {
  for (int c = 0; c < rows; c++) {
    float offset = 0;
    for (int g = 0; g < k / GROUP; g++) {
      const float *x = w + c * distance + GROUP * g;
      float factor = factor_of(x), up = factor != 0 ? 1.f / factor : 0;
      int32_t q[GROUP], sum = 0;
      for (int i = 0; i < GROUP; i += 16) {
        _mm512_storeu_epi32(q + i, _mm512_cvtps_epi32(steps(_mm512_loadu_ps(x + i), up)));
      }
      for (int i = 0; i < GROUP; i++) {
        sum += q[i];
        uint8_t *byte = &panel[(size_t)(4 * g + i / 8) * width * 4 + c * 4 + i % 4];
        *byte |= (uint8_t)((q[i] + 8) << (i % 8 < 4 ? 0 : 4));
      }
      groups[(size_t)g * width + c] = factor;
      offset += factor * (float)(128 * sum);
    }
    offsets[c] = offset;
  }
}

/*
 * Packs the rows of one panel, which become output columns: w [rows, distance] float32, of which this rank has the inputs
 * from `first` on, k of them; it is overwritten when block is not 0: see spread. Rows up to 64, width their number rounded up to 16. panel is zeroed memory of width * k * bits / 8 bytes; factors [rows] and
 * offsets [rows] belong to the panel's columns, groups [k / 32, width] to int4.
 */
void clarion_pack(int kind, float *w, int64_t distance, int64_t first, int rows, int k, int width, int block,
                  void *panel, float *factors, void *offsets, float *groups) {
  if (block > 0) {
    for (int64_t c = 0; c < rows; c++) {
      spread(w + c * distance, (int)distance, block);
    }
    for (int64_t i = 0; i < rows * distance; i++) {
      w[i] /= (float)block;
    }
  }
  switch (kind) {
    case KIND_BF16: pack_bf16(w + first, distance, rows, k, width, panel); break;
    case KIND_I8: pack_i8(w, distance, first, rows, k, width, panel, factors, offsets); break;
    default: pack_i4(w + first, distance, rows, k, width, panel, groups, offsets);
  }
}
