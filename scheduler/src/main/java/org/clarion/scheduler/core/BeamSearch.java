package org.clarion.scheduler.core;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * The search for the likeliest answer: which answers stay open, which have ended, and when it is over. At every step
 * all open answers with all their candidates compete; the best {@code width} that do not end stay open. An answer ends
 * with a stop token or a stop sequence, or at its greatest length; it counts only if it is among the step's best
 * {@code width}. Deterministic: of equal scores the earlier answer's comes first, then the likelier candidate. Not
 * thread-safe.
 *
 * <p>
 * An open answer's keys and values lie in a place of its own, numbered from 0. One that goes on in two ways leaves one
 * of them where it is; the other takes a free place, to which what it has beyond the place's old content is copied.
 */
final class BeamSearch {
  /** Most candidates asked for, however many stop tokens there are. */
  private static final int MAX_CANDIDATES = 1024;

  private final BeamSettings settings;
  private final GenerationRequest request;
  private final int maxTokens;
  private final List<Ended> ended = new ArrayList<>();
  private List<Open> open = List.of(new Open(0, new int[0], 0));
  /** The computed tokens of the answer that each place holds. */
  private final List<int[]> held = new ArrayList<>(List.of(new int[0]));
  private boolean over;

  /**
   * An answer that may go on; its last token is not computed yet.
   *
   * @param place
   *          where its keys and values lie
   */
  record Open(int place, int[] tokens, double score) {}

  /**
   * An answer that has ended.
   *
   * @param tokens
   *          what ended it left out
   * @param stopped
   *          by a stop token or sequence, not by its length
   */
  record Ended(int[] tokens, double score, boolean stopped) {}

  /**
   * A copy between places.
   *
   * @param shared
   *          tokens of the answer that both hold already, or -1 when the new place has not even the prompt
   * @param computed
   *          tokens of the answer that the old place holds
   */
  record Fork(int from, int to, int shared, int computed) {}

  private record Candidate(int parent, int token, double score) {}

  BeamSearch(GenerationRequest request, BeamSettings settings, int maxTokens) {
    this.request = request;
    this.settings = settings;
    this.maxTokens = maxTokens;
  }

  /** Likeliest ids that each open answer has to tell, so that enough are left when all stop tokens are among them. */
  int candidates() {
    return Math.min(Math.max(2, 1 + request.stopTokens().length) * settings.width(), MAX_CANDIDATES);
  }

  /** Open answers, best first; at the start one without tokens. */
  List<Open> open() {
    return open;
  }

  boolean over() {
    return over;
  }

  /** The best answer; only once the search is over. */
  Ended best() {
    return ended.getFirst();
  }

  /** How many tokens of this answer the first place holds at its start. */
  int heldOf(int[] answer) {
    int[] first = held.getFirst();
    int difference = Arrays.mismatch(first, answer);
    return difference < 0 ? first.length : difference;
  }

  /**
   * One step.
   *
   * @param told
   *          each open answer's candidates, in the order of {@link #open()}
   * @return copies to make, in any order, before the open answers' last tokens are computed
   */
  List<Fork> advance(List<TokenChances> told) {
    for (Open answer : open) {
      held.set(answer.place(), answer.tokens());
    }
    List<Candidate> best = best(told);
    List<Candidate> staying = new ArrayList<>();
    for (int rank = 0; rank < best.size() && staying.size() < settings.width(); rank++) {
      Candidate candidate = best.get(rank);
      int[] tokens = append(open.get(candidate.parent()).tokens(), candidate.token());
      int stop = stopLength(tokens);
      if (stop == 0 && tokens.length < maxTokens) {
        staying.add(candidate);
      } else if (rank < settings.width()) {
        end(Arrays.copyOf(tokens, tokens.length - stop), score(candidate.score(), tokens.length), stop > 0);
      }
    }
    if (staying.isEmpty() || done(staying.getFirst().score(), open.getFirst().tokens().length + 1)) {
      over = true;
      closeOpen(staying);
      return List.of();
    }
    return place(staying);
  }

  private List<Candidate> best(List<TokenChances> told) {
    List<Candidate> all = new ArrayList<>();
    for (int parent = 0; parent < told.size(); parent++) {
      TokenChances chances = told.get(parent);
      for (int i = 0; i < chances.ids().length; i++) {
        if (chances.logProbabilities()[i] > Float.NEGATIVE_INFINITY) {
          all.add(new Candidate(parent, chances.ids()[i], open.get(parent).score() + chances.logProbabilities()[i]));
        }
      }
    }
    // Stable: equal scores stay in the order of answers and of their candidates.
    all.sort(Comparator.comparingDouble(Candidate::score).reversed());
    return all.subList(0, Math.min(all.size(), candidates()));
  }

  /** Tokens at the end that are no part of the answer; 0 for one that goes on. */
  private int stopLength(int[] tokens) {
    return request.stopsAt(tokens[tokens.length - 1]) ? 1 : request.stopSequenceAt(tokens, tokens.length);
  }

  private double score(double logProbability, int length) {
    return logProbability / Math.pow(length, settings.lengthPenalty());
  }

  private void end(int[] tokens, double score, boolean stopped) {
    ended.add(new Ended(tokens, score, stopped));
    ended.sort(Comparator.comparingDouble(Ended::score).reversed());
    if (ended.size() > settings.width()) {
      ended.removeLast();
    }
  }

  private boolean done(double bestOpen, int length) {
    if (ended.size() < settings.width()) {
      return false;
    }
    double worst = ended.getLast().score();
    return switch (settings.stopping()) {
      case ALWAYS -> true;
      case HEURISTIC -> score(bestOpen, length) <= worst;
      case NEVER -> score(bestOpen, settings.lengthPenalty() > 0 ? maxTokens : length) <= worst;
    };
  }

  /** Nothing has ended although nothing can go on: only when every candidate is impossible. */
  private void closeOpen(List<Candidate> staying) {
    if (ended.isEmpty() && staying.isEmpty()) {
      Open first = open.getFirst();
      end(first.tokens(), first.score(), false);
    }
  }

  private List<Fork> place(List<Candidate> staying) {
    boolean[] taken = new boolean[settings.width()];
    boolean[] keeps = new boolean[staying.size()];
    for (int i = 0; i < keeps.length; i++) {
      int place = open.get(staying.get(i).parent()).place();
      keeps[i] = !taken[place];
      taken[place] = true;
    }
    List<Fork> forks = new ArrayList<>();
    List<Open> next = new ArrayList<>();
    int free = 0;
    for (int i = 0; i < keeps.length; i++) {
      Candidate candidate = staying.get(i);
      Open parent = open.get(candidate.parent());
      int place = parent.place();
      if (!keeps[i]) {
        while (taken[free]) {
          free++;
        }
        place = free;
        taken[free] = true;
        forks.add(fork(parent, place));
      }
      next.add(new Open(place, append(parent.tokens(), candidate.token()), candidate.score()));
    }
    open = next;
    return forks;
  }

  private Fork fork(Open parent, int place) {
    int shared = -1;
    if (place < held.size()) {
      int difference = Arrays.mismatch(held.get(place), parent.tokens());
      shared = difference < 0 ? parent.tokens().length : difference;
      held.set(place, parent.tokens());
    } else {
      held.add(parent.tokens());
    }
    return new Fork(parent.place(), place, shared, parent.tokens().length);
  }

  private static int[] append(int[] tokens, int token) {
    int[] longer = Arrays.copyOf(tokens, tokens.length + 1);
    longer[tokens.length] = token;
    return longer;
  }
}
