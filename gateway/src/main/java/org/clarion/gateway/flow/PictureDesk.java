package org.clarion.gateway.flow;

import com.linecorp.armeria.common.HttpStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.clarion.gateway.api.ApiError;
import org.clarion.gateway.api.ApiException;
import org.clarion.gateway.api.ValidRequest.ImageSource;
import org.clarion.gateway.intake.DataUrl;
import org.clarion.gateway.intake.ImageIntake;
import org.clarion.gateway.intake.IntakeResult;
import org.clarion.gateway.intake.Refusal;
import org.clarion.models.image.PixelTensor;

/** Takes a request's pictures to the intake and back. Thread-safe; owns the intake. */
public final class PictureDesk implements AutoCloseable {
  private static final Duration RETRY_AFTER = Duration.ofSeconds(2);

  private final ImageIntake intake;

  public PictureDesk(ImageIntake intake) {
    this.intake = intake;
  }

  /**
   * The tensors of these pictures, in order. Blocks; interrupting the caller gives up.
   *
   * @param size
   *          side of the square that the encoder takes
   * @throws ApiException
   *           when a picture is refused; names its field
   */
  public List<PixelTensor> prepare(List<ImageSource> sources, int size) throws InterruptedException {
    List<CompletableFuture<IntakeResult>> results = new ArrayList<>();
    try {
      for (ImageSource source : sources) {
        results.add(switch (DataUrl.parse(source.dataUrl(), intake.limits())) {
          case DataUrl.Content content -> intake.accept(content.bytes(), size);
          case DataUrl.Refused refused -> throw refusal(source, refused.refusal());
        });
      }
      List<PixelTensor> tensors = new ArrayList<>();
      for (int i = 0; i < results.size(); i++) {
        tensors.add(switch (results.get(i).get()) {
          case IntakeResult.Accepted accepted -> accepted.tensor();
          case IntakeResult.Refused refused -> throw refusal(sources.get(i), refused.refusal());
        });
      }
      return tensors;
    } catch (ExecutionException e) {
      throw new IllegalStateException("the intake never fails a future", e.getCause());
    } finally {
      results.forEach(result -> result.cancel(true));
    }
  }

  private static ApiException refusal(ImageSource source, Refusal refusal) {
    String code = refusal.code().code();
    String message = "The image cannot be used: " + refusal.message();
    return new ApiException(switch (refusal.code()) {
      case BUSY -> ApiError.overloaded(code, message, RETRY_AFTER);
      // Most of the time goes into waiting for a free decoder.
      case TIMEOUT -> ApiError.unavailable(code, message, RETRY_AFTER);
      case TOO_LARGE -> new ApiError(HttpStatus.REQUEST_ENTITY_TOO_LARGE, "invalid_request_error", code,
          source.param(), message, null);
      case EMPTY, NOT_RECOGNISED, FORMAT_UNSUPPORTED, TOO_MANY_PIXELS, NO_PIXELS, TRUNCATED, DAMAGED, URL_UNSUPPORTED,
          DATA_URL_INVALID ->
        ApiError.invalid(code, source.param(), message);
    });
  }

  @Override
  public void close() {
    intake.close();
  }
}
