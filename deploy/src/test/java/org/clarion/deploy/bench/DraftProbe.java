package org.clarion.deploy.bench;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.clarion.deploy.demo.ChatClient;
import org.clarion.deploy.demo.ChatClient.Answer;
import org.clarion.deploy.demo.ChatClient.Question;
import org.clarion.deploy.serve.Readiness;
import org.clarion.deploy.serve.Role;
import org.clarion.deploy.serve.RoleSettings;
import org.clarion.deploy.serve.RoleSettings.Served;
import org.clarion.deploy.serve.RunningRole;
import org.clarion.llm.app.LlmWorker;
import org.clarion.llm.app.LlmWorkerConfig;
import org.clarion.llm.exec.RankGroups;
import org.clarion.rpc.Endpoint;
import org.clarion.training.phantom.FirstQuestions;
import org.clarion.training.phantom.Phantom;
import org.clarion.training.phantom.PhantomGenerator;
import org.clarion.training.phantom.PhantomKind;
import org.clarion.training.phantom.file.Picture;

/**
 * What drafts bring: two clusters in one process, one of which drafts, are asked the same by turns, so that whatever
 * else the machine does slows both. Greedy answers; says whether they are the same.
 *
 * <pre>
 * java @deploy/target/clarion/jvm.flags -cp 'deploy/target/test-classes:deploy/target/clarion/lib/*' \
 *   org.clarion.deploy.bench.DraftProbe [--model ID] [--about chest|repeat|story] [--seconds N] [--draft N] [STREAMS...]
 * </pre>
 *
 * {@code chest} asks about drawn radiographs, {@code repeat} to write a report again with one change, and {@code story}
 * for something that nobody has said before.
 */
public final class DraftProbe {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int MAX_TOKENS = 160;
  private static final long FIRST_SEED = 9_100_000;

  /** A cluster and what it has answered. */
  private static final class Arm implements AutoCloseable {
    final Deque<AutoCloseable> running = new ArrayDeque<>();
    final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    final ChatClient client;
    final List<String> texts = new ArrayList<>();
    long tokens;
    double wall;
    double streaming;
    double acceptedBefore;

    Arm(Served served, Map<String, Object> speculation) throws IOException, InterruptedException {
      Map<String, Object> rank = new HashMap<>(RoleSettings.rank(served, 0, "threads", ""));
      rank.put("bind", new Endpoint(Endpoint.IN_PROCESS, 0).toString());
      LlmWorker worker = LlmWorker.start(LlmWorkerConfig.parse(rank), RankGroups.single(), registry);
      running.push(worker);
      String vision = local(role(Role.VISION_WORKER, RoleSettings.vision(served)));
      Map<String, Object> scheduling = new HashMap<>(RoleSettings.scheduler(served, 0,
          List.of(new Endpoint(Endpoint.IN_PROCESS, worker.port()).toString()), Map.of()));
      scheduling.putAll(speculation);
      RunningRole gateway = RunningRole.start(Role.GATEWAY, RoleSettings.gateway(served, 0,
          List.of(local(role(Role.SCHEDULER, scheduling))), List.of(vision)), registry);
      running.push(gateway);
      URI address = URI.create("http://127.0.0.1:" + gateway.port());
      Readiness.await(address, PATIENCE, () -> true);
      client = new ChatClient(address);
    }

    private RunningRole role(Role role, Map<String, Object> settings) throws IOException {
      Map<String, Object> inside = new HashMap<>(settings);
      inside.put("bind", new Endpoint(Endpoint.IN_PROCESS, 0).toString());
      RunningRole started = RunningRole.start(role, inside, registry);
      running.push(started);
      return started;
    }

    private static String local(RunningRole role) {
      return new Endpoint(Endpoint.IN_PROCESS, role.port()).toString();
    }

    void ask(List<Question> questions, ExecutorService clients) throws InterruptedException, ExecutionException {
      long start = System.nanoTime();
      List<Future<Answer>> answers = questions.stream()
          .map(question -> clients.submit(() -> client.ask(question, PATIENCE, _ -> {
          }))).toList();
      for (Future<Answer> one : answers) {
        Answer answer = one.get();
        texts.add(answer.text());
        tokens += answer.newTokens();
        streaming += answer.whole().minus(answer.firstToken()).toNanos() * 1e-9;
      }
      wall += (System.nanoTime() - start) * 1e-9;
    }

    void forget() {
      acceptedBefore = counter("clarion.scheduler.accepted");
      texts.clear();
      tokens = 0;
      wall = 0;
      streaming = 0;
    }

    double counter(String name) {
      return registry.get(name).functionCounter().count();
    }

    @Override
    public void close() throws IOException {
      client.close();
      try {
        while (!running.isEmpty()) {
          running.pop().close();
        }
      } catch (Exception e) {
        throw new IOException("a role did not stop", e);
      }
    }
  }

  /**
   * What was measured.
   *
   * @param drafted
   *          drafts, warming up included
   * @param same
   *          answers that both clusters gave
   */
  record Figures(int parallel, double plainPerSecond, double draftedPerSecond, double whileStreaming, double drafted,
      double accepted, double tokensInAStep, int same, int answers) {
    private static Figures of(int parallel, Arm off, Arm on, double drafted, double accepted) {
      int same = 0;
      for (int i = 0; i < off.texts.size(); i++) {
        same += off.texts.get(i).equals(on.texts.get(i)) ? 1 : 0;
      }
      return new Figures(parallel, off.tokens / off.wall, on.tokens / on.wall,
          on.tokens / on.streaming / (off.tokens / off.streaming), drafted, accepted,
          on.tokens / Math.max(1, on.tokens - (on.counter("clarion.scheduler.accepted") - on.acceptedBefore)), same,
          off.texts.size());
    }
  }

  private DraftProbe() {}

  /** Measures; prints a line for each number of streams. */
  public static void main(String[] arguments) throws Exception {
    String model = "clarion-tiny";
    String about = "chest";
    double seconds = 20;
    int draft = 8;
    List<Integer> streams = new ArrayList<>();
    for (int i = 0; i < arguments.length; i++) {
      switch (arguments[i]) {
        case "--model" -> model = arguments[++i];
        case "--about" -> about = arguments[++i];
        case "--seconds" -> seconds = Double.parseDouble(arguments[++i]);
        case "--draft" -> draft = Integer.parseInt(arguments[++i]);
        default -> streams.add(Integer.parseInt(arguments[i]));
      }
    }
    for (Figures figures : measure(model, about, seconds, draft, streams.isEmpty() ? List.of(1) : streams)) {
      print(System.out, model + ", " + about, figures);
    }
    System.exit(0);
  }

  /** Measures for so many seconds with each number of questions at a time. */
  static List<Figures> measure(String model, String about, double seconds, int draft, List<Integer> streams)
      throws Exception {
    Served served = new Served(model, "auto", 1, RoleSettings.cores());
    List<Figures> all = new ArrayList<>();
    try (Arm off = new Arm(served, Map.of("speculation", "off"));
        Arm on = new Arm(served, Map.of("speculation", "auto", "max-draft", draft));
        ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      int asked = 0;
      for (int parallel : streams) {
        off.forget();
        on.forget();
        double drafted = on.counter("clarion.scheduler.drafted");
        double accepted = on.counter("clarion.scheduler.accepted");
        // The first round warms up.
        for (int round = 0; round == 0 || off.wall + on.wall < seconds; round++) {
          List<Question> questions = new ArrayList<>();
          for (int i = 0; i < parallel; i++) {
            questions.add(question(model, about, asked++));
          }
          (round % 2 == 0 ? off : on).ask(questions, clients);
          (round % 2 == 0 ? on : off).ask(questions, clients);
          if (round == 0) {
            off.forget();
            on.forget();
          }
        }
        all.add(Figures.of(parallel, off, on, on.counter("clarion.scheduler.drafted") - drafted,
            on.counter("clarion.scheduler.accepted") - accepted));
      }
    }
    return all;
  }

  private static Question question(String model, String about, int number) throws IOException {
    Phantom phantom = new PhantomGenerator(224).next(PhantomKind.CHEST, FIRST_SEED + number);
    return switch (about) {
      case "chest" -> new Question(model, Picture.PNG.bytes(phantom), FirstQuestions.CHEST.getFirst(), null,
          MAX_TOKENS);
      case "repeat" -> new Question(model, null, "Here is a report:\n\n" + phantom.details().report()
          + "\n\nWrite this report again, word for word, and add a last sentence that asks for a follow-up in "
          + (2 + number % 7) + " weeks.", null, MAX_TOKENS);
      case "story" -> new Question(model, null, "Tell a short story about a clinic on an island with " + (3 + number)
          + " patients.", null, MAX_TOKENS);
      default -> throw new IllegalArgumentException("--about is " + about + ", not chest, repeat or story");
    };
  }

  private static void print(PrintStream out, String what, Figures figures) {
    out.printf(Locale.ROOT,
        "%s, %d at a time: %.1f tokens/s without drafts, %.1f with: %.2f times; while streaming %.2f times; "
            + "%.0f of %.0f drafts accepted, %.2f tokens for each row; %d of %d answers the same%n",
        what, figures.parallel(), figures.plainPerSecond(), figures.draftedPerSecond(),
        figures.draftedPerSecond() / figures.plainPerSecond(), figures.whileStreaming(), figures.accepted(),
        figures.drafted(), figures.tokensInAStep(), figures.same(), figures.answers());
  }
}
