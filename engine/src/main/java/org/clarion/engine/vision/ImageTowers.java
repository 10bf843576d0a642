package org.clarion.engine.vision;

import java.util.Optional;
import org.clarion.engine.decoder.PrecisionSetting;
import org.clarion.engine.kernel.KernelLibrary;
import org.clarion.engine.script.Device;
import org.clarion.models.checkpoint.ConvertedTower;
import org.clarion.models.checkpoint.EvaWeights;
import org.clarion.models.checkpoint.SwinWeights;
import org.clarion.models.checkpoint.VisionWeights;
import org.clarion.models.manifest.ModelManifest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes image towers. */
public final class ImageTowers {
  private static final Logger LOG = LoggerFactory.getLogger(ImageTowers.class);

  private ImageTowers() {}

  /**
   * Loads the weights; the calling thread owns the tower from then on. On the processor, kernels of our own compute
   * {@link EvaWeights} in int8 and bfloat16 where they can; all else is libtorch's. int8 and int4 are bfloat16 there,
   * or float32 where the processor does not multiply it; int4 is int8 on kernels of our own. A {@link ConvertedTower}
   * is mapped, and runs on kernels of our own or not at all.
   *
   * @param weights
   *          checked already; not used afterwards
   * @param vision
   *          the image size to expect, which may differ from the one that the positions were trained for (they are
   *          resampled then, bicubic), and how pixels are normalised
   * @throws IllegalArgumentException
   *           when the graph cannot take images of that size, there are not three means and deviations, or a converted
   *           tower finds no kernels
   * @throws org.clarion.models.checkpoint.CheckpointException
   *           {@code converted_precision}, {@code converted_layout} or {@code converted_image_size} when the tower was
   *           converted for something else, {@code checkpoint_mismatch} or {@code tensor_missing} when its file is not
   *           what it says
   * @throws org.clarion.engine.script.EngineStartException
   *           when libtorch is missing, or has no such device
   */
  public static ImageTower load(VisionWeights weights, ModelManifest.Vision vision, TowerOptions options) {
    ImageTower tower = switch (weights) {
      case EvaWeights eva -> kernels(options)
          .<ImageTower>map(library -> KernelEvaTower.pack(library, eva, vision, options))
          .orElseGet(() -> EvaTower.load(eva, vision, whole(options)));
      case ConvertedTower converted -> {
        KernelEvaTower.check(converted, vision, options);
        yield KernelEvaTower.map(kernels(options).orElseThrow(() -> noKernels(converted)), converted, vision, options);
      }
      case SwinWeights swin -> SwinTower.load(swin, vision, whole(options));
    };
    LOG.info("the image tower computes in {} ({} was asked for) on {}", tower.precision(), options.precision(),
        tower instanceof KernelEvaTower ? "kernels of our own" : "libtorch");
    return tower;
  }

  private static IllegalArgumentException noKernels(ConvertedTower converted) {
    return new IllegalArgumentException("the image tower in " + converted.path() + " was converted to "
        + converted.header().packing().precision() + " for the kernels of our own, which this device or host does not "
        + "have: libtorch needs the original, or a conversion with --image-tower copy");
  }

  private static Optional<KernelLibrary> kernels(TowerOptions options) {
    return switch (options.precision()) {
      case FLOAT32, FLOAT16 -> Optional.empty();
      case BFLOAT16 -> host(options.device()).filter(KernelLibrary::multipliesBfloat16);
      case INT8, INT4 -> host(options.device());
    };
  }

  private static Optional<KernelLibrary> host(Device device) {
    return device.cuda() ? Optional.empty() : KernelLibrary.host();
  }

  /** The same without integers. */
  private static TowerOptions whole(TowerOptions options) {
    return switch (options.precision()) {
      case FLOAT32, FLOAT16, BFLOAT16 -> options;
      case INT8, INT4 -> new TowerOptions(PrecisionSetting.forImageTower("auto", options.device()), options.threads(),
          options.device());
    };
  }
}
