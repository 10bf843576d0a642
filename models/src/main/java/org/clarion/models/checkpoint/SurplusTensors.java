package org.clarion.models.checkpoint;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.regex.Pattern;

/** Sorts tensors that a graph does not use: those that published files are known to carry, and the rest. */
final class SurplusTensors {
  private record Known(Pattern names, String group, String reason) {
    static Known of(String names, String group, String reason) {
      return new Known(Pattern.compile(names), group, reason);
    }
  }

  private static final List<Known> KNOWN = List.of(
      Known.of(".*rotary_emb\\.inv_freq", "*.rotary_emb.inv_freq", "rotary frequencies, computed anew"),
      Known.of(".*position_ids", "*.position_ids", "position numbers, not weights"),
      Known.of(".*relative_position_index", "*.relative_position_index", "position numbers, computed anew"),
      Known.of("visual_encoder\\.blocks\\.\\d+\\..*", "visual_encoder.blocks.*", "blocks after the last one in use"),
      Known.of("(visual_encoder\\.)?(norm|fc_norm|head)\\..*", "norm.*, head.*", "EVA-ViT's final norm and head"),
      Known.of(
          "Qformer\\.(cls\\.|bert\\.(embeddings\\.(word|position)_|encoder\\.layer\\.\\d+\\.(intermediate|output)\\."
              + "|pooler\\.)).*",
          "Qformer text side", "the Q-Former's text side"),
      Known.of("(t5_proj|opt_proj|language_projection)\\..*", "t5_proj.*", "BLIP-2's projection into its own decoder"),
      Known.of("language_model\\..*", "language_model.*", "BLIP-2's own decoder"),
      Known.of("(vision_proj|text_proj|itm_head)\\..*|temp", "vision_proj.*, text_proj.*, itm_head.*",
          "heads of BLIP-2's first training stage"),
      Known.of("text_model\\..*|logit_scale", "text_model.*", "MedCLIP's text side"),
      Known.of("lm_head\\.weight|output\\.weight", "lm_head.weight", "a copy of the embedding"));

  private SurplusTensors() {}

  /** One entry for each group, in the files' order. */
  static List<PartLayout.Extra> groups(Collection<TensorInfo> surplus) {
    SequencedMap<String, PartLayout.Extra> groups = new LinkedHashMap<>();
    for (TensorInfo tensor : surplus) {
      Map.Entry<String, String> group = group(tensor.name());
      groups.merge(group.getKey(), new PartLayout.Extra(group.getKey(), group.getValue(), 1, bytes(tensor)),
          (a, b) -> new PartLayout.Extra(a.group(), a.reason(), a.tensors() + b.tensors(), a.bytes() + b.bytes()));
    }
    return List.copyOf(groups.values());
  }

  private static Map.Entry<String, String> group(String name) {
    for (Known known : KNOWN) {
      if (known.names().matcher(name).matches()) {
        return Map.entry(known.group(), known.reason());
      }
    }
    String[] parts = name.split("\\.", -1);
    return Map.entry(parts.length < 3 ? name : parts[0] + "." + parts[1] + ".*", "");
  }

  static long bytes(TensorInfo tensor) {
    return tensor.type().bytes(tensor.elements());
  }
}
