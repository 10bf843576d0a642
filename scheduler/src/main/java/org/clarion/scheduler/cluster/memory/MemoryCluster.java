package org.clarion.scheduler.cluster.memory;

import java.time.Duration;
import java.time.InstantSource;
import org.clarion.scheduler.api.ClusterState;
import org.clarion.scheduler.api.EmbeddingStore;
import org.clarion.scheduler.api.GenerationStore;
import org.clarion.scheduler.api.LeaseTable;
import org.clarion.scheduler.api.Membership;
import org.clarion.scheduler.api.ServiceBoard;
import org.clarion.scheduler.api.SessionStore;
import org.clarion.scheduler.api.TokenLog;

/** A cluster whose members all live in this process. Values are kept as they are: nothing leaves the heap. */
public final class MemoryCluster {
  private final MemorySessionStore sessions;
  private final MemoryTokenLog tokenLog;
  private final MemoryGenerationStore generations;
  private final MemoryLeaseTable leases = new MemoryLeaseTable();
  private final MemoryEmbeddingStore embeddings;
  private final MemoryServiceBoard service;
  private final MemberBoard board = new MemberBoard();

  /**
   * @param clock
   *          what expiry goes by
   * @param sessionIdle
   *          how long an unused session is kept
   * @param logRetention
   *          how long a token log is kept after its last write
   */
  public MemoryCluster(InstantSource clock, Duration sessionIdle, Duration logRetention) {
    sessions = new MemorySessionStore(clock, sessionIdle);
    tokenLog = new MemoryTokenLog(clock, logRetention);
    generations = new MemoryGenerationStore(clock, logRetention.plus(sessionIdle));
    embeddings = new MemoryEmbeddingStore(clock);
    service = new MemoryServiceBoard(clock);
  }

  /** Another member's view of the same state; closing it withdraws what that member announced. */
  public ClusterState join() {
    return new View(sessions, tokenLog, generations, leases, board.view(), embeddings, service);
  }

  private record View(SessionStore sessions, TokenLog tokenLog, GenerationStore generations, LeaseTable leases,
      MemberBoard.View view, EmbeddingStore embeddings, ServiceBoard service) implements ClusterState {
    @Override
    public Membership membership() {
      return view;
    }

    @Override
    public void close() {
      view.close();
    }
  }
}
