package org.probity.chain;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * JSON-RPC over a WebSocket, which also carries what the node sends unasked. Connects when first
 * asked, and again when asked after the connection broke.
 *
 * <p>Written on the JDK's client rather than a library's because of two silences: a broken
 * connection has to fail every waiting question at once, and a notification that follows a
 * subscription's reply in the same packet must not be lost. Here all messages pass through one
 * listener, in order, and nothing is dropped for want of a registered handler.
 */
final class SocketRpc implements Rpc {

  private static final Duration CONNECT = Duration.ofSeconds(5);

  private final URI endpoint;
  private final Duration patience;
  private final Consumer<JsonNode> notifications;
  private final Consumer<SocketRpc> onBroken;
  private final HttpClient http = HttpClient.newBuilder().connectTimeout(CONNECT).build();
  private final AtomicLong ids = new AtomicLong();
  private final Object connecting = new Object();
  private volatile @Nullable Connection current;
  private volatile boolean closed;

  /**
   * @param notifications takes the {@code params} of what the node sends unasked; must not block
   * @param onBroken given this once whenever a connection breaks
   */
  SocketRpc(
      URI endpoint,
      Duration patience,
      Consumer<JsonNode> notifications,
      Consumer<SocketRpc> onBroken) {
    this.endpoint = endpoint;
    this.patience = patience;
    this.notifications = notifications;
    this.onBroken = onBroken;
  }

  @Override
  public List<Answer> askAll(List<Question> questions) {
    Connection connection = connection();
    List<CompletableFuture<JsonNode>> waiting = new ArrayList<>();
    for (Question question : questions) {
      waiting.add(connection.ask(question.asJson(ids.incrementAndGet())));
    }
    List<Answer> answers = new ArrayList<>();
    for (int i = 0; i < waiting.size(); i++) {
      answers.add(Answer.of(questions.get(i), await(waiting.get(i), connection)));
    }
    return answers;
  }

  private JsonNode await(CompletableFuture<JsonNode> response, Connection connection) {
    try {
      return response.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RpcUnreachable("Interrupted while waiting for " + shownEndpoint(), e);
    } catch (TimeoutException e) {
      // A connection that stays silent for so long is as good as broken.
      connection.breakOff("no answer within " + patience.toSeconds() + " s");
      throw new RpcUnreachable(
          "The node at %s did not answer within %d s: check its load, or use another RPC address"
              .formatted(shownEndpoint(), patience.toSeconds()),
          e);
    } catch (ExecutionException e) {
      throw new RpcUnreachable(
          "The connection to the node at %s broke: %s"
              .formatted(shownEndpoint(), e.getCause() == null ? e : e.getCause().getMessage()),
          e);
    }
  }

  private Connection connection() {
    synchronized (connecting) {
      if (closed) {
        throw new RpcUnreachable("The connection to " + shownEndpoint() + " has been closed");
      }
      Connection existing = current;
      if (existing != null && !existing.broken) {
        return existing;
      }
      Connection fresh = new Connection();
      try {
        http.newWebSocketBuilder()
            .connectTimeout(CONNECT)
            .buildAsync(endpoint, fresh)
            .get(CONNECT.toMillis() * 2, TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new RpcUnreachable("Interrupted while connecting to " + shownEndpoint(), e);
      } catch (ExecutionException | TimeoutException e) {
        throw new RpcUnreachable(
            "No node answers at %s: start it there, or correct the WebSocket address"
                .formatted(shownEndpoint()),
            e);
      }
      current = fresh;
      return fresh;
    }
  }

  @Override
  public String shownEndpoint() {
    return Rpc.shown(endpoint);
  }

  @Override
  public void close() {
    closed = true;
    Connection last = current;
    if (last != null) {
      last.breakOff("closed");
    }
    http.shutdownNow();
  }

  /** One connection, from its opening to its end. */
  private final class Connection implements WebSocket.Listener {

    private final Map<Long, CompletableFuture<JsonNode>> waiting = new ConcurrentHashMap<>();
    private final StringBuilder message = new StringBuilder();
    private final CompletableFuture<WebSocket> socket = new CompletableFuture<>();
    // The JDK's client refuses a second send before the first has ended: one after the other.
    private CompletableFuture<?> lastSend = CompletableFuture.completedFuture(null);
    private volatile boolean broken;

    CompletableFuture<JsonNode> ask(JsonNode question) {
      CompletableFuture<JsonNode> response = new CompletableFuture<>();
      waiting.put(question.path("id").asLong(), response);
      synchronized (this) {
        lastSend =
            lastSend
                .thenCompose(_ -> socket)
                .thenCompose(open -> open.sendText(Rpc.write(question), true))
                .whenComplete((_, failure) -> {
                  if (failure != null) {
                    breakOff(String.valueOf(failure.getMessage()));
                  }
                });
      }
      if (broken) {
        response.completeExceptionally(new IllegalStateException("connection lost"));
      }
      return response;
    }

    @Override
    public void onOpen(WebSocket opened) {
      socket.complete(opened);
      opened.request(Long.MAX_VALUE);
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
      message.append(part);
      if (last) {
        String whole = message.toString();
        message.setLength(0);
        accept(whole);
      }
      return null;
    }

    private void accept(String text) {
      try {
        JsonNode json = JSON.readTree(text);
        if (json.has("id") && !json.path("id").isNull()) {
          CompletableFuture<JsonNode> response = waiting.remove(json.path("id").asLong());
          if (response != null) {
            response.complete(json);
          }
        } else if (json.has("params")) {
          notifications.accept(json.path("params"));
        }
      } catch (JsonProcessingException e) {
        breakOff("it sent something that is not JSON");
      }
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket from, int status, String reason) {
      breakOff("the node closed it" + (reason.isEmpty() ? "" : ": " + reason));
      return null;
    }

    @Override
    public void onError(WebSocket from, Throwable error) {
      breakOff(String.valueOf(error.getMessage()));
    }

    void breakOff(String reason) {
      synchronized (this) {
        if (broken) {
          return;
        }
        broken = true;
      }
      WebSocket open = socket.getNow(null);
      if (open != null) {
        open.abort();
      }
      waiting.values().forEach(w -> w.completeExceptionally(new IllegalStateException(reason)));
      if (!closed) {
        onBroken.accept(SocketRpc.this);
      }
    }
  }
}
