package org.clarion.models.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/** A Hugging Face model folder: one weights file, or shards and an index that says which tensor is in which. */
final class ModelFolder {
  private static final int MAX_SHARDS = 1024;

  private ModelFolder() {}

  // Safetensors first: where a folder has both, they hold the same tensors and pickles are the riskier read.
  private static final List<String> NAMES = List.of("model.safetensors", "pytorch_model.bin");

  static Checkpoint open(Path folder) {
    for (String name : NAMES) {
      Path index = folder.resolve(name + ".index.json");
      if (Files.isRegularFile(folder.resolve(name))) {
        return Checkpoints.open(folder.resolve(name));
      }
      if (Files.isRegularFile(index)) {
        return shards(folder, index);
      }
    }
    throw unknown(folder);
  }

  /** The files that {@link #open} reads tensors from. */
  static List<Path> files(Path folder) {
    for (String name : NAMES) {
      Path index = folder.resolve(name + ".index.json");
      if (Files.isRegularFile(folder.resolve(name))) {
        return List.of(folder.resolve(name));
      }
      if (Files.isRegularFile(index)) {
        return weightMap(index).values().stream().distinct().map(folder::resolve).toList();
      }
    }
    throw unknown(folder);
  }

  private static CheckpointException unknown(Path folder) {
    return new CheckpointException("checkpoint_unknown", "folder " + folder.getFileName()
        + " has no model.safetensors, pytorch_model.bin or index of shards");
  }

  private static Checkpoint shards(Path folder, Path index) {
    SequencedMap<String, String> fileOf = weightMap(index);
    List<String> files = fileOf.values().stream().distinct().toList();
    if (files.size() > MAX_SHARDS) {
      throw new CheckpointException("checkpoint_malformed",
          index.getFileName() + " names " + files.size() + " shards, limit " + MAX_SHARDS);
    }
    List<String> absent = files.stream().filter(file -> !Files.isRegularFile(folder.resolve(file))).toList();
    if (!absent.isEmpty()) {
      throw new CheckpointException("checkpoint_unreadable", "folder " + folder.getFileName() + " lacks "
          + absent.size() + " of the " + files.size() + " shards that its index names: " + String.join(", ", absent));
    }
    List<Checkpoint> opened = Checkpoints.openAll(files.stream().map(folder::resolve).toList());
    try {
      Map<String, Checkpoint> shards = new LinkedHashMap<>();
      for (int i = 0; i < files.size(); i++) {
        shards.put(files.get(i), opened.get(i));
      }
      return new ViewCheckpoint(sources(fileOf, shards), opened);
    } catch (RuntimeException e) {
      opened.forEach(Checkpoint::close);
      throw e;
    }
  }

  private static List<ViewCheckpoint.Source> sources(SequencedMap<String, String> fileOf,
      Map<String, Checkpoint> shards) {
    List<ViewCheckpoint.Source> sources = new ArrayList<>();
    List<String> missing = new ArrayList<>();
    fileOf.forEach((tensor, file) -> {
      Checkpoint shard = shards.get(file);
      if (shard != null && shard.tensors().containsKey(tensor)) {
        sources.add(ViewCheckpoint.Source.Whole.of(shard, tensor, tensor));
      } else {
        missing.add(tensor + " (" + file + ")");
      }
    });
    if (!missing.isEmpty()) {
      throw new CheckpointException("tensor_missing",
          "the index names tensors that its shards do not have: " + String.join(", ", missing));
    }
    return sources;
  }

  private static SequencedMap<String, String> weightMap(Path index) {
    SequencedMap<String, String> fileOf = new LinkedHashMap<>();
    JsonNode map = JsonFiles.read(index, "checkpoint_unreadable").path("weight_map");
    if (!map.isObject()) {
      throw new CheckpointException("checkpoint_malformed", index.getFileName() + " has no weight_map");
    }
    for (Map.Entry<String, JsonNode> entry : map.properties()) {
      String file = entry.getValue().asText();
      // A shard lies beside its index; a name that leads elsewhere could make us read any file.
      if (!file.matches("[A-Za-z0-9_-][A-Za-z0-9._-]{0,254}")) {
        throw new CheckpointException("checkpoint_malformed",
            index.getFileName() + ": tensor " + entry.getKey() + " is in \"" + file + "\", not a plain file name");
      }
      fileOf.put(entry.getKey(), file);
    }
    return fileOf;
  }
}
