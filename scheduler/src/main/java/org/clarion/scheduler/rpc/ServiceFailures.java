package org.clarion.scheduler.rpc;

import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.clarion.rpc.ServiceError;
import org.clarion.scheduler.api.AppendRefusedException;
import org.clarion.scheduler.api.ClusterUnavailableException;
import org.clarion.scheduler.api.TenantErasedException;

/** What failures of shared state and of parsing mean to a caller. */
final class ServiceFailures {
  private ServiceFailures() {}

  static ServiceError of(Throwable failure) {
    return switch (failure) {
      case ExecutionException e when e.getCause() != null -> of(e.getCause());
      case CompletionException e when e.getCause() != null -> of(e.getCause());
      case ClusterUnavailableException _ -> new ServiceError.Unavailable("the shared state does not answer");
      case AppendRefusedException e -> new ServiceError.StaleEpoch(e.getMessage() == null ? "stale" : e.getMessage());
      case TenantErasedException e ->
        new ServiceError.FailedPrecondition("tenant_erased", "tenant " + e.tenant() + " was erased");
      case IllegalArgumentException e ->
        new ServiceError.InvalidArgument(e.getMessage() == null ? "invalid argument" : e.getMessage());
      default -> ServiceError.from(failure);
    };
  }
}
