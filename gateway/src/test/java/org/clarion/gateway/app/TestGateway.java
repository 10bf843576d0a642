package org.clarion.gateway.app;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.clarion.gateway.api.ServedModel;
import org.clarion.gateway.rpc.Schedulers.PlacementPolicy;
import org.clarion.gateway.tenant.Tenant;
import org.clarion.models.architecture.EvaConfig;
import org.clarion.models.manifest.ModelManifest;
import org.clarion.models.manifest.SamplingDefaults;
import org.clarion.rpc.RpcServer;
import org.jspecify.annotations.Nullable;

/** A real gateway on loopback before a fake scheduler and two fake vision workers. */
final class TestGateway implements AutoCloseable {
  static final int CONTEXT = 400;
  private static final ObjectMapper JSON = new ObjectMapper();

  final FakeScheduler scheduler = new FakeScheduler();
  final List<FakeVision> visions = List.of(new FakeVision(), new FakeVision());
  final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  final HttpClient http = HttpClient.newHttpClient();
  final GatewayServer gateway;
  final String schedulerEndpoint;
  private final List<RpcServer> servers = new ArrayList<>();

  /** One event of a stream. */
  record Event(Optional<Long> id, String data) {
    JsonNode json() {
      return TestGateway.json(data);
    }
  }

  TestGateway() throws IOException {
    this(Optional.empty(), new GatewayLimits(1 << 20, 8 << 20, 2, 16, 64, 50), List.of());
  }

  TestGateway(Optional<Path> keys, GatewayLimits limits, List<String> earlierSchedulers)
      throws IOException {
    RpcServer rpc = serve(RpcServer.at("127.0.0.1:0").service(scheduler, () -> !scheduler.hanging));
    schedulerEndpoint = "127.0.0.1:" + rpc.port();
    List<String> workers = new ArrayList<>();
    for (FakeVision vision : visions) {
      workers.add("127.0.0.1:" + serve(RpcServer.at("127.0.0.1:0").service(vision, () -> !vision.hanging)).port());
    }
    GatewayConfig config = new GatewayConfig("127.0.0.1:0",
        Stream.concat(earlierSchedulers.stream(), Stream.of(schedulerEndpoint)).toList(), workers,
        List.of("m", "text", "hash", "set", "sight"), keys,
        keys.isPresent() ? Optional.empty() : Optional.of(new Tenant("demo")),
        limits);
    SequencedMap<String, ServedModel> models = new LinkedHashMap<>();
    ModelManifest.Vision vision = new ModelManifest.Vision(List.of("random:1"), 56, List.of(0d, 0d, 0d),
        List.of(1d, 1d, 1d), new EvaConfig(14, 8, 1, 1, 8, new EvaConfig.QFormer(8, 8, 1, 1, 8)), 8);
    models.put("m", model("m", vision, List.of()));
    models.put("text", model("text", null, List.of()));
    models.put("hash", model("hash", vision, List.of("###")));
    models.put("sight", model("sight", new ModelManifest.Vision(vision.weights(), vision.imageSize(), vision.mean(),
        vision.std(), vision.shape(), vision.tokens(), true), List.of()));
    models.put("set", model("set", null, List.of(), new SamplingDefaults(0.3, 0.9, 50, 1.05, OptionalInt.of(33),
        OptionalInt.of(200))));
    gateway = GatewayServer.start(config, models, new GatewayTimes(
        new PlacementPolicy(Duration.ofSeconds(3), Duration.ofMillis(5), Duration.ofSeconds(3)), Duration.ofSeconds(2),
        Duration.ofMillis(200),
        Duration.ofSeconds(30)),
        List.of(), registry);
  }

  private RpcServer serve(RpcServer.Builder builder) throws IOException {
    RpcServer server = builder.grace(Duration.ofMillis(50)).start();
    servers.add(server);
    return server;
  }

  private static ServedModel model(String id, ModelManifest.@Nullable Vision vision,
      List<String> stopTexts) {
    return model(id, vision, stopTexts, SamplingDefaults.NEUTRAL);
  }

  private static ServedModel model(String id, ModelManifest.@Nullable Vision vision, List<String> stopTexts,
      SamplingDefaults defaults) {
    return ServedModel.of(new ModelManifest(id, "Test " + id, "none", "1", null,
        new ModelManifest.Language("random:1", "none", null, CONTEXT, false), vision,
        new ModelManifest.Prompt("chatml"),
        new ModelManifest.Stop(List.of("<|im_end|>"), stopTexts), defaults, "for tests", List.of(), null),
        new ByteTokenizer());
  }

  static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (IOException e) {
      throw new IllegalStateException(text, e);
    }
  }

  /** A chat request's body of one question; {@code more} are further fields, each beginning with a comma. */
  static String chat(String question, String more) {
    return "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":" + JSON.valueToTree(question) + "}]" + more
        + "}";
  }

  /** The same with a picture. */
  static String picture(String dataUrl) {
    return "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"What?\"},"
        + "{\"type\":\"image_url\",\"image_url\":{\"url\":\"" + dataUrl + "\",\"detail\":\"high\"}}]}]}";
  }

  static String dataUrl(byte[] bytes) {
    return "data:image/png;base64," + Base64.getEncoder().encodeToString(bytes);
  }

  static byte[] png() throws IOException {
    BufferedImage image = new BufferedImage(64, 40, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 64 * 40; i++) {
      image.setRGB(i % 64, i / 64, i * 7919);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageIO.write(image, "png", out);
    return out.toByteArray();
  }

  HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.port() + path))
        .timeout(Duration.ofSeconds(30));
  }

  HttpResponse<String> get(String path) throws Exception {
    return http.send(request(path).build(), BodyHandlers.ofString());
  }

  HttpResponse<String> post(String path, String body) throws Exception {
    return http.send(request(path).POST(HttpRequest.BodyPublishers.ofString(body)).build(), BodyHandlers.ofString());
  }

  HttpResponse<String> chat(String body) throws Exception {
    return post("/v1/chat/completions", body);
  }

  /** The events of a whole stream, comments left out. */
  static List<Event> events(String body) {
    List<Event> events = new ArrayList<>();
    for (String block : body.split("\n\n", -1)) {
      Map<String, String> fields = new LinkedHashMap<>();
      block.lines().filter(line -> line.indexOf(": ") > 0).forEach(line -> {
        int colon = line.indexOf(": ");
        fields.put(line.substring(0, colon), line.substring(colon + 2));
      });
      if (!fields.isEmpty()) {
        events
            .add(new Event(Optional.ofNullable(fields.get("id")).map(Long::valueOf), fields.getOrDefault("data", "")));
      }
    }
    return events;
  }

  /** The text of a stream's chat deltas. */
  static String text(List<Event> events) {
    StringBuilder text = new StringBuilder();
    events.stream().filter(event -> !event.data().equals("[DONE]"))
        .forEach(event -> text.append(event.json().at("/choices/0/delta/content").asText("")));
    return text.toString();
  }

  @Override
  public void close() {
    gateway.close();
    servers.forEach(RpcServer::close);
    http.close();
  }
}
