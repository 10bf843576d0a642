package org.clarion.gateway.tenant;

import java.util.regex.Pattern;

/**
 * A clinic.
 *
 * @param id
 *          1 to 64 of lower-case letters, digits, {@code -}, {@code _} and {@code .}, so that it can stand in a metric
 */
public record Tenant(String id) {
  private static final Pattern ID = Pattern.compile("[a-z0-9][a-z0-9_.-]{0,63}");

  public Tenant {
    if (!ID.matcher(id).matches()) {
      throw new IllegalArgumentException("'" + id + "' is no tenant: 1 to 64 of a-z, 0-9, '-', '_' and '.'");
    }
  }
}
