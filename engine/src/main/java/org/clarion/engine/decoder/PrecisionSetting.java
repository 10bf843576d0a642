package org.clarion.engine.decoder;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.clarion.engine.kernel.KernelLibrary;
import org.clarion.engine.script.Device;
import org.clarion.engine.script.Kernels;
import org.clarion.models.checkpoint.ConvertedDecoder;
import org.clarion.models.checkpoint.ConvertedTower;
import org.clarion.models.checkpoint.DecoderWeights;
import org.clarion.models.checkpoint.VisionWeights;

/** The {@code precision} setting of workers: a kind by name, or {@code auto} for what suits this host. */
public final class PrecisionSetting {
  /** The words that a configuration may hold. */
  public static final List<String> WORDS = List.of("auto", "f32", "f16", "bf16", "int8", "int4");

  /** The words for the kind of keys and values. */
  public static final List<String> KV_WORDS = List.of("auto", "f32", "bf16", "int8");

  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");
  private static final List<String> BF16 = List.of("avx512_bf16", "amx_bf16");

  private PrecisionSetting() {}

  /**
   * The decoder's precision; {@code auto} is bfloat16 on a GPU; on a processor int8 where our own kernels work or the
   * processor adds products of bytes in 32 bits (VNNI), else float16 where libtorch's kernel for it does, else float32:
   * of the kinds whose text does not depend on the number of ranks the fastest that costs less than 1 % of perplexity
   * ({@code docs/quantisation.md}).
   *
   * @throws IllegalArgumentException
   *           for a word not in {@link #WORDS}
   */
  public static Precision forDecoder(String word, Device device) {
    if (!word.equals("auto")) {
      return named(word);
    }
    if (device.cuda()) {
      return Precision.BFLOAT16;
    }
    if (KernelLibrary.host().isPresent() || Kernels.byteInputs() == Kernels.ByteInputs.SEVEN_BITS) {
      return Precision.INT8;
    }
    return Kernels.halfLinear() ? Precision.FLOAT16 : Precision.FLOAT32;
  }

  /**
   * The decoder's precision for these weights: {@code auto} is what they were converted to where they were.
   *
   * @throws IllegalArgumentException
   *           for a word not in {@link #WORDS}
   */
  public static Precision forDecoder(String word, Device device, DecoderWeights weights) {
    return word.equals("auto") && weights instanceof ConvertedDecoder converted
        ? named(converted.header().packing().precision())
        : forDecoder(word, device);
  }

  /**
   * The image tower's precision; {@code auto} is bfloat16 on a GPU and where the CPU multiplies it, and float32
   * elsewhere; {@code int4} is int8, the smallest kind that a tower has. Where graph or host lack a kind, the tower
   * computes in a finer one, and tells so.
   *
   * @throws IllegalArgumentException
   *           for a word not in {@link #WORDS}
   */
  public static Precision forImageTower(String word, Device device) {
    if (word.equals("int4")) {
      return Precision.INT8;
    }
    return word.equals("auto")
        ? device.cuda() || multipliesBfloat16() ? Precision.BFLOAT16 : Precision.FLOAT32
        : named(word);
  }

  /**
   * The image tower's precision for these weights: {@code auto} is what they were converted to where they were.
   *
   * @throws IllegalArgumentException
   *           for a word not in {@link #WORDS}
   */
  public static Precision forImageTower(String word, Device device, VisionWeights weights) {
    return word.equals("auto") && weights instanceof ConvertedTower converted
        ? named(converted.header().packing().precision())
        : forImageTower(word, device);
  }

  /**
   * The kind of keys and values; {@code auto} is bfloat16, which costs nothing that can be measured. libtorch's
   * programs keep float32 whatever is said.
   *
   * @throws IllegalArgumentException
   *           for a word not in {@link #KV_WORDS}
   */
  public static KvKind forKv(String word) {
    return switch (word) {
      case "f32" -> KvKind.FLOAT32;
      case "auto", "bf16" -> KvKind.BFLOAT16;
      case "int8" -> KvKind.INT8;
      default -> throw new IllegalArgumentException("kv is '" + word + "', not one of " + String.join(", ", KV_WORDS));
    };
  }

  private static Precision named(String word) {
    return Precision.ofWord(word).orElseThrow(() -> new IllegalArgumentException(
        "precision is '" + word + "', not one of " + String.join(", ", WORDS)));
  }

  /** Whether the processor has instructions for it: others compute it, but slowly. */
  static boolean multipliesBfloat16() {
    return multipliesBfloat16(cpuInfo());
  }

  static boolean multipliesBfloat16(String cpuInfo) {
    return cpuInfo.lines().filter(line -> line.startsWith("flags"))
        .anyMatch(line -> List.of(line.split("\\s+")).stream().anyMatch(BF16::contains));
  }

  private static String cpuInfo() {
    try {
      return Files.readString(CPU_INFO);
    } catch (IOException _) {
      // Not a Linux host: the reference precision works everywhere.
      return "";
    }
  }
}
