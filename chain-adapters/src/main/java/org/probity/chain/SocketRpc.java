package org.probity.chain;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import okhttp3.Dispatcher;
import okhttp3.OkHttpClient;
import okhttp3.Response;
import okhttp3.WebSocket;
import okhttp3.WebSocketListener;
import okio.ByteString;
import org.jspecify.annotations.Nullable;
import org.probity.ground.Printable;

/**
 * JSON-RPC over a WebSocket, which also carries what the node sends unasked. Connects when first
 * asked, and again when asked after the connection broke.
 *
 * <p>Two silences shape it. A broken connection has to fail every waiting question at once: hence a
 * reader that blocks on the connection, and pings (the JDK's client was tried, and overlooks some
 * ends of a connection). And a notification that follows the reply to a subscription closely must
 * not be lost: all messages pass through one listener, in order, and none is dropped for want of a
 * registered handler.
 */
final class SocketRpc implements Rpc {

  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final Duration PING = Duration.ofSeconds(10);
  private static final int NORMAL_CLOSURE = 1_000;
  private static final String EXTENSIONS = "Sec-WebSocket-Extensions";

  private final URI endpoint;
  private final Duration patience;
  private final Consumer<JsonNode> notifications;
  private final Consumer<SocketRpc> onBroken;
  private final BoundedSockets sockets = new BoundedSockets(RpcForm.MOST_BYTES);
  private final OkHttpClient http;
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
    this.http =
        new OkHttpClient.Builder()
            // The library's own threads would keep a finished program alive for a minute.
            .dispatcher(new Dispatcher(Executors.newVirtualThreadPerTaskExecutor()))
            .connectTimeout(CONNECT)
            .readTimeout(CONNECT)
            .pingInterval(PING)
            .followRedirects(false)
            .followSslRedirects(false)
            .socketFactory(sockets)
            // Messages come as they are, so that what is counted is what they take.
            .addInterceptor(calls ->
                calls
                    .proceed(calls.request().newBuilder().removeHeader(EXTENSIONS).build())
                    .newBuilder()
                    .removeHeader(EXTENSIONS)
                    .build())
            .build();
  }

  @Override
  public List<Answer> askAll(List<Question> questions) {
    Connection connection = connection();
    List<CompletableFuture<JsonNode>> waiting =
        questions.stream().map(each -> connection.ask(each.asJson(ids.incrementAndGet()))).toList();
    List<Answer> answers = new ArrayList<>();
    for (int i = 0; i < waiting.size(); i++) {
      JsonNode response = await(waiting.get(i), connection);
      answers.add(RpcForm.answer(questions.get(i), response, shownEndpoint()));
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
      throw RpcUnreachable.timeout(shownEndpoint(), patience, e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RpcUnreachable reason) {
        // The node had the question.
        throw new RpcUnreachable(reason.fault(), String.valueOf(reason.getMessage()), reason)
            .ofTooMuch();
      }
      throw new IllegalStateException("Only this class ends what waits", e);
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
      current = fresh;
      fresh.open();
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
    http.dispatcher().executorService().shutdownNow();
    http.connectionPool().evictAll();
  }

  /** One connection, from its opening to its end. */
  private final class Connection extends WebSocketListener {

    private final Map<Long, CompletableFuture<JsonNode>> waiting = new ConcurrentHashMap<>();
    private final CompletableFuture<WebSocket> opened = new CompletableFuture<>();
    private volatile boolean broken;

    void open() {
      sockets.restart();
      WebSocket socket = http.newWebSocket(Rpc.request(endpoint), this);
      try {
        opened.get(CONNECT.toMillis() * 2, TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        socket.cancel();
        Thread.currentThread().interrupt();
        throw new RpcUnreachable("Interrupted while connecting to " + shownEndpoint(), e);
      } catch (ExecutionException | TimeoutException e) {
        broken = true;
        socket.cancel();
        throw new RpcUnreachable(
            "No node answers at %s: start it there, or correct the WebSocket address"
                .formatted(shownEndpoint()),
            e);
      }
    }

    CompletableFuture<JsonNode> ask(JsonNode question) {
      CompletableFuture<JsonNode> response = new CompletableFuture<>();
      waiting.put(question.path("id").asLong(), response);
      if (!opened.join().send(Rpc.write(question)) || broken) {
        breakOff("it takes no more questions");
        // Perhaps it broke before the question was among those that wait.
        response.completeExceptionally(
            new RpcUnreachable(
                "The connection to the node at %s broke".formatted(shownEndpoint())));
      }
      return response;
    }

    @Override
    public void onOpen(WebSocket socket, Response response) {
      opened.complete(socket);
    }

    @Override
    public void onMessage(WebSocket socket, String text) {
      sockets.restart();
      try {
        JsonNode json = RpcForm.read(text.getBytes(StandardCharsets.UTF_8), shownEndpoint());
        if (json.hasNonNull("id")) {
          CompletableFuture<JsonNode> response = waiting.remove(json.path("id").asLong());
          if (response != null) {
            response.complete(json);
          }
        } else if (json.has("params")) {
          notifications.accept(json.path("params"));
        }
      } catch (RpcUnreachable e) {
        breakOff(e);
      } catch (RuntimeException e) {
        // What a broken node announces can fail to be read in any way.
        breakOff("it sent something that makes no sense");
      }
    }

    @Override
    public void onMessage(WebSocket socket, ByteString bytes) {
      sockets.restart();
      breakOff("it sent something that is not text");
    }

    @Override
    public void onClosing(WebSocket socket, int status, String reason) {
      socket.close(NORMAL_CLOSURE, null);
      breakOff("the node closed it" + (reason.isEmpty() ? "" : ": " + Printable.line(reason, 120)));
    }

    @Override
    public void onFailure(WebSocket socket, Throwable failure, @Nullable Response response) {
      if (!opened.completeExceptionally(failure)) {
        if (failure instanceof BoundedSockets.TooLong
            || failure.getCause() instanceof BoundedSockets.TooLong) {
          breakOff(RpcForm.tooLong(EndpointFault.OUT_OF_BOUNDS, shownEndpoint()));
        } else {
          breakOff(Printable.line(String.valueOf(failure.getMessage()), 120));
        }
      }
    }

    void breakOff(String reason) {
      breakOff(
          new RpcUnreachable(
              "The connection to the node at %s broke: %s".formatted(shownEndpoint(), reason)));
    }

    private void breakOff(RpcUnreachable reason) {
      synchronized (this) {
        if (broken) {
          return;
        }
        broken = true;
      }
      WebSocket socket = opened.getNow(null);
      if (socket != null) {
        socket.cancel();
      }
      waiting.values().forEach(w -> w.completeExceptionally(reason));
      if (!closed) {
        onBroken.accept(SocketRpc.this);
      }
    }
  }
}
