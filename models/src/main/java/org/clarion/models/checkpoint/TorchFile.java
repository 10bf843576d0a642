package org.clarion.models.checkpoint;

import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.clarion.models.checkpoint.PickleValue.Storage;
import org.clarion.models.checkpoint.PickleValue.Tensor;

/**
 * What {@code torch.save} writes: a zip of a pickle and one record per storage, or (before PyTorch 1.6) a stream of
 * five pickles followed by the storages. The pickle is read by {@link PickleMachine}; tensor data stays mapped.
 *
 * @param contents
 *          the saved value
 * @param storages
 *          bytes of every storage by key
 */
record TorchFile(MappedFile file, Object contents, Map<String, MemorySegment> storages) {
  private static final BigInteger MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);
  private static final long PROTOCOL = 1001;
  private static final long MAX_PICKLE_BYTES = 64L << 20;

  /** Dicts that training scripts wrap around the model's own. */
  private static final List<String> WRAPPERS = List.of("model", "state_dict", "model_state_dict", "module");

  /** Opens a file that holds a dict of tensors, or a dict with such a dict under {@code model} or the like. */
  static Checkpoint open(Path path) {
    MappedFile file = MappedFile.open(path);
    try {
      TorchFile torch = read(file);
      return new MappedCheckpoint(file, torch.tensors());
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /** Reads a mapped file's pickle and finds its storages; no tensor is looked at. */
  static TorchFile read(MappedFile file) {
    int first = file.bytes().get(java.lang.foreign.ValueLayout.JAVA_BYTE, 0);
    return first == 'P' ? zip(file) : stream(file);
  }

  private static TorchFile zip(MappedFile file) {
    Map<String, MemorySegment> records = ZipRecords.read(file);
    List<String> pickles = records.keySet().stream().filter(name -> name.matches("[^/]+/data\\.pkl")).toList();
    if (pickles.size() != 1) {
      throw malformed(file, "a zip with " + pickles.size() + " records named data.pkl, expected 1");
    }
    String folder = pickles.getFirst().substring(0, pickles.getFirst().length() - "data.pkl".length());
    MemorySegment order = records.get(folder + "byteorder");
    if (order != null && !ZipRecords.text(order).equals("little")) {
      throw new CheckpointException("checkpoint_unsupported", file.label() + " was saved with big-endian numbers");
    }
    Map<String, MemorySegment> storages = new LinkedHashMap<>();
    records.forEach((name, bytes) -> {
      if (name.startsWith(folder + "data/")) {
        storages.put(name.substring(folder.length() + "data/".length()), bytes);
      }
    });
    MemorySegment pickle = records.get(pickles.getFirst());
    if (pickle == null || pickle.byteSize() > MAX_PICKLE_BYTES) {
      throw malformed(file, "a pickle of more than " + MAX_PICKLE_BYTES + " bytes");
    }
    ByteCursor in = new ByteCursor(file.label() + " data.pkl", pickle, 0);
    return new TorchFile(file, new PickleMachine(in).load(), storages);
  }

  private static TorchFile stream(MappedFile file) {
    ByteCursor in = file.cursor(0, file.size());
    if (!MAGIC.equals(new PickleMachine(in).load())) {
      throw new CheckpointException("checkpoint_unknown", file.label() + " is a pickle but not of torch.save");
    }
    Object protocol = new PickleMachine(in).load();
    if (!Long.valueOf(PROTOCOL).equals(protocol)) {
      throw new CheckpointException("checkpoint_unsupported", file.label() + " has another stream protocol than 1001");
    }
    if (!(new PickleMachine(in).load() instanceof Map<?, ?> system)
        || !Boolean.TRUE.equals(system.get("little_endian"))) {
      throw new CheckpointException("checkpoint_unsupported",
          file.label() + " was not saved with little-endian numbers");
    }
    PickleMachine machine = new PickleMachine(in);
    Object contents = machine.load();
    if (!(new PickleMachine(in).load() instanceof List<?> keys)) {
      throw malformed(file, "no list of storages after the pickle");
    }
    Map<String, MemorySegment> storages = new LinkedHashMap<>();
    for (Object key : keys) {
      Storage storage = machine.storages().get(key instanceof String text ? text : "");
      if (storage == null) {
        throw malformed(file, "data of a storage that the pickle does not use");
      }
      long elements = in.i64();
      if (elements != storage.elements()) {
        throw malformed(file, "storage " + storage.key() + " has " + elements + " elements, the pickle says "
            + storage.elements());
      }
      storages.put(storage.key(), in.slice(bytes(file, storage)));
    }
    return new TorchFile(file, contents, storages);
  }

  /** The tensors of the model's dict, each checked against its storage. */
  private SequencedMap<String, StoredTensor> tensors() {
    if (!(contents instanceof Map<?, ?> top)) {
      throw new CheckpointException("checkpoint_unsupported", file.label() + " holds no dict of tensors");
    }
    SequencedMap<String, StoredTensor> stored = new LinkedHashMap<>();
    modelDict(top).forEach((key, value) -> {
      if (key instanceof String name && value instanceof Tensor tensor) {
        stored.put(name, place(name, tensor));
      }
    });
    if (stored.isEmpty()) {
      throw new CheckpointException("tensor_missing",
          file.label() + " holds no tensors, neither at top level nor under "
              + String.join(", ", WRAPPERS));
    }
    return stored;
  }

  private static Map<?, ?> modelDict(Map<?, ?> top) {
    for (String wrapper : WRAPPERS) {
      if (top.get(wrapper) instanceof Map<?, ?> inner) {
        return inner;
      }
    }
    return top;
  }

  StoredTensor place(String name, Tensor tensor) {
    Storage storage = tensor.storage();
    TensorInfo info = new TensorInfo(name, storage.type(), tensor.shape());
    Shapes.bytes(file.label(), info);
    MemorySegment bytes = storages.get(storage.key());
    if (bytes == null) {
      throw malformed(file, "tensor " + name + " lies in storage " + storage.key() + ", which is missing");
    }
    if (bytes.byteSize() < bytes(file, storage)) {
      throw new CheckpointException("checkpoint_truncated", file.label() + ": storage " + storage.key() + " has "
          + bytes.byteSize() + " bytes, tensor " + name + " expects " + bytes(file, storage));
    }
    try {
      long offset = Math.addExact(tensor.offset(), storage.viewOffset());
      if (!fits(tensor, offset)) {
        throw malformed(file, "tensor " + name + " (offset " + offset + ", shape " + tensor.shape() + ", strides "
            + tensor.strides() + ") reaches past its storage of " + storage.elements() + " elements");
      }
      return new StoredTensor(info, bytes, offset, tensor.strides());
    } catch (ArithmeticException e) {
      throw malformed(file, "tensor " + name + " has strides " + tensor.strides() + " that overflow");
    }
  }

  private static boolean fits(Tensor tensor, long offset) {
    if (offset < 0 || tensor.strides().stream().anyMatch(step -> step < 0)) {
      return false;
    }
    long last = offset;
    for (int axis = 0; axis < tensor.shape().size(); axis++) {
      if (tensor.shape().get(axis) == 0) {
        return true;
      }
      last = Math.addExact(last, Math.multiplyExact(tensor.shape().get(axis) - 1, tensor.strides().get(axis)));
    }
    return last < tensor.storage().elements();
  }

  private static long bytes(MappedFile file, Storage storage) {
    try {
      return storage.type().bytes(storage.elements());
    } catch (ArithmeticException e) {
      throw malformed(file, "a storage of " + storage.elements() + " elements");
    }
  }

  private static CheckpointException malformed(MappedFile file, String what) {
    return new CheckpointException("checkpoint_malformed", file.label() + ": " + what);
  }
}
