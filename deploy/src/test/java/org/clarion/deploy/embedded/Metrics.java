package org.clarion.deploy.embedded;

/** Reads figures out of Prometheus' text format. */
final class Metrics {
  private Metrics() {}

  /** Sum of a count over all its labels; 0 where there is none. */
  static long sum(String scrape, String name) {
    return Math
        .round(scrape.lines().filter(line -> line.startsWith(name + "{") || line.startsWith(name + " ")).mapToDouble(
            line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1))).sum());
  }
}
