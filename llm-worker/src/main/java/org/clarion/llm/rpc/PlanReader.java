package org.clarion.llm.rpc;

import com.google.protobuf.ByteString;
import java.util.HexFormat;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.clarion.llm.core.ImageKey;
import org.clarion.llm.core.Plan;
import org.clarion.llm.core.PlanLimits;
import org.clarion.llm.core.Sampling;
import org.clarion.llm.exec.Formats;
import org.clarion.models.grammar.Constraint;
import org.clarion.models.grammar.FormatException;
import org.clarion.proto.v1.Admission;
import org.clarion.proto.v1.EmbeddingKey;
import org.clarion.proto.v1.EmbeddingSpan;
import org.clarion.proto.v1.Extent;
import org.clarion.proto.v1.Fork;
import org.clarion.proto.v1.OutputFormat;
import org.clarion.proto.v1.Row;
import org.clarion.proto.v1.StepPlan;
import org.clarion.proto.v1.TokenBias;
import org.clarion.rpc.ServiceError;
import org.jspecify.annotations.Nullable;

/**
 * A plan from the wire, checked. {@code StepPlan.embeddings} is not read: the spans name what they need.
 *
 * @param limits
 *          of this rank
 * @param formats
 *          compiles formats, where this rank samples
 */
record PlanReader(PlanLimits limits, @Nullable Formats formats) {
  private static final int MAX_LOG_PROBABILITIES = 20;
  private static final int MAX_CANDIDATES = 1024;

  /**
   * Parses and checks.
   *
   * @throws org.clarion.rpc.ServiceException
   *           {@code invalid_plan}, naming value and limit
   */
  Plan read(StepPlan plan) {
    try {
      List<Plan.Row> rows = plan.getRowsList().stream().map(this::row).toList();
      limits.checkRows(rows);
      return new Plan(plan.getEpoch(), plan.getStep(),
          plan.getAdmissionsList().stream().map(this::admission).toList(), rows, plan.getReleaseList(),
          plan.getForksList().stream().map(this::fork).toList(),
          plan.getDropEmbeddingsList().stream().map(PlanReader::key).toList());
    } catch (IllegalArgumentException e) {
      throw new ServiceError.InvalidArgument("invalid_plan",
          "step " + Long.toUnsignedString(plan.getStep()) + ": " + e.getMessage()).toException();
    }
  }

  static ImageKey key(EmbeddingKey key) {
    return new ImageKey(key.getTenant(), HexFormat.of().formatHex(key.getImageHash().toByteArray()));
  }

  static EmbeddingKey key(ImageKey key) {
    return EmbeddingKey.newBuilder().setTenant(key.tenant())
        .setImageHash(ByteString.copyFrom(HexFormat.of().parseHex(key.hash()))).build();
  }

  private Plan.Admission admission(Admission admission) {
    int[] answer = admission.getAnswerList().stream().mapToInt(Integer::intValue).toArray();
    limits.checkTokens(admission.getSequence(), answer);
    int candidates = admission.getBeamCandidates();
    if (candidates < 0 || candidates > MAX_CANDIDATES) {
      throw new IllegalArgumentException(Integer.toUnsignedString(candidates) + " beam candidates of sequence "
          + admission.getSequence() + " exceed the limit of " + MAX_CANDIDATES);
    }
    return new Plan.Admission(admission.getSequence(), sampling(admission), answer, candidates, format(admission));
  }

  private @Nullable Supplier<Constraint> format(Admission admission) {
    if (formats == null || !admission.getSampling().hasFormat()) {
      return null;
    }
    OutputFormat wire = admission.getSampling().getFormat();
    limits.checkTokens(admission.getSequence(), wire.getEndTokensList().stream().mapToInt(Integer::intValue).toArray());
    try {
      return formats.of(org.clarion.models.grammar.OutputFormat.of(wire.getKind(), wire.getTextsList()),
          List.copyOf(wire.getEndTokensList()));
    } catch (FormatException e) {
      throw new IllegalArgumentException("the format of sequence " + admission.getSequence() + ": " + e.reason(), e);
    }
  }

  private Sampling sampling(Admission admission) {
    org.clarion.proto.v1.Sampling wire = admission.getSampling();
    // The wire's 0 stands for 1 here, which changes nothing.
    float topP = wire.getTopP() == 0 ? 1 : wire.getTopP();
    float repetition = wire.getRepetitionPenalty() == 0 ? 1 : wire.getRepetitionPenalty();
    int topK = wire.getTopK() < 0 ? Integer.MAX_VALUE : wire.getTopK();
    SortedMap<Integer, Float> bias = new TreeMap<>();
    for (TokenBias entry : wire.getLogitBiasList()) {
      limits.checkTokens(admission.getSequence(), entry.getToken());
      bias.put(entry.getToken(), entry.getBias());
    }
    int top = wire.getTopLogProbabilities();
    if (top < 0 || top > MAX_LOG_PROBABILITIES) {
      throw new IllegalArgumentException(Integer.toUnsignedString(top) + " log probabilities of sequence "
          + admission.getSequence() + " exceed the limit of " + MAX_LOG_PROBABILITIES);
    }
    return new Sampling(wire.getTemperature(), new Sampling.Cut(topK, topP, wire.getMinP()),
        new Sampling.Penalties(repetition, wire.getPresencePenalty(), wire.getFrequencyPenalty()), bias,
        wire.getSeed(), wire.hasTopLogProbabilities() ? top : null);
  }

  private Plan.Fork fork(Fork fork) {
    checkPart(fork.getFromSequence(), fork, fork.getFromExtent());
    checkPart(fork.getToSequence(), fork, fork.getToExtent());
    int from = fork.getFromExtent().getOffset();
    int to = fork.getToExtent().getOffset();
    boolean moves = fork.getFromSequence() == fork.getToSequence();
    if (from == to || (!moves && Math.abs(from - to) < fork.getCount())) {
      throw new IllegalArgumentException("the " + fork.getCount() + " positions copied from offset " + from
          + " to offset " + to + " overlap");
    }
    return new Plan.Fork(fork.getFromSequence(), fork.getToSequence(), from, to, fork.getPosition(), fork.getCount());
  }

  private void checkPart(long sequence, Fork fork, Extent extent) {
    limits.checkExtent(sequence, Integer.toUnsignedLong(fork.getPosition()), Integer.toUnsignedLong(fork.getCount()),
        Integer.toUnsignedLong(extent.getOffset()), Integer.toUnsignedLong(extent.getLength()));
  }

  private Plan.Row row(Row row) {
    Extent extent = row.getExtent();
    limits.checkExtent(row.getSequence(), Integer.toUnsignedLong(row.getPosition()),
        Integer.toUnsignedLong(row.getCount()), Integer.toUnsignedLong(extent.getOffset()),
        Integer.toUnsignedLong(extent.getLength()));
    return switch (row.getKind()) {
      case ROW_KIND_PREFILL -> prefill(row, extent);
      case ROW_KIND_DECODE -> decode(row, extent);
      case ROW_KIND_VERIFY -> verify(row, extent);
      case ROW_KIND_UNSPECIFIED, UNRECOGNIZED ->
        throw new IllegalArgumentException("the row of sequence " + row.getSequence() + " has no kind");
    };
  }

  private Plan.Row prefill(Row row, Extent extent) {
    if (row.getTokensCount() != row.getCount()) {
      throw new IllegalArgumentException("the prefill of sequence " + row.getSequence() + " counts " + row.getCount()
          + " positions but has " + row.getTokensCount() + " tokens");
    }
    int[] tokens = row.getTokensList().stream().mapToInt(Integer::intValue).toArray();
    List<Plan.Span> spans = row.getSpansList().stream().map(PlanReader::span).toList();
    limits.checkPrefill(row.getSequence(), tokens, spans);
    return new Plan.Prefill(row.getSequence(), row.getPosition(), extent.getOffset(), tokens, spans, row.getSample());
  }

  private Plan.Row decode(Row row, Extent extent) {
    if (row.getCount() != 1 || row.getTokensCount() > 1 || row.getSpansCount() != 0 || !row.getSample()) {
      throw new IllegalArgumentException("the decode of sequence " + row.getSequence() + " has " + row.getCount()
          + " positions, " + row.getTokensCount() + " tokens, " + row.getSpansCount() + " spans and sample "
          + row.getSample() + ", not 1, 0 or 1, 0 and true");
    }
    if (row.getTokensCount() == 0) {
      return new Plan.Decode(row.getSequence(), row.getPosition(), extent.getOffset());
    }
    limits.checkTokens(row.getSequence(), row.getTokens(0));
    return new Plan.Beam(row.getSequence(), row.getPosition(), extent.getOffset(), row.getTokens(0));
  }

  private Plan.Row verify(Row row, Extent extent) {
    if (row.getSpansCount() != 0 || !row.getSample()) {
      throw new IllegalArgumentException("the verify of sequence " + row.getSequence() + " has " + row.getSpansCount()
          + " spans and sample " + row.getSample() + ", not 0 and true");
    }
    int[] expected = row.getTokensList().stream().mapToInt(Integer::intValue).toArray();
    limits.checkTokens(row.getSequence(), expected);
    return new Plan.Verify(row.getSequence(), row.getPosition(), extent.getOffset(),
        Math.min(extent.getLength(), limits.maxContext()), row.getCount(), expected);
  }

  private static Plan.Span span(EmbeddingSpan span) {
    return new Plan.Span(key(span.getKey()), span.getRowOffset(), span.getEmbeddingOffset(), span.getCount());
  }
}
