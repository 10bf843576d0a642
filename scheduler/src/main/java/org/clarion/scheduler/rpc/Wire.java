package org.clarion.scheduler.rpc;

import com.google.protobuf.ByteString;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.clarion.proto.v1.Admission;
import org.clarion.proto.v1.EmbeddingKey;
import org.clarion.proto.v1.EmbeddingSpan;
import org.clarion.proto.v1.Extent;
import org.clarion.proto.v1.FinishReason;
import org.clarion.proto.v1.Finished;
import org.clarion.proto.v1.Fork;
import org.clarion.proto.v1.GenerateStart;
import org.clarion.proto.v1.PromptSegment;
import org.clarion.proto.v1.Row;
import org.clarion.proto.v1.RowKind;
import org.clarion.proto.v1.StepPlan;
import org.clarion.proto.v1.StepResult;
import org.clarion.rpc.ServiceError;
import org.clarion.scheduler.api.ImageHash;
import org.clarion.scheduler.api.Run;
import org.clarion.scheduler.api.TenantId;
import org.clarion.scheduler.api.TokenLog;
import org.clarion.scheduler.core.ClinicalClass;
import org.clarion.scheduler.core.Terms;

/** Between the wire's messages and the core's records; the only place that knows both. */
final class Wire {
  private static final Duration MAX_TIMEOUT = Duration.ofDays(1);

  private Wire() {}

  static StepPlan plan(org.clarion.scheduler.core.StepPlan plan) {
    StepPlan.Builder wire = StepPlan.newBuilder().setEpoch(plan.epoch()).setStep(plan.step());
    plan.admissions().forEach(admission -> wire.addAdmissions(Admission.newBuilder().setSequence(admission.sequence())
        .setSampling(SamplingWire.of(admission.sampling())).addAllAnswer(boxed(admission.answer()))
        .setBeamCandidates(admission.beamCandidates())));
    plan.forks().forEach(fork -> wire.addForks(Fork.newBuilder().setFromSequence(fork.from())
        .setToSequence(fork.to()).setPosition(fork.position()).setCount(fork.count())
        .setFromExtent(extent(fork.fromExtent())).setToExtent(extent(fork.toExtent()))));
    plan.rows().forEach(row -> wire.addRows(row(row)));
    wire.addAllRelease(plan.release());
    plan.embeddings().forEach(key -> wire.addEmbeddings(key(key)));
    plan.dropEmbeddings().forEach(key -> wire.addDropEmbeddings(key(key)));
    return wire.build();
  }

  private static Row row(org.clarion.scheduler.core.StepPlan.Row row) {
    Row.Builder wire = Row.newBuilder().setSequence(row.sequence()).setPosition(row.position()).setCount(row.count())
        .setKind(switch (row.kind()) {
          case PREFILL -> RowKind.ROW_KIND_PREFILL;
          case DECODE -> RowKind.ROW_KIND_DECODE;
          case VERIFY -> RowKind.ROW_KIND_VERIFY;
        })
        .setExtent(extent(row.extent()))
        .setSample(row.sample());
    for (int id : row.tokens()) {
      wire.addTokens(id);
    }
    row.spans().forEach(span -> wire.addSpans(EmbeddingSpan.newBuilder().setKey(key(span.key()))
        .setRowOffset(span.rowOffset()).setEmbeddingOffset(span.embeddingOffset()).setCount(span.count())));
    return wire.build();
  }

  private static Extent extent(org.clarion.scheduler.core.Extent extent) {
    return Extent.newBuilder().setOffset(extent.offset()).setLength(extent.length()).build();
  }

  /** All ranks' answers to one step: rank 0's tokens, anybody's retries. */
  static org.clarion.scheduler.core.StepResult result(List<StepResult> ranks) {
    StepResult first = ranks.getFirst();
    Map<Long, org.clarion.scheduler.core.StepResult.Retry> retries = new LinkedHashMap<>();
    for (StepResult rank : ranks) {
      rank.getRetriesList().forEach(retry -> retries.putIfAbsent(retry.getSequence(), switch (retry.getReason()) {
        case RETRY_REASON_MISSING_EMBEDDING -> new org.clarion.scheduler.core.StepResult.Retry.MissingEmbedding(
            retry.getSequence(), key(retry.getEmbedding()));
        case RETRY_REASON_POSITION_MISMATCH ->
          new org.clarion.scheduler.core.StepResult.Retry.PositionMismatch(retry.getSequence());
        case RETRY_REASON_UNSPECIFIED, UNRECOGNIZED ->
          throw new IllegalArgumentException("a retry of sequence " + retry.getSequence() + " has no known reason");
      }));
    }
    long nanos = ranks.stream().mapToLong(StepResult::getElapsedNanos).max().orElse(0);
    return new org.clarion.scheduler.core.StepResult(first.getEpoch(), first.getStep(), first.getSampledList().stream()
        .map(s -> new org.clarion.scheduler.core.StepResult.Sampled(s.getSequence(), s.getToken(),
            SamplingWire.chances(s), ids(s.getMoreTokensList()), s.getDrafted()))
        .toList(),
        List.copyOf(retries.values()), Duration.ofNanos(nanos));
  }

  static EmbeddingKey key(org.clarion.scheduler.api.EmbeddingKey key) {
    return EmbeddingKey.newBuilder().setTenant(key.tenant().value()).setImageHash(hash(key.image())).build();
  }

  static org.clarion.scheduler.api.EmbeddingKey key(EmbeddingKey key) {
    return new org.clarion.scheduler.api.EmbeddingKey(new TenantId(key.getTenant()),
        ImageHash.of(key.getImageHash().toByteArray()));
  }

  static ByteString hash(ImageHash hash) {
    return ByteString.copyFrom(hash.bytes());
  }

  /** Segments as runs; empty token segments vanish. */
  static List<Run> runs(List<PromptSegment> segments) {
    List<Run> runs = new ArrayList<>();
    for (PromptSegment segment : segments) {
      switch (segment.getSegmentCase()) {
        case TOKENS -> {
          int[] ids = ids(segment.getTokens().getIdsList());
          if (ids.length > 0) {
            runs.add(new Run.Tokens(ids));
          }
        }
        case IMAGE -> runs.add(new Run.Image(ImageHash.of(segment.getImage().getImageHash().toByteArray()),
            segment.getImage().getTokens()));
        case SEGMENT_NOT_SET -> throw new IllegalArgumentException("a prompt segment has neither tokens nor image");
      }
    }
    return runs;
  }

  static int[] ids(List<Integer> ids) {
    return ids.stream().mapToInt(Integer::intValue).toArray();
  }

  /** How soon and how long the generation is wanted. */
  static Terms terms(GenerateStart start) {
    ClinicalClass clinical = switch (start.getPriority()) {
      case PRIORITY_UNSPECIFIED -> ClinicalClass.ROUTINE;
      case PRIORITY_STAT -> ClinicalClass.STAT;
      case PRIORITY_BATCH -> ClinicalClass.BATCH;
      case UNRECOGNIZED -> throw new ServiceError.InvalidArgument(
          "priority " + start.getPriorityValue() + " is not known").toException();
    };
    long timeout = start.getTimeoutMs();
    if (timeout < 0 || timeout > MAX_TIMEOUT.toMillis()) {
      throw new ServiceError.InvalidArgument("timeout_ms " + Long.toUnsignedString(timeout) + " exceeds the limit of "
          + MAX_TIMEOUT.toMillis()).toException();
    }
    return new Terms(clinical, timeout == 0 ? null : Duration.ofMillis(timeout));
  }

  static Iterable<Integer> boxed(int[] ids) {
    return Arrays.stream(ids).boxed().toList();
  }

  /** The end of an answer as the log keeps it. */
  static Finished finished(TokenLog.Ending ending) {
    FinishReason reason = switch (org.clarion.scheduler.core.FinishReason.valueOf(ending.reason())) {
      case STOP -> FinishReason.FINISH_REASON_STOP;
      case LENGTH -> FinishReason.FINISH_REASON_LENGTH;
      case CANCELLED -> FinishReason.FINISH_REASON_CANCELLED;
    };
    return Finished.newBuilder().setReason(reason).setPromptTokens(ending.promptTokens())
        .setCachedTokens(ending.cachedTokens()).setCompletionTokens(ending.completionTokens()).build();
  }
}
