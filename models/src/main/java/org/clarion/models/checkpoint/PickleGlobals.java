package org.clarion.models.checkpoint;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.clarion.models.checkpoint.PickleValue.Bytes;
import org.clarion.models.checkpoint.PickleValue.Global;
import org.clarion.models.checkpoint.PickleValue.Storage;
import org.clarion.models.checkpoint.PickleValue.Tensor;
import org.clarion.models.checkpoint.PickleValue.Tuple;

/**
 * The only functions and classes that a checkpoint's pickle may name. Nothing is ever looked up or called by name: each
 * is a case here that builds plain data.
 */
final class PickleGlobals {
  private static final Set<String> CALLABLE = Set.of("collections.OrderedDict", "torch._utils._rebuild_tensor",
      "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_parameter", "_codecs.encode", "builtins.set",
      "builtins.frozenset");
  private static final Map<String, ElementType> STORAGES = Map.of("DoubleStorage", ElementType.FLOAT64, "FloatStorage",
      ElementType.FLOAT32, "HalfStorage", ElementType.FLOAT16, "BFloat16Storage", ElementType.BFLOAT16, "LongStorage",
      ElementType.INT64, "IntStorage", ElementType.INT32, "ShortStorage", ElementType.INT16, "CharStorage",
      ElementType.INT8, "ByteStorage", ElementType.UINT8, "BoolStorage", ElementType.BOOL);
  private static final int MAX_AXES = 16;

  private final ByteCursor in;

  /**
   * Serves one pickle.
   *
   * @param in
   *          for the place in messages
   */
  PickleGlobals(ByteCursor in) {
    this.in = in;
  }

  /** Recognises a name or refuses it. Python 2 called {@code builtins} differently. */
  Global find(String module, String name) {
    Global global = new Global(module.equals("__builtin__") ? "builtins" : module, name);
    boolean storage = (module.equals("torch") || module.equals("torch.cuda")) && STORAGES.containsKey(name);
    if (!storage && !CALLABLE.contains(global.qualified())) {
      throw new CheckpointException("pickle_refused", in.label() + ": the pickle names " + printable(module) + "."
          + printable(name) + ", which is neither a tensor nor a plain container");
    }
    return global;
  }

  private static String printable(String text) {
    String shown = text.replaceAll("[^A-Za-z0-9_.]", "?");
    return shown.length() > 100 ? shown.substring(0, 100) + "..." : shown;
  }

  /** Builds what a recognised function would return. */
  Object reduce(Object callable, List<Object> arguments) {
    if (!(callable instanceof Global global)) {
      throw in.malformed("a call of something that is no function");
    }
    return switch (global.qualified()) {
      case "collections.OrderedDict" -> orderedDict(arguments);
      case "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2" -> tensor(arguments);
      case "torch._utils._rebuild_parameter" -> parameter(arguments);
      case "_codecs.encode" -> encode(arguments);
      case "builtins.set", "builtins.frozenset" -> set(arguments);
      default -> throw new CheckpointException("pickle_refused",
          in.label() + ": the pickle calls " + global.qualified());
    };
  }

  private Map<Object, Object> orderedDict(List<Object> arguments) {
    Map<Object, Object> dict = new LinkedHashMap<>();
    if (arguments.isEmpty()) {
      return dict;
    }
    for (Object item : list(arguments, 0, "OrderedDict")) {
      List<?> pair = item instanceof Tuple tuple ? tuple.items() : item instanceof List<?> list ? list : List.of();
      if (pair.size() != 2) {
        throw in.malformed("OrderedDict of something else than pairs");
      }
      dict.put(key(pair.get(0)), pair.get(1));
    }
    return dict;
  }

  private Tensor tensor(List<Object> arguments) {
    if (arguments.size() < 4 || !(arguments.get(0) instanceof Storage storage)
        || !(arguments.get(1) instanceof Long offset) || !(arguments.get(2) instanceof Tuple shape)
        || !(arguments.get(3) instanceof Tuple strides) || shape.items().size() != strides.items().size()
        || shape.items().size() > MAX_AXES) {
      throw in.malformed("a tensor without storage, offset, shape and strides (at most " + MAX_AXES + " axes)");
    }
    return new Tensor(storage, offset, longs(shape), longs(strides));
  }

  private List<Long> longs(Tuple tuple) {
    List<Long> numbers = new ArrayList<>();
    for (Object item : tuple.items()) {
      if (!(item instanceof Long number)) {
        throw in.malformed("a tensor's sizes and steps are not whole numbers");
      }
      numbers.add(number);
    }
    return numbers;
  }

  private Object parameter(List<Object> arguments) {
    if (arguments.isEmpty() || !(arguments.getFirst() instanceof Tensor tensor)) {
      throw in.malformed("a parameter without tensor");
    }
    return tensor;
  }

  /** Protocol 2 writes bytes as text to encode in latin-1. */
  private Bytes encode(List<Object> arguments) {
    if (arguments.size() != 2 || !(arguments.get(0) instanceof String text)
        || !(arguments.get(1) instanceof String charset) || !charset.matches("latin-?1")) {
      throw in.malformed("_codecs.encode of something else than text in latin1");
    }
    return new Bytes(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  private Set<Object> set(List<Object> arguments) {
    Set<Object> set = new LinkedHashSet<>();
    for (Object item : list(arguments, 0, "set")) {
      set.add(key(item));
    }
    return set;
  }

  private List<?> list(List<Object> arguments, int index, String of) {
    if (index < arguments.size() && arguments.get(index) instanceof List<?> list) {
      return list;
    }
    throw in.malformed(of + " of something else than a list");
  }

  /** Only plain values may be keys: hashing nested containers can take exponential time or never end. */
  Object key(Object value) {
    return switch (value) {
      case String text -> text;
      case Number number -> number;
      case Boolean truth -> truth;
      case PickleValue.None none -> none;
      default -> throw in.malformed("a key or set member that is neither text, number, bool nor None");
    };
  }

  /** Reads the tuple {@code ('storage', type, key, place, elements[, view])} that stands for tensor data. */
  Storage storage(Object persistentId) {
    if (!(persistentId instanceof Tuple(List<Object> id)) || id.size() < 5 || !"storage".equals(id.get(0))
        || !(id.get(1) instanceof Global type) || !STORAGES.containsKey(type.name())
        || !(id.get(2) instanceof String key) || !(id.get(4) instanceof Long elements) || elements < 0) {
      throw in.malformed("a reference to data that is no storage");
    }
    long viewOffset = 0;
    if (id.size() > 5 && id.get(5) instanceof Tuple(List<Object> view)) {
      if (view.size() != 3 || !(view.get(1) instanceof Long start) || start < 0) {
        throw in.malformed("a view of a storage without offset and size");
      }
      viewOffset = start;
    }
    ElementType stored = STORAGES.get(type.name());
    if (stored == null) {
      throw in.malformed("a storage of unknown type");
    }
    return new Storage(key, stored, elements, viewOffset);
  }
}
