package org.clarion.scheduler.api;

/** Names a session. The tenant is part of the name, so that no id reaches another clinic's session. */
public record SessionKey(TenantId tenant, SessionId id) {}
