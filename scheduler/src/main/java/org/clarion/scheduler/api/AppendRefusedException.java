package org.clarion.scheduler.api;

import java.util.List;
import java.util.stream.Collectors;

/** Entries of a batch that the token log refused; the batch's other entries are stored. */
public final class AppendRefusedException extends RuntimeException {
  private final transient List<Refusal> refusals;

  public AppendRefusedException(List<Refusal> refusals) {
    super(refusals.stream().map(Refusal::message).collect(Collectors.joining("; ")));
    this.refusals = List.copyOf(refusals);
  }

  /** At least one, each of another generation. */
  public List<Refusal> refusals() {
    return refusals;
  }

  /** Why an entry does not fit. */
  public sealed interface Refusal {
    GenerationKey generation();

    String message();

    /** A newer owner has written or claimed the generation: the caller must stop emitting it. */
    record StaleEpoch(GenerationKey generation, long epoch, long newest) implements Refusal {
      @Override
      public String message() {
        return "generation " + generation.id() + ": epoch " + epoch + " is older than " + newest;
      }
    }

    /** The entry does not start at the log's end and is no repetition of what is there. */
    record WrongIndex(GenerationKey generation, int firstIndex, int end) implements Refusal {
      @Override
      public String message() {
        return "generation " + generation.id() + ": tokens from index " + firstIndex + " do not follow the log's end "
            + end;
      }
    }

    /** The tenant was erased: nothing of it is stored any more. */
    record TenantErased(GenerationKey generation) implements Refusal {
      @Override
      public String message() {
        return "tenant " + generation.tenant() + " was erased";
      }
    }

    /** The tenant's key does not unwrap: nothing of it can be stored. */
    record NoKey(GenerationKey generation, String reason) implements Refusal {
      @Override
      public String message() {
        return "generation " + generation.id() + ": " + reason;
      }
    }

    /** The answer has ended. */
    record AlreadyFinished(GenerationKey generation, int end) implements Refusal {
      @Override
      public String message() {
        return "generation " + generation.id() + " has finished with " + end + " tokens";
      }
    }
  }
}
