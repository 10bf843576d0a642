package org.clarion.vision.rpc;

import com.google.protobuf.ByteString;
import java.security.MessageDigest;
import java.util.List;
import org.clarion.models.image.PixelTensor;
import org.clarion.proto.v1.EncodeStart;
import org.clarion.rpc.Endpoint;
import org.clarion.rpc.ServiceError;
import org.clarion.rpc.ServiceException;
import org.clarion.rpc.Sha256;

/** One image on its way in: checks what it claims to be and that it is that. One thread. */
final class PixelIntake {
  private final EncodeStart start;
  private final int size;
  private final byte[] pixels;
  private int filled;

  /**
   * Accepts a start.
   *
   * @throws ServiceException
   *           when the image is not one that this encoder takes
   */
  PixelIntake(EncodeStart start, EncodeLimits limits) {
    if (!start.getModel().equals(limits.model())) {
      throw new ServiceError.InvalidArgument("unknown_model",
          "this encoder serves model " + limits.model() + ", not " + start.getModel()).toException();
    }
    if (start.getSize() != limits.imageSize()) {
      throw new ServiceError.InvalidArgument("wrong_image_size", "the image's size is "
          + Integer.toUnsignedString(start.getSize()) + ", the encoder takes " + limits.imageSize()).toException();
    }
    if (start.getTenant().isEmpty() || start.getImageHash().size() != Sha256.BYTES) {
      throw invalid("an image needs a tenant and a hash of 32 bytes, not " + start.getImageHash().size());
    }
    List<String> destinations = start.getDestinationsList();
    if (destinations.isEmpty() || destinations.size() > limits.destinations()) {
      throw invalid("an image has 1 to " + limits.destinations() + " destinations, not " + destinations.size());
    }
    try {
      destinations.forEach(Endpoint::parse);
    } catch (IllegalArgumentException e) {
      throw invalid("a destination is unusable: " + e.getMessage());
    }
    this.start = start;
    this.size = limits.imageSize();
    this.pixels = new byte[limits.imageBytes()];
  }

  EncodeStart start() {
    return start;
  }

  /** Takes the next bytes; true when the tensor is complete. */
  boolean take(ByteString part) {
    if (part.size() > pixels.length - filled) {
      throw invalid("more than the " + pixels.length + " bytes of a tensor of size " + size);
    }
    part.copyTo(pixels, filled);
    filled += part.size();
    return filled == pixels.length;
  }

  /** The complete tensor, whose hash is the declared one. */
  PixelTensor finished() {
    PixelTensor image = new PixelTensor(size, pixels);
    if (!MessageDigest.isEqual(image.sha256(), start.getImageHash().toByteArray())) {
      throw new ServiceError.InvalidArgument("hash_mismatch", "the pixels do not have the declared SHA-256")
          .toException();
    }
    return image;
  }

  /** The error of a stream that ends, or goes on to another image, too early. */
  ServiceException incomplete() {
    return invalid("the image ended after " + filled + " of " + pixels.length + " bytes");
  }

  private static ServiceException invalid(String message) {
    return new ServiceError.InvalidArgument(message).toException();
  }
}
