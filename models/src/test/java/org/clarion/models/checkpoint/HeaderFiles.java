package org.clarion.models.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Collectors;
import org.clarion.models.architecture.EvaConfig;
import org.clarion.models.architecture.LlamaConfig;

/**
 * Writes models of full size that hold no data: safetensors files whose header names every tensor and whose bytes are a
 * hole, so that they take no room on disk.
 */
public final class HeaderFiles {
  private HeaderFiles() {}

  /** EVA-ViT-g/14 and BLIP-2's Q-Former. */
  private static EvaConfig eva(int blocks) {
    return new EvaConfig(14, 1408, blocks, 16, 6144, new EvaConfig.QFormer(32, 768, 12, 12, 3072));
  }

  /** A LLaMA of 7B (32 layers, width 4096) or 13B (40 layers, width 5120). */
  public static LlamaConfig llama(int hidden, int vocabulary) {
    boolean large = hidden == 5120;
    return new LlamaConfig(hidden, large ? 40 : 32, hidden / 128, hidden / 128, 128, large ? 13824 : 11008, vocabulary,
        1e-6, 10_000, false, large ? 4096 : 2048);
  }

  /** Writes a Hugging Face folder of two float16 shards. */
  public static void decoder(Path folder, LlamaConfig config) throws IOException {
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("config.json"), """
        {"model_type": "llama", "hidden_size": %d, "num_hidden_layers": %d, "num_attention_heads": %d,
         "intermediate_size": %d, "vocab_size": %d, "rms_norm_eps": 1e-6, "max_position_embeddings": %d,
         "tie_word_embeddings": false, "hidden_act": "silu"}
        """.formatted(config.hidden(), config.layers(), config.heads(), config.intermediate(), config.vocabulary(),
        config.maxContext()));
    SequencedMap<String, List<Long>> all = LlamaWeights.expected(config).shapes();
    List<SequencedMap<String, List<Long>>> shards = List.of(new LinkedHashMap<>(), new LinkedHashMap<>());
    SequencedMap<String, String> index = new LinkedHashMap<>();
    all.forEach((name, shape) -> {
      int shard = index.size() < all.size() / 2 ? 0 : 1;
      shards.get(shard).put(name, shape);
      index.put(name, "model-0000" + (shard + 1) + "-of-00002.safetensors");
    });
    for (int layer = 0; layer < config.layers(); layer++) {
      String name = "model.layers." + layer + ".self_attn.rotary_emb.inv_freq";
      shards.getLast().put(name, List.of(64L));
      index.put(name, "model-00002-of-00002.safetensors");
    }
    for (int shard = 0; shard < 2; shard++) {
      write(folder.resolve("model-0000" + (shard + 1) + "-of-00002.safetensors"), "F16", shards.get(shard));
    }
    Files.writeString(folder.resolve("model.safetensors.index.json"), index.entrySet().stream()
        .map(entry -> '"' + entry.getKey() + "\":\"" + entry.getValue() + '"')
        .collect(Collectors.joining(",", "{\"weight_map\":{", "}}")));
  }

  /** Writes the two files of the image tower, with what the published ones hold besides. */
  public static void tower(Path eva, Path blip2) throws IOException {
    SequencedMap<String, List<Long>> flat = new LinkedHashMap<>();
    SequencedMap<String, List<Long>> rest = new LinkedHashMap<>();
    EvaNames.expected(eva(40), 257, 1).shapes()
        .forEach((name, shape) -> {
          if (name.startsWith("visual_encoder.")) {
            flat.put(name.substring("visual_encoder.".length()), shape);
          } else if (!name.startsWith("llama_proj")) {
            rest.put(name, shape);
          }
        });
    flat.put("norm.weight", List.of(1408L));
    flat.put("head.weight", List.of(1000L, 1408L));
    rest.put("t5_proj.weight", List.of(4096L, 768L));
    rest.put("Qformer.bert.encoder.layer.0.intermediate.dense.weight", List.of(3072L, 768L));
    write(eva, "F16", flat);
    write(blip2, "F32", rest);
  }

  /** Writes a projection of the Q-Former's 768 to a language model's width. */
  public static void projection(Path file, String name, int hidden) throws IOException {
    SequencedMap<String, List<Long>> tensors = new LinkedHashMap<>();
    tensors.put(name + ".weight", List.of((long) hidden, 768L));
    tensors.put(name + ".bias", List.of((long) hidden));
    tensors.put("Qformer.bert.embeddings.position_ids", List.of(1L, 512L));
    write(file, "F32", tensors);
  }

  /** Writes a header, and a hole in place of the data. */
  public static void write(Path file, String dtype, Map<String, List<Long>> tensors) throws IOException {
    long size = dtype.equals("F32") ? 4 : 2;
    StringBuilder header = new StringBuilder("{");
    long offset = 0;
    for (Map.Entry<String, List<Long>> tensor : tensors.entrySet()) {
      long end = offset + size * tensor.getValue().stream().reduce(1L, Math::multiplyExact);
      header.append(header.length() == 1 ? "" : ",").append('"').append(tensor.getKey()).append("\":{\"dtype\":\"")
          .append(dtype).append("\",\"shape\":").append(tensor.getValue()).append(",\"data_offsets\":[").append(offset)
          .append(',').append(end).append("]}");
      offset = end;
    }
    byte[] json = header.append('}').toString().getBytes(StandardCharsets.UTF_8);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE,
        StandardOpenOption.TRUNCATE_EXISTING)) {
      channel.write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(json.length).flip());
      channel.write(ByteBuffer.wrap(json));
      // One byte at the end makes a hole of everything before it.
      channel.write(ByteBuffer.allocate(1), 8 + json.length + offset - 1);
    }
  }
}
