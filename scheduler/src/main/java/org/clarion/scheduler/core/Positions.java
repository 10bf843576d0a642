package org.clarion.scheduler.core;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.clarion.scheduler.api.ImageHash;
import org.clarion.scheduler.api.Run;

/**
 * The flattened positions of a sequence: a token id each, or a place within an image. Grows at its end. Not
 * thread-safe.
 */
public final class Positions {
  /** Stands where an image lies. */
  private static final int IMAGE = -1;

  private int[] ids = new int[64];
  private int length;
  private final List<Span> spans = new ArrayList<>();

  /** Where an image lies. */
  public record Span(int start, int count, ImageHash image) {
    /** The first position behind the image. */
    public int end() {
      return start + count;
    }
  }

  /** No positions. */
  public Positions() {}

  /** The runs, one behind the other. */
  public static Positions of(List<Run> runs) {
    Positions positions = new Positions();
    runs.forEach(positions::append);
    return positions;
  }

  public Positions copy() {
    Positions copy = new Positions();
    copy.ids = Arrays.copyOf(ids, Math.max(length, 1));
    copy.length = length;
    copy.spans.addAll(spans);
    return copy;
  }

  public int length() {
    return length;
  }

  /** The token at a position, negative within an image. */
  int at(int position) {
    return ids[position];
  }

  /** Images, by position. */
  public List<Span> spans() {
    return List.copyOf(spans);
  }

  /** Images that this has, each once. */
  public Stream<ImageHash> images() {
    return spans.stream().map(Span::image).distinct();
  }

  public void append(Run run) {
    switch (run) {
      case Run.Tokens tokens -> {
        reserve(tokens.count());
        for (int id : tokens.ids()) {
          if (id < 0) {
            throw new IllegalArgumentException("token id " + id + " is negative");
          }
          ids[length++] = id;
        }
      }
      case Run.Image image -> {
        reserve(image.count());
        spans.add(new Span(length, image.count(), image.hash()));
        Arrays.fill(ids, length, length + image.count(), IMAGE);
        length += image.count();
      }
    }
  }

  public void append(int token) {
    reserve(1);
    ids[length++] = token;
  }

  /** Drops what lies behind the first {@code newLength} positions; an image is never cut. */
  public void truncate(int newLength) {
    if (newLength < 0 || newLength > length) {
      throw new IllegalArgumentException("cannot cut " + length + " positions to " + newLength);
    }
    for (Span span : spans) {
      if (span.start() < newLength && newLength < span.end()) {
        throw new IllegalArgumentException("position " + newLength + " lies within the image at " + span.start());
      }
    }
    spans.removeIf(span -> span.start() >= newLength);
    length = newLength;
  }

  /** Token ids of [from, to), 0 where an image lies. */
  public int[] ids(int from, int to) {
    int[] range = Arrays.copyOfRange(ids, from, to);
    for (int i = 0; i < range.length; i++) {
      range[i] = Math.max(range[i], 0);
    }
    return range;
  }

  /** How many leading positions of both are the same; never ends within an image. */
  public int commonPrefix(Positions other) {
    int both = Math.min(length, other.length);
    int difference = Arrays.mismatch(ids, 0, both, other.ids, 0, both);
    int common = difference < 0 ? both : difference;
    for (int i = 0; i < spans.size() && spans.get(i).start() < common; i++) {
      Span mine = spans.get(i);
      boolean same = i < other.spans.size() && mine.equals(other.spans.get(i));
      if (!same || mine.end() > common) {
        return mine.start();
      }
    }
    return wholeImages(common);
  }

  /** The greatest place at or before {@code position} that is not within an image. */
  public int wholeImages(int position) {
    for (Span span : spans) {
      if (span.start() < position && position < span.end()) {
        return span.start();
      }
    }
    return position;
  }

  /** Tokens and images, in order. */
  public List<Run> runs() {
    List<Run> runs = new ArrayList<>();
    int at = 0;
    for (Span span : spans) {
      addTokens(runs, at, span.start());
      runs.add(new Run.Image(span.image(), span.count()));
      at = span.end();
    }
    addTokens(runs, at, length);
    return runs;
  }

  private void addTokens(List<Run> runs, int from, int to) {
    if (from < to) {
      runs.add(new Run.Tokens(ids(from, to)));
    }
  }

  private void reserve(int more) {
    int needed = Math.addExact(length, more);
    if (needed > ids.length) {
      ids = Arrays.copyOf(ids, Math.max(needed, ids.length * 2));
    }
  }

  /** The count only: token ids are a patient's words. */
  @Override
  public String toString() {
    return "Positions[" + length + "]";
  }
}
