package org.clarion.deploy.convert;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.clarion.engine.decoder.Precision;
import org.clarion.engine.kernel.ConversionFile.Progress;
import org.clarion.engine.kernel.ConversionFile.Written;
import org.clarion.engine.kernel.KernelException;
import org.clarion.engine.kernel.KernelLibrary;
import org.clarion.engine.vision.TowerConversion;
import org.clarion.models.checkpoint.Checkpoints;
import org.clarion.models.checkpoint.ConvertedTower;
import org.clarion.models.checkpoint.EvaWeights;
import org.clarion.models.checkpoint.SwinWeights;
import org.clarion.models.checkpoint.VisionWeights;
import org.clarion.models.manifest.ModelLoader;
import org.clarion.models.manifest.ModelManifest;
import org.clarion.models.manifest.ModelManifest.Vision;
import org.clarion.models.manifest.ModelStore;
import org.jspecify.annotations.Nullable;

/** The image tower of a model that is converted: its files, open, and what becomes of them. One thread. */
final class TowerPart implements AutoCloseable {
  static final String FOLDER = "vision";
  private static final String FILE = "tower.safetensors";
  /** Where the file lies in a converted model. */
  static final String PATH = FOLDER + "/" + FILE;

  private final @Nullable VisionWeights weights;
  private final int imageSize;
  private final Fate fate;
  /** Files that it is made from; empty where it is made up. */
  private final List<Path> files;

  /** What becomes of it. */
  sealed interface Fate {
    /** For people. */
    String text();

    /** There is none, or its seed says all of it. */
    record Left() implements Fate {
      @Override
      public String text() {
        return "";
      }
    }

    /** Packed for the kernels. */
    record Packed(Precision precision) implements Fate {
      @Override
      public String text() {
        return "image tower in " + precision.word();
      }
    }

    /** Its tensors' values as they are. */
    record Copied(String reason) implements Fate {
      @Override
      public String text() {
        return "image tower copied" + reason;
      }
    }
  }

  /** Who writes the file. */
  @FunctionalInterface
  interface Writer {
    Written write(Path folder, Progress progress) throws IOException;
  }

  /** A file that will be written. */
  record Planned(long bytes, Writer writer) {}

  private TowerPart(@Nullable VisionWeights weights, int imageSize, Fate fate, List<Path> files) {
    this.weights = weights;
    this.imageSize = imageSize;
    this.fate = fate;
    this.files = files;
  }

  /**
   * Opens a model's tower and decides what becomes of it.
   *
   * @param precision
   *          the decoder's
   * @param hidden
   *          the decoder's width
   * @throws ConversionException
   *           when this tower cannot become what was asked for
   */
  static TowerPart open(ModelManifest model, ModelStore store, TowerKind kind, Precision precision, int hidden) {
    Vision vision = model.vision();
    if (vision == null) {
      return new TowerPart(null, 0, new Fate.Left(), List.of());
    }
    List<Path> files = store.visionWeights(model);
    VisionWeights weights = ModelLoader.vision(model, store, hidden);
    try {
      return new TowerPart(weights, vision.imageSize(), fate(weights, kind, precision, files.isEmpty()),
          files.stream().flatMap(file -> Checkpoints.files(file).stream()).toList());
    } catch (RuntimeException e) {
      weights.close();
      throw e;
    }
  }

  private static Fate fate(VisionWeights weights, TowerKind kind, Precision decoder, boolean random) {
    return switch (weights) {
      case EvaWeights _ -> switch (kind) {
        case AUTO -> new Fate.Packed(decoder == Precision.INT4 ? Precision.INT8 : decoder);
        case INT8 -> new Fate.Packed(Precision.INT8);
        case BF16 -> new Fate.Packed(Precision.BFLOAT16);
        case COPY -> new Fate.Copied("");
      };
      case SwinWeights _ -> switch (kind) {
        case AUTO -> random ? new Fate.Left() : new Fate.Copied(": no kernel of our own computes Swin");
        case COPY -> new Fate.Copied("");
        case INT8, BF16 -> throw new ConversionException(
            "the image tower is a Swin tower, which no kernel of our own computes: it cannot be packed to "
                + kind.word() + ", only copied");
      };
      case ConvertedTower converted -> throw new ConversionException("the image tower in " + converted.path()
          + " is converted already, to " + converted.header().packing().precision()
          + "; convert the model that it was made from");
    };
  }

  Fate fate() {
    return fate;
  }

  List<Path> files() {
    return files;
  }

  /**
   * What will be written; nothing for one that is left.
   *
   * @param source
   *          what the tower is made from
   * @param decoder
   *          what the decoder is made from
   * @throws ConversionException
   *           when the kernels cannot compute it
   */
  @Nullable
  Planned plan(KernelLibrary library, String source, String decoder) {
    return switch (weights) {
      case null -> null;
      case VisionWeights tower -> switch (fate) {
        case Fate.Left _ -> null;
        case Fate.Copied _ -> {
          TowerCopy copy = new TowerCopy(FILE, tower, source);
          yield new Planned(copy.bytes(), copy::write);
        }
        case Fate.Packed(Precision precision) -> {
          if (precision == Precision.BFLOAT16 && !library.multipliesBfloat16()) {
            throw new ConversionException(
                "this processor does not multiply bfloat16: convert the image tower to int8, or copy it");
          }
          TowerConversion conversion = conversion(library, (EvaWeights) tower,
              new TowerConversion.Target(precision, imageSize, source, decoder));
          yield new Planned(conversion.bytes(), conversion::write);
        }
      };
    };
  }

  private static TowerConversion conversion(KernelLibrary library, EvaWeights tower, TowerConversion.Target target) {
    try {
      return new TowerConversion(library, FILE, tower, target);
    } catch (IllegalArgumentException | KernelException e) {
      throw new ConversionException("the image tower cannot be packed (--image-tower copy leaves it as it is): "
          + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    if (weights != null) {
      weights.close();
    }
  }
}
