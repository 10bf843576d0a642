package org.clarion.llm.core;

/**
 * Names one image's embedding: tenants never share one.
 *
 * @param tenant
 *          the clinic
 * @param hash
 *          SHA-256 of the pixel tensor, lower-case hexadecimal
 */
public record ImageKey(String tenant, String hash) {}
