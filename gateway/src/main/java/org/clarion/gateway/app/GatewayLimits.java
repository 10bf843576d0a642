package org.clarion.gateway.app;

/**
 * Bounds of one gateway.
 *
 * @param bodyBytes
 *          largest request body
 * @param uploadBytes
 *          request bodies in memory at once
 * @param images
 *          images of one request
 * @param imageQueue
 *          images that wait to be decoded
 * @param generations
 *          requests for answers under way at once
 * @param defaultMaxTokens
 *          longest chat answer where the client does not say
 */
public record GatewayLimits(int bodyBytes, long uploadBytes, int images, int imageQueue, int generations,
    int defaultMaxTokens) {
  /** 24 MiB a body, 256 MiB of bodies, 8 images, 256 waiting, 10,000 answers at once of 512 tokens. */
  public static final GatewayLimits DEFAULT = new GatewayLimits(24 << 20, 256L << 20, 8, 256, 10_000, 512);
}
