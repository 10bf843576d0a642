package org.clarion.scheduler.core;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * A beam search as the ranks see it: {@code width} sequences that share one extent in equal parts. Nothing is planned
 * ahead of a step's result. Not thread-safe.
 */
final class BeamGroup {
  final int width;
  private final GenerationRequest request;
  private final BeamSettings settings;
  private final int maxTokens;
  private BeamSearch search;
  private long[] wires = new long[0];
  private @Nullable TokenChances[] told = new TokenChances[0];
  private List<BeamSearch.Fork> forks = List.of();
  private boolean ready;

  BeamGroup(GenerationRequest request, BeamSettings settings, int maxTokens) {
    this.request = request;
    this.settings = settings;
    this.maxTokens = maxTokens;
    width = settings.width();
    search = new BeamSearch(request, settings, maxTokens);
  }

  /** The search begins, or begins again, with these names at the ranks, one for each place. */
  void begin(long[] names) {
    search = new BeamSearch(request, settings, maxTokens);
    wires = names;
    told = new TokenChances[1];
    forks = List.of();
    ready = false;
  }

  BeamSearch search() {
    return search;
  }

  LongStream wires() {
    return Arrays.stream(wires);
  }

  long wire(int place) {
    return wires[place];
  }

  /** The part of the group's extent that belongs to a place. */
  Extent part(Extent extent, int place) {
    int length = extent.length() / width / Extent.ALIGNMENT * Extent.ALIGNMENT;
    return new Extent(extent.offset() + place * length, length);
  }

  /** Whether the open answers' last tokens can be computed now. */
  boolean ready() {
    return ready;
  }

  /** They are being computed; answers the copies to make before. */
  List<BeamSearch.Fork> go() {
    ready = false;
    return forks;
  }

  /** One open answer's candidates; true when that was the last one and the search has advanced. */
  boolean tell(long wire, TokenChances chances) {
    List<BeamSearch.Open> open = search.open();
    List<TokenChances> all = new ArrayList<>();
    for (int i = 0; i < told.length; i++) {
      if (wires[open.get(i).place()] == wire) {
        told[i] = chances;
      }
    }
    for (TokenChances one : told) {
      if (one == null) {
        return false;
      }
      all.add(Objects.requireNonNull(one));
    }
    forks = search.advance(all);
    told = new TokenChances[search.open().size()];
    ready = !search.over();
    return true;
  }
}
