package org.clarion.scheduler.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.stream.Stream;
import org.clarion.proto.v1.Admission;
import org.clarion.proto.v1.BeamSearch;
import org.clarion.proto.v1.GenerateStart;
import org.clarion.proto.v1.OutputFormat;
import org.clarion.proto.v1.Sampling;
import org.clarion.proto.v1.StepPlan;
import org.clarion.rpc.ServiceError;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a format is on its way through the scheduler: told once, told again with the answer's tokens, or refused. */
class FormatTest {
  private static final OutputFormat ANYTHING = OutputFormat.newBuilder().setKind("regex").addTexts("[^a]*")
      .addEndTokens(2).build();

  private static Harness owned() throws Exception {
    Harness harness = Harness.of(1);
    assertThat(harness.own(harness.nodes.getFirst())).isTrue();
    await().until(() -> harness.registry.get("clarion.scheduler.arena.capacity").gauge().value() > 1);
    return harness;
  }

  private static GenerateStart.Builder question(OutputFormat format) {
    return Client.question("a", "s", List.of(Client.words(30, 1)), 40)
        .setSampling(Sampling.newBuilder().setFormat(format));
  }

  private static Stream<Admission> admissions(Harness harness) {
    return harness.workers.getFirst().plans.stream().map(StepPlan::getAdmissionsList).flatMap(List::stream);
  }

  @Test
  void theFormatTravelsOnceAndAgainWithTheAnswerWhenRanksAreLost() throws Exception {
    try (Harness harness = owned()) {
      FakeWorker worker = harness.workers.getFirst();
      worker.steps.drainPermits();
      Client client = harness.ask(question(ANYTHING));
      worker.steps.release(5);
      await().until(() -> client.tokens().size() >= 2);
      assertThat(admissions(harness)).singleElement().satisfies(admission -> {
        assertThat(admission.getSampling().getFormat()).isEqualTo(ANYTHING);
        assertThat(admission.getAnswerList()).isEmpty();
      });
      List<Integer> before = client.tokens();
      worker.restart();
      worker.steps.release(100_000);
      client.awaitFinished();
      Admission again = admissions(harness).toList().getLast();
      assertThat(again.getSampling().getFormat()).isEqualTo(ANYTHING);
      assertThat(again.getAnswerList()).startsWith(before.toArray(Integer[]::new));
      assertThat(client.tokens()).startsWith(again.getAnswerList().toArray(Integer[]::new));
    }
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '\0', value = {
      "json_schema|{\"not\":{}}|unsupported_schema|keyword 'not'", "json_schema|{|invalid_schema|not valid JSON",
      "regex|(|invalid_schema|a '(' without ')'", "poem|x|invalid_schema|there is no format 'poem'",
      "json_schema|false|unsatisfiable_schema|no answer"})
  void aFormatThatRanksCannotKeepToIsRefused(String kind, String text, String code, String message) throws Exception {
    try (Harness harness = owned()) {
      ServiceError error = harness.ask(question(OutputFormat.newBuilder().setKind(kind).addTexts(text).addEndTokens(2)
          .build())).awaitError();
      assertThat(error).isInstanceOf(ServiceError.InvalidArgument.class);
      assertThat(error.code()).isEqualTo(code);
      assertThat(error.message()).contains(message);
    }
  }

  @Test
  void aFormatNeedsAnEndAndNoBeams() throws Exception {
    try (Harness harness = owned()) {
      assertThat(harness.ask(question(ANYTHING.toBuilder().clearEndTokens().build())).awaitError().message())
          .contains("needs an id that ends the answer");
      assertThat(harness.ask(question(ANYTHING.toBuilder().addEndTokens(FakeWorker.VOCABULARY).build())).awaitError()
          .message()).contains("not below the vocabulary's " + FakeWorker.VOCABULARY);
      assertThat(harness.ask(question(ANYTHING).setBeamSearch(BeamSearch.newBuilder().setWidth(2))).awaitError()
          .message()).contains("beam search");
    }
  }
}
