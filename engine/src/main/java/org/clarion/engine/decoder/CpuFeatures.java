package org.clarion.engine.decoder;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What this host's CPU can do, from Linux's {@code /proc/cpuinfo}. */
public final class CpuFeatures {
  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");
  private static final List<String> BF16 = List.of("avx512_bf16", "amx_bf16");

  private CpuFeatures() {}

  /**
   * The precision for a setting: {@code f32}, {@code bf16}, or {@code auto}, which is bfloat16 where the CPU multiplies
   * it and float32 elsewhere.
   *
   * @throws IllegalArgumentException
   *           for another setting
   */
  public static Precision choose(String setting) {
    return switch (setting) {
      case "f32" -> Precision.FLOAT32;
      case "bf16" -> Precision.BFLOAT16;
      case "auto" -> multipliesBfloat16(cpuInfo()) ? Precision.BFLOAT16 : Precision.FLOAT32;
      default -> throw new IllegalArgumentException("precision is '" + setting + "', not auto, f32 or bf16");
    };
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
