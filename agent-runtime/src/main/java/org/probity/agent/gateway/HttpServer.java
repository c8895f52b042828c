package org.probity.agent.gateway;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.probity.agent.Ending;
import org.probity.ground.Printable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves HTTP/1.1, each connection on a virtual thread of its own, {@value #MOST} at most.
 *
 * <p><b>Nobody keeps others out.</b> A request's head, its body and the reading of its answer have
 * their times each, together and not from byte to byte. When all places are taken, a new connection
 * gets that of the one that has waited longest without showing the token, of the address that has
 * most of them: an operator's request, which takes milliseconds, passes through any crowd that
 * waits.
 */
final class HttpServer implements AutoCloseable {

  /** How many connections there are at once. */
  static final int MOST = 256;

  /** How long a connection may be silent between two requests. */
  static final Duration SILENCE = Duration.ofSeconds(20);

  private static final Logger LOG = LoggerFactory.getLogger(HttpServer.class);
  private static final int BACKLOG = 1_024;
  private static final Duration WORK = Duration.ofSeconds(50);
  private static final Duration ROUND = Duration.ofMillis(250);
  private static final int FAILURES = 100;
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM uuuu HH:mm:ss 'GMT'", Locale.ENGLISH);
  private static final byte[] CONTINUE =
      "HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  /** What answers requests. */
  interface Service {
    /**
     * Judges a request by its head, before any of its body is taken.
     *
     * @throws Problem if it is not to be read further
     */
    Call admit(RequestHead head);
  }

  /** A request that was let in. */
  interface Call {
    /** Whether it shows the token. */
    boolean trusted();

    /**
     * @throws Problem if it cannot be answered as asked
     */
    ApiRoutes.Answer answer(byte[] body);
  }

  private final ServerSocket door;
  private final Optional<SSLContext> tls;
  private final Service service;
  private final Consumer<String> ended;
  private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  private HttpServer(
      ServerSocket door, Optional<SSLContext> tls, Service service, Consumer<String> ended) {
    this.door = door;
    this.tls = tls;
    this.service = service;
    this.ended = ended;
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
    ServerSocket door = new ServerSocket();
    try {
      door.bind(new InetSocketAddress(host, port), BACKLOG);
    } catch (IOException e) {
      door.close();
      throw e;
    }
    HttpServer server = new HttpServer(door, tls, service, ended);
    server.start("http-door", server::accept);
    server.start("http-watch", server::watch);
    return server;
  }

  int port() {
    return door.getLocalPort();
  }

  int connections() {
    return connections.size();
  }

  // ---- the door ----

  /** Whatever ends one of its two threads is told: an API that is gone must not stay unseen. */
  private void start(String name, Runnable work) {
    Thread.ofPlatform()
        .daemon()
        .name(name)
        .start(() -> {
          try {
            work.run();
          } catch (RuntimeException | Error e) {
            fail(e);
          }
        });
  }

  private void fail(Throwable cause) {
    Ending.report(cause);
    if (!closed) {
      LOG.error("The HTTP API failed", cause);
      ended.accept("The HTTP API cannot go on: %s.".formatted(Printable.line(cause.toString())));
    }
  }

  private void accept() {
    int failures = 0;
    while (!closed) {
      try {
        admit(door.accept());
        failures = 0;
      } catch (IOException e) {
        // Most often the process has no file descriptor left: one is made free, and it goes on.
        if (!closed && ++failures == FAILURES) {
          throw new IllegalStateException("no connection can be accepted: " + e.getMessage(), e);
        }
        makeRoom();
        pause(Duration.ofMillis(50));
      }
    }
  }

  private void admit(Socket wire) {
    if (connections.size() >= MOST && !makeRoom()) {
      cut(wire);
      return;
    }
    try {
      wire.setTcpNoDelay(true);
      Connection connection = new Connection(wire, encrypted(wire));
      connections.add(connection);
      Thread.ofVirtual().name("http").start(() -> serve(connection));
    } catch (IOException e) {
      cut(wire);
    }
  }

  private Socket encrypted(Socket wire) throws IOException {
    if (tls.isEmpty()) {
      return wire;
    }
    SSLSocket socket = (SSLSocket) tls.get().getSocketFactory().createSocket(wire, null, true);
    socket.setEnabledProtocols(new String[] {"TLSv1.3", "TLSv1.2"});
    return socket;
  }

  /** Cuts the connection that is the least loss. */
  private boolean makeRoom() {
    Map<InetAddress, Long> crowds =
        connections.stream()
            .filter(Connection::isExpendable)
            .collect(Collectors.groupingBy(Connection::client, Collectors.counting()));
    Optional<Connection> least =
        connections.stream()
            .filter(Connection::isExpendable)
            .max(
                Comparator.<Connection>comparingLong(c -> crowds.getOrDefault(c.client(), 0L))
                    .thenComparing(
                        Connection::waitsSince, Comparator.comparingLong(since -> -since)));
    least.ifPresent(connection -> {
      connections.remove(connection);
      connection.cut();
    });
    return least.isPresent();
  }

  private void watch() {
    while (!closed) {
      long now = System.nanoTime();
      for (Connection connection : connections) {
        if (connection.isOverdue(now)) {
          connection.cut();
        }
      }
      pause(ROUND);
    }
  }

  private void pause(Duration time) {
    try {
      Thread.sleep(time);
    } catch (InterruptedException e) {
      closed = true;
    }
  }

  // ---- a connection ----

  private void serve(Connection connection) {
    try (connection) {
      RequestReader reader = new RequestReader(connection);
      Duration patience = RequestReader.HEAD;
      while (!closed && exchange(connection, reader, patience)) {
        patience = SILENCE;
      }
    } catch (IOException e) {
      LOG.debug("A connection of the API ended: {}", e.getMessage());
    } catch (RuntimeException e) {
      LOG.error("A connection of the API failed", e);
    } catch (Error e) {
      // What the machine itself lacks, no other connection has either.
      fail(e);
    } finally {
      connections.remove(connection);
    }
  }

  /** Returns whether another request may come. */
  private boolean exchange(Connection connection, RequestReader reader, Duration patience)
      throws IOException {
    connection.await();
    boolean bodiless = false;
    boolean more = false;
    ApiRoutes.Answer answer;
    try {
      Optional<RequestHead> next = reader.head(patience);
      if (next.isEmpty()) {
        return false;
      }
      RequestHead head = next.get();
      bodiless = head.method().equals("HEAD");
      more = head.persistent();
      answer = answer(connection, reader, head);
    } catch (Problem problem) {
      answer = problem.answer();
      // Whoever cannot ask rightly may not mean what follows as another request.
      more &= reader.isWhole() && problem.status() != 400;
    }
    connection.write(message(answer, bodiless, more));
    if (!more && !reader.isWhole()) {
      connection.linger();
    }
    return more;
  }

  private ApiRoutes.Answer answer(Connection connection, RequestReader reader, RequestHead head)
      throws IOException {
    Call call = service.admit(head);
    if (call.trusted()) {
      connection.trust();
    }
    if (head.waits() && head.length() <= RequestReader.MOST_BODY) {
      connection.write(CONTINUE);
    }
    byte[] body = reader.body(head);
    connection.pause(WORK);
    return call.answer(body);
  }

  private static byte[] message(ApiRoutes.Answer answer, boolean bodiless, boolean more) {
    StringBuilder head = new StringBuilder(256);
    head.append("HTTP/1.1 ").append(answer.status()).append(' ');
    head.append(Problem.phrase(answer.status())).append("\r\n");
    field(head, "Date", DATE.format(ZonedDateTime.now(ZoneOffset.UTC)));
    field(head, "Content-Type", answer.type());
    if (!bodiless) {
      field(head, "Content-Length", Integer.toString(answer.body().length));
    }
    field(head, "Cache-Control", "no-store");
    field(head, "X-Content-Type-Options", "nosniff");
    answer.headers().forEach((name, value) -> field(head, name, value));
    if (!more) {
      field(head, "Connection", "close");
    }
    head.append("\r\n");
    ByteArrayOutputStream message = new ByteArrayOutputStream();
    message.writeBytes(head.toString().getBytes(StandardCharsets.ISO_8859_1));
    if (!bodiless) {
      message.writeBytes(answer.body());
    }
    return message.toByteArray();
  }

  private static void field(StringBuilder head, String name, String value) {
    head.append(name).append(": ").append(value).append("\r\n");
  }

  private static void cut(Socket wire) {
    try {
      wire.close();
    } catch (IOException e) {
      // Then it has ended already.
    }
  }

  /** Takes no more connections, and ends those that there are. */
  @Override
  public void close() {
    closed = true;
    try {
      door.close();
    } catch (IOException e) {
      LOG.debug("The API's door was closed already: {}", e.getMessage());
    }
    connections.forEach(Connection::cut);
  }
}
