/*
 * Memory for weights, and their way from float32 rows into the panels that linear.c reads.
 */
#define _GNU_SOURCE
#include "clarion.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PANEL = 64, HUGE_PAGE = 2 << 20 };

/* What this build can do here: bit 0 int8 and int4 weights, bit 1 bfloat16 weights, bit 2 int8 by the matrix unit, which
   Linux lets a process use only after it has asked. */
int clarion_features(void) {
  int features = 1;
#ifdef __AVX512BF16__
  features |= 2;
#endif
#ifdef __AMX_INT8__
  enum { ARCH_REQ_XCOMP_PERM = 0x1023, XFEATURE_XTILEDATA = 18 };
  if (syscall(SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA) == 0) {
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
    float peak = peak_of(row, (int)distance), up = peak > 0 ? 127.f / peak : 0;
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

/* Groups of 32 inputs; of a group, the value furthest from zero becomes -8, so that all 16 steps are used. */
static void pack_i4(const float *w, int64_t distance, int rows, int k, int width, uint8_t *panel, float *groups,
                    float *offsets) {
  for (int c = 0; c < rows; c++) {
    float offset = 0;
    for (int g = 0; g < k / 32; g++) {
      const float *x = w + c * distance + 32 * g;
      float extreme = 0;
      for (int i = 0; i < 32; i++) {
        extreme = fabsf(x[i]) > fabsf(extreme) ? x[i] : extreme;
      }
      float factor = extreme / -8.f, up = factor != 0 ? 1.f / factor : 0;
      int32_t sum = 0;
      for (int i = 0; i < 32; i++) {
        int32_t q = (int32_t)rintf(x[i] * up);
        q = q > 7 ? 7 : q < -8 ? -8 : q;
        sum += q;
        uint8_t *byte = &panel[(size_t)(4 * g + i / 8) * width * 4 + c * 4 + i % 4];
        *byte |= (uint8_t)((q + 8) << (i % 8 < 4 ? 0 : 4));
      }
      groups[(size_t)g * width + c] = factor;
      offset += factor * (float)(128 * sum);
    }
    offsets[c] = offset;
  }
}

/*
 * Packs the rows of one panel, which become output columns: w [rows, distance] float32, of which this rank has the inputs
 * from `first` on, k of them; rows up to 64, width their number rounded up to 16. panel is zeroed memory of width * k * bits / 8 bytes; factors [rows] and
 * offsets [rows] belong to the panel's columns, groups [k / 32, width] to int4.
 */
void clarion_pack(int kind, const float *w, int64_t distance, int64_t first, int rows, int k, int width, void *panel,
                  float *factors, void *offsets, float *groups) {
  switch (kind) {
    case KIND_BF16: pack_bf16(w + first, distance, rows, k, width, panel); break;
    case KIND_I8: pack_i8(w, distance, first, rows, k, width, panel, factors, offsets); break;
    default: pack_i4(w + first, distance, rows, k, width, panel, groups, offsets);
  }
}
