package org.clarion.llm.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.clarion.llm.rpc.TestOwner.decode;
import static org.clarion.llm.rpc.TestOwner.plan;
import static org.clarion.llm.rpc.TestOwner.prefill;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.clarion.llm.exec.FakeEngine;
import org.clarion.llm.exec.Formats;
import org.clarion.llm.exec.RankGroups;
import org.clarion.models.grammar.Vocabulary;
import org.clarion.models.tokenizer.TokenTable;
import org.clarion.proto.v1.Admission;
import org.clarion.proto.v1.OutputFormat;
import org.clarion.proto.v1.Sampled;
import org.clarion.proto.v1.Sampling;
import org.clarion.proto.v1.TokenBias;
import org.clarion.proto.v1.TokenChance;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A rank that keeps answers to their formats, whatever the logits say. */
class FormatTest {
  private static final int[] PROMPT = {3, 1, 4, 1, 5, 9};
  private static final int END = 0;
  /** Ids 1 to 49, one of them two characters long. */
  private static final List<String> TOKENS = List.of("", "{", "}", "[", "]", ":", ",", "\"", "a", "b", "c", "d", "0",
      "1", "2", "3", "t", "r", "u", "e", "f", "l", "s", "n", " ", "\":");
  private static final OutputFormat FORMAT = OutputFormat.newBuilder().setKind("json_schema")
      .addTexts("{\"type\":\"object\",\"properties\":{\"ab\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":333},"
          + "\"cd\":{\"type\":\"string\",\"maxLength\":3}},\"required\":[\"ab\",\"cd\"]}")
      .addEndTokens(END).build();

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private TestRank rank;

  @BeforeEach
  void start() throws IOException {
    rank = new TestRank(RankGroups.single(), new Formats(new Vocabulary(new TokenTable() {
      @Override
      public int size() {
        return TOKENS.size();
      }

      @Override
      public byte[] bytes(int id) {
        return TOKENS.get(id).getBytes(StandardCharsets.UTF_8);
      }

      @Override
      public boolean firstSpaceVanishes() {
        return false;
      }
    }, FakeEngine.VOCABULARY), registry));
  }

  @AfterEach
  void stop() {
    rank.close();
  }

  private static Admission admission(long sequence, Sampling.Builder sampling, List<Integer> answer) {
    return Admission.newBuilder().setSequence(sequence).setSampling(sampling.setFormat(FORMAT)).addAllAnswer(answer)
        .build();
  }

  private static List<Sampled> answer(TestOwner owner, long sequence, int offset, Sampling.Builder sampling) {
    List<Sampled> answer = new ArrayList<>();
    answer.add(owner.run(plan(prefill(sequence, 0, offset, true, PROMPT)).addAdmissions(admission(sequence, sampling,
        List.of()))).getSampled(0));
    for (int position = PROMPT.length; answer.getLast().getToken() != END && position < 60; position++) {
      answer.add(owner.run(plan(decode(sequence, position, offset))).getSampled(0));
    }
    return answer;
  }

  private static String text(List<Sampled> answer) {
    StringBuilder text = new StringBuilder();
    answer.forEach(sampled -> text.append(TOKENS.get(sampled.getToken())));
    return text.toString();
  }

  @Test
  void everySamplerKeepsToTheFormat() {
    TestOwner owner = TestOwner.opened(rank, 1);
    List<Sampling.Builder> samplers = new ArrayList<>(List.of(Sampling.newBuilder(),
        Sampling.newBuilder().setRepetitionPenalty(3).setPresencePenalty(1),
        Sampling.newBuilder().addLogitBias(TokenBias.newBuilder().setToken(40).setBias(500))
            .addLogitBias(TokenBias.newBuilder().setToken(END).setBias(500)),
        Sampling.newBuilder().setTopLogProbabilities(3)));
    for (int seed = 0; seed < 20; seed++) {
      samplers.add(Sampling.newBuilder().setTemperature(2).setTopK(seed % 4).setTopP(1 - seed % 3 * 0.3f)
          .setMinP(seed % 2 * 0.1f).setSeed(seed));
    }
    long sequence = 1;
    for (Sampling.Builder sampling : samplers) {
      List<Sampled> answer = answer(owner, sequence, 100 * (int) (sequence % 5), sampling);
      assertThat(text(answer)).as("%s", sampling).matches(
          "\\{ ?\"ab\": ?([0-3]|[1-3][0-3]|[1-3][0-3]{2}), ?\"cd\": ?\"[ a-z0-9:{}\\[\\],]{0,3}\" ?}");
      assertThat(answer.getLast().getToken()).isEqualTo(END);
      owner.run(plan().addRelease(sequence++));
    }
    assertThat(registry.get("clarion_format_compile").timer().count()).isEqualTo(1);
    assertThat(registry.get("clarion_format_cache_hits").counter().count()).isEqualTo(samplers.size() - 1.0);
  }

  @Test
  void logProbabilitiesAreThoseOfTheUnchangedLogits() {
    TestOwner owner = TestOwner.opened(rank, 1);
    Sampled constrained = answer(owner, 1, 0, Sampling.newBuilder().setTopLogProbabilities(5)).getFirst();
    Sampled free = owner.run(plan(prefill(2, 0, 200, true, PROMPT)).addAdmissions(Admission.newBuilder().setSequence(2)
        .setSampling(Sampling.newBuilder().setTopLogProbabilities(5)))).getSampled(0);
    assertThat(constrained.getLikeliestList()).isEqualTo(free.getLikeliestList());
    assertThat(constrained.getToken()).isEqualTo(TOKENS.indexOf("{")).isNotEqualTo(free.getToken());
    assertThat(constrained.getLogProbability()).isLessThanOrEqualTo(constrained.getLikeliestList().stream().map(
        TokenChance::getLogProbability).max(Float::compare).orElseThrow());
  }

  @Test
  void anAnswerThatGoesOnAnywhereIsTheSame() {
    TestOwner owner = TestOwner.opened(rank, 1);
    List<Integer> undisturbed = answer(owner, 1, 0, Sampling.newBuilder().setTemperature(1).setSeed(9)).stream()
        .map(Sampled::getToken).toList();
    long sequence = 2;
    for (int cut = 1; cut < undisturbed.size(); cut++) {
      List<Integer> known = undisturbed.subList(0, cut);
      int[] all = new int[PROMPT.length + cut];
      System.arraycopy(PROMPT, 0, all, 0, PROMPT.length);
      for (int i = 0; i < cut; i++) {
        all[PROMPT.length + i] = known.get(i);
      }
      List<Integer> tokens = new ArrayList<>(known);
      tokens.add(owner.run(plan(prefill(sequence, 0, 200, true, all)).addAdmissions(admission(sequence,
          Sampling.newBuilder().setTemperature(1).setSeed(9), known))).getSampled(0).getToken());
      for (int position = all.length; tokens.getLast() != END && position < 80; position++) {
        tokens.add(owner.run(plan(decode(sequence, position, 200))).getSampled(0).getToken());
      }
      assertThat(tokens).as("from token %s on", cut).isEqualTo(undisturbed);
      owner.run(plan().addRelease(sequence++));
    }
  }

  @Test
  void aRowBeyondTheEndIsHarmless() {
    TestOwner owner = TestOwner.opened(rank, 1);
    int length = answer(owner, 1, 0, Sampling.newBuilder()).size();
    assertThat(owner.run(plan(decode(1, PROMPT.length + length - 1, 0))).getSampled(0).getToken()).isEqualTo(END);
    assertThat(owner.run(plan(decode(1, PROMPT.length + length, 0))).getSampled(0).getToken()).isEqualTo(END);
  }

  @Test
  void whatCannotBeCompiledHereEndsAtOnce() {
    TestOwner owner = TestOwner.opened(rank, 1);
    Admission admission = Admission.newBuilder().setSequence(1).setSampling(Sampling.newBuilder().setFormat(
        OutputFormat.newBuilder().setKind("json_schema").addTexts("{\"const\":\"\u00e9\"}").addEndTokens(END))).build();
    assertThat(owner.run(plan(prefill(1, 0, 0, true, PROMPT)).addAdmissions(admission)).getSampled(0).getToken())
        .isEqualTo(END);
    assertThat(registry.get("clarion_format_refused").counter().count()).isEqualTo(1);
  }
}
