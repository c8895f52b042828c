package org.probity.intent;

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
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/** A node in front of another that changes what it is told to say. */
final class LyingEndpoint implements AutoCloseable {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** What becomes of an answer. */
  @FunctionalInterface
  interface Lie {
    /**
     * @param result what the honest node said; may be changed
     * @return what is said instead; null to refuse
     */
    @Nullable JsonNode told(String method, JsonNode parameters, JsonNode result);
  }

  private final URI node;
  private final Lie lie;
  private final HttpClient client = HttpClient.newHttpClient();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final HttpServer server;

  LyingEndpoint(URI node, Lie lie) {
    this.node = node;
    this.lie = lie;
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.setExecutor(threads);
    server.createContext("/", this::serve);
    server.start();
  }

  URI http() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  private void serve(HttpExchange exchange) throws IOException {
    byte[] request = exchange.getRequestBody().readAllBytes();
    byte[] answer = JSON.writeValueAsBytes(changed(JSON.readTree(request), forwarded(request)));
    exchange.getResponseHeaders().add("Content-Type", "application/json");
    exchange.sendResponseHeaders(200, answer.length);
    exchange.getResponseBody().write(answer);
    exchange.close();
  }

  private JsonNode forwarded(byte[] request) throws IOException {
    try {
      return JSON.readTree(
          client
              .send(
                  HttpRequest.newBuilder(node)
                      .header("Content-Type", "application/json")
                      .POST(HttpRequest.BodyPublishers.ofByteArray(request))
                      .build(),
                  HttpResponse.BodyHandlers.ofByteArray())
              .body());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  private JsonNode changed(JsonNode request, JsonNode answer) {
    if (request instanceof ArrayNode questions && answer instanceof ArrayNode answers) {
      for (JsonNode question : questions) {
        for (JsonNode one : answers) {
          if (one.path("id").equals(question.path("id"))) {
            change(question, (ObjectNode) one);
          }
        }
      }
    } else {
      change(request, (ObjectNode) answer);
    }
    return answer;
  }

  private void change(JsonNode question, ObjectNode answer) {
    if (!answer.hasNonNull("result")) {
      return;
    }
    @Nullable JsonNode told =
        lie.told(question.path("method").asText(), question.path("params"), answer.path("result"));
    if (told == null) {
      answer.remove("result");
      answer.putObject("error").put("code", -32_005).put("message", "block range is too wide");
    } else {
      answer.set("result", told);
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.close();
    client.close();
  }
}
