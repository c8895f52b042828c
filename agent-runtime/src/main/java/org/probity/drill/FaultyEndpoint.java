package org.probity.drill;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
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
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import org.probity.chain.EndpointFault;

/**
 * An endpoint in front of a real node that can be made to fail as endpoints do. JSON-RPC over HTTP
 * goes through a server that can answer in the node's stead, and that and the WebSocket go through
 * wires that can be cut or held.
 */
final class FaultyEndpoint implements AutoCloseable {

  /** What can be wrong with it, and the cause by which a node's metrics must name it. */
  enum Fault {
    /** Nobody answers any more. */
    DIES(EndpointFault.UNREACHABLE, false),
    /** Connections stay, answers do not come. */
    HANGS(EndpointFault.TIMEOUT, false),
    /** It serves another chain. */
    LIES_ABOUT_THE_CHAIN(EndpointFault.WRONG_CHAIN, false),
    /** HTTP status 429. */
    LIMITS(EndpointFault.RATE_LIMITED, false),
    /** HTTP status 429 that says for how long. */
    LIMITS_FOR_A_TIME(EndpointFault.RATE_LIMITED, false),
    /** Its chain stands still. */
    STAYS_BEHIND(EndpointFault.STALE, false),
    /** It answers with something that is no JSON. */
    TALKS_NONSENSE(EndpointFault.BAD_ANSWER, false),
    /** Its WebSocket breaks. */
    DROPS_ITS_SOCKET(EndpointFault.UNREACHABLE, true),
    /** Its WebSocket stays connected, and says nothing. */
    SILENCES_ITS_SOCKET(EndpointFault.SILENT, true);

    final EndpointFault named;
    final boolean ofSocket;

    Fault(EndpointFault named, boolean ofSocket) {
      this.named = named;
      this.ofSocket = ofSocket;
    }

    String words() {
      return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
  }

  private static final ObjectMapper JSON = new ObjectMapper();

  /** Methods whose last parameter is the block that they are about. */
  private static final Set<String> STATE =
      Set.of(
          "eth_call",
          "eth_estimateGas",
          "eth_getBalance",
          "eth_getCode",
          "eth_getStorageAt",
          "eth_getTransactionCount");

  private static final String OTHER_CHAIN = "0x539";
  private static final int TOO_MANY = 429;
  private static final int LIMIT_SECONDS = 2;
  private static final byte[] NOTHING = new byte[0];
  private static final byte[] NONSENSE = "<html>Bad day</html>".getBytes(StandardCharsets.UTF_8);

  private final URI node;
  private final HttpClient client = HttpClient.newHttpClient();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final HttpServer server;
  private final TcpProxy http;
  private final TcpProxy socket;
  private volatile Answering answering = this::forward;

  @FunctionalInterface
  private interface Answering {
    Reply answer(byte[] request) throws IOException, InterruptedException;
  }

  /**
   * @param retryAfter in seconds; 0 for none
   */
  private record Reply(int status, byte[] body, int retryAfter) {
    Reply(int status, byte[] body) {
      this(status, body, 0);
    }
  }

  /**
   * @param node speaks HTTP and WebSocket on the same port, as anvil does
   */
  FaultyEndpoint(URI node) {
    this.node = node;
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException("No port is free for an endpoint", e);
    }
    server.setExecutor(threads);
    server.createContext("/", this::serve);
    server.start();
    http = new TcpProxy(URI.create("http://127.0.0.1:" + server.getAddress().getPort()));
    socket = new TcpProxy(node);
  }

  URI http() {
    return http.address();
  }

  URI webSocket() {
    return URI.create("ws://127.0.0.1:" + socket.address().getPort());
  }

  /** From now on it fails like this, until it is healed. */
  void fail(Fault fault) {
    switch (fault) {
      case DIES -> {
        http.cut();
        socket.cut();
      }
      case HANGS -> {
        http.hold();
        socket.hold();
      }
      case LIES_ABOUT_THE_CHAIN -> answering = this::anotherChain;
      case LIMITS -> answering = _ -> new Reply(TOO_MANY, NOTHING);
      case LIMITS_FOR_A_TIME -> answering = _ -> new Reply(TOO_MANY, NOTHING, LIMIT_SECONDS);
      case STAYS_BEHIND -> answering = behind();
      case TALKS_NONSENSE -> answering = _ -> new Reply(200, NONSENSE);
      case DROPS_ITS_SOCKET -> socket.cut();
      case SILENCES_ITS_SOCKET -> socket.hold();
    }
  }

  /**
   * From now on it is a balancer over two nodes, one of which is so many blocks behind: that one
   * answers every second request, as one that does not know the newest blocks yet.
   */
  void balance(int blocks) {
    AtomicLong requests = new AtomicLong();
    answering =
        request -> {
          if (requests.incrementAndGet() % 2 != 0) {
            return forward(request);
          }
          long newest = Math.max(0, newest() - blocks);
          return answerEach(request, question -> asOf(newest, question));
        };
  }

  /** It works again. */
  void heal() {
    answering = this::forward;
    http.release();
    socket.release();
    http.join();
    socket.join();
  }

  private void serve(HttpExchange exchange) throws IOException {
    try (exchange) {
      Reply reply = answering.answer(exchange.getRequestBody().readAllBytes());
      if (reply.retryAfter() > 0) {
        exchange.getResponseHeaders().set("Retry-After", Integer.toString(reply.retryAfter()));
      }
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(
          reply.status(), reply.body().length == 0 ? -1 : reply.body().length);
      exchange.getResponseBody().write(reply.body());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Reply forward(byte[] request) throws IOException, InterruptedException {
    HttpResponse<byte[]> response =
        client.send(
            HttpRequest.newBuilder(node)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(request))
                .build(),
            HttpResponse.BodyHandlers.ofByteArray());
    return new Reply(response.statusCode(), response.body());
  }

  private Reply anotherChain(byte[] request) throws IOException, InterruptedException {
    return answerEach(
        request,
        question ->
            question.path("method").asText().equals("eth_chainId")
                ? result(question, TextNode.valueOf(OTHER_CHAIN))
                : passedOn(question));
  }

  /** A node whose newest block stays what it is now, and that knows nothing later. */
  private Answering behind() {
    long newest;
    try {
      newest = newest();
    } catch (IOException e) {
      throw new UncheckedIOException("The node does not answer", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted", e);
    }
    return request -> answerEach(request, question -> asOf(newest, question));
  }

  private long newest() throws IOException, InterruptedException {
    ObjectNode question = JsonNodeFactory.instance.objectNode();
    question.put("jsonrpc", "2.0").put("id", 1).put("method", "eth_blockNumber").putArray("params");
    return Long.decode(passedOn(question).path("result").asText());
  }

  private JsonNode asOf(long newest, ObjectNode question) throws IOException, InterruptedException {
    String method = question.path("method").asText();
    if (method.equals("eth_blockNumber")) {
      return result(question, TextNode.valueOf("0x" + Long.toHexString(newest)));
    }
    if (question.path("params") instanceof ArrayNode parameters) {
      for (int i = 0; i < parameters.size(); i++) {
        String tag = parameters.get(i).asText();
        if (tag.equals("latest") || tag.equals("pending")) {
          parameters.set(i, TextNode.valueOf("0x" + Long.toHexString(newest)));
        }
      }
      if (STATE.contains(method)
          && isLater(parameters.path(parameters.size() - 1).asText(), newest)) {
        return refusal(question, "header not found");
      }
      if (method.equals("eth_getBlockByNumber") && isLater(parameters.path(0).asText(), newest)) {
        return result(question, JsonNodeFactory.instance.nullNode());
      }
    }
    JsonNode answer = passedOn(question);
    boolean unknown =
        method.equals("eth_getTransactionReceipt")
            && isLater(answer.path("result").path("blockNumber").asText(), newest);
    return unknown ? result(question, JsonNodeFactory.instance.nullNode()) : answer;
  }

  private static boolean isLater(String height, long newest) {
    return height.startsWith("0x") && Long.decode(height) > newest;
  }

  @FunctionalInterface
  private interface Answerer {
    JsonNode answer(ObjectNode question) throws IOException, InterruptedException;
  }

  private static Reply answerEach(byte[] request, Answerer answerer)
      throws IOException, InterruptedException {
    JsonNode asked = JSON.readTree(request);
    if (asked instanceof ObjectNode question) {
      return new Reply(200, JSON.writeValueAsBytes(answerer.answer(question)));
    }
    ArrayNode answers = JsonNodeFactory.instance.arrayNode();
    for (JsonNode question : asked) {
      answers.add(answerer.answer((ObjectNode) question));
    }
    return new Reply(200, JSON.writeValueAsBytes(answers));
  }

  private JsonNode passedOn(ObjectNode question) throws IOException, InterruptedException {
    return JSON.readTree(forward(JSON.writeValueAsBytes(question)).body());
  }

  private static ObjectNode refusal(ObjectNode question, String message) {
    ObjectNode answer = answer(question);
    answer.putObject("error").put("code", -32_000).put("message", message);
    return answer;
  }

  private static ObjectNode result(ObjectNode question, JsonNode value) {
    return answer(question).set("result", value);
  }

  private static ObjectNode answer(ObjectNode question) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("jsonrpc", "2.0")
        .set("id", question.path("id"));
  }

  @Override
  public void close() {
    http.close();
    socket.close();
    server.stop(0);
    threads.close();
    client.close();
  }
}
