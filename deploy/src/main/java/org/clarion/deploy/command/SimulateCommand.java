package org.clarion.deploy.command;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.clarion.deploy.simulate.RecordedLoad;
import org.clarion.deploy.simulate.SimulationPage;
import org.clarion.deploy.simulate.SimulationText;
import org.clarion.deploy.simulate.Validation;
import org.clarion.deploy.terminal.Bar;
import org.clarion.deploy.terminal.ExitCode;
import org.clarion.deploy.terminal.Screen;
import org.clarion.scheduler.core.Router;
import org.clarion.scheduler.core.SchedulerLimits;
import org.clarion.scheduler.core.SchedulerPolicy;
import org.clarion.scheduler.simulate.Population;
import org.clarion.scheduler.simulate.SimulatedCluster;
import org.clarion.scheduler.simulate.Simulation;
import org.clarion.scheduler.simulate.SimulationResult;
import org.clarion.scheduler.simulate.StepCost;
import org.clarion.scheduler.simulate.Trace;
import org.clarion.scheduler.simulate.Traces;
import org.clarion.scheduler.simulate.VisionCost;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code clarion simulate}. */
@Command(name = "simulate", mixinStandardHelpOptions = true, sortOptions = false, description = "Run the real scheduler against simulated machines and clinics.", footer = {
    "", "No model is needed. The same options give the same figures on every machine.", "", "Examples:",
    "  clarion simulate --html day.html", "  clarion simulate --clinics 1000 --replicas 200 --html day.html",
    "  clarion simulate --arrivals gamma --variation 3 --rate 2 --hours 1 --replicas 4",
    "  clarion load --record load.csv --rate 1 && clarion simulate --trace load.csv --validate", "",
    "Exit codes: 0 done, 1 --validate found a figure that is too far off, 2 wrong usage."})
public final class SimulateCommand implements Callable<Integer> {
  /** What {@code --arrivals} takes. */
  enum Kind {
    DAY, POISSON, GAMMA
  }

  private final Screen screen;

  @Option(names = "--clinics", defaultValue = "50", paramLabel = "N", description = "How many (default: ${DEFAULT-VALUE}).")
  private int clinics;
  @Option(names = "--replicas", defaultValue = "10", paramLabel = "N", description = "How many (default: ${DEFAULT-VALUE}).")
  private int replicas;
  @Option(names = "--hours", defaultValue = "24", paramLabel = "H", description = "Of arrivals, from midnight (default: ${DEFAULT-VALUE}).")
  private double hours;
  @Option(names = "--arrivals", defaultValue = "DAY", paramLabel = "KIND", description = "day (opening hours), poisson or gamma (default: day).")
  private Kind arrivals = Kind.DAY;
  @Option(names = "--visits", defaultValue = "80", paramLabel = "N", description = "Of a clinic per day, on average (default: ${DEFAULT-VALUE}).")
  private double visits;
  @Option(names = "--rate", defaultValue = "1", paramLabel = "R", description = "poisson, gamma: visits a second, all clinics together (default: ${DEFAULT-VALUE}).")
  private double rate;
  @Option(names = "--variation", defaultValue = "2", paramLabel = "CV", description = "gamma: coefficient of variation of the gaps (default: ${DEFAULT-VALUE}).")
  private double variation;
  @Option(names = "--mix", defaultValue = "0.05,0.15,0.6", paramLabel = "S,B,K", description = "Shares of STAT, batch, and skin visits (default: ${DEFAULT-VALUE}).")
  private String mix = "";
  @Option(names = "--lengths", defaultValue = "120,140", paramLabel = "P,A", description = "Median tokens of a question and an answer (default: ${DEFAULT-VALUE}).")
  private String lengths = "";
  @Option(names = "--follow-ups", defaultValue = "1", paramLabel = "N", description = "Further questions per visit, on average (default: ${DEFAULT-VALUE}).")
  private double followUps;
  @Option(names = "--trace", paramLabel = "FILE", description = "Replay this file of clarion load --record instead.")
  private @Nullable Path trace;
  @Option(names = "--validate", description = "With --trace: compare with the times in the file, on one replica.")
  private boolean validate;
  @Option(names = "--step", defaultValue = "3400,60,254,0.2", paramLabel = "F,R,T,P", description = "What a step takes in microseconds: fixed, per row, per token, per position read; the metric clarion_scheduler_step_cost tells it in seconds (default: ${DEFAULT-VALUE}, SmolLM2 135M on one core).")
  private String step = "";
  @Option(names = "--jitter", defaultValue = "0.1", paramLabel = "X", description = "By which share a step's time varies (default: ${DEFAULT-VALUE}).")
  private double jitter;
  @Option(names = "--way", defaultValue = "6", paramLabel = "MS", description = "From the reader to the replica and back (default: ${DEFAULT-VALUE}).")
  private double way;
  @Option(names = "--vision", defaultValue = "20,40", paramLabel = "F,I", description = "What a batch of images takes in milliseconds: fixed, per image (default: ${DEFAULT-VALUE}).")
  private String vision = "";
  @Option(names = "--vision-workers", paramLabel = "N", description = "Image encoders (default: one for each replica).")
  private @Nullable Integer visionWorkers;
  @Option(names = "--vision-batch", defaultValue = "4", paramLabel = "N", description = "Images at a time (default: ${DEFAULT-VALUE}).")
  private int visionBatch;
  @Option(names = "--image-tokens", defaultValue = "32", paramLabel = "N", description = "Positions of an image (default: ${DEFAULT-VALUE}).")
  private int imageTokens;
  @Option(names = "--arena", defaultValue = "32768", paramLabel = "N", description = "Positions of a replica's memory (default: ${DEFAULT-VALUE}).")
  private int arena;
  @Option(names = "--context", defaultValue = "4096", paramLabel = "N", description = "Positions of a sequence (default: ${DEFAULT-VALUE}).")
  private int context;
  @Option(names = "--rows", defaultValue = "64", paramLabel = "N", description = "Answers of a replica at a time (default: ${DEFAULT-VALUE}).")
  private int rows;
  @Option(names = "--token-budget", defaultValue = "256", paramLabel = "N", description = "Positions of a step (default: ${DEFAULT-VALUE}).")
  private int tokenBudget;
  @Option(names = "--pace", defaultValue = "200", paramLabel = "MS", description = "What a step with running answers may take (default: ${DEFAULT-VALUE}).")
  private double pace;
  @Option(names = "--stretch", defaultValue = "Infinity", paramLabel = "X", description = "How many times as long as without prefill (default: ${DEFAULT-VALUE}).")
  private double stretch;
  @Option(names = "--floor", defaultValue = "32", paramLabel = "N", description = "Positions of prefill that it has in any case (default: ${DEFAULT-VALUE}).")
  private int floor;
  @Option(names = "--seed", defaultValue = "1", paramLabel = "N", description = "Of everything (default: ${DEFAULT-VALUE}).")
  private long seed;
  @Option(names = "--html", paramLabel = "FILE", description = "Write a page with pictures.")
  private @Nullable Path html;
  @Option(names = "--json", paramLabel = "FILE", description = "Write all figures; - prints them instead of the table.")
  private @Nullable String json;

  SimulateCommand(Screen screen) {
    this.screen = screen;
  }

  @Override
  public Integer call() throws IOException {
    if (validate && trace == null) {
      throw new CommandFailure(ExitCode.USAGE, "--validate needs --trace FILE, a file of clarion load --record");
    }
    List<RecordedLoad.Line> recorded = trace == null ? List.of() : recorded(trace);
    if (validate && recorded.size() > SimulationResult.MOST_ANSWERS) {
      throw new CommandFailure(ExitCode.USAGE,
          trace + " has " + recorded.size() + " requests; --validate compares up to "
              + SimulationResult.MOST_ANSWERS);
    }
    SimulationResult result = simulate(recorded);
    print(result);
    if (!validate) {
      return ExitCode.OK;
    }
    Validation validation = new Validation(recorded, result);
    ("-".equals(json) ? screen.err() : screen.out()).print("\n" + validation.table());
    return validation.within() ? ExitCode.OK : ExitCode.FAILED;
  }

  private static List<RecordedLoad.Line> recorded(Path file) {
    try {
      return RecordedLoad.read(file);
    } catch (IOException e) {
      throw new CommandFailure(ExitCode.USAGE, String.valueOf(e.getMessage()), e);
    }
  }

  private SimulationResult simulate(List<RecordedLoad.Line> recorded) {
    try {
      Trace drawn = recorded.isEmpty() ? drawn() : RecordedLoad.trace(recorded, imageTokens);
      SimulatedCluster cluster = cluster();
      long start = System.nanoTime();
      long seconds = drawn.span().toSeconds();
      try (Bar bar = Bar.open(screen, "Simulated hours", seconds, "", 3600)) {
        SimulationResult result = new Simulation(cluster, drawn, (now, asked) -> {
          bar.at(Math.min(now / 1_000_000_000L, seconds));
          bar.say(asked + " questions");
        }).run();
        screen.step(String.format(Locale.ROOT, "%d visits, %d steps", drawn.visits().size(), result.counts().steps()),
            Duration.ofNanos(System.nanoTime() - start));
        return result;
      }
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(ExitCode.USAGE, String.valueOf(e.getMessage()), e);
    }
  }

  private void print(SimulationResult result) throws IOException {
    if (html != null) {
      SimulationPage.write(html, result);
    }
    Figures.print(screen, json, SimulationText.table(result), SimulationText.json(result));
  }

  private Trace drawn() {
    double[] shares = numbers("--mix", mix, 3);
    double[] medians = numbers("--lengths", lengths, 2);
    Population population = new Population(shares[0], shares[1], shares[2], (int) medians[0], (int) medians[1],
        followUps);
    Duration span = Duration.ofNanos((long) (hours * 3600e9));
    return switch (arrivals) {
      case DAY -> Traces.clinicDay(clinics, visits, span, population, seed);
      case POISSON -> Traces.steady(clinics, rate, 1, span, population, seed);
      case GAMMA -> Traces.steady(clinics, rate, variation, span, population, seed);
    };
  }

  private SimulatedCluster cluster() {
    int machines = validate ? 1 : replicas;
    double[] terms = numbers("--step", step, 4);
    double[] images = numbers("--vision", vision, 2);
    SchedulerLimits known = SimulatedCluster.LIMITS;
    SchedulerLimits limits = new SchedulerLimits(tokenBudget, known.chunk(), rows, known.queue(), known.tenantQueue(),
        known.sizeClass(), known.embeddingWait());
    return new SimulatedCluster(machines, arena, context, imageTokens, limits,
        SchedulerPolicy.DEFAULT.with(
            new SchedulerPolicy.Pace(Duration.ofNanos((long) (pace * 1e6)), floor, stretch)),
        Router.DEFAULT,
        new StepCost(terms[0] * 1e3, terms[1] * 1e3, terms[2] * 1e3, terms[3] * 1e3, (long) (way * 1e6), jitter),
        new VisionCost(visionWorkers == null ? machines : visionWorkers, visionBatch, (long) (images[0] * 1e6),
            (long) (images[1] * 1e6)),
        SimulatedCluster.GOALS, seed);
  }

  private static double[] numbers(String option, String text, int count) {
    try {
      double[] values = Arrays.stream(text.split(",", -1)).mapToDouble(Double::parseDouble).toArray();
      if (values.length == count) {
        return values;
      }
    } catch (NumberFormatException e) {
      throw new CommandFailure(ExitCode.USAGE, option + " is " + text + "; it must be " + count + " numbers", e);
    }
    throw new CommandFailure(ExitCode.USAGE, option + " is " + text + "; it must be " + count + " numbers");
  }
}
