package org.clarion.models.checkpoint;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.clarion.models.checkpoint.PickleValue.Bytes;
import org.clarion.models.checkpoint.PickleValue.None;
import org.clarion.models.checkpoint.PickleValue.Storage;
import org.clarion.models.checkpoint.PickleValue.Tuple;

/**
 * Python's pickle machine, cut down to data: protocols 0 to 5 as described in CPython's {@code pickletools}, without
 * the opcodes that make instances. One long switch over opcodes. Stops after {@link #MAX_OPERATIONS}, so that a pickle
 * of millions of empty containers cannot fill the heap; texts are never longer than the bytes that spell them.
 */
final class PickleMachine {
  private static final int MAX_OPERATIONS = 2_000_000;
  private static final int MAX_NUMBER_BYTES = 1024;
  private static final int MAX_LINE_BYTES = 4096;

  private final ByteCursor in;
  private final PickleGlobals globals;
  private final List<Object> stack = new ArrayList<>();
  private final List<Integer> marks = new ArrayList<>();
  private final Map<Long, Object> memo = new HashMap<>();
  private final Map<String, Storage> storages = new HashMap<>();

  /** Starts where the cursor stands. */
  PickleMachine(ByteCursor in) {
    this.in = in;
    this.globals = new PickleGlobals(in);
  }

  /**
   * Runs one pickle up to its STOP, where the cursor then stands.
   *
   * @throws CheckpointException
   *           {@code pickle_refused} for anything but tensors and plain containers, {@code checkpoint_truncated},
   *           {@code checkpoint_malformed}
   */
  Object load() {
    for (int i = 0; i < MAX_OPERATIONS; i++) {
      int opcode = in.u8();
      if (opcode == '.') {
        Object result = pop();
        if (!stack.isEmpty() || !marks.isEmpty()) {
          throw in.malformed("the pickle leaves " + stack.size() + " values behind");
        }
        return result;
      }
      step(opcode);
    }
    throw in.malformed("the pickle has more than " + MAX_OPERATIONS + " operations");
  }

  /** Every storage that the pickle mentioned, by key. */
  Map<String, Storage> storages() {
    return storages;
  }

  private void step(int opcode) {
    switch (opcode) {
      case 0x80 -> protocol(in.u8());
      case 0x95 -> in.i64(); // FRAME: a hint for buffering
      case '(' -> marks.add(stack.size());
      case '0' -> pop();
      case '1' -> popMark();
      case '2' -> push(top());
      case 'N' -> push(None.NONE);
      case 0x88 -> push(true);
      case 0x89 -> push(false);
      case 'I' -> push(integerLine());
      case 'L' -> push(number(line().replaceFirst("L$", "")));
      case 'J' -> push((long) in.i32());
      case 'K' -> push((long) in.u8());
      case 'M' -> push((long) in.u16());
      case 0x8a -> push(longBytes(in.u8()));
      case 0x8b -> push(longBytes(in.i32()));
      case 'F' -> push(floatLine());
      case 'G' -> push(Double.longBitsToDouble(Long.reverseBytes(in.i64())));
      default -> texts(opcode);
    }
  }

  private void texts(int opcode) {
    switch (opcode) {
      case 'X' -> push(in.utf8(in.u32()));
      case 0x8c -> push(in.utf8(in.u8()));
      case 0x8d -> push(in.utf8(in.i64()));
      case 'U' -> push(latin(in.u8())); // Python 2 text
      case 'T' -> push(latin(in.i32()));
      case 'B' -> push(new Bytes(in.array(in.u32())));
      case 'C' -> push(new Bytes(in.array(in.u8())));
      case 0x8e -> push(new Bytes(in.array(in.i64())));
      default -> containers(opcode);
    }
  }

  private void containers(int opcode) {
    switch (opcode) {
      case ']' -> push(new ArrayList<>(0));
      case 'l' -> push(popMark());
      case ')' -> push(new Tuple(List.of()));
      case 't' -> push(new Tuple(popMark()));
      case 0x85 -> push(new Tuple(popped(1)));
      case 0x86 -> push(new Tuple(popped(2)));
      case 0x87 -> push(new Tuple(popped(3)));
      case '}' -> push(new LinkedHashMap<>(4));
      case 'd' -> {
        List<Object> items = popMark();
        push(new LinkedHashMap<>(4));
        put(items);
      }
      case 0x8f -> push(new LinkedHashSet<>(4));
      case 0x91 -> {
        List<Object> items = popMark();
        push(new LinkedHashSet<>(4));
        addAll(items);
      }
      case 'a' -> append(popped(1));
      case 'e' -> append(popMark());
      case 's' -> put(popped(2));
      case 'u' -> put(popMark());
      case 0x90 -> addAll(popMark());
      default -> memoAndCalls(opcode);
    }
  }

  private void memoAndCalls(int opcode) {
    switch (opcode) {
      case 'q' -> memo.put((long) in.u8(), top());
      case 'r' -> memo.put(in.u32(), top());
      case 'p' -> memo.put(index(line()), top());
      case 0x94 -> memo.put((long) memo.size(), top());
      case 'h' -> recall(in.u8());
      case 'j' -> recall(in.u32());
      case 'g' -> recall(index(line()));
      case 'c' -> push(globals.find(line(), line()));
      case 0x93 -> stackGlobal();
      case 'R' -> {
        List<Object> call = popped(2);
        if (!(call.get(1) instanceof Tuple(List<Object> arguments))) {
          throw in.malformed("a call without a tuple of arguments");
        }
        push(globals.reduce(call.get(0), arguments));
      }
      case 'b' -> build();
      case 'Q' -> {
        Storage storage = globals.storage(pop());
        if (!storages.computeIfAbsent(storage.key(), key -> storage).sameData(storage)) {
          throw in.malformed("storage " + storage.key() + " is said to have two sizes or types");
        }
        push(storage);
      }
      default -> throw new CheckpointException("pickle_refused", in.label() + " at byte " + (in.position() - 1)
          + ": pickle opcode " + String.format("0x%02x", opcode) + " makes neither tensors nor plain containers");
    }
  }

  private void protocol(int version) {
    if (version > 5) {
      throw in.malformed("pickle protocol " + version + ", known are 0 to 5");
    }
  }

  /** A state dict's {@code _metadata} attribute arrives as BUILD; it says nothing that we need. */
  private void build() {
    Object state = pop();
    boolean attributes = state instanceof Map<?, ?> || state instanceof None;
    if (!(top() instanceof Map<?, ?>) || !attributes) {
      throw new CheckpointException("pickle_refused",
          in.label() + " at byte " + (in.position() - 1) + ": BUILD of something else than a dict's attributes");
    }
  }

  private void stackGlobal() {
    List<Object> names = popped(2);
    if (!(names.get(0) instanceof String module) || !(names.get(1) instanceof String name)) {
      throw in.malformed("a global whose name is not text");
    }
    push(globals.find(module, name));
  }

  private void append(List<Object> items) {
    if (!(top() instanceof List<?> list)) {
      throw in.malformed("an append to something that is no list");
    }
    cast(list).addAll(items);
  }

  private void addAll(List<Object> items) {
    if (!(top() instanceof Set<?> set)) {
      throw in.malformed("an addition to something that is no set");
    }
    for (Object item : items) {
      cast(set).add(globals.key(item));
    }
  }

  private void put(List<Object> items) {
    if (!(top() instanceof Map<?, ?> map) || items.size() % 2 != 0) {
      throw in.malformed("entries set that are no pairs, or of something that is no dict");
    }
    for (int i = 0; i < items.size(); i += 2) {
      cast(map).put(globals.key(items.get(i)), items.get(i + 1));
    }
  }

  // Every container on the stack was made here with Object elements.
  @SuppressWarnings("unchecked")
  private static List<Object> cast(List<?> list) {
    return (List<Object>) list;
  }

  @SuppressWarnings("unchecked")
  private static Set<Object> cast(Set<?> set) {
    return (Set<Object>) set;
  }

  @SuppressWarnings("unchecked")
  private static Map<Object, Object> cast(Map<?, ?> map) {
    return (Map<Object, Object>) map;
  }

  private void push(Object value) {
    stack.add(value);
  }

  private Object top() {
    if (stack.size() == floor()) {
      throw in.malformed("the pickle takes a value from an empty stack");
    }
    return stack.getLast();
  }

  private Object pop() {
    Object value = top();
    stack.removeLast();
    return value;
  }

  /** Nothing below the last mark may be taken. */
  private int floor() {
    return marks.isEmpty() ? 0 : marks.getLast();
  }

  private List<Object> popped(int count) {
    if (stack.size() - floor() < count) {
      throw in.malformed("the pickle takes " + count + " values from a stack of " + (stack.size() - floor()));
    }
    return tail(stack.size() - count);
  }

  private List<Object> popMark() {
    if (marks.isEmpty()) {
      throw in.malformed("the pickle looks for a mark that it never made");
    }
    return tail(marks.removeLast());
  }

  private List<Object> tail(int from) {
    List<Object> part = stack.subList(from, stack.size());
    List<Object> items = new ArrayList<>(part);
    part.clear();
    return items;
  }

  private void recall(long index) {
    Object value = memo.get(index);
    if (value == null) {
      throw in.malformed("unknown memo index " + index);
    }
    push(value);
  }

  private long index(String line) {
    if (!line.matches("[0-9]{1,10}")) {
      throw in.malformed("a memo index that is no number");
    }
    return Long.parseLong(line);
  }

  private String latin(long count) {
    return new String(in.array(count), StandardCharsets.ISO_8859_1);
  }

  private String line() {
    StringBuilder text = new StringBuilder();
    for (int c = in.u8(); c != '\n'; c = in.u8()) {
      if (text.length() == MAX_LINE_BYTES) {
        throw in.malformed("a line of more than " + MAX_LINE_BYTES + " bytes");
      }
      text.append((char) c);
    }
    return text.toString();
  }

  private Object integerLine() {
    String line = line();
    return switch (line) {
      case "00" -> false;
      case "01" -> true;
      default -> number(line);
    };
  }

  private Object number(String digits) {
    if (!digits.matches("-?[0-9]{1," + MAX_NUMBER_BYTES + "}")) {
      throw in.malformed("a whole number that is none, or has more than " + MAX_NUMBER_BYTES + " digits");
    }
    return narrow(new BigInteger(digits));
  }

  private Double floatLine() {
    String line = line();
    if (!line.matches("-?[0-9.eE+-]{1,40}|-?inf|nan")) {
      throw in.malformed("a number that is none");
    }
    try {
      return Double.valueOf(line.replace("inf", "Infinity").replace("nan", "NaN"));
    } catch (NumberFormatException e) {
      throw in.malformed("a number that is none");
    }
  }

  private Object longBytes(int count) {
    if (count < 0 || count > MAX_NUMBER_BYTES) {
      throw in.malformed("a whole number of " + Integer.toUnsignedString(count) + " bytes, limit " + MAX_NUMBER_BYTES);
    }
    byte[] little = in.array(count);
    byte[] big = new byte[count + 1];
    for (int i = 0; i < count; i++) {
      big[count - i] = little[i];
    }
    // The extra leading byte repeats the sign.
    big[0] = (byte) (count > 0 && little[count - 1] < 0 ? -1 : 0);
    return narrow(new BigInteger(big));
  }

  private static Object narrow(BigInteger value) {
    return value.bitLength() < Long.SIZE ? (Object) value.longValue() : value;
  }
}
