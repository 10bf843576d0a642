package org.clarion.loadtest.app;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Set;

/** Keeps a slip of the keyboard from loading somebody else's server. */
public final class HostPolicy {
  private HostPolicy() {}

  /**
   * Passes loopback addresses and the hosts named.
   *
   * @throws IllegalArgumentException
   *           naming the host that was refused
   */
  public static void check(URI base, Set<String> allowed) {
    String host = base.getHost();
    for (String name : allowed) {
      if (name.toLowerCase(Locale.ROOT).equals(host.toLowerCase(Locale.ROOT))) {
        return;
      }
    }
    if (!loopback(host)) {
      throw new IllegalArgumentException("host " + host
          + " is not this machine; a load test of another host must name it: --allow-host " + host);
    }
  }

  private static boolean loopback(String host) {
    try {
      for (InetAddress address : InetAddress.getAllByName(host)) {
        if (!address.isLoopbackAddress()) {
          return false;
        }
      }
      return true;
    } catch (UnknownHostException e) {
      return false;
    }
  }
}
