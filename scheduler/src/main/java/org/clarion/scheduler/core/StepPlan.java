package org.clarion.scheduler.core;

import java.util.List;
import org.clarion.scheduler.api.EmbeddingKey;
import org.clarion.scheduler.api.TenantId;

/**
 * What the ranks of a replica execute next, in lockstep.
 *
 * @param admissions
 *          sequences that have a row for the first time
 * @param release
 *          sequences that the ranks may forget, before the rows run; their extents may have another owner already
 * @param forks
 *          copies within the arena, made after releases and admissions and before the rows
 * @param embeddings
 *          what the rows read
 * @param dropEmbeddings
 *          what no sequence needs any more
 */
public record StepPlan(long epoch, long step, List<Admission> admissions, List<Row> rows, List<Long> release,
    List<Fork> forks, List<EmbeddingKey> embeddings, List<EmbeddingKey> dropEmbeddings) {
  public StepPlan {
    admissions = List.copyOf(admissions);
    rows = List.copyOf(rows);
    release = List.copyOf(release);
    forks = List.copyOf(forks);
    embeddings = List.copyOf(embeddings);
    dropEmbeddings = List.copyOf(dropEmbeddings);
  }

  /**
   * A sequence's first appearance.
   *
   * @param generation
   *          the id that {@link AdmitResult.Accepted} gave; a generation that starts over has a new sequence id
   * @param cachedTokens
   *          leading positions that are there already: a parked sequence's, or a copy's
   * @param answer
   *          tokens of the answer so far, where penalties count them
   * @param beamCandidates
   *          above 0 for one of a search's sequences: how many likeliest ids its rows have to tell
   */
  public record Admission(long sequence, long generation, TenantId tenant, Sampling sampling, int cachedTokens,
      int[] answer, int beamCandidates) {}

  /**
   * Positions from {@code position} on are copied between extents. Of two sequences, one goes on as the other did; with
   * one sequence as both, it moves with its extent; with 0 for both, the extents are nobody's at the ranks: a parked
   * one moves, or what lies in one is copied for a sequence that begins alike. Extents may overlap.
   */
  public record Fork(long from, long to, int position, int count, Extent fromExtent, Extent toExtent) {
    /** The same positions, of nobody that the ranks know. */
    Fork ofNobody() {
      return new Fork(0, 0, position, count, fromExtent, toExtent);
    }
  }

  /** What a row computes. */
  public enum RowKind {
    PREFILL, DECODE,
    /** A decode, and drafts of the tokens behind it, of a sequence of which drafts may be in flight. */
    VERIFY
  }

  /**
   * One sequence's share of the step.
   *
   * @param position
   *          of the row's first token within the sequence; verify: the least that it can be
   * @param count
   *          verify: the most that it computes
   * @param tokens
   *          prefill: {@code count} ids, 0 where an image lies; decode: empty, the last sampled token is at the ranks,
   *          or the one that a beam goes on with; verify: the text that is expected from {@code position} on, or empty
   * @param sample
   *          whether the last position yields a token
   */
  public record Row(long sequence, TenantId tenant, RowKind kind, int position, int count, Extent extent, int[] tokens,
      List<Span> spans, boolean sample) {
    public Row {
      spans = List.copyOf(spans);
    }

    /** The same row elsewhere. */
    Row in(Extent place) {
      return place.equals(extent)
          ? this
          : new Row(sequence, tenant, kind, position, count, place, tokens, spans, sample);
    }
  }

  /** Part of an image within a row. */
  public record Span(EmbeddingKey key, int rowOffset, int embeddingOffset, int count) {}

  /** Positions that the rows compute. */
  public int granted() {
    return rows.stream().mapToInt(Row::count).sum();
  }
}
