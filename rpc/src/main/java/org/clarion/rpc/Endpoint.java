package org.clarion.rpc;

/**
 * Where a role listens.
 *
 * @param host
 *          name or address; an IPv6 address in brackets
 * @param port
 *          0 to 65535; 0 lets the system choose when binding
 */
public record Endpoint(String host, int port) {
  public Endpoint {
    if (host.isEmpty() || port < 0 || port > 65_535) {
      throw new IllegalArgumentException("'" + host + ":" + port + "' is no host:port with a port from 0 to 65535");
    }
  }

  /** Parses {@code host:port}. */
  public static Endpoint parse(String text) {
    int colon = text.lastIndexOf(':');
    try {
      if (colon > 0) {
        return new Endpoint(text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
      }
    } catch (NumberFormatException _) {
      // Falls through: the message below says what was expected.
    }
    throw new IllegalArgumentException("'" + text + "' is no host:port");
  }

  @Override
  public String toString() {
    return host + ":" + port;
  }
}
