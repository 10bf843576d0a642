package org.clarion.gateway.flow;

import com.google.protobuf.ByteString;
import java.util.List;
import java.util.Map;
import org.clarion.models.image.PixelTensor;
import org.clarion.proto.v1.PromptSegment;

/**
 * A prompt as the scheduler takes it.
 *
 * @param segments
 *          tokens and places of images
 * @param pixels
 *          the images by their hash
 * @param positions
 *          how many it takes in the sequence
 */
record Prompt(List<PromptSegment> segments, Map<ByteString, PixelTensor> pixels, int positions) {
  Prompt {
    segments = List.copyOf(segments);
    pixels = Map.copyOf(pixels);
  }
}
