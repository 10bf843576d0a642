package org.clarion.engine.parity;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.clarion.engine.collective.Collectives;
import org.clarion.engine.decoder.Decoder;
import org.clarion.engine.decoder.DecoderOptions;
import org.clarion.engine.decoder.Decoders;
import org.clarion.engine.decoder.Precision;
import org.clarion.engine.parity.DecoderRun.Prompt;
import org.clarion.engine.vision.EvaTower;
import org.clarion.engine.vision.VisionStages;
import org.clarion.models.checkpoint.Checkpoint;
import org.clarion.models.checkpoint.Checkpoints;
import org.clarion.models.checkpoint.DecoderWeights;
import org.clarion.models.image.PixelTensor;

/**
 * From the resized picture to the answer, through image tower, prompt and decoder. Decoding and resizing of the photos
 * is another set's topic; here the pixels are those that the references had.
 */
final class EndToEndSet extends GoldenSet {
  private static final double PIXELS = 2e-6;
  private static final double TOWER = 1e-4;
  private static final double LOGITS = 1e-3;
  private static final int ARENA = 256;

  EndToEndSet() {
    super("end_to_end", List.of("end_to_end/expected.json", "end_to_end/expected.safetensors",
        "vision/eva_vit_g.pth", "qformer/blip2_pretrained.pth", "projection/checkpoint.pth",
        "projection/checkpoint_concat.pth"));
  }

  @Override
  protected void compare(Path fixtures, Comparison comparison) {
    String decoder = present(fixtures, "decoders/llama_mha", "decoders/llama_mha_fp16_bin").getFirst();
    JsonNode expected = SmolLm2Set.json(fixtures.resolve("end_to_end/expected.json"));
    try (Checkpoint golden = Checkpoints.open(fixtures.resolve("end_to_end/expected.safetensors"));
        EvaTower encoder = VisionGolden.open(fixtures, 56, "vision/eva_vit_g.pth",
            "qformer/blip2_pretrained.pth", "projection/checkpoint.pth");
        EvaTower concat = VisionGolden.openConcat(fixtures, "vision/eva_vit_g.pth", "qformer/blip2_pretrained.pth",
            "projection/checkpoint_concat.pth");
        DecoderWeights weights = DecoderWeights.open(fixtures.resolve(decoder));
        Decoder llama = Decoders.load(weights, new DecoderOptions(Precision.FLOAT32, ARENA, 1),
            Collectives.single())) {
      for (JsonNode one : expected.get("cases")) {
        new Case(one, golden, comparison).run(one.get("route").asText().equals("concat") ? concat : encoder, llama);
      }
    }
  }

  private record Case(JsonNode data, Checkpoint golden, Comparison comparison) {
    String name() {
      return data.get("case").asText();
    }

    float[] expected(String tensor) {
      return floats(golden, name() + "." + tensor);
    }

    void run(EvaTower encoder, Decoder decoder) {
      List<float[]> embeddings = new ArrayList<>();
      int images = data.get("images").size();
      for (int i = 0; i < images; i++) {
        embeddings.add(see(encoder, i, images));
      }
      DecoderRun run = new DecoderRun(decoder);
      Prompt prompt = prompt(embeddings, decoder.config().hidden());
      int length = prompt.ids().length;
      comparison.near(name() + " first logits", run.prefill(prompt, 0, length, 0), expected("first_logits"), LOGITS);
      int[] greedy = SmolLm2Set.ints(data.get("greedy_tokens"));
      float[] decoded = expected("decode_logits");
      int vocabulary = decoder.config().vocabulary();
      for (int i = 0; i < decoded.length / vocabulary; i++) {
        comparison.near(name() + " decode " + i, run.decode(greedy[i], length + i, 0),
            Arrays.copyOfRange(decoded, i * vocabulary, (i + 1) * vocabulary), LOGITS);
      }
      comparison.same(name() + " tokens", run.greedy(List.of(prompt), new int[]{112}, greedy.length)[0], greedy);
    }

    private float[] see(EvaTower encoder, int image, int images) {
      float[] normalised = VisionGolden.entry(expected("pixel_values"), image, images);
      PixelTensor pixels = VisionGolden.pixels(normalised);
      comparison.near(name() + " pixels", encoder.normalise(pixels), normalised, PIXELS);
      VisionStages stages = encoder.encodeStages(encoder.normalise(pixels));
      near("vision", stages.vision(), image, images);
      if (!stages.inQFormer().isEmpty()) {
        near("qformer", stages.bridged(), image, images);
      }
      float[] projected = encoder.encode(pixels);
      near("projected", projected, image, images);
      return projected;
    }

    private void near(String tensor, float[] actual, int image, int images) {
      comparison.near(name() + " " + tensor + " of image " + image, actual,
          VisionGolden.entry(expected(tensor), image, images), TOWER);
    }

    /** Text segments with the images between them. */
    private Prompt prompt(List<float[]> images, int hidden) {
      List<Integer> ids = new ArrayList<>();
      List<float[]> vectors = new ArrayList<>();
      JsonNode segments = data.get("segments");
      for (int i = 0; i < segments.size(); i++) {
        for (int id : SmolLm2Set.ints(segments.get(i))) {
          ids.add(id);
          vectors.add(new float[hidden]);
        }
        if (i < images.size()) {
          float[] image = images.get(i);
          for (int row = 0; row < image.length / hidden; row++) {
            ids.add(-1);
            vectors.add(Arrays.copyOfRange(image, row * hidden, (row + 1) * hidden));
          }
        }
      }
      float[] all = new float[vectors.size() * hidden];
      for (int i = 0; i < vectors.size(); i++) {
        System.arraycopy(vectors.get(i), 0, all, i * hidden, hidden);
      }
      return new Prompt(ids.stream().mapToInt(Integer::intValue).toArray(), all);
    }
  }
}
