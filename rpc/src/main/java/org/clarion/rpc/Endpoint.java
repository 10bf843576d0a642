package org.clarion.rpc;

/**
 * Where a role listens.
 *
 * @param host
 *          name or address; an IPv6 address in brackets; {@link #IN_PROCESS} for roles that share a JVM
 * @param port
 *          0 to 65535; 0 lets the system choose when binding
 */
public record Endpoint(String host, int port) {
  /**
   * The host of endpoints that exist within one JVM only: messages are handed over as they are, no socket is opened,
   * and the port is a mere number.
   */
  public static final String IN_PROCESS = "in-process";

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

  /** Whether it can be reached from within this JVM only. */
  public boolean inProcess() {
    return host.equals(IN_PROCESS);
  }

  @Override
  public String toString() {
    return host + ":" + port;
  }
}
