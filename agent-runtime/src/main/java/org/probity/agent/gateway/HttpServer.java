package org.probity.agent.gateway;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.probity.agent.Ending;
import org.probity.ground.Printable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Jetty, with HTTP/1.1 alone and nothing that others may read otherwise: {@link
 * HttpCompliance#STRICT}, no ambiguous path, no file. Each request is answered on a virtual thread
 * of its own. What Jetty does not bound is bounded here (bodies) and by the {@link Crowd}.
 */
final class HttpServer implements AutoCloseable {

  static final int MOST_BODY = 64 * 1024;
  static final int MOST_HEAD = 8 * 1024;

  private static final Logger LOG = LoggerFactory.getLogger(HttpServer.class);
  private static final int BACKLOG = 1_024;
  private static final Duration BODY = Duration.ofSeconds(5);
  private static final Duration WORK = Duration.ofSeconds(50);

  /** What is read of a request that is refused, so that its sender hears why. */
  private static final Duration LINGER = Duration.ofSeconds(1);

  private static final long MOST_DISCARDED = 256 * 1024;
  private static final Duration ROUND = Duration.ofMillis(250);

  @FunctionalInterface
  interface Service {
    /**
     * @throws Problem if it cannot be answered as asked
     */
    Answer answer(Asked asked);
  }

  private final Server jetty;
  private final ServerConnector door;
  private final Crowd crowd = new Crowd();
  private final Service service;
  private final Consumer<String> ended;
  private volatile boolean closed;

  private HttpServer(
      InetAddress host,
      int port,
      Optional<SSLContext> tls,
      Service service,
      Consumer<String> ended) {
    this.service = service;
    this.ended = ended;
    QueuedThreadPool threads = new QueuedThreadPool(16, 4);
    threads.setName("http");
    threads.setDaemon(true);
    threads.setVirtualThreadsExecutor(
        Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("http").factory()));
    this.jetty = new Server(threads);
    HttpConnectionFactory http = new HttpConnectionFactory(configuration());
    this.door =
        tls.map(context -> new ServerConnector(jetty, 1, 1, encrypting(context), http))
            .orElseGet(() -> new ServerConnector(jetty, 1, 1, http));
    door.setHost(host.getHostAddress());
    door.setPort(port);
    door.setAcceptQueueSize(BACKLOG);
    door.setReuseAddress(true);
    // The crowd has its own times, which are shorter.
    door.setIdleTimeout(WORK.plus(WORK).toMillis());
    door.addBean(crowd);
    jetty.addConnector(door);
    jetty.setHandler(new Answering());
    jetty.setErrorHandler(HttpServer::refused);
    jetty.setStopTimeout(0);
  }

  private static HttpConfiguration configuration() {
    HttpConfiguration configuration = new HttpConfiguration();
    configuration.setHttpCompliance(HttpCompliance.STRICT);
    configuration.setUriCompliance(
        UriCompliance.DEFAULT.with("with dots", UriCompliance.Violation.AMBIGUOUS_PATH_SEGMENT));
    configuration.setRequestHeaderSize(MOST_HEAD);
    configuration.setSendServerVersion(false);
    configuration.setSendDateHeader(true);
    configuration.setNotifyRemoteAsyncErrors(true);
    return configuration;
  }

  private static SslConnectionFactory encrypting(SSLContext context) {
    SslContextFactory.Server ssl = new SslContextFactory.Server();
    ssl.setSslContext(context);
    ssl.setIncludeProtocols("TLSv1.3", "TLSv1.2");
    ssl.setRenegotiationAllowed(false);
    return new SslConnectionFactory(ssl, "http/1.1");
  }

  /**
   * Listens from now on.
   *
   * @param ended told in a sentence if it cannot go on
   * @throws IOException if the address is taken or none of this machine
   */
  static HttpServer open(
      InetAddress host, int port, Optional<SSLContext> tls, Service service, Consumer<String> ended)
      throws IOException {
    HttpServer server = new HttpServer(host, port, tls, service, ended);
    try {
      server.door.open();
      server.jetty.start();
    } catch (IOException e) {
      server.close();
      throw e;
    } catch (Exception e) {
      // Jetty declares nothing narrower.
      server.close();
      throw new IllegalStateException("The HTTP server does not start", e);
    }
    Thread.ofPlatform().daemon().name("http-watch").start(server::watch);
    return server;
  }

  int port() {
    return door.getLocalPort();
  }

  int connections() {
    return crowd.size();
  }

  private void watch() {
    try {
      while (!closed) {
        crowd.sweep();
        Thread.sleep(ROUND);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error e) {
      fail(e);
    }
  }

  /** An API that is gone must not stay unseen, nor what the machine itself lacks. */
  private void fail(Throwable cause) {
    Ending.report(cause);
    if (!closed) {
      LOG.error("The HTTP API failed", cause);
      ended.accept("The HTTP API cannot go on: %s.".formatted(Printable.line(cause.toString())));
    }
  }

  // ---- a request ----

  private final class Answering extends Handler.Abstract {
    @Override
    public boolean handle(Request request, Response response, Callback callback) {
      Crowd.Guest guest = crowd.of(request.getConnectionMetaData().getConnection());
      Asked asked = new Asked(request, guest);
      Answer answer;
      try {
        guest.asks();
        answer = service.answer(asked);
      } catch (Problem problem) {
        answer = problem.answer();
        asked.discard();
        // Whoever cannot ask rightly may not mean what follows as another request.
        if (problem.status() == 400 || !asked.whole) {
          response.getHeaders().put(HttpHeader.CONNECTION, "close");
        }
      } catch (Error e) {
        fail(e);
        throw e;
      }
      Request.addCompletionListener(
          request, _ -> guest.rests(request.getConnectionMetaData().isPersistent()));
      try {
        switch (answer) {
          case Answer.Whole whole -> {
            guest.takes(whole.body().length);
            write(response, whole, callback);
          }
          case Answer.Stream stream -> {
            begin(response, stream);
            response.getHeaders().put(HttpHeader.CONNECTION, "close");
            stream
                .source()
                .send(bytes -> {
                  guest.takes(bytes.length);
                  Content.Sink.write(response, false, ByteBuffer.wrap(bytes));
                  guest.within(WORK);
                });
            callback.succeeded();
          }
        }
      } catch (IOException e) {
        LOG.debug("A client of the API is gone: {}", e.getMessage());
        callback.failed(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        callback.failed(e);
      } catch (Error e) {
        fail(e);
        throw e;
      }
      return true;
    }
  }

  private static void begin(Response response, Answer answer) {
    response.setStatus(answer.status());
    HttpFields.Mutable fields = response.getHeaders();
    fields.put(HttpHeader.CONTENT_TYPE, answer.type());
    fields.put(HttpHeader.CACHE_CONTROL, "no-store");
    fields.put("X-Content-Type-Options", "nosniff");
  }

  private static void write(Response response, Answer.Whole answer, Callback callback) {
    begin(response, answer);
    answer.headers().forEach(response.getHeaders()::put);
    response.getHeaders().put(HttpHeader.CONTENT_LENGTH, answer.body().length);
    response.write(true, ByteBuffer.wrap(answer.body()), callback);
  }

  /** What Jetty itself refuses. What it says of the request quotes it, so it is not passed on. */
  private static boolean refused(Request request, Response response, Callback callback) {
    int told = request.getAttribute(ErrorHandler.ERROR_STATUS) instanceof Integer code ? code : 500;
    // To whoever begins with HTTP/2 it would say that there is something better.
    int status = told == HttpStatus.UPGRADE_REQUIRED_426 ? 505 : told;
    response.getHeaders().put(HttpHeader.CONNECTION, "close");
    write(response, Problem.ofProtocol(status).answer(), callback);
    return true;
  }

  /** A request whose head is there. */
  static final class Asked {
    private final Request request;
    private final Crowd.Guest guest;
    private boolean whole;

    private Asked(Request request, Crowd.Guest guest) {
      this.request = request;
      this.guest = guest;
    }

    Request head() {
      return request;
    }

    /** It shows the token. */
    void trust() {
      guest.trust();
    }

    /**
     * Takes the body.
     *
     * @throws Problem if it is too long, is no body or does not come in time
     */
    byte[] body() {
      guest.within(BODY.plus(BODY));
      long until = System.nanoTime() + BODY.toNanos();
      ByteArrayOutputStream body = new ByteArrayOutputStream();
      if (request.getLength() > MOST_BODY) {
        throw tooLong();
      }
      while (!whole) {
        Content.Chunk chunk = request.read();
        if (chunk == null) {
          await(until);
          continue;
        }
        if (Content.Chunk.isFailure(chunk)) {
          throw chunk.getFailure() instanceof HttpException refused
              ? Problem.ofProtocol(refused.getCode())
              : new Problem(400, "The body ended before its end.");
        }
        if (body.size() + chunk.remaining() > MOST_BODY) {
          chunk.release();
          throw tooLong();
        }
        byte[] piece = new byte[chunk.remaining()];
        chunk.getByteBuffer().get(piece);
        body.writeBytes(piece);
        whole = chunk.isLast();
        chunk.release();
      }
      guest.within(WORK);
      return body.toByteArray();
    }

    /**
     * Lets go of what still comes, for a moment and up to a bound: an answer to whoever still sends
     * would be lost when the connection closes (RFC 9112, 9.6).
     */
    private void discard() {
      long until = System.nanoTime() + LINGER.toNanos();
      // Whoever waits for a word to go on is told the answer instead.
      long left = request.getHeaders().contains(HttpHeader.EXPECT) ? 0 : MOST_DISCARDED;
      while (!whole && left > 0) {
        Content.Chunk chunk = request.read();
        if (chunk == null) {
          if (!comes(until)) {
            return;
          }
          continue;
        }
        if (Content.Chunk.isFailure(chunk)) {
          return;
        }
        left -= chunk.remaining();
        whole = chunk.isLast();
        chunk.release();
      }
    }

    private void await(long until) {
      if (!comes(until)) {
        request.fail(new TimeoutException("The body did not come in time"));
        throw new Problem(408, "The body did not come in time.");
      }
    }

    private boolean comes(long until) {
      CountDownLatch more = new CountDownLatch(1);
      request.demand(more::countDown);
      try {
        return more.await(until - System.nanoTime(), TimeUnit.NANOSECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new Problem(503, "The node is ending.");
      }
    }

    private static Problem tooLong() {
      return new Problem(413, "The body is longer than %s bytes.".formatted(MOST_BODY));
    }
  }

  /** Takes no more connections, and ends those that there are. */
  @Override
  public void close() {
    closed = true;
    try {
      jetty.stop();
    } catch (Exception e) {
      // Jetty declares nothing narrower; what is left ends with the process.
      LOG.debug("The HTTP server did not end in order: {}", e.toString());
    }
  }
}
