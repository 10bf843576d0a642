package org.clarion.deploy.evaluate;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.clarion.deploy.demo.ChatClient;
import org.clarion.deploy.demo.ChatClient.Answer;
import org.clarion.deploy.demo.ChatClient.Question;
import org.clarion.training.evaluate.Query;
import org.clarion.training.evaluate.Reply;
import org.clarion.training.evaluate.Respondent;
import org.jspecify.annotations.Nullable;

/** A model of a running cluster, asked as clinics ask it: the picture's file and the question go to the gateway. */
public final class ClusterRespondent implements Respondent {
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private final ChatClient client;
  private final String model;
  private final int parallel;
  private final int maxTokens;
  private final ExecutorService calls = Executors.newVirtualThreadPerTaskExecutor();

  /**
   * A model of a cluster.
   *
   * @param base
   *          address of a gateway
   * @param key
   *          of a clinic, or null where none is needed
   * @param parallel
   *          questions under way at a time
   * @param maxTokens
   *          bound of an answer
   */
  public ClusterRespondent(URI base, @Nullable String key, String model, int parallel, int maxTokens) {
    this.client = new ChatClient(base, key, true);
    this.model = model;
    this.parallel = parallel;
    this.maxTokens = maxTokens;
  }

  @Override
  public String name() {
    return model;
  }

  @Override
  public int batch() {
    return parallel;
  }

  @Override
  public List<Reply> ask(List<Query> queries) throws InterruptedException {
    List<Future<Reply>> running = queries.stream().map(query -> calls.submit(() -> ask(query))).toList();
    List<Reply> replies = new ArrayList<>();
    for (Future<Reply> reply : running) {
      try {
        replies.add(reply.get());
      } catch (ExecutionException e) {
        throw new IllegalStateException("a call failed in a way that it should have answered", e);
      }
    }
    return replies;
  }

  private Reply ask(Query query) throws InterruptedException {
    try {
      Answer answer = client.ask(new Question(model, Files.readAllBytes(query.image()), query.question(), null,
          maxTokens), PATIENCE, _ -> {
          });
      return new Reply.Answer(answer.text().strip(), answer.confidence(), answer.ended());
    } catch (ChatClient.ChatException e) {
      return new Reply.Failure("the cluster answered " + e.code() + ": " + e.getMessage());
    } catch (IOException e) {
      return new Reply.Failure("the cluster did not answer: " + e.getClass().getSimpleName());
    }
  }

  @Override
  public void close() {
    calls.shutdownNow();
    client.close();
  }
}
