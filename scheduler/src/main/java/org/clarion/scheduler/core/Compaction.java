package org.clarion.scheduler.core;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How scattered holes become one: which neighbouring extents slide together, which lose their unused ends and which are
 * given up. Everything is counted in copied positions; of all runs of neighbours the cheapest is taken.
 *
 * <p>
 * Within a run either all extents up to a price are given up or none of that price: a few prices are tried, each in one
 * pass over the arena, instead of every choice. Blocks are told from the arena's beginning to its end without a gap;
 * nothing is changed here. Not thread-safe.
 */
final class Compaction {
  /** What computing a position again costs, in copied positions. */
  static final double COMPUTED = 100;
  /** For each position of an extent: extents are given up to such a price. */
  private static final double[] PRICES = {0, COMPUTED / 256, COMPUTED / 64, COMPUTED / 16, COMPUTED / 8, COMPUTED / 4,
      COMPUTED / 2, Double.MAX_VALUE};

  /** An extent that is cut to its first positions and goes elsewhere, or stays. */
  record Move(Extent extent, int length, int to) {}

  /**
   * What makes the hole.
   *
   * @param givenUp
   *          before anything moves
   * @param moves
   *          made in order, none overwrites what a later one moves
   */
  record Way(List<Extent> givenUp, List<Move> moves, double cost) {}

  private record Run(int first, int last, int middle, double price, double cost) {}

  private final List<Extent> blocks;
  // Of each block: positions that stay with it, positions to copy when it moves (0 for holes and what cannot move),
  // and what its loss costs as a whole and for each position.
  private final int[] kept;
  private final int[] copied;
  private final double[] loss;
  private final double[] price;
  private double highestPrice;

  /**
   * @param count
   *          blocks that there are
   */
  Compaction(int count) {
    blocks = new ArrayList<>(count);
    kept = new int[count];
    copied = new int[count];
    loss = new double[count];
    price = new double[count];
  }

  /** The next block is free. */
  void hole(Extent hole) {
    add(hole, 0, 0, 0);
  }

  /** The next block is an extent that stays where it is. */
  void fixed(Extent extent) {
    add(extent, extent.length(), 0, Double.POSITIVE_INFINITY);
  }

  /**
   * The next block is an extent that can move.
   *
   * @param stays
   *          its leading positions that are needed; the others can be cut off
   * @param holds
   *          its leading positions that have to be copied
   * @param cost
   *          of giving it up; infinite for one that cannot be given up
   */
  void movable(Extent extent, int stays, int holds, double cost) {
    add(extent, stays, Math.max(holds, 1), cost);
  }

  private void add(Extent extent, int stays, int holds, double cost) {
    int at = blocks.size();
    blocks.add(extent);
    kept[at] = stays;
    copied[at] = holds;
    loss[at] = cost;
    price[at] = cost / extent.length();
    if (price[at] < Double.POSITIVE_INFINITY) {
      highestPrice = Math.max(highestPrice, price[at]);
    }
  }

  /** Whether there is a way at any cost. */
  boolean possible(int length, @Nullable Extent before) {
    return run(length, blocks.indexOf(before), Double.MAX_VALUE) != null;
  }

  /** The cheapest way to a hole of {@code length}, directly behind an extent if one is given; null if there is none. */
  @Nullable
  Way way(int length, @Nullable Extent before) {
    int middle = blocks.indexOf(before);
    Run best = null;
    double covered = -1;
    for (int i = 0; covered < highestPrice && i < PRICES.length; i++) {
      covered = PRICES[i];
      Run run = run(length, middle, covered);
      if (run != null && (best == null || run.cost() < best.cost())) {
        best = run;
      }
    }
    return best == null ? null : way(best);
  }

  /**
   * The cheapest run at a price; among equals the lowest.
   *
   * @param middle
   *          the block that the run has to contain and to keep, -1 for none
   */
  private @Nullable Run run(int length, int middle, double limit) {
    Run best = null;
    int first = 0;
    int free = 0;
    double cost = 0;
    for (int last = 0; last < blocks.size(); last++) {
      if (copied[last] == 0 && loss[last] > 0) {
        if (middle >= 0 && last > middle) {
          break;
        }
        first = last + 1;
        free = 0;
        cost = 0;
        continue;
      }
      free += free(last, middle, limit);
      cost += cost(last, middle, limit);
      while (first < last && first != middle && free - free(first, middle, limit) >= length) {
        free -= free(first, middle, limit);
        cost -= cost(first, middle, limit);
        first++;
      }
      if (free >= length && last >= middle) {
        // The first one stays where it is, unless it is given up.
        double all = stays(first, middle, limit) ? cost - copied[first] : cost;
        if (best == null || all < best.cost()) {
          best = new Run(first, last, middle, limit, all);
        }
      }
    }
    return best;
  }

  private boolean stays(int index, int middle, double limit) {
    return price[index] > limit || index == middle;
  }

  /** Positions that the block leaves to others. */
  private int free(int index, int middle, double limit) {
    int length = blocks.get(index).length();
    return stays(index, middle, limit) ? length - kept[index] : length;
  }

  private double cost(int index, int middle, double limit) {
    return stays(index, middle, limit) ? copied[index] : loss[index];
  }

  /** Up to the middle everything slides to the run's beginning, behind it to the run's end; all of it without one. */
  private Way way(Run run) {
    List<Extent> givenUp = new ArrayList<>();
    List<Move> moves = new ArrayList<>();
    int middle = run.middle() < 0 ? run.last() : run.middle();
    int at = blocks.get(run.first()).offset();
    for (int i = run.first(); i <= middle; i++) {
      if (stays(i, run, givenUp)) {
        add(moves, i, at);
        at += kept[i];
      }
    }
    int end = blocks.get(run.last()).end();
    for (int i = run.last(); i > middle; i--) {
      if (stays(i, run, givenUp)) {
        end -= kept[i];
        add(moves, i, end);
      }
    }
    return new Way(givenUp, moves, run.cost());
  }

  private boolean stays(int index, Run run, List<Extent> givenUp) {
    boolean stays = stays(index, run.middle(), run.price());
    if (!stays && copied[index] > 0) {
      givenUp.add(blocks.get(index));
    }
    return stays;
  }

  private void add(List<Move> moves, int index, int to) {
    Extent extent = blocks.get(index);
    if (to != extent.offset() || kept[index] < extent.length()) {
      moves.add(new Move(extent, kept[index], to));
    }
  }
}
