package org.clarion.deploy.parity;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.TreeMap;
import org.clarion.engine.parity.Comparison;
import org.clarion.llm.core.AnswerTokens;
import org.clarion.llm.core.Distribution;
import org.clarion.llm.core.Sampler;
import org.clarion.llm.core.Sampling;
import org.clarion.models.checkpoint.Checkpoint;
import org.clarion.models.checkpoint.Checkpoints;

/** Which ids survive the cuts (exact), and with what probability (2e-6). */
final class SamplingSet extends CaseSet {
  private static final double PROBABILITY = 2e-6;

  SamplingSet() {
    super("sampling", "sampling/cases.json", "sampling/logits.safetensors");
  }

  @Override
  protected void compare(Path fixtures, Comparison comparison) throws IOException {
    try (Checkpoint vectors = Checkpoints.open(fixtures.resolve("sampling/logits.safetensors"))) {
      for (JsonNode entry : json(fixtures.resolve("sampling/cases.json")).path("cases")) {
        String name = entry.path("logits").asText();
        float[] logits = new float[Math.toIntExact(vectors.require(name).elements())];
        vectors.readFloats(name, FloatBuffer.wrap(logits));
        one(name, logits, entry, comparison);
      }
    }
  }

  private static void one(String name, float[] logits, JsonNode entry, Comparison comparison) {
    Sampling sampling = new Sampling((float) entry.path("temperature").asDouble(),
        new Sampling.Cut(entry.path("top_k").asInt(), (float) entry.path("top_p").asDouble(),
            (float) entry.path("min_p").asDouble()),
        new Sampling.Penalties((float) entry.path("repetition_penalty").asDouble(), 0, 0), new TreeMap<>(), 0, null);
    Sampler sampler = new Sampler();
    sampler.adjust(logits, sampling, new AnswerTokens(ints(entry.path("history"))));
    Distribution kept = sampler.distribution(logits, sampling);
    comparison.same(name + ": kept ids", kept.ids(), ints(entry.path("kept")));
    float[] actual = new float[kept.probabilities().length];
    float[] expected = new float[entry.path("probabilities").size()];
    for (int i = 0; i < actual.length; i++) {
      actual[i] = (float) kept.probabilities()[i];
    }
    for (int i = 0; i < expected.length; i++) {
      expected[i] = (float) entry.path("probabilities").get(i).asDouble();
    }
    comparison.near(name + ": probabilities", actual, expected, PROBABILITY);
  }
}
