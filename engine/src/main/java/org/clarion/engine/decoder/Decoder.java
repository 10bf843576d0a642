package org.clarion.engine.decoder;
import java.util.List;
import org.clarion.engine.kernel.TileChoice;
import org.clarion.models.architecture.DecoderConfig;

/**
 * One tensor-parallel rank of a decoder, with its part of the weights and of the KV arena. {@link Decoders} makes one.
 *
 * <p>
 * To be loaded, used and closed by one thread.
 */
public interface Decoder extends AutoCloseable {
  /** Positions that the KV arena holds. */
  int arenaTokens();

  /** The model's shape. */
  DecoderConfig config();

  /** How the kernels of linear layers were chosen; nothing where they are not our own. */
  default List<TileChoice> tiles() {
    return List.of();
  }

  /**
   * Runs one step. All ranks of a group run the same steps.
   *
   * @throws IllegalArgumentException
   *           when a number of the step is out of range; nothing has been computed then
   * @throws org.clarion.engine.collective.CollectiveException
   *           when another rank fails; the arena is then as if the step had not finished
   */
  StepLogits step(DecoderStep step);

  /** Where time has gone so far. */
  default StepProfile profile() {
    return StepProfile.NONE;
  }

  /**
   * Copies keys and values of {@code count} arena positions, so that one sequence can go on as another did. Every rank
   * has its own part to copy.
   *
   * @throws IllegalArgumentException
   *           when a range is not within the arena or the ranges overlap
   */
  void copyPositions(int fromOffset, int toOffset, int count);

  /** Frees weights and arena. Idempotent. */
  @Override
  void close();
}
