/* The signatures of nccl.h over host memory, for ranks that are threads of one process: enough to see that a binding
 * passes every argument in its place and turns results into errors. Written for this test. */
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

typedef struct { char internal[128]; } ncclUniqueId;
typedef struct { int rank, ranks, aborted; } *ncclComm_t;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t all = PTHREAD_COND_INITIALIZER;
static int came, turn;
enum { MOST = 1 << 16, STREAM = 5 };
static float floats[MOST];
static int ints[MOST];

/* How often what was called, by all ranks of the process. */
static int calls[6];
enum { SET_DEVICE, INIT, SUM, LARGEST, QUERY, ABORT };
static void count(int call) { __atomic_fetch_add(&calls[call], 1, __ATOMIC_RELAXED); }
int fake_calls(int call) { return __atomic_exchange_n(&calls[call], 0, __ATOMIC_RELAXED); }

/* Of the CUDA runtime: a device is a thread's own, and a stream has been asked once before it is done. */
static __thread int device = -1, asked;
static int broken;
void fake_break(int broke) { broken = broke; }
int cudaSetDevice(int number) { count(SET_DEVICE); device = number; return number > 1 ? 101 : 0; }
const char *cudaGetErrorString(int result) { return result == 101 ? "invalid device ordinal" : "other"; }
int cudaStreamQuery(void *stream) {
  count(QUERY);
  if (broken || device < 0 || stream) return 600;
  return asked++ % 2 ? 0 : 600;
}
static int known(void *stream) { return (size_t) stream == STREAM || (!stream && device >= 0); }

const char *ncclGetErrorString(int result) {
  return result == 0 ? "no error" : result == 4 ? "invalid argument" : result == 6 ? "remote process exited" : "other";
}
int ncclGetVersion(int *version) { *version = 22703; return 0; }
int ncclGetUniqueId(ncclUniqueId *id) {
  for (int i = 0; i < 128; i++) id->internal[i] = (char) (i * 3);
  return 0;
}
int ncclCommInitRank(ncclComm_t *comm, int ranks, ncclUniqueId id, int rank) {
  for (int i = 0; i < 128; i++) if (id.internal[i] != (char) (i * 3)) return 4;
  count(INIT);
  *comm = calloc(1, sizeof **comm);
  (*comm)->rank = rank;
  (*comm)->ranks = ranks;
  return 0;
}
int ncclCommGetAsyncError(ncclComm_t comm, int *result) { *result = comm->rank == 7 ? 6 : 0; return 0; }
int ncclCommDestroy(ncclComm_t comm) { free(comm); return 0; }
int ncclCommAbort(ncclComm_t comm) { count(ABORT); free(comm); return 0; }

/* All threads of the group pass together; called with the lock held. */
static void meet(int ranks) {
  int mine = turn;
  if (++came == ranks) {
    came = 0;
    turn++;
    pthread_cond_broadcast(&all);
  }
  while (turn == mine) pthread_cond_wait(&all, &lock);
}
int ncclAllReduce(const void *send, void *receive, size_t values, int type, int op, ncclComm_t comm, void *stream) {
  if (values > MOST || (type != 7 && type != 2) || (op != 0 && op != 2) || !known(stream)) return 4;
  count(op == 0 ? SUM : LARGEST);
  pthread_mutex_lock(&lock);
  for (size_t i = 0; i < values; i++) {
    int first = came == 0;
    float f = type == 7 ? ((const float *) send)[i] : 0;
    int n = type == 2 ? ((const int *) send)[i] : 0;
    if (op == 0) {
      floats[i] = first ? f : floats[i] + f;
      ints[i] = first ? n : ints[i] + n;
    } else {
      floats[i] = first || f > floats[i] ? f : floats[i];
      ints[i] = first || n > ints[i] ? n : ints[i];
    }
  }
  meet(comm->ranks);
  memcpy(receive, type == 7 ? (void *) floats : (void *) ints, 4 * values);
  meet(comm->ranks);
  pthread_mutex_unlock(&lock);
  return 0;
}
int ncclBroadcast(const void *send, void *receive, size_t values, int type, int root, ncclComm_t comm, void *stream) {
  if (values > MOST || type != 7 || root != 0 || !known(stream)) return 4;
  pthread_mutex_lock(&lock);
  if (comm->rank == root) memcpy(floats, send, 4 * values);
  meet(comm->ranks);
  memcpy(receive, floats, 4 * values);
  meet(comm->ranks);
  pthread_mutex_unlock(&lock);
  return 0;
}
