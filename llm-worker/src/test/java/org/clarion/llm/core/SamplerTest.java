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
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.clarion.models.checkpoint.Checkpoint;
import org.clarion.models.checkpoint.Checkpoints;
import org.clarion.models.checkpoint.TensorInfo;
import org.junit.jupiter.api.Test;

class SamplerTest {
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
        float[] penalised = Sampler.penalise(logits, (float) spec.get("repetition_penalty").asDouble(),
            ints(spec.get("history")));
        Distribution left = Sampler.distribution(penalised, new Sampling((float) spec.get("temperature").asDouble(),
            spec.get("top_k").asInt(), (float) spec.get("top_p").asDouble(), (float) spec.get("min_p").asDouble(), 0));
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
      Sampling sampling = new Sampling(0.5f + random.nextFloat(), topK, topP, 0, 0);
      assertThat(Sampler.distribution(logits, sampling).ids()).as("round %d", round)
          .containsExactly(naive(logits, sampling));
    }
  }

  @Test
  void drawsDependOnSeedAndPositionAlone() {
    float[] logits = {0.1f, 0.2f, 0.3f, 0.2f, 0.5f, 0.1f, 0, 0.4f};
    Sampling sampling = new Sampling(1, 0, 0.9f, 0, 42);
    int[] once = IntStream.range(0, 200).map(p -> Sampler.sample(logits, sampling, p)).toArray();
    int[] again = IntStream.range(0, 200).map(p -> Sampler.sample(logits.clone(), sampling, 199 - p)).toArray();
    assertThat(IntStream.range(0, 200).map(p -> again[199 - p]).toArray()).containsExactly(once);
    Sampling other = new Sampling(1, 0, 0.9f, 0, 43);
    assertThat(IntStream.range(0, 200).map(p -> Sampler.sample(logits, other, p)).toArray()).isNotEqualTo(once);
  }

  @Test
  void frequenciesFollowTheProbabilities() {
    Distribution distribution = Sampler.distribution(new float[]{0, (float) Math.log(2), (float) Math.log(7)},
        new Sampling(1, 0, 1, 0, 0));
    int[] counts = new int[3];
    for (int position = 0; position < 100_000; position++) {
      counts[distribution.choose(CounterRandom.uniform(5, position))]++;
    }
    assertThat(counts[0] / 1e5).isCloseTo(0.1, within(0.005));
    assertThat(counts[1] / 1e5).isCloseTo(0.2, within(0.005));
    assertThat(counts[2] / 1e5).isCloseTo(0.7, within(0.005));
  }

  @Test
  void impossibleIdsAreNeverChosen() {
    float none = Float.NEGATIVE_INFINITY;
    Sampling plain = new Sampling(1, 0, 1, 0, 1);
    assertThat(Sampler.distribution(new float[]{none, 1, Float.NaN, 2}, plain).ids()).containsExactly(1, 3);
    assertThat(Sampler.distribution(new float[]{none, none}, plain).ids()).containsExactly(0);
    assertThat(Sampler.distribution(new float[]{1, Float.POSITIVE_INFINITY, 2}, plain).ids()).containsExactly(1);
    assertThat(Sampler.argmax(new float[]{Float.NaN, 1, 3, 3})).isEqualTo(2);
    assertThat(new Distribution(new int[]{4, 5, 6}, new double[]{0.5, 0.5, 0}).choose(0.9999999999999999)).isEqualTo(5);
  }

  @Test
  void badSettingsAreNamed() {
    assertThatThrownBy(() -> new Sampling(Float.NaN, 0, 1, 0, 0)).hasMessageContaining("NaN");
    assertThatThrownBy(() -> new Sampling(1, 0, 1.5f, 0, 0)).hasMessageContaining("1.5");
    assertThatThrownBy(() -> new Sampling(1, -1, 1, 0, 0)).hasMessageContaining("-1");
    assertThatThrownBy(() -> Sampler.distribution(new float[1], Sampling.GREEDY)).hasMessageContaining("temperature");
  }

  private static int[] naive(float[] logits, Sampling sampling) {
    List<Integer> order = new ArrayList<>(IntStream.range(0, logits.length).boxed().toList());
    order.sort(Comparator.comparingDouble((Integer id) -> -(double) (logits[id] / sampling.temperature()))
        .thenComparing(id -> id));
    List<Integer> kept = new ArrayList<>(order);
    if (sampling.topK() > 0) {
      float last = logits[order.get(Math.min(sampling.topK(), order.size()) - 1)] / sampling.temperature();
      kept.removeIf(id -> logits[id] / sampling.temperature() < last);
    }
    double best = logits[order.getFirst()] / sampling.temperature();
    double[] masses = kept.stream().mapToDouble(id -> Math.exp(logits[id] / sampling.temperature() - best)).toArray();
    double total = Arrays.stream(masses).sum();
    double before = 0;
    List<Integer> nucleus = new ArrayList<>();
    for (int i = 0; i < kept.size() && (sampling.topP() == 1 || before < sampling.topP() * total); i++) {
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
