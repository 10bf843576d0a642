package org.clarion.deploy.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.clarion.models.manifest.ModelCatalogue;
import org.clarion.models.manifest.ModelStore;
import org.clarion.rpc.Endpoint;

/**
 * Measures the serving path: HTTP, gateway, scheduler, shared state and rank of one process, with an engine that
 * answers at once or after a given time. Prompts of 160 words, 128 new tokens, all streams sent at once, again and
 * again until the time is over; the client runs in the same process and on the same cores.
 *
 * <pre>
 * java @deploy/target/clarion/jvm.flags -cp 'deploy/target/test-classes:deploy/target/clarion/lib/*' \
 *   org.clarion.deploy.bench.ServingProbe \
 *   [--step-us N] [--threads N] [--sockets] [--seconds N] [--model ID] [--client COMMAND] [STREAMS...]
 * </pre>
 *
 * {@code --step-us} with {@code --threads} makes a step some arithmetic that takes so long on so many cores of its own:
 * what the serving path takes from these cores lengthens it. Without threads a step sleeps. {@code --sockets} puts TCP
 * between the roles.
 *
 * <p>
 * With {@code --client} a command generates the load instead, once for each number of streams; {@code {base}},
 * {@code {model}} and {@code {streams}} in it are replaced.
 */
public final class ServingProbe {
  private static final String WORDS = "the of and to in is that it for was on are as with his they be at one have this"
      + " from or had by not but what all were when we there can an your which their said if do will each about how up"
      + " out them then she many some so these would other into has more her two like him see time could no make than";
  private static final int PROMPT = 160;
  private static final String CLIENT = "probe-client";

  /**
   * What to measure.
   *
   * @param client
   *          external command, empty for the client in this process
   */
  record Run(String model, FakeEngine.Pace pace, String host, int newTokens, double seconds, List<Integer> streams,
      List<String> client) {}

  /**
   * What was measured in the steps that decode.
   *
   * @param betweenMicros
   *          from the end of a step to the beginning of the next one
   * @param idleMicros
   *          part of it in which there was no plan
   */
  record Figures(int streams, long steps, long tokens, double stepsPerSecond, double tokensPerSecond,
      double betweenMicros, double idleMicros, double cpuMicrosPerStep, double bytesPerStep, String threads) {}

  private ServingProbe() {}

  /** Runs the probe. */
  public static void main(String[] args) throws InterruptedException {
    Run run = parse(args);
    // Under a name of its own, so that its time is told apart.
    Thread client = Thread.ofPlatform().name(CLIENT).start(() -> {
      try {
        measure(run, System.out);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      }
    });
    client.join();
  }

  private static Run parse(String[] args) {
    String model = ModelStore.standard().present(ModelCatalogue.standard().require("smollm2-135m"))
        ? "smollm2-135m"
        : "tiny";
    long nanos = 0;
    int threads = 0;
    String host = Endpoint.IN_PROCESS;
    double seconds = 5;
    List<Integer> streams = new ArrayList<>();
    List<String> client = List.of();
    for (int i = 0; i < args.length; i++) {
      switch (args[i]) {
        case "--step-us" -> nanos = 1_000 * Long.parseLong(args[++i]);
        case "--threads" -> threads = Integer.parseInt(args[++i]);
        case "--sockets" -> host = "127.0.0.1";
        case "--seconds" -> seconds = Double.parseDouble(args[++i]);
        case "--model" -> model = args[++i];
        case "--client" -> client = List.of(args[++i].split(" ", -1));
        default -> streams.add(Integer.parseInt(args[i]));
      }
    }
    return new Run(model, new FakeEngine.Pace(nanos, threads), host, 128, seconds,
        streams.isEmpty() ? List.of(1, 8, 32) : streams, client);
  }

  /** Measures each number of streams on one cluster. */
  static List<Figures> measure(Run run, PrintStream out) throws IOException, InterruptedException {
    List<Figures> all = new ArrayList<>();
    try (ProbedCluster cluster = new ProbedCluster(run.model(), run.pace(), run.host())) {
      Random random = new Random(1);
      out.printf(Locale.ROOT, "%s, %d us a step, resident %d MiB after the start%n", run.model(),
          run.pace().nanos() / 1_000, ThreadTimes.now().resident() >> 20);
      for (int streams : run.streams()) {
        if (run.client().isEmpty()) {
          rounds(cluster.address(), run, streams, random, run.seconds() / 2);
        }
        Figures figures = one(cluster, run, streams, random);
        all.add(figures);
        out.printf(Locale.ROOT, "%2d streams: %.0f steps/s, %.0f tokens/s, %.0f us between steps (%.0f without"
            + " a plan), %.0f us CPU and %.0f bytes per step, resident %d MiB%n%s", streams, figures.stepsPerSecond(),
            figures.tokensPerSecond(), figures.betweenMicros(), figures.idleMicros(), figures.cpuMicrosPerStep(),
            figures.bytesPerStep(), ThreadTimes.now().resident() >> 20, figures.threads());
      }
    }
    return all;
  }

  private static Figures one(ProbedCluster cluster, Run run, int streams, Random random)
      throws IOException, InterruptedException {
    FakeEngine engine = cluster.engine();
    long steps = engine.steps.get();
    long tokens = engine.decodes.get();
    double idle = cluster.idleSeconds();
    long between = engine.between.get();
    ThreadTimes before = ThreadTimes.now();
    long start = System.nanoTime();
    if (run.client().isEmpty()) {
      rounds(cluster.address(), run, streams, random, run.seconds());
    } else {
      command(cluster.address(), run, streams);
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    ThreadTimes used = ThreadTimes.now().since(before);
    steps = engine.steps.get() - steps;
    tokens = engine.decodes.get() - tokens;
    idle = cluster.idleSeconds() - idle;
    between = engine.between.get() - between;
    return new Figures(streams, steps, tokens, steps / seconds, tokens / seconds,
        between / 1e3 / steps, 1e6 * idle / steps,
        used.total(CLIENT).nanos() / 1e3 / steps, (double) used.allocated() / steps, used.table(steps));
  }

  private static void rounds(URI gateway, Run run, int streams, Random random, double seconds) throws IOException {
    StreamClient client = new StreamClient(gateway);
    long end = System.nanoTime() + (long) (seconds * 1e9);
    do {
      List<String> bodies = new ArrayList<>();
      for (int i = 0; i < streams; i++) {
        bodies.add("{\"model\":\"" + run.model() + "\",\"prompt\":\"" + prompt(random) + "\",\"max_tokens\":"
            + run.newTokens() + ",\"temperature\":0,\"ignore_eos\":true,\"stream\":true}");
      }
      client.run("/v1/completions", bodies);
    } while (System.nanoTime() < end);
  }

  private static String prompt(Random random) {
    String[] words = WORDS.split(" ", -1);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < PROMPT; i++) {
      text.append(i == 0 ? "" : " ").append(words[random.nextInt(words.length)]);
    }
    return text.toString();
  }

  private static void command(URI gateway, Run run, int streams) throws IOException, InterruptedException {
    List<String> command = run.client().stream().map(word -> word.replace("{base}", gateway.toString())
        .replace("{model}", run.model()).replace("{streams}", Integer.toString(streams))).toList();
    int status = new ProcessBuilder(command).inheritIO().start().waitFor();
    if (status != 0) {
      throw new IOException("the client ended with status " + status);
    }
  }
}
