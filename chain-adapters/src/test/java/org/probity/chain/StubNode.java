package org.probity.chain;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A node of chain 31337 that answers what it is told to: a method by a result or an error, or a
 * whole request by anything.
 */
public final class StubNode implements AutoCloseable {

  public static final ObjectMapper JSON = new ObjectMapper();

  private final @Nullable URI upstream;
  private final HttpClient client = HttpClient.newHttpClient();
  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Map<String, Answerer> answers = new ConcurrentHashMap<>();
  private final List<JsonNode> requests = new CopyOnWriteArrayList<>();
  private volatile @Nullable Taking taking;

  /** Answers a question: {@code {"result": ...}} or {@code {"error": ...}}, without id. */
  @FunctionalInterface
  public interface Answerer {
    String answer(JsonNode question);
  }

  /** Takes a whole exchange; whether it did. */
  @FunctionalInterface
  interface Taking {
    boolean takes(HttpExchange exchange, JsonNode request) throws IOException;
  }

  public StubNode() throws IOException {
    this(null);
    result("eth_chainId", "\"0x7a69\"");
    result("eth_getBlockByNumber", ChainClientTest.header(0));
    result("eth_blockNumber", "\"0x0\"");
    result("eth_getBalance", "\"0x2a\"");
  }

  /**
   * @param upstream a node that answers what this one is not told to answer
   */
  StubNode(@Nullable URI upstream) throws IOException {
    this.upstream = upstream;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::serve);
    server.start();
  }

  public URI address() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  void result(String method, String json) {
    answers.put(method, _ -> "{\"result\": " + json + "}");
  }

  void error(String method, int code, String message) {
    answers.put(method, _ -> error(code, message).toString());
  }

  public void answer(String method, Answerer answerer) {
    answers.put(method, answerer);
  }

  /** From now on every exchange goes to {@code other} first; null ends that. */
  void take(@Nullable Taking other) {
    taking = other;
  }

  /** All that was asked, in order: an object or, for a batch, an array. */
  public List<JsonNode> requests() {
    return requests;
  }

  long asked(String method) {
    return requests.stream()
        .flatMap(r -> r.isArray() ? r.valueStream() : Stream.of(r))
        .filter(q -> q.path("method").asText().equals(method))
        .count();
  }

  private void serve(HttpExchange exchange) throws IOException {
    try (exchange) {
      JsonNode request = JSON.readTree(exchange.getRequestBody().readAllBytes());
      requests.add(request);
      Taking other = taking;
      if (other == null || !other.takes(exchange, request)) {
        reply(exchange, 200, respond(request));
      }
    }
  }

  /** What it answers to a request, untouched. */
  String respond(JsonNode request) throws IOException {
    if (!request.isArray()) {
      return one(request).toString();
    }
    ArrayNode all = JSON.createArrayNode();
    for (JsonNode question : request) {
      all.add(one(question));
    }
    return all.toString();
  }

  private ObjectNode one(JsonNode question) throws IOException {
    Answerer answerer = answers.get(question.path("method").asText());
    String answer = answerer == null ? passedOn(question).toString() : answerer.answer(question);
    ObjectNode envelope = (ObjectNode) JSON.readTree(answer);
    envelope.put("jsonrpc", "2.0").set("id", question.path("id"));
    return envelope;
  }

  /** What the node behind this one answers. */
  JsonNode passedOn(JsonNode question) {
    if (upstream == null) {
      return error(-32_601, "the method does not exist");
    }
    try {
      HttpRequest request =
          HttpRequest.newBuilder(upstream)
              .header("Content-Type", "application/json")
              .POST(HttpRequest.BodyPublishers.ofString(question.toString()))
              .build();
      return JSON.readTree(client.send(request, HttpResponse.BodyHandlers.ofString()).body());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  public static ObjectNode error(int code, String message) {
    ObjectNode answer = JSON.createObjectNode();
    answer.putObject("error").put("code", code).put("message", message);
    return answer;
  }

  static void reply(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
    client.shutdownNow();
  }
}
