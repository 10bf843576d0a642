package org.clarion.vision.core;

/**
 * Names one image: tenants never share one, not even the same picture.
 *
 * @param tenant
 *          the clinic
 * @param hash
 *          SHA-256 of the pixel tensor, lower-case hexadecimal
 */
public record ImageKey(String tenant, String hash) {}
