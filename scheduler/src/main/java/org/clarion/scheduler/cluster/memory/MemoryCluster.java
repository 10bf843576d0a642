package org.clarion.scheduler.cluster.memory;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.clarion.scheduler.api.ClusterState;
import org.clarion.scheduler.api.EmbeddingStore;
import org.clarion.scheduler.api.GenerationStore;
import org.clarion.scheduler.api.LeaseTable;
import org.clarion.scheduler.api.Membership;
import org.clarion.scheduler.api.ServiceBoard;
import org.clarion.scheduler.api.SessionStore;
import org.clarion.scheduler.api.Tenants;
import org.clarion.scheduler.api.TokenLog;

/** A cluster whose members all live in this process. Values are kept as they are: nothing leaves the heap. */
public final class MemoryCluster {
  private final MemorySessionStore sessions;
  private final MemoryTokenLog tokenLog;
  private final MemoryGenerationStore generations;
  private final MemoryLeaseTable leases = new MemoryLeaseTable();
  private final MemoryEmbeddingStore embeddings;
  private final MemoryServiceBoard service;
  private final MemoryTenants tenants = new MemoryTenants();
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
    sessions = new MemorySessionStore(tenants, clock, sessionIdle);
    tokenLog = new MemoryTokenLog(tenants, clock, logRetention);
    generations = new MemoryGenerationStore(tenants, clock, logRetention.plus(sessionIdle));
    embeddings = new MemoryEmbeddingStore(tenants, clock);
    tenants.stores(List.of(sessions::forget, tokenLog::forget, generations::forget, embeddings::forget));
    service = new MemoryServiceBoard(clock);
  }

  /** Another member's view of the same state; closing it withdraws what that member announced. */
  public ClusterState join() {
    return new View(sessions, tokenLog, generations, leases, board.view(), embeddings, service, tenants);
  }

  private record View(SessionStore sessions, TokenLog tokenLog, GenerationStore generations, LeaseTable leases,
      MemberBoard.View view, EmbeddingStore embeddings, ServiceBoard service,
      Tenants tenants) implements ClusterState {
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
