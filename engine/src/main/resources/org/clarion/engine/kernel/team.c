/*
 * A team of threads that runs programs. The caller is one of them; the others wait, first briefly at full speed, then
 * asleep. Threads take chunks one at a time, so that one that the system has put aside holds back no more than the chunk
 * it has begun: the others do the rest of its share.
 */
#define _GNU_SOURCE
#include "clarion.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Turns of a waiting loop before the core is offered to others, and before an idle thread goes to sleep (some 50 us). */
enum { SPINS_BEFORE_YIELD = 2000, SPINS_BEFORE_SLEEP = 1500 };

/* Run number in the upper half, count in the lower: what belongs to a run that is over can be told from what is current. */
typedef _Atomic uint64_t counter_t;

typedef struct {
  counter_t taken, done;
  char padding[48];
} progress_t;

typedef struct team {
  int threads;
  pthread_t *helpers;
  scratch_t *scratch; /* of each thread */
  progress_t *progress;
  int capacity; /* operations that progress has room for */
  _Atomic(const op_t *) ops;
  _Atomic int count;
  step_t step; /* a copy: its owner changes the numbers as soon as the run is over, when a helper may still look at it */
  uint64_t *cycles; /* spent in each kind of operation, or null */
  _Atomic uint32_t run;
  _Atomic int asleep;
  _Atomic int closing;
} team_t;

typedef struct {
  team_t *team;
  int index;
} helper_t;

static const struct {
  int (*chunks)(const op_t *, const step_t *);
  void (*run)(const op_t *, const step_t *, int, scratch_t *);
} OPERATIONS[OP_KINDS] = {
  [OP_EMBED] = {embed_chunks, embed_run},
  [OP_NORM] = {norm_chunks, norm_run},
  [OP_CONVERT] = {convert_chunks, convert_run},
  [OP_PEAK] = {peak_chunks, peak_run},
  [OP_LINEAR] = {linear_chunks, linear_run},
  [OP_FINISH] = {finish_chunks, finish_run},
  [OP_SPLIT] = {split_chunks, split_run},
  [OP_ATTEND] = {attend_chunks, attend_run},
  [OP_ATTEND_ALL] = {attend_all_chunks, attend_all_run},
  [OP_BEST] = {best_chunks, best_run},
  [OP_MASS] = {mass_chunks, mass_run},
};

float *scratch_of(scratch_t *scratch, size_t floats) {
  if (scratch->floats < floats) {
    free(scratch->memory);
    scratch->floats = 0;
    if (posix_memalign((void **)&scratch->memory, 64, floats * sizeof(float)) != 0) {
      abort(); /* a few hundred KB: the process is beyond help */
    }
    scratch->floats = floats;
  }
  return scratch->memory;
}

/* One thread's share of a run; false when the run was over before the thread came to its end. */
static int take_part(team_t *team, uint32_t run, int index) {
  const op_t *ops = team->ops;
  const step_t numbers = team->step, *step = &numbers;
  int count = team->count;
  /* Were these already the next run's, its counters, which were set before, end this part at once. */
  atomic_thread_fence(memory_order_acquire);
  uint64_t *cycles = index == 0 ? team->cycles : NULL;
  uint64_t tag = (uint64_t)run << 32, before = cycles ? __rdtsc() : 0;
  for (int i = 0; i < count; i++) {
    progress_t *progress = &team->progress[i];
    uint64_t taken = atomic_load_explicit(&progress->taken, memory_order_acquire);
    if (taken >> 32 != run) {
      return 0;
    }
    const op_t *op = &ops[i];
    uint64_t chunks = (uint64_t)OPERATIONS[op->kind].chunks(op, step);
    while (taken >> 32 == run && (uint32_t)taken < chunks) {
      if (atomic_compare_exchange_weak(&progress->taken, &taken, taken + 1)) {
        OPERATIONS[op->kind].run(op, step, (int)(uint32_t)taken, &team->scratch[index]);
        atomic_fetch_add_explicit(&progress->done, 1, memory_order_release);
        taken = atomic_load_explicit(&progress->taken, memory_order_acquire);
      }
    }
    for (int spins = 0;; spins++) {
      uint64_t done = atomic_load_explicit(&progress->done, memory_order_acquire);
      if (done >> 32 != run) {
        return 0;
      }
      if (done == (tag | chunks)) {
        break;
      }
      if (spins < SPINS_BEFORE_YIELD) {
        _mm_pause();
      } else {
        sched_yield();
      }
    }
    if (cycles) {
      uint64_t now = __rdtsc();
      cycles[op->kind] += now - before;
      before = now;
    }
  }
  return 1;
}

static void *help(void *argument) {
  helper_t helper = *(helper_t *)argument;
  team_t *team = helper.team;
  free(argument);
  uint32_t seen = 0;
  for (;;) {
    uint32_t run = atomic_load_explicit(&team->run, memory_order_acquire);
    for (int spins = 0; run == seen && spins < SPINS_BEFORE_SLEEP; spins++) {
      _mm_pause();
      run = atomic_load_explicit(&team->run, memory_order_acquire);
    }
    if (atomic_load(&team->closing)) {
      return NULL;
    }
    if (run == seen) {
      atomic_fetch_add(&team->asleep, 1);
      syscall(SYS_futex, &team->run, FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0);
      atomic_fetch_sub(&team->asleep, 1);
      continue;
    }
    seen = run;
    take_part(team, run, helper.index);
  }
}

static void wake(team_t *team) {
  if (atomic_load(&team->asleep) > 0) {
    syscall(SYS_futex, &team->run, FUTEX_WAKE_PRIVATE, team->threads, NULL, NULL, 0);
  }
}

/*
 * A team of that many threads, the caller's included, for programs of up to `capacity` operations; null when there is no
 * memory. Where the system gives fewer threads, those that there are do the work.
 */
team_t *clarion_team_new(int threads, int capacity) {
  team_t *team = calloc(1, sizeof(team_t));
  if (!team) {
    return NULL;
  }
  team->threads = threads;
  team->capacity = capacity;
  team->helpers = calloc((size_t)threads, sizeof(pthread_t));
  team->scratch = calloc((size_t)threads, sizeof(scratch_t));
  if (!team->helpers || !team->scratch ||
      posix_memalign((void **)&team->progress, 64, (size_t)capacity * sizeof(progress_t)) != 0) {
    free(team->helpers);
    free(team->scratch);
    free(team);
    return NULL;
  }
  memset(team->progress, 0, (size_t)capacity * sizeof(progress_t));
  for (int i = 1; i < threads; i++) {
    helper_t *helper = malloc(sizeof(helper_t));
    if (helper) {
      *helper = (helper_t){team, i};
    }
    if (!helper || pthread_create(&team->helpers[i], NULL, help, helper) != 0) {
      free(helper);
      team->threads = i;
      break;
    }
  }
  for (int i = 0; i < team->threads; i++) {
    team->scratch[i].threads = team->threads;
  }
  return team;
}

int clarion_team_threads(const team_t *team) {
  return team->threads;
}

void clarion_team_free(team_t *team) {
  atomic_store(&team->closing, 1);
  atomic_fetch_add(&team->run, 1);
  syscall(SYS_futex, &team->run, FUTEX_WAKE_PRIVATE, team->threads, NULL, NULL, 0);
  for (int i = 1; i < team->threads; i++) {
    pthread_join(team->helpers[i], NULL);
  }
  for (int i = 0; i < team->threads; i++) {
    free(team->scratch[i].memory);
  }
  free(team->scratch);
  free(team->helpers);
  free(team->progress);
  free(team);
}

/*
 * Runs operations first to first + count - 1 in order; one caller at a time. cycles: [OP_KINDS], what the caller's thread
 * spent in each kind is added; or null. Returns 0, or -1 when the program is longer than the team's capacity.
 */
int clarion_team_run(team_t *team, const op_t *ops, int from, int count, const step_t *step, uint64_t *cycles) {
  if (count > team->capacity) {
    return -1;
  }
  uint32_t run = atomic_load(&team->run) + 1;
  uint64_t tag = (uint64_t)run << 32;
  /* First the counters: a helper that is still under way in the last run finds it over, before it could see anything of
     this one. */
  for (int i = 0; i < count; i++) {
    atomic_store(&team->progress[i].taken, tag);
    atomic_store_explicit(&team->progress[i].done, tag, memory_order_release);
  }
  atomic_store(&team->ops, ops + from);
  atomic_store(&team->count, count);
  team->step = *step;
  team->cycles = cycles;
  atomic_store(&team->run, run);
  if (team->threads > 1) {
    wake(team);
  }
  take_part(team, run, 0);
  return 0;
}
