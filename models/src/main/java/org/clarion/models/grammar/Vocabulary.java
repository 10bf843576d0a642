package org.clarion.models.grammar;

import java.util.Arrays;
import java.util.Collection;
import java.util.stream.IntStream;
import org.clarion.models.tokenizer.TokenTable;

/**
 * A vocabulary as a tree of bytes, laid out in the order of a walk through it: the state after bytes that many tokens
 * begin with is found once for all of them. Immutable, thread-safe.
 */
public final class Vocabulary {
  private final TokenTable table;
  private final int size;
  private final int longest;
  /** For each node, in the order of the walk: its byte, how deep it is, and the node that follows if it is left out. */
  private final byte[] bytes;
  private final short[] depths;
  private final int[] skips;
  /** Ids in the order of their bytes, and where those that end at a node begin; one more entry at the end. */
  private final int[] tokens;
  private final int[] firstToken;

  /**
   * A vocabulary's tree.
   *
   * @param size
   *          ids of the model, which may be more or fewer than the table has
   */
  public Vocabulary(TokenTable table, int size) {
    this.table = table;
    this.size = size;
    Integer[] spelled = IntStream.range(0, Math.min(size, table.size()))
        .filter(id -> table.bytes(id).length > 0 && table.bytes(id).length < Short.MAX_VALUE).boxed()
        .toArray(Integer[]::new);
    Arrays.sort(spelled, (a, b) -> Arrays.compareUnsigned(table.bytes(a), table.bytes(b)));
    tokens = Arrays.stream(spelled).mapToInt(Integer::intValue).toArray();
    int nodes = 0;
    int most = 0;
    for (int i = 0; i < tokens.length; i++) {
      nodes += table.bytes(tokens[i]).length - sharedWithPrevious(i);
      most = Math.max(most, table.bytes(tokens[i]).length);
    }
    longest = most;
    bytes = new byte[nodes];
    depths = new short[nodes];
    skips = new int[nodes];
    firstToken = new int[nodes + 1];
    layOut();
  }

  private void layOut() {
    int[] open = new int[longest];
    int depth = 0;
    int node = 0;
    for (int i = 0; i < tokens.length; i++) {
      byte[] token = table.bytes(tokens[i]);
      int shared = sharedWithPrevious(i);
      close(open, shared, depth, node);
      for (depth = shared; depth < token.length; depth++) {
        open[depth] = node;
        bytes[node] = token[depth];
        depths[node] = (short) depth;
        node++;
      }
      // Counted here, summed up below.
      firstToken[open[token.length - 1] + 1]++;
    }
    close(open, 0, depth, node);
    for (int i = 0; i < node; i++) {
      firstToken[i + 1] += firstToken[i];
    }
  }

  private void close(int[] open, int from, int to, int node) {
    for (int depth = from; depth < to; depth++) {
      skips[open[depth]] = node;
    }
  }

  private int sharedWithPrevious(int i) {
    if (i == 0) {
      return 0;
    }
    byte[] before = table.bytes(tokens[i - 1]);
    int mismatch = Arrays.mismatch(before, table.bytes(tokens[i]));
    return mismatch < 0 ? before.length : mismatch;
  }

  /** Number of ids. */
  public int size() {
    return size;
  }

  /** Bytes of the longest token. */
  public int longest() {
    return longest;
  }

  public boolean firstSpaceVanishes() {
    return table.firstSpaceVanishes();
  }

  /** The bytes of an id; none for special ones and for ids without a token. */
  byte[] bytes(int id) {
    return id >= 0 && id < Math.min(size, table.size()) ? table.bytes(id) : new byte[0];
  }

  /**
   * The bytes that are tokens of their own: of those any text can be spelled.
   *
   * @param without
   *          ids that may not be used for spelling
   */
  public ByteSet alphabet(Collection<Integer> without) {
    ByteSet set = ByteSet.NONE;
    for (int id : tokens) {
      byte[] token = table.bytes(id);
      if (token.length == 1 && !without.contains(id)) {
        set = set.or(ByteSet.range(token[0] & 0xFF, token[0] & 0xFF));
      }
    }
    return set;
  }

  /** Notes the tokens whose bytes may come next. */
  void allow(Terms terms, Term start, long[] allowed) {
    Term[] states = new Term[longest + 1];
    Arrays.fill(states, terms.none);
    states[0] = start;
    int node = 0;
    while (node < bytes.length) {
      int depth = depths[node];
      Term next = terms.next(states[depth], bytes[node] & 0xFF);
      if (next.equals(terms.none)) {
        node = skips[node];
      } else {
        states[depth + 1] = next;
        for (int i = firstToken[node]; i < firstToken[node + 1]; i++) {
          allowed[tokens[i] >> 6] |= 1L << tokens[i];
        }
        node++;
      }
    }
  }
}
