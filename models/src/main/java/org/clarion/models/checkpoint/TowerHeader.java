package org.clarion.models.checkpoint;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.Map;
import org.clarion.models.architecture.EvaConfig;
import org.clarion.models.architecture.EvaConfig.Concat;
import org.clarion.models.architecture.EvaConfig.QFormer;

/**
 * What the file of a converted image tower says of itself, in the metadata of its header.
 *
 * @param decoder
 *          source of the decoder that the projection belongs to, as in that one's {@link Packing}
 * @param imageSize
 *          side of the images, pixels: the positions in the file are those for it
 * @param llmHidden
 *          what the projection gives
 * @param config
 *          the tower's shape as {@link #json} writes it
 */
public record TowerHeader(Packing packing, String decoder, int imageSize, int llmHidden, String config) {
  private static final String DECODER = "clarion.decoder";
  private static final String IMAGE_SIZE = "clarion.image-size";
  private static final String LLM_HIDDEN = "clarion.llm-hidden";
  private static final String CONFIG = "clarion.config";
  private static final int LARGEST = 1 << 24;

  /** As metadata of a file. */
  public Map<String, String> metadata() {
    Map<String, String> texts = new LinkedHashMap<>();
    packing.write(texts);
    texts.put(DECODER, decoder);
    texts.put(IMAGE_SIZE, Integer.toString(imageSize));
    texts.put(LLM_HIDDEN, Integer.toString(llmHidden));
    texts.put(CONFIG, config);
    return texts;
  }

  /**
   * Reads a file's metadata.
   *
   * @param label
   *          file name for messages
   * @throws CheckpointException
   *           {@code converted_version} for another version, {@code checkpoint_malformed} when something is missing
   */
  static TowerHeader of(String label, Map<String, String> metadata) {
    HeaderTexts texts = new HeaderTexts(label, metadata);
    return new TowerHeader(Packing.of(texts), texts.text(DECODER), texts.number(IMAGE_SIZE, 1, LARGEST),
        texts.number(LLM_HIDDEN, 1, LARGEST), texts.text(CONFIG));
  }

  /** A tower's shape, with the keys of a manifest's {@code vision.shape}. */
  public static String json(EvaConfig config) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("patch", config.patch()).put("width", config.width()).put("blocks", config.blocks())
        .put("heads", config.heads()).put("mlp", config.mlp());
    switch (config.bridge()) {
      case QFormer q -> json.put("queries", q.queries()).put("q-width", q.width()).put("q-layers", q.layers())
          .put("q-heads", q.heads()).put("q-mlp", q.mlp());
      case Concat concat -> json.put("concat", concat.patches());
    }
    return json.toString();
  }

  /**
   * Refuses images of another size: the positions in the file are not for them.
   *
   * @throws CheckpointException
   *           {@code converted_image_size}
   */
  public void requireImageSize(int wanted) {
    if (imageSize != wanted) {
      throw new CheckpointException("converted_image_size", "the image tower was converted for images of " + imageSize
          + " pixels a side, asked for are " + wanted + ": convert it again with that vision.image-size");
    }
  }

  /**
   * Refuses the projection of another decoder.
   *
   * @param converted
   *          the decoder that is here
   * @throws CheckpointException
   *           {@code checkpoint_mismatch}
   */
  public void requireDecoder(ConvertedHeader converted) {
    String source = converted.packing().source();
    if (!decoder.equals(source)) {
      throw new CheckpointException("checkpoint_mismatch", "the image tower was converted with the decoder made from "
          + decoder + ", the decoder here is made from " + source + ": they are parts of different models");
    }
  }
}
