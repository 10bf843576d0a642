package org.clarion.deploy.command;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.clarion.deploy.demo.ChatClient;
import org.clarion.deploy.demo.ChatClient.Answer;
import org.clarion.deploy.demo.ChatClient.Question;
import org.clarion.deploy.demo.DemoPicture;
import org.clarion.deploy.embedded.EmbeddedCluster;
import org.clarion.deploy.terminal.ExitCode;
import org.clarion.deploy.terminal.Logs;
import org.clarion.deploy.terminal.Screen;
import org.clarion.models.manifest.ModelManifest;
import org.clarion.training.phantom.FirstQuestions;
import org.clarion.training.phantom.PhantomKind;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code clarion demo}. */
@Command(name = "demo", mixinStandardHelpOptions = true, sortOptions = false, description = {
    "Start a whole cluster in this process, send it a picture and a question, and print the answer as it streams."}, footer = {
        "", "Examples:", "  clarion demo", "  clarion demo --once --kind skin --seed 7",
        "  clarion demo --image photo.jpg --question \"What could this be?\" --max-tokens 80",
        "  clarion demo --llm tiny --ranks 1 --once", "",
        "Exit codes: 0 answered, 1 the cluster did not start or answer, 2 wrong usage, 3 the model cannot be fetched."})
public final class DemoCommand implements Callable<Integer> {
  private static final String QUESTION_ALONE = "What is a naevus?";
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private final Screen screen;

  @Option(names = "--image", paramLabel = "FILE", description = "JPEG, PNG or DICOM (default: a SYNTHETIC picture).")
  private @Nullable Path image;
  @Option(names = "--kind", paramLabel = "KIND", description = "What to draw where there is no --image: chest, skin or distractor (default: ${DEFAULT-VALUE}).", defaultValue = "CHEST")
  private PhantomKind kind = PhantomKind.CHEST;
  @Option(names = "--seed", paramLabel = "S", description = "Of what is drawn; another seed, another picture (default: ${DEFAULT-VALUE}).", defaultValue = "1")
  private long seed;
  @Option(names = "--question", paramLabel = "TEXT", description = "What to ask about it (default: for a description; of a model without an image tower: \""
      + QUESTION_ALONE + "\").")
  private @Nullable String question;
  @Option(names = "--max-tokens", paramLabel = "N", description = "Bound of the answer (default: ${DEFAULT-VALUE}).", defaultValue = "200")
  private int maxTokens;
  @Option(names = "--once", description = "Exit after the answer.")
  private boolean once;
  @Option(names = "--logs", paramLabel = "DIR", description = "Folder of the log (default: logs beside the script).")
  private @Nullable Path logs;
  @Mixin
  private ClusterOptions cluster = new ClusterOptions();

  DemoCommand(Screen screen) {
    this.screen = screen;
  }

  @Override
  public Integer call() throws Exception {
    return UntilStopped.run(this::run);
  }

  private int run() throws IOException, InterruptedException {
    long started = System.nanoTime();
    DemoPicture picture = image == null
        ? DemoPicture.drawn(kind, seed)
        : DemoPicture.own(ImageFile.read(image), image.toString());
    if (maxTokens < 1) {
      throw new CommandFailure(ExitCode.USAGE, "--max-tokens is " + maxTokens + ", it must be at least 1");
    }
    Path log = Logs.toFile((logs == null ? Logs.folder() : logs).resolve("demo.log"));
    screen.note(screen.bold("Clarion") + screen.dim("  the whole cluster in this process; its log is " + log));
    ModelManifest model = cluster.model(screen);
    boolean sees = model.vision() != null;
    if (!sees && image != null) {
      throw new CommandFailure(ExitCode.USAGE, "--image " + image + ": model " + model.id() + " has no image tower");
    }
    try (
        EmbeddedCluster running = EmbeddedCluster.start(cluster.served(model), cluster.port(screen, 1), screen::step)) {
      screen.step("answering", Duration.ofNanos(System.nanoTime() - started));
      if (!ask(running.address(), model, sees ? picture : null)) {
        return ExitCode.FAILED;
      }
      if (!once) {
        invite(running.address(), model);
        UntilStopped.await();
      }
      return ExitCode.OK;
    }
  }

  private boolean ask(URI address, ModelManifest model, @Nullable DemoPicture picture) throws IOException,
      InterruptedException {
    String asked = question == null ? picture == null ? QUESTION_ALONE : picture.question() : question;
    screen.note("");
    if (picture != null) {
      screen.note(screen.dim("picture   ") + picture.name());
    }
    screen.note(screen.dim("question  ") + asked);
    screen.note("");
    try (ChatClient client = new ChatClient(address)) {
      Answer answer = client.ask(new Question(model.id(), picture == null
          ? null
          : picture.bytes(), asked, null, maxTokens), PATIENCE, text -> {
            screen.out().print(text);
            screen.out().flush();
          });
      screen.print("");
      screen.note("");
      if (picture != null && !picture.shows().isEmpty()) {
        screen.note(screen.dim("drawn to show   ") + picture.shows());
      }
      screen.note(screen.dim(figures(answer)));
    } catch (ChatClient.ChatException e) {
      screen.print("");
      screen.error("the cluster answered " + e.code() + ": " + e.getMessage());
      return false;
    }
    if (!model.notice().isEmpty()) {
      screen.warning(model.notice());
    }
    return true;
  }

  private void invite(URI address, ModelManifest model) {
    screen.note("");
    screen.note(screen.bold("The page:  ") + address + "/");
    String post = "curl -N " + address + "/v1/chat/completions -H 'Content-Type: application/json' -d ";
    if (model.vision() != null && model.vision().required()) {
      screen.note(screen.bold("By hand:   ") + "printf '{\"model\":\"" + model.id()
          + "\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":"
          + "{\"url\":\"data:image/jpeg;base64,%s\"}},{\"type\":\"text\",\"text\":\""
          + FirstQuestions.GENERAL.getFirst() + "\"}]}]}' \"$(base64 -w0 photo.jpg)\" \\");
      screen.note("             | " + post + "@-");
    } else {
      screen.note(screen.bold("By hand:   ") + post + "\\");
      screen.note("             '{\"model\":\"" + model.id()
          + "\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"" + QUESTION_ALONE
          + "\"}]}'");
    }
    screen.note(screen.dim("Ctrl-C stops it."));
  }

  private static String figures(Answer answer) {
    Duration streaming = answer.whole().minus(answer.firstToken());
    double rate = streaming.isZero() ? 0 : (answer.newTokens() - 1) / (streaming.toNanos() / 1e9);
    return String.format(Locale.ROOT, "%d prompt tokens, %d new tokens, the first after %s, then %.1f a second", answer
        .promptTokens(), answer.newTokens(), Screen.seconds(answer.firstToken()), rate);
  }
}
