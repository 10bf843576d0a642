package org.clarion.llm.rpc;

import com.google.protobuf.ByteString;
import java.util.HexFormat;
import java.util.List;
import org.clarion.llm.core.ImageKey;
import org.clarion.llm.core.Plan;
import org.clarion.llm.core.PlanLimits;
import org.clarion.llm.core.Sampling;
import org.clarion.proto.v1.EmbeddingKey;
import org.clarion.proto.v1.EmbeddingSpan;
import org.clarion.proto.v1.Extent;
import org.clarion.proto.v1.Row;
import org.clarion.proto.v1.StepPlan;
import org.clarion.rpc.ServiceError;

/**
 * A plan from the wire, checked. {@code StepPlan.embeddings} is not read: the spans name what they need.
 *
 * @param limits
 *          of this rank
 */
record PlanReader(PlanLimits limits) {
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
          plan.getAdmissionsList().stream()
              .map(a -> new Plan.Admission(a.getSequence(), sampling(a.getSampling()))).toList(),
          rows, plan.getReleaseList(), plan.getDropEmbeddingsList().stream().map(PlanReader::key).toList());
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

  private static Sampling sampling(org.clarion.proto.v1.Sampling sampling) {
    // The wire's 0 stands for 1 here, which cuts nothing.
    float topP = sampling.getTopP() == 0 ? 1 : sampling.getTopP();
    int topK = sampling.getTopK() < 0 ? Integer.MAX_VALUE : sampling.getTopK();
    return new Sampling(sampling.getTemperature(), topK, topP, 0, sampling.getSeed());
  }

  private Plan.Row row(Row row) {
    Extent extent = row.getExtent();
    limits.checkExtent(row.getSequence(), Integer.toUnsignedLong(row.getPosition()),
        Integer.toUnsignedLong(row.getCount()), Integer.toUnsignedLong(extent.getOffset()),
        Integer.toUnsignedLong(extent.getLength()));
    return switch (row.getKind()) {
      case ROW_KIND_PREFILL -> prefill(row, extent);
      case ROW_KIND_DECODE -> decode(row, extent);
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

  private static Plan.Row decode(Row row, Extent extent) {
    if (row.getCount() != 1 || row.getTokensCount() != 0 || row.getSpansCount() != 0 || !row.getSample()) {
      throw new IllegalArgumentException("the decode of sequence " + row.getSequence() + " has " + row.getCount()
          + " positions, " + row.getTokensCount() + " tokens, " + row.getSpansCount() + " spans and sample "
          + row.getSample() + ", not 1, 0, 0 and true");
    }
    return new Plan.Decode(row.getSequence(), row.getPosition(), extent.getOffset());
  }

  private static Plan.Span span(EmbeddingSpan span) {
    return new Plan.Span(key(span.getKey()), span.getRowOffset(), span.getEmbeddingOffset(), span.getCount());
  }
}
