package org.clarion.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

class ServiceErrorTest {
  @Test
  void everyCaseCrossesTheWireUnchanged() {
    List<ServiceError> all = List.of(
        new ServiceError.InvalidArgument("image size is 10, the encoder takes 224"),
        new ServiceError.InvalidArgument("wrong_image_size", "é"),
        new ServiceError.NotFound("no such session"),
        new ServiceError.ContextTooLong(9000, 8192),
        new ServiceError.Overloaded("queue of 64 is full", Duration.ofMillis(1500)),
        new ServiceError.Unavailable("starting"),
        new ServiceError.StaleEpoch(3, 4),
        new ServiceError.FailedPrecondition("plan before open"),
        new ServiceError.DeadlineExceeded("too late"),
        new ServiceError.Cancelled("stopped"),
        new ServiceError.Internal("step failed"));
    for (ServiceError error : all) {
      assertThat(ServiceError.from(error.toStatus())).isEqualTo(error);
      assertThat(ServiceError.from(new CompletionException(error.toException()))).isEqualTo(error);
    }
  }

  @Test
  void aForeignStatusGetsTheCaseOfItsCode() {
    assertThat(ServiceError.from(Status.UNAVAILABLE.withDescription("io").asRuntimeException()).code())
        .isEqualTo("unavailable");
    assertThat(ServiceError.from(Status.UNKNOWN.asException())).isInstanceOf(ServiceError.Internal.class);
  }

  @Test
  void aFaultsOwnTextStaysInside() {
    assertThat(ServiceError.from(new IllegalStateException("patient Jones")).message()).doesNotContain("Jones");
  }
}
