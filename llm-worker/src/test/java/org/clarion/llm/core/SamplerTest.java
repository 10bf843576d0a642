package org.clarion.llm.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URISyntaxException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.clarion.llm.core.Sampling.Cut;
import org.clarion.llm.core.Sampling.Penalties;
import org.clarion.models.checkpoint.Checkpoint;
import org.clarion.models.checkpoint.Checkpoints;
import org.clarion.models.checkpoint.TensorInfo;
import org.junit.jupiter.api.Test;

class SamplerTest {
  private final Sampler sampler = new Sampler();

  @Test
  void agreesWithTheReferenceOnKeptIdsAndProbabilities() throws Exception {
    JsonNode cases = new ObjectMapper().readTree(resource("cases.json").toFile()).get("cases");
    assertThat(cases.size()).isEqualTo(40);
    try (Checkpoint tensors = Checkpoints.open(resource("logits.safetensors"))) {
      for (JsonNode spec : cases) {
        String name = spec.get("logits").asText();
        TensorInfo info = Objects.requireNonNull(tensors.tensors().get(name));
        float[] logits = new float[Math.toIntExact(info.elements())];
        tensors.readFloats(name, FloatBuffer.wrap(logits));
        Sampling sampling = new Sampling((float) spec.get("temperature").asDouble(),
            new Cut(spec.get("top_k").asInt(), (float) spec.get("top_p").asDouble(),
                (float) spec.get("min_p").asDouble()),
            new Penalties((float) spec.get("repetition_penalty").asDouble(), 0, 0), new TreeMap<>(), 0, null);
        sampler.adjust(logits, sampling, new AnswerTokens(ints(spec.get("history"))));
        Distribution left = sampler.distribution(logits, sampling);
        assertThat(left.ids()).as(name).containsExactly(ints(spec.get("kept")));
        for (int i = 0; i < left.ids().length; i++) {
          assertThat(left.probabilities()[i]).as(name).isCloseTo(spec.get("probabilities").get(i).asDouble(),
              within(2e-6));
        }
      }
    }
  }

  /** The cuts by sorting everything, against the shortcuts that spare the sort. */
  @Test
  void agreesWithTheNaiveWayOnRandomLogits() {
    Random random = new Random(3);
    for (int round = 0; round < 300; round++) {
      int size = 1 + random.nextInt(400);
      float[] logits = new float[size];
      float scale = new float[]{0.01f, 1, 20}[random.nextInt(3)];
      for (int i = 0; i < size; i++) {
        logits[i] = Math.round(random.nextGaussian() * 16) / 16f * scale;
      }
      int topK = random.nextInt(3) == 0 ? 0 : 1 + random.nextInt(size);
      float topP = random.nextBoolean() ? 1 : 0.05f + 0.9f * random.nextFloat();
      Sampling sampling = Sampling.of(0.5f + random.nextFloat(), new Cut(topK, topP, 0), 0);
      assertThat(sampler.distribution(logits, sampling).ids()).as("round %d", round)
          .containsExactly(naive(logits, sampling));
    }
  }

  @Test
  void drawsDependOnSeedAndPositionAlone() {
    float[] logits = {0.1f, 0.2f, 0.3f, 0.2f, 0.5f, 0.1f, 0, 0.4f};
    Sampling sampling = Sampling.of(1, new Cut(0, 0.9f, 0), 42);
    int[] once = IntStream.range(0, 200).map(p -> draw(logits, sampling, p)).toArray();
    int[] again = IntStream.range(0, 200).map(p -> draw(logits, sampling, 199 - p)).toArray();
    assertThat(IntStream.range(0, 200).map(p -> again[199 - p]).toArray()).containsExactly(once);
    Sampling other = Sampling.of(1, new Cut(0, 0.9f, 0), 43);
    assertThat(IntStream.range(0, 200).map(p -> draw(logits, other, p)).toArray()).isNotEqualTo(once);
  }

  @Test
  void frequenciesFollowTheProbabilities() {
    float[] logits = new float[2000];
    Arrays.fill(logits, Float.NEGATIVE_INFINITY);
    logits[0] = 0;
    logits[700] = (float) Math.log(2);
    logits[1999] = (float) Math.log(7);
    for (Cut cut : List.of(Cut.NONE, new Cut(3, 1, 0), new Cut(0, 0.999f, 0.001f))) {
      Sampling sampling = Sampling.of(1, cut, 5);
      int[] counts = new int[logits.length];
      for (int position = 0; position < 20_000; position++) {
        counts[draw(logits, sampling, position)]++;
      }
      assertThat(counts[0] + counts[700] + counts[1999]).isEqualTo(20_000);
      assertThat(counts[0] / 2e4).isCloseTo(0.1, within(0.01));
      assertThat(counts[700] / 2e4).isCloseTo(0.2, within(0.01));
      assertThat(counts[1999] / 2e4).isCloseTo(0.7, within(0.01));
    }
  }

  @Test
  void theChosenIdLiesWhereTheDistributionSays() {
    Random random = new Random(8);
    for (int round = 0; round < 100; round++) {
      float[] logits = new float[1 + random.nextInt(3000)];
      for (int i = 0; i < logits.length; i++) {
        logits[i] = (float) (6 * random.nextGaussian());
      }
      Cut cut = new Cut(random.nextInt(3) * 700, random.nextBoolean() ? 1 : 0.8f, random.nextBoolean() ? 0 : 0.01f);
      Sampling sampling = Sampling.of(0.8f, cut, round);
      Distribution distribution = sampler.distribution(logits, sampling);
      double uniform = CounterRandom.uniform(round, 17);
      double mass = 0;
      int at = 0;
      while (at < distribution.ids().length - 1 && mass + distribution.probabilities()[at] <= uniform) {
        mass += distribution.probabilities()[at++];
      }
      assertThat(draw(logits, sampling, 17)).as("round %d", round).isEqualTo(distribution.ids()[at]);
    }
  }

  @Test
  void penaltiesCountEachTokenOfTheAnswerAndBiasComesFirst() {
    float[] logits = {1, 2, -1, 4, 0};
    SortedMap<Integer, Float> bias = new TreeMap<>(Map.of(0, 2f, 4, -3f));
    sampler.adjust(logits, new Sampling(0, Cut.NONE, new Penalties(2, 0.5f, 0.25f), bias, 0, null),
        new AnswerTokens(0, 2, 2, 4, 0));
    assertThat(logits).containsExactly((1 + 2) / 2f - 0.5f - 0.5f, 2, -2 - 0.5f - 0.5f, 4, -6 - 0.5f - 0.25f);
    float[] again = {1, 2, -1, 4, 0};
    sampler.adjust(again, Sampling.GREEDY, new AnswerTokens(0, 2));
    assertThat(again).containsExactly(1, 2, -1, 4, 0);
    float[] greedy = {1, 2, -1, 4, 3.9f};
    assertThat(sampler.sample(greedy, new Sampling(0, Cut.NONE, new Penalties(1, 0.5f, 0), new TreeMap<>(), 0, null),
        new AnswerTokens(3), 0)).isEqualTo(4);
  }

  @Test
  void theExponentialIsThatOfTheLibrary() {
    for (float x = 0; x > -80; x -= 0.0137f) {
      assertThat(Scores.exp(x) / Math.exp(x)).isCloseTo(1, within(1e-7));
    }
    assertThat(Scores.exp(0)).isEqualTo(1);
    assertThat(Scores.exp(-104)).isZero();
    assertThat(Scores.exp(Float.NEGATIVE_INFINITY)).isZero();
    assertThat(Scores.exp(Float.NaN)).isNaN();
  }

  @Test
  void impossibleIdsAreNeverChosen() {
    float none = Float.NEGATIVE_INFINITY;
    Sampling plain = Sampling.of(1, Cut.NONE, 1);
    assertThat(sampler.distribution(new float[]{none, 1, Float.NaN, 2}, plain).ids()).containsExactly(1, 3);
    assertThat(sampler.distribution(new float[]{none, none}, plain).ids()).containsExactly(0);
    assertThat(sampler.distribution(new float[]{1, Float.POSITIVE_INFINITY, 2}, plain).ids()).containsExactly(1);
    assertThat(Sampler.argmax(new float[]{Float.NaN, 1, 3, 3})).isEqualTo(2);
    assertThat(draw(new float[]{1, none, 1, none}, plain, 0)).isIn(0, 2);
  }

  @Test
  void badSettingsAreNamed() {
    assertThatThrownBy(() -> Sampling.of(Float.NaN, Cut.NONE, 0)).hasMessageContaining("NaN");
    assertThatThrownBy(() -> new Cut(0, 1.5f, 0)).hasMessageContaining("1.5");
    assertThatThrownBy(() -> new Cut(-1, 1, 0)).hasMessageContaining("-1");
    assertThatThrownBy(() -> sampler.distribution(new float[1], Sampling.GREEDY)).hasMessageContaining("temperature");
  }

  private int draw(float[] logits, Sampling sampling, long position) {
    return sampler.sample(logits.clone(), sampling, new AnswerTokens(), position);
  }

  private static int[] naive(float[] logits, Sampling sampling) {
    List<Integer> order = new ArrayList<>(IntStream.range(0, logits.length).boxed().toList());
    order.sort(Comparator.comparingDouble((Integer id) -> -(double) (logits[id] / sampling.temperature()))
        .thenComparing(id -> id));
    List<Integer> kept = new ArrayList<>(order);
    if (sampling.cut().topK() > 0) {
      float last = logits[order.get(Math.min(sampling.cut().topK(), order.size()) - 1)] / sampling.temperature();
      kept.removeIf(id -> logits[id] / sampling.temperature() < last);
    }
    double best = logits[order.getFirst()] / sampling.temperature();
    double[] masses = kept.stream().mapToDouble(id -> Math.exp(logits[id] / sampling.temperature() - best)).toArray();
    double total = Arrays.stream(masses).sum();
    double before = 0;
    List<Integer> nucleus = new ArrayList<>();
    for (int i = 0; i < kept.size() && (sampling.cut().topP() == 1 || before < sampling.cut().topP() * total); i++) {
      nucleus.add(kept.get(i));
      before += masses[i];
    }
    return nucleus.stream().mapToInt(Integer::intValue).sorted().toArray();
  }

  private static int[] ints(JsonNode array) {
    return IntStream.range(0, array.size()).map(i -> array.get(i).asInt()).toArray();
  }

  private static Path resource(String name) throws URISyntaxException {
    return Path.of(Objects.requireNonNull(SamplerTest.class.getResource("/sampling/" + name)).toURI());
  }
}
