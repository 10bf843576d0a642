package org.clarion.llm.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.BlockingClientCall;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.clarion.llm.exec.RankGroup;
import org.clarion.llm.exec.RankGroups;
import org.clarion.proto.v1.Admission;
import org.clarion.proto.v1.EmbeddingKey;
import org.clarion.proto.v1.EmbeddingSpan;
import org.clarion.proto.v1.ExecuteRequest;
import org.clarion.proto.v1.ExecuteResponse;
import org.clarion.proto.v1.Extent;
import org.clarion.proto.v1.Fork;
import org.clarion.proto.v1.LlmWorkerServiceGrpc;
import org.clarion.proto.v1.OpenReplica;
import org.clarion.proto.v1.Row;
import org.clarion.proto.v1.RowKind;
import org.clarion.proto.v1.Sampling;
import org.clarion.proto.v1.StepPlan;
import org.clarion.proto.v1.StepResult;
import org.clarion.rpc.Embedding;
import org.clarion.rpc.EmbeddingSender;
import org.clarion.rpc.RpcChannels;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The role with the tiny model over loopback: one rank and two give the same greedy text. */
class LlmWorkerTest {
  private static final int TOKENS = 16;
  private static final int IMAGE_TOKENS = 8;
  private static final EmbeddingKey IMAGE = Embedding.key("demo", new byte[32]);

  @Test
  void twoRanksSayWhatOneSays() throws Exception {
    List<Integer> alone = answer(List.of(RankGroups.single()), "single");
    assertThat(alone).hasSize(TOKENS);
    assertThat(answer(RankGroups.threads(2, Duration.ofSeconds(30)), "threads")).isEqualTo(alone);
  }

  @Test
  void twoRanksOverGrpcSayWhatOneSays() throws Exception {
    List<Integer> alone = answer(List.of(RankGroups.single()), "single");
    List<LlmWorker> ranks = new ArrayList<>();
    for (int rank = 0; rank < 2; rank++) {
      ranks.addAll(LlmProcess.start(LlmWorkerConfig.parse(Map.of("bind", "127.0.0.1:0", "model", "tiny", "precision",
          "f32", "threads", 1, "arena-tokens", 1024, "rank", rank, "ranks", 2, "collective", "grpc", "group",
          rank == 0 ? "" : "127.0.0.1:" + ranks.getFirst().port(), "collective-deadline", "30s")),
          new SimpleMeterRegistry()).ranks());
    }
    assertThat(served(ranks, LlmWorkerTest::generate)).isEqualTo(alone);
  }

  /** Integer sums are exact: the same bits, and so the same text, however many ranks there are and wherever. */
  @ParameterizedTest
  @ValueSource(strings = {"f32", "int8"})
  void aProcessWithTwoDevicesSaysWhatOneRankSays(String precision) throws Exception {
    List<Integer> alone = served(process(precision, List.of("cpu"), Map.of()), LlmWorkerTest::generate);
    assertThat(alone).hasSize(TOKENS);
    List<LlmWorker> two = process(precision, List.of("cpu", "cpu"), Map.of());
    assertThat(two).hasSize(2);
    assertThat(served(two, LlmWorkerTest::generate)).isEqualTo(alone);
  }

  @Test
  void twoProcessesWithTwoDevicesEachSayWhatOneRankSays() throws Exception {
    List<Integer> alone = served(process("int8", List.of("cpu"), Map.of()), LlmWorkerTest::generate);
    List<String> devices = List.of("cpu", "cpu");
    List<LlmWorker> ranks = new ArrayList<>(process("int8", devices, Map.of("ranks", 4, "collective", "grpc")));
    ranks.addAll(process("int8", devices, Map.of("ranks", 4, "rank", 2, "collective", "grpc", "group",
        "127.0.0.1:" + ranks.getFirst().port())));
    assertThat(served(ranks, LlmWorkerTest::generate)).isEqualTo(alone);
  }

  private static List<LlmWorker> process(String precision, List<String> devices, Map<String, Object> more)
      throws Exception {
    Map<String, Object> settings = new LinkedHashMap<>(Map.of("bind", "127.0.0.1:0", "model", "tiny", "precision",
        precision, "threads", 1, "arena-tokens", 1024, "collective-deadline", "30s", "devices", devices));
    settings.putAll(more);
    return LlmProcess.start(LlmWorkerConfig.parse(settings), new SimpleMeterRegistry()).ranks();
  }

  @Test
  void aSampledAnswerIsTheSameWithTwoRanksAndWhenItGoesOnElsewhere() throws Exception {
    List<Integer> alone = served(List.of(RankGroups.single()), "single", calls -> sampled(calls, 1));
    assertThat(alone).hasSize(TOKENS);
    assertThat(served(List.of(RankGroups.single()), "single", calls -> sampled(calls, 8)))
        .as("with a rank that has lost it in the middle").isEqualTo(alone);
    assertThat(served(RankGroups.threads(2, Duration.ofSeconds(30)), "threads", calls -> sampled(calls, 5)))
        .isEqualTo(alone);
  }

  /** A sampled answer; from the given length on as another sequence, elsewhere in the arena and among others. */
  private static List<Integer> sampled(List<BlockingClientCall<ExecuteRequest, ExecuteResponse>> calls, int moves)
      throws Exception {
    Sampling sampling = Sampling.newBuilder().setTemperature(0.9f).setTopP(0.95f).setSeed(77)
        .setRepetitionPenalty(1.1f).setFrequencyPenalty(0.2f).build();
    List<Integer> prompt = IntStream.range(0, 20).mapToObj(i -> 3 * i + 5).toList();
    List<Integer> tokens = new ArrayList<>();
    StepPlan.Builder plan = StepPlan.newBuilder()
        .addAdmissions(Admission.newBuilder().setSequence(1).setSampling(sampling))
        .addRows(row(0, 20).setKind(RowKind.ROW_KIND_PREFILL).addAllTokens(prompt));
    for (int step = 1; step <= TOKENS; step++) {
      tokens.add(step(calls, plan.setEpoch(1).setStep(step)).getSampled(0).getToken());
      int position = 19 + step;
      if (step < moves) {
        plan = StepPlan.newBuilder().addRows(row(position, 1).setKind(RowKind.ROW_KIND_DECODE));
      } else if (step == moves) {
        plan = StepPlan.newBuilder().addRelease(1).addAdmissions(Admission.newBuilder().setSequence(2)
            .setSampling(sampling).addAllAnswer(tokens)).addAdmissions(Admission.newBuilder().setSequence(3))
            .addRows(row(0, position + 1).setSequence(2).setKind(RowKind.ROW_KIND_PREFILL).addAllTokens(prompt)
                .addAllTokens(tokens).setExtent(Extent.newBuilder().setOffset(304).setLength(100)))
            .addRows(row(0, 20).setSequence(3).setKind(RowKind.ROW_KIND_PREFILL).addAllTokens(prompt));
      } else {
        plan = StepPlan.newBuilder()
            .addRows(row(position, 1).setSequence(2).setKind(RowKind.ROW_KIND_DECODE)
                .setExtent(Extent.newBuilder().setOffset(304).setLength(100)))
            .addRows(row(19 + step - moves, 1).setSequence(3).setKind(RowKind.ROW_KIND_DECODE));
      }
    }
    return tokens;
  }

  /** Right and wrong drafts, made before it is known how far those before came. */
  @ParameterizedTest
  @ValueSource(strings = {"f32", "int8"})
  void draftsDoNotChangeAnAnswer(String precision) throws Exception {
    List<Integer> plain = served(process(precision, List.of("cpu"), Map.of()), LlmWorkerTest::generate);
    List<Integer> drafted = served(process(precision, List.of("cpu"), Map.of()), calls -> drafted(calls, plain));
    assertThat(drafted).isEqualTo(plain);
    if (precision.equals("int8")) {
      assertThat(served(process(precision, List.of("cpu", "cpu"), Map.of()), calls -> drafted(calls, plain)))
          .as("on two devices").isEqualTo(plain);
    }
  }

  private static List<Integer> drafted(List<BlockingClientCall<ExecuteRequest, ExecuteResponse>> calls,
      List<Integer> plain) throws Exception {
    int prompt = 20;
    List<Integer> tokens = new ArrayList<>();
    StepPlan.Builder plan = start(prompt);
    int accepted = 0;
    for (int step = 1; tokens.size() < TOKENS; step++) {
      var sampled = step(calls, plan.setEpoch(1).setStep(step)).getSampled(0);
      // The draft before the last one may have come farther than this plan knows.
      int known = Math.max(1, tokens.size());
      tokens.add(sampled.getToken());
      tokens.addAll(sampled.getMoreTokensList());
      accepted += sampled.getMoreTokensCount();
      List<Integer> expected = new ArrayList<>(plain.subList(known - 1, Math.min(plain.size(), known + 9)));
      if (step % 3 == 1) {
        expected.set(expected.size() - 1, expected.getLast() ^ 1);
      }
      plan = StepPlan.newBuilder().addRows(row(prompt + known - 1, Math.min(5, expected.size()))
          .setKind(RowKind.ROW_KIND_VERIFY).addAllTokens(expected));
    }
    assertThat(accepted).isPositive();
    return tokens.subList(0, TOKENS);
  }

  /** Each move overwrites what the one before left, and strangers write where the sequence lay. */
  @ParameterizedTest
  @ValueSource(strings = {"f32", "int8"})
  void movesAndCopiesDoNotChangeABit(String precision) throws Exception {
    List<Integer> still = served(process(precision, List.of("cpu"), Map.of()), calls -> told(calls, List.of(64)));
    assertThat(still).hasSize(4 * TOKENS);
    List<Integer> places = List.of(64, 48, 80, 320, 304, 0, 16, 512, 960);
    assertThat(served(process(precision, List.of("cpu"), Map.of()), calls -> told(calls, places))).isEqualTo(still);
    if (precision.equals("int8")) {
      assertThat(served(process(precision, List.of("cpu", "cpu"), Map.of()), calls -> told(calls, places)))
          .as("on two devices, whose integer sums are exact").isEqualTo(still);
    }
  }

  /**
   * Tokens and the bits of their log probabilities: of a sequence that goes round the places, and of one that begins
   * with its first positions, copied if there is more than one place and computed otherwise.
   */
  private static List<Integer> told(List<BlockingClientCall<ExecuteRequest, ExecuteResponse>> calls,
      List<Integer> places) throws Exception {
    int prompt = 20;
    int shared = 16;
    List<Integer> words = IntStream.range(0, prompt).mapToObj(i -> 3 * i + 5).toList();
    EmbeddingSpan span = EmbeddingSpan.newBuilder().setKey(IMAGE).setRowOffset(4).setCount(IMAGE_TOKENS).build();
    Sampling chances = Sampling.newBuilder().setTopLogProbabilities(0).build();
    List<Integer> told = new ArrayList<>();
    long step = 1;
    add(told, step(calls, StepPlan.newBuilder().setEpoch(1).setStep(step++)
        .addAdmissions(Admission.newBuilder().setSequence(1).setSampling(chances))
        .addRows(row(0, prompt).setKind(RowKind.ROW_KIND_PREFILL).addAllTokens(words).addSpans(span)
            .setExtent(extent(places.getFirst())))));
    int at = places.getFirst();
    for (int i = 1; i < TOKENS; i++) {
      int to = places.get(i % places.size());
      int position = prompt + i - 1;
      StepPlan.Builder plan = StepPlan.newBuilder().setEpoch(1).setStep(step++)
          .addRows(row(position, 1).setKind(RowKind.ROW_KIND_DECODE).setExtent(extent(to)));
      if (to != at) {
        plan.addForks(Fork.newBuilder().setFromSequence(1).setToSequence(1).setCount(position)
            .setFromExtent(extent(at)).setToExtent(extent(to)));
      }
      add(told, step(calls, plan));
      if (Math.abs(to - at) >= 48) {
        step(calls, StepPlan.newBuilder().setEpoch(1).setStep(step++).addRelease(3)
            .addAdmissions(Admission.newBuilder().setSequence(3)).addRows(row(0, prompt).setSequence(3)
                .setKind(RowKind.ROW_KIND_PREFILL).addAllTokens(words.reversed()).setExtent(extent(at))));
      }
      at = to;
    }
    Row.Builder begins = row(0, shared).setSequence(2).setKind(RowKind.ROW_KIND_PREFILL).setExtent(extent(704));
    StepPlan.Builder plan = StepPlan.newBuilder()
        .addAdmissions(Admission.newBuilder().setSequence(2).setSampling(chances));
    if (places.size() > 1) {
      plan.addForks(Fork.newBuilder().setCount(shared).setFromExtent(extent(at)).setToExtent(extent(704)));
    } else {
      step(calls, plan.setEpoch(1).setStep(step++)
          .addRows(begins.clone().addAllTokens(words.subList(0, shared)).addSpans(span).setSample(false)));
      plan = StepPlan.newBuilder();
    }
    plan.addRows(begins.setPosition(shared).setCount(prompt - shared).addAllTokens(words.subList(shared, prompt)));
    for (int i = 0; i < TOKENS; i++) {
      add(told, step(calls, plan.setEpoch(1).setStep(step++)));
      plan = StepPlan.newBuilder().addRows(row(prompt + i, 1).setSequence(2).setKind(RowKind.ROW_KIND_DECODE)
          .setExtent(extent(704)));
    }
    return told;
  }

  private static void add(List<Integer> told, StepResult result) {
    assertThat(result.getRetriesList()).isEmpty();
    told.add(result.getSampled(0).getToken());
    told.add(Float.floatToIntBits(result.getSampled(0).getLogProbability()));
  }

  private static Extent.Builder extent(int offset) {
    return Extent.newBuilder().setOffset(offset).setLength(48);
  }

  private interface Talk {
    List<Integer> with(List<BlockingClientCall<ExecuteRequest, ExecuteResponse>> calls) throws Exception;
  }

  private static List<Integer> answer(List<RankGroup> groups, String collective) throws Exception {
    return served(groups, collective, LlmWorkerTest::generate);
  }

  private static List<Integer> served(List<RankGroup> groups, String collective, Talk talk) throws Exception {
    List<LlmWorker> ranks = new ArrayList<>();
    for (RankGroup group : groups) {
      ranks.add(LlmWorker.start(LlmWorkerConfig.parse(Map.of("bind", "127.0.0.1:0", "model", "tiny", "precision",
          "f32", "threads", 1, "arena-tokens", 1024, "rank", group.rank(), "ranks", group.size(), "collective",
          collective)), group, new SimpleMeterRegistry()));
    }
    return served(ranks, talk);
  }

  private static List<Integer> served(List<LlmWorker> ranks, Talk talk) throws Exception {
    try (RpcChannels channels = new RpcChannels()) {
      List<String> endpoints = ranks.stream().map(rank -> "127.0.0.1:" + rank.port()).toList();
      Map<String, BlockingClientCall<ExecuteRequest, ExecuteResponse>> calls = new LinkedHashMap<>();
      for (int rank = 0; rank < endpoints.size(); rank++) {
        String endpoint = endpoints.get(rank);
        new EmbeddingSender(embedding(ranks.get(rank).shape().hidden()))
            .put(channels.to(endpoint), Duration.ofSeconds(20)).get(20, TimeUnit.SECONDS);
        assertThat(HealthGrpc.newBlockingStub(channels.to(endpoint)).check(HealthCheckRequest.newBuilder()
            .setService(LlmWorkerServiceGrpc.SERVICE_NAME).build()).getStatus()).isEqualTo(ServingStatus.SERVING);
        var call = LlmWorkerServiceGrpc.newBlockingV2Stub(channels.to(endpoint)).execute();
        call.write(ExecuteRequest.newBuilder().setOpen(OpenReplica.newBuilder().setReplica("r").setEpoch(1)
            .setModel("tiny").setRank(rank).setRanks(endpoints.size())).build());
        calls.put(endpoint, call);
      }
      for (var call : calls.values()) {
        assertThat(call.read().getOpened().getArenaTokens()).isEqualTo(1024);
      }
      return talk.with(List.copyOf(calls.values()));
    } finally {
      ranks.forEach(LlmWorker::close);
    }
  }

  private static List<Integer> generate(List<BlockingClientCall<ExecuteRequest, ExecuteResponse>> calls)
      throws Exception {
    List<Integer> tokens = new ArrayList<>();
    int prompt = 20;
    StepPlan.Builder plan = start(prompt);
    for (int step = 1; step <= TOKENS; step++) {
      StepResult result = step(calls, plan.setEpoch(1).setStep(step));
      assertThat(result.getMemoryBytes()).isPositive();
      tokens.add(result.getSampled(0).getToken());
      plan = StepPlan.newBuilder().addRows(row(prompt + step - 1, 1).setKind(RowKind.ROW_KIND_DECODE));
    }
    return tokens;
  }

  private static StepPlan.Builder start(int prompt) {
    return StepPlan.newBuilder().addAdmissions(Admission.newBuilder().setSequence(1)).addEmbeddings(IMAGE)
        .addRows(row(0, prompt).setKind(RowKind.ROW_KIND_PREFILL)
            .addAllTokens(IntStream.range(0, prompt).map(i -> 3 * i + 5).boxed().toList())
            .addSpans(EmbeddingSpan.newBuilder().setKey(IMAGE).setRowOffset(4).setCount(IMAGE_TOKENS)));
  }

  private static StepResult step(List<BlockingClientCall<ExecuteRequest, ExecuteResponse>> calls,
      StepPlan.Builder plan) throws Exception {
    for (var call : calls) {
      call.write(ExecuteRequest.newBuilder().setPlan(plan).build());
    }
    StepResult result = calls.getFirst().read().getResult();
    for (var call : calls.subList(1, calls.size())) {
      assertThat(call.read().getResult().getSampledCount()).isZero();
    }
    return result;
  }

  private static Row.Builder row(int position, int count) {
    return Row.newBuilder().setSequence(1).setPosition(position).setCount(count)
        .setExtent(Extent.newBuilder().setOffset(64).setLength(100)).setSample(true);
  }

  private static Embedding embedding(int hidden) {
    Random random = new Random(1);
    float[] values = new float[IMAGE_TOKENS * hidden];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian() / 10;
    }
    assertThat(IMAGE.getImageHash()).isEqualTo(ByteString.copyFrom(new byte[32]));
    return new Embedding(IMAGE, "tiny", IMAGE_TOKENS, hidden, values);
  }
}
