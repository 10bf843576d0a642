package org.clarion.scheduler.api;

/** Names an image's embedding: tenants never share one. */
public record EmbeddingKey(TenantId tenant, ImageHash image) {}
