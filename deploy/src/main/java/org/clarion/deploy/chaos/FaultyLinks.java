package org.clarion.deploy.chaos;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.clarion.deploy.process.ProcessCluster.Wiring;
import org.clarion.deploy.serve.Role;

/** A link before every process that others call. Belongs to one thread; its links do not. */
final class FaultyLinks implements Wiring, AutoCloseable {
  private record Callee(Role role, String address) {}

  private final Map<Callee, FaultyLink> links = new LinkedHashMap<>();

  @Override
  public String via(Role callee, String address) throws IOException {
    Callee key = new Callee(callee, address);
    FaultyLink link = links.get(key);
    if (link == null) {
      link = new FaultyLink(address);
      links.put(key, link);
    }
    return link.address();
  }

  /** Links before processes of this role, in the order in which these were started. */
  List<FaultyLink> before(Role role) {
    return links.entrySet().stream().filter(entry -> entry.getKey().role() == role).map(Map.Entry::getValue).toList();
  }

  @Override
  public void close() {
    links.values().forEach(FaultyLink::close);
  }
}
