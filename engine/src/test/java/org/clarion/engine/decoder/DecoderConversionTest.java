package org.clarion.engine.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.clarion.engine.collective.Collective;
import org.clarion.engine.collective.Collectives;
import org.clarion.engine.decoder.DecoderConversion.Target;
import org.clarion.engine.kernel.ConversionFile;
import org.clarion.engine.kernel.KernelLibrary;
import org.clarion.engine.script.Device;
import org.clarion.models.architecture.DecoderConfig;
import org.clarion.models.architecture.FalconConfig;
import org.clarion.models.architecture.LlamaConfig;
import org.clarion.models.checkpoint.CheckpointException;
import org.clarion.models.checkpoint.DecoderWeights;
import org.clarion.models.checkpoint.SafetensorsFile;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A converted decoder computes the very bits of the one that it was made from, or is refused. */
class DecoderConversionTest {
  /** SmolLM2's way with a size that fills no cache line: 9 query heads, 3 KV heads, a tied head. */
  private static final LlamaConfig SMALL = new LlamaConfig(96, 2, 6, 2, 32, 160, 131, 1e-5, 1e4, true, 128);
  private static final LlamaConfig UNTIED = new LlamaConfig(96, 2, 6, 2, 32, 160, 130, 1e-6, 5e5, false, 128);
  private static final FalconConfig FALCON = new FalconConfig(128, 2, 4, 2, 32, 256, 131, 1e-5, 1e4, true, 128);
  private static final Duration DEADLINE = Duration.ofSeconds(60);
  private static final int ARENA = 64;

  @TempDir
  private Path folder;

  @BeforeAll
  static void kernels() {
    assumeTrue(KernelLibrary.host().isPresent(), "no kernels of our own on this host");
  }

  private static DecoderConfig config(String name) {
    return switch (name) {
      case "small" -> SMALL;
      case "untied" -> UNTIED;
      case "falcon" -> FALCON;
      default -> throw new IllegalArgumentException(name);
    };
  }

  @ParameterizedTest
  @CsvSource({"small,INT8,1", "small,INT8,2", "small,INT4,1", "small,INT4,2", "small,BFLOAT16,1", "small,BFLOAT16,2",
      "untied,INT8,2", "falcon,INT8,1", "falcon,INT8,2", "falcon,INT4,1"})
  void aConvertedModelComputesTheSameBits(String name, Precision precision, int ranks) throws Exception {
    assumeTrue(precision != Precision.BFLOAT16 || KernelLibrary.host().orElseThrow().multipliesBfloat16(),
        "this processor does not multiply bfloat16");
    try (DecoderWeights original = DecoderWeights.random(config(name), 5)) {
      convert(original, precision, ranks);
      try (DecoderWeights converted = DecoderWeights.open(folder)) {
        assertThat(converted.config()).isEqualTo(original.config());
        List<float[]> expected = logits(original, precision, ranks);
        List<float[]> actual = logits(converted, precision, ranks);
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < expected.size(); i++) {
          assertThat(actual.get(i)).isEqualTo(expected.get(i));
        }
      }
    }
  }

  @Test
  void sizesAndHashesAreThoseOfTheFiles() throws IOException {
    List<ConversionFile.Written> written = convert(SMALL, Precision.INT8, 2);
    assertThat(written).extracting(ConversionFile.Written::name).containsExactly("rank-0-of-2.safetensors",
        "rank-1-of-2.safetensors");
    for (ConversionFile.Written file : written) {
      assertThat(Files.size(folder.resolve(file.name()))).isEqualTo(file.bytes());
      assertThat(file.sha256()).hasSize(64);
    }
    try (SafetensorsFile file = SafetensorsFile.open(folder.resolve(written.getLast().name()))) {
      assertThat(file.metadata()).containsEntry("clarion.precision", "int8").containsEntry("clarion.rank", "1")
          .containsEntry("clarion.source", "random:5");
      file.tensors().keySet().forEach(name -> assertThat(file.bytes(name).address() % 64).as(name).isZero());
    }
  }

  @Test
  void autoIsWhatItWasConvertedTo() throws IOException {
    convert(SMALL, Precision.INT4, 1);
    try (DecoderWeights converted = DecoderWeights.open(folder)) {
      assertThat(PrecisionSetting.forDecoder("auto", Device.CPU, converted)).isEqualTo(Precision.INT4);
      assertThat(PrecisionSetting.forDecoder("int8", Device.CPU, converted)).isEqualTo(Precision.INT8);
    }
  }

  @Test
  void anotherPrecisionOrNumberOfRanksIsRefusedWithBothValues() throws IOException {
    convert(SMALL, Precision.INT8, 1);
    assertRefused("converted_precision", () -> load(Precision.INT4, Collectives.single()), "int8", "int4");
    try (Collective first = Collectives.threads(2, DEADLINE).getFirst()) {
      assertRefused("converted_ranks", () -> load(Precision.INT8, first), "1 rank", "has 2");
    }
    assertThatThrownBy(() -> load(Precision.FLOAT32, Collectives.single()))
        .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("int8").hasMessageContaining("libtorch");
  }

  @Test
  void anotherVersionLayoutOrBlocksAreRefusedWithBothValues() throws IOException {
    convert(SMALL, Precision.INT8, 1);
    Path file = folder.resolve("rank-0-of-1.safetensors");
    byte[] original = Files.readAllBytes(file);
    edit(file, original, "\"clarion.version\":\"1\"", "\"clarion.version\":\"7\"");
    assertRefused("converted_version", () -> load(Precision.INT8, Collectives.single()), "version 7", "version 1");
    edit(file, original, "panels-64-v1", "panels-64-v9");
    assertRefused("converted_layout", () -> load(Precision.INT8, Collectives.single()), "panels-64-v9",
        "panels-64-v1");
    edit(file, original, "hidden 32", "hidden 16");
    assertRefused("converted_layout", () -> load(Precision.INT8, Collectives.single()), "hidden 16", "hidden 32");
  }

  @Test
  void aFileOfAnotherRankOrConversionIsRefused() throws IOException {
    convert(SMALL, Precision.INT8, 2);
    Path first = folder.resolve("rank-0-of-2.safetensors");
    Path second = folder.resolve("rank-1-of-2.safetensors");
    Files.copy(first, second, StandardCopyOption.REPLACE_EXISTING);
    List<Collective> ends = Collectives.threads(2, DEADLINE);
    assertRefused("checkpoint_mismatch", () -> load(Precision.INT8, ends.getLast()), "rank 0 of 2", "rank 1 of 2");
    Files.delete(second);
    assertRefused("checkpoint_unreadable", () -> load(Precision.INT8, ends.getLast()), "rank-1-of-2.safetensors");
    ends.forEach(Collective::close);
    Files.createFile(folder.resolve("rank-0-of-3.safetensors"));
    assertRefused("checkpoint_mismatch", () -> load(Precision.INT8, Collectives.single()), "[2, 3]");
  }

  @Test
  void aTruncatedFileIsRefused() throws IOException {
    convert(SMALL, Precision.INT8, 1);
    Path file = folder.resolve("rank-0-of-1.safetensors");
    for (long size : new long[]{Files.size(file) - 1, Files.size(file) / 2, 100, 3}) {
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        channel.truncate(size);
      }
      assertThatThrownBy(() -> load(Precision.INT8, Collectives.single())).isInstanceOf(CheckpointException.class);
    }
  }

  @Test
  void whatAnInterruptedConversionLeavesIsRefused() {
    int[] calls = new int[1];
    try (DecoderWeights weights = DecoderWeights.random(SMALL, 5)) {
      DecoderConversion conversion = new DecoderConversion(KernelLibrary.host().orElseThrow(), weights,
          new Target(Precision.INT8, 1, "random:5"));
      int items = 3 + 6 * SMALL.layers();
      assertThatThrownBy(() -> conversion.write(folder, _ -> {
        if (++calls[0] == items) {
          throw new UncheckedIOException(new IOException("stopped before the last"));
        }
      })).hasMessageContaining("stopped");
      // The last item had been written; without one byte of it the file is refused too, as the other test shows.
      calls[0] = 0;
      assertThatThrownBy(() -> conversion.write(Files.createDirectory(folder.resolve("again")), _ -> {
        if (++calls[0] == items - 1) {
          throw new UncheckedIOException(new IOException("stopped earlier"));
        }
      })).hasMessageContaining("earlier");
    }
    assertThatThrownBy(() -> DecoderWeights.open(folder.resolve("again"))).isInstanceOf(CheckpointException.class);
  }

  @Test
  void whatCannotBeConvertedIsRefused() throws IOException {
    convert(SMALL, Precision.INT8, 1);
    KernelLibrary library = KernelLibrary.host().orElseThrow();
    try (DecoderWeights converted = DecoderWeights.open(folder);
        DecoderWeights plain = DecoderWeights.random(SMALL, 5)) {
      assertThatThrownBy(() -> new DecoderConversion(library, converted, new Target(Precision.INT8, 1, "x")))
          .hasMessageContaining("converted already");
      assertThatThrownBy(() -> new DecoderConversion(library, plain, new Target(Precision.FLOAT32, 1, "x")))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> new DecoderConversion(library, plain, new Target(Precision.INT8, 5, "x")))
          .hasMessageContaining("5 ranks");
    }
  }

  private List<ConversionFile.Written> convert(DecoderConfig config, Precision precision, int ranks)
      throws IOException {
    try (DecoderWeights weights = DecoderWeights.random(config, 5)) {
      return convert(weights, precision, ranks);
    }
  }

  private List<ConversionFile.Written> convert(DecoderWeights weights, Precision precision, int ranks)
      throws IOException {
    DecoderConversion conversion = new DecoderConversion(KernelLibrary.host().orElseThrow(), weights,
        new Target(precision, ranks, "random:5"));
    long[] last = new long[1];
    List<ConversionFile.Written> written = conversion.write(folder, bytes -> last[0] = bytes);
    assertThat(last[0]).isEqualTo(conversion.bytes());
    return written;
  }

  private static void edit(Path file, byte[] original, String from, String to) throws IOException {
    byte[] bytes = original.clone();
    int headerEnd = 8 + Math.toIntExact(ByteBuffer.wrap(original).order(ByteOrder.LITTLE_ENDIAN).getLong());
    String header = new String(original, 8, headerEnd - 8, StandardCharsets.UTF_8);
    assertThat(header).contains(from);
    byte[] edited = header.replace(from, to).getBytes(StandardCharsets.UTF_8);
    System.arraycopy(edited, 0, bytes, 8, edited.length);
    Files.write(file, bytes);
  }

  private void load(Precision precision, Collective collective) {
    try (DecoderWeights weights = DecoderWeights.open(folder);
        Decoder decoder = Decoders.load(weights, new DecoderOptions(precision, ARENA, 1), collective)) {
      assertThat(decoder.arenaTokens()).isEqualTo(ARENA);
    }
  }

  private static void assertRefused(String code, Runnable action, String... values) {
    assertThatThrownBy(action::run).isInstanceOfSatisfying(CheckpointException.class,
        refused -> assertThat(refused.code()).isEqualTo(code)).message().contains(values);
  }

  private static List<float[]> logits(DecoderWeights weights, Precision precision, int ranks) throws Exception {
    List<Collective> ends = ranks == 1 ? List.of(Collectives.single()) : Collectives.threads(ranks, DEADLINE);
    try (ExecutorService threads = Executors.newCachedThreadPool()) {
      List<Future<List<float[]>>> runs = new ArrayList<>();
      for (Collective end : ends) {
        runs.add(threads.submit(() -> {
          try (end;
              Decoder decoder = Decoders.load(weights, new DecoderOptions(precision, ARENA, 1), end)) {
            List<float[]> rows = new ArrayList<>(SmallDecoders.logits(decoder,
                SmallDecoders.prefills(SmallDecoders.prefill(SmallDecoders.tokens(20, 3), 0, 16))));
            rows.addAll(SmallDecoders.logits(decoder, SmallDecoders.decodes(new DecodeRow(9, 20, 16))));
            return rows;
          }
        }));
      }
      List<float[]> first = runs.getFirst().get();
      for (Future<List<float[]>> run : runs) {
        run.get();
      }
      return first;
    }
  }
}
