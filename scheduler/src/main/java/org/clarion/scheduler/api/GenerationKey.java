package org.clarion.scheduler.api;

/** Names a generation. The tenant is part of the name, so that no id reaches another clinic's tokens. */
public record GenerationKey(TenantId tenant, GenerationId id) {}
