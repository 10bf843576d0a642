package org.clarion.engine.vision;

import java.io.IOException;
import java.nio.file.Path;
import org.clarion.engine.decoder.Precision;
import org.clarion.engine.kernel.ConversionFile;
import org.clarion.engine.kernel.ConversionFile.Progress;
import org.clarion.engine.kernel.ConversionFile.Written;
import org.clarion.engine.kernel.KernelLibrary;
import org.clarion.engine.kernel.PackedMatrix;
import org.clarion.engine.vision.KernelEvaWeights.Plan;
import org.clarion.models.checkpoint.EvaWeights;
import org.clarion.models.checkpoint.Packing;
import org.clarion.models.checkpoint.TowerHeader;

/**
 * Writes an image tower of the EVA family and its projection as the kernels read them, with the positions for one image
 * size. To be used by one thread; packing uses all cores.
 */
public final class TowerConversion {
  private final KernelLibrary library;
  private final EvaWeights weights;
  private final ConversionFile file;

  /**
   * What to convert to.
   *
   * @param precision
   *          INT8 or BFLOAT16
   * @param imageSize
   *          side of the images, pixels
   * @param source
   *          what the tower is made from
   * @param decoder
   *          what the decoder is made from
   */
  public record Target(Precision precision, int imageSize, String source, String decoder) {}

  /**
   * Plans a conversion; nothing is read but headers.
   *
   * @param name
   *          of the file
   * @param weights
   *          stay the caller's to close, after the conversion
   * @throws IllegalArgumentException
   *           when the kernels have no such kind, or the tower cannot take images of that size
   * @throws org.clarion.engine.kernel.KernelException
   *           when the kernels cannot multiply matrices of these sizes
   */
  public TowerConversion(KernelLibrary library, String name, EvaWeights weights, Target target) {
    weights.config().checkImageSize(target.imageSize());
    this.library = library;
    this.weights = weights;
    TowerHeader header = new TowerHeader(new Packing(target.precision().word(), PackedMatrix.LAYOUT,
        KernelEvaWeights.blocks(weights.config(), target.precision()), target.source()),
        target.decoder(), target.imageSize(),
        weights.llmHidden(), TowerHeader.json(weights.config()));
    Plan plan = new Plan(weights.config(), weights.llmHidden(), target.precision(),
        target.imageSize());
    this.file = ConversionFile.plan(name, header.metadata(), tensors -> KernelEvaWeights.load(plan, tensors));
  }

  /** Bytes of the file. */
  public long bytes() {
    return file.bytes();
  }

  /**
   * Writes the file into a folder that does not have it.
   *
   * @throws IOException
   *           when that fails; what has been written stays, and no reader takes it
   */
  public Written write(Path folder, Progress progress) throws IOException {
    return file.write(folder, library, weights.checkpoint(), progress);
  }
}
