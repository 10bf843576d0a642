package org.clarion.models.checkpoint;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import org.clarion.models.architecture.DecoderConfig;
import org.clarion.models.architecture.EvaConfig;
import org.clarion.models.architecture.SwinConfig;
import org.clarion.models.architecture.VisionConfig;

/**
 * Compares files with graphs by their headers: unlike opening weights, this goes on after the first fault. Thread-safe;
 * nothing stays open.
 */
public final class PartLayouts {
  private PartLayouts() {}

  /**
   * A decoder's files: the shape that they state, and how their tensors fit it.
   *
   * @param converted
   *          what they were converted for; empty where they were not
   */
  public record Decoder(DecoderConfig config, PartLayout layout, Optional<ConvertedHeader> converted) {}

  /**
   * An image tower's files.
   *
   * @param imageSize
   *          side of the square that the position embedding was trained for, pixels; empty when there is none or it
   *          cannot be told
   * @param llmHidden
   *          what the projection gives; empty when there is none
   * @param converted
   *          what they were converted for; empty where they were not
   */
  public record Vision(OptionalInt imageSize, OptionalInt llmHidden, PartLayout layout,
      Optional<TowerHeader> converted) {}

  /**
   * Looks at a GGUF file, a Hugging Face folder, a safetensors or torch file with {@code config.json} beside it, or the
   * folder of a converted decoder, whose files must all be there.
   *
   * @throws CheckpointException
   *           when no header can be read or no graph fits its configuration
   */
  public static Decoder decoder(Path path) {
    if (ConvertedDecoder.isOne(path)) {
      try (ConvertedDecoder decoder = ConvertedDecoder.open(path)) {
        PartLayout stored = layout(ConvertedDecoder.survey(decoder), List.of(), List.of());
        // Parts of ranks overlap and are packed: parameters are the graph's.
        return new Decoder(decoder.config(), new PartLayout(stored.tensors(), random(decoder.config()).elements(),
            stored.bytes(), List.of(), List.of()), Optional.of(decoder.header()));
      }
    }
    try (Checkpoint opened = Checkpoints.open(path)) {
      DecoderView view = DecoderView.of(opened, path);
      Set<String> used = view.shown().namesFrom(opened);
      List<TensorInfo> surplus = opened.tensors().values().stream().filter(info -> !used.contains(info.name()))
          .map(info -> info.named(DecoderNames.plain(info.name()))).toList();
      return new Decoder(view.config(), layout(view.shown().tensors().values(), view.faults(), surplus),
          Optional.empty());
    }
  }

  /**
   * Looks at an image tower's files, laid over each other in order, or at the file of a converted one.
   *
   * @throws CheckpointException
   *           when a header cannot be read
   */
  public static Vision vision(List<Path> paths, VisionConfig config) {
    List<Checkpoint> opened = Checkpoints.openAll(paths);
    try {
      if (opened.size() == 1 && opened.getFirst() instanceof SafetensorsFile file && ConvertedTower.isOne(file)) {
        return converted(ConvertedTower.of(paths.getFirst(), file, config));
      }
      ConvertedTower.refuse(opened);
      Checkpoint all;
      ExpectedTensors expected;
      OptionalInt imageSize;
      switch (config) {
        case EvaConfig eva -> {
          all = EvaWeights.overlay(opened, eva);
          expected = EvaNames.expected(eva, ExpectedTensors.ANY, ExpectedTensors.ANY);
          imageSize = EvaWeights.imageSize(all, eva);
        }
        case SwinConfig swin -> {
          all = SwinWeights.overlay(opened);
          expected = SwinWeights.expected(swin, ExpectedTensors.ANY);
          imageSize = OptionalInt.empty();
        }
      }
      List<TensorInfo> used = new ArrayList<>();
      List<TensorInfo> surplus = new ArrayList<>();
      all.tensors().values()
          .forEach(info -> (expected.shapes().containsKey(info.name()) ? used : surplus).add(info));
      return new Vision(imageSize, llmHidden(all), layout(used, expected.compare(all), surplus), Optional.empty());
    } finally {
      opened.forEach(Checkpoint::close);
    }
  }

  private static Vision converted(ConvertedTower tower) {
    TowerHeader header = tower.header();
    PartLayout stored = layout(tower.checkpoint().tensors().values(), List.of(), List.of());
    // Packed, its matrices have other sizes: parameters are the graph's.
    PartLayout graph = random(tower.config(), header.imageSize(), header.llmHidden());
    return new Vision(OptionalInt.of(header.imageSize()), OptionalInt.of(header.llmHidden()),
        new PartLayout(stored.tensors(), graph.elements(), stored.bytes(), List.of(), List.of()), Optional.of(header));
  }

  /** The layout of a decoder whose weights are made up: every tensor is there, and none in a file. */
  public static PartLayout random(DecoderConfig config) {
    return random(DecoderWeights.random(config, 0).checkpoint());
  }

  /** The layout of an image tower whose weights are made up. */
  public static PartLayout random(VisionConfig config, int imageSize, int llmHidden) {
    return random(VisionWeights.random(config, imageSize, llmHidden, 0).checkpoint());
  }

  private static PartLayout random(Checkpoint checkpoint) {
    return new PartLayout(checkpoint.tensors().size(),
        checkpoint.tensors().values().stream().mapToLong(TensorInfo::elements).sum(), new LinkedHashMap<>(), List.of(),
        List.of());
  }

  /**
   * What is in a file or folder that need not be a whole part: groups of tensors by the first word of their names,
   * those of an image tower under LAVIS names.
   *
   * @throws CheckpointException
   *           when a header cannot be read
   */
  public static Contents contents(Path path) {
    try (Checkpoint opened = Checkpoints.open(path)) {
      Checkpoint lavis = EvaNames.lavis(opened);
      SequencedMap<String, PartLayout.Extra> groups = new LinkedHashMap<>();
      for (TensorInfo info : lavis.tensors().values()) {
        String group = info.name().split("\\.", 2)[0];
        groups.merge(group, new PartLayout.Extra(group, "", 1, SurplusTensors.bytes(info)),
            (a, b) -> new PartLayout.Extra(group, "", a.tensors() + b.tensors(), a.bytes() + b.bytes()));
      }
      return new Contents(List.copyOf(groups.values()), llmHidden(lavis));
    }
  }

  /** What {@link #contents} found; {@code llmHidden} is what a projection in it gives. */
  public record Contents(List<PartLayout.Extra> groups, OptionalInt llmHidden) {}

  private static OptionalInt llmHidden(Checkpoint checkpoint) {
    TensorInfo projection = checkpoint.tensors().get(TowerFiles.PROJECTION + ".weight");
    return projection == null || projection.shape().size() != 2 || projection.shape().getFirst() > 1 << 24
        ? OptionalInt.empty()
        : OptionalInt.of(Math.toIntExact(projection.shape().getFirst()));
  }

  private static PartLayout layout(Collection<TensorInfo> used, List<TensorFault> faults, List<TensorInfo> surplus) {
    Map<ElementType, Long> bytes = new TreeMap<>();
    used.forEach(info -> bytes.merge(info.type(), SurplusTensors.bytes(info), Long::sum));
    SequencedMap<ElementType, Long> sorted = new LinkedHashMap<>();
    bytes.entrySet().stream().sorted(Map.Entry.<ElementType, Long>comparingByValue().reversed())
        .forEach(entry -> sorted.put(entry.getKey(), entry.getValue()));
    return new PartLayout(used.size(), used.stream().mapToLong(TensorInfo::elements).sum(), sorted, faults,
        SurplusTensors.groups(surplus));
  }
}
