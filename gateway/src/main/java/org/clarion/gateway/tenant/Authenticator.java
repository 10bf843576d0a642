package org.clarion.gateway.tenant;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Decides which clinic asks, from the {@code Authorization} header and nothing else. Thread-safe. */
public sealed interface Authenticator {
  /** The clinic, or empty for a missing or wrong credential. */
  Optional<Tenant> authenticate(@Nullable String authorization);

  /** Bearer tokens of a key file. */
  record Keys(ApiKeys keys) implements Authenticator {
    private static final String SCHEME = "Bearer ";

    @Override
    public Optional<Tenant> authenticate(@Nullable String authorization) {
      if (authorization == null || !authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
        return Optional.empty();
      }
      return keys.tenant(authorization.substring(SCHEME.length()).strip());
    }
  }

  /** Everybody is the same clinic: the embedded cluster on one's own machine. */
  record Embedded(Tenant tenant) implements Authenticator {
    @Override
    public Optional<Tenant> authenticate(@Nullable String authorization) {
      return Optional.of(tenant);
    }
  }
}
