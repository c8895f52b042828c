package org.probity.agent.gateway;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.probity.agent.settings.OperationSettings;
import org.probity.agent.watch.NodeWatch;
import org.probity.chain.Address;
import org.probity.ground.Bytes32;
import org.probity.intent.Pace;
import org.probity.intent.conduct.AgentSpec;
import org.slf4j.LoggerFactory;

/** The API on loopback with agents that are scripted, and the bytes that go in and come out. */
final class RunningApi implements AutoCloseable {

  static final String VAULT = "0x" + "11".repeat(20);
  static final String ACCOUNT = "0x" + "22".repeat(20);
  static final Bytes32 MODEL = Bytes32.of(new byte[Bytes32.SIZE]);

  final HttpGateway gateway;
  final String token;
  final List<String> ended = new CopyOnWriteArrayList<>();
  final NodeWatch watch = watching();
  private final ListAppender<ILoggingEvent> logged = new ListAppender<>();
  private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);

  RunningApi(Path folder) throws IOException {
    gateway = HttpGateway.listen(http("127.0.0.1", 0, folder.resolve("http.token")), ended::add);
    token = Files.readString(folder.resolve("http.token")).strip();
    logged.start();
    root.addAppender(logged);
  }

  /** What is served, without anybody who does it. */
  static List<Endpoint> endpoints() {
    try (NodeWatch watch = watching()) {
      return new ApiRoutes(
              new HttpGateway.Served(
                  new ScriptedAgents(), watch, MODEL, List.of(), new Pace(60, false), _ -> {}),
              new EventStreams())
          .all();
    }
  }

  private static NodeWatch watching() {
    return new NodeWatch(
        new OperationSettings.Alerts(
            Duration.ofDays(1), Duration.ofDays(1), Duration.ofDays(1), BigInteger.ONE),
        List.of(),
        InstantSource.system());
  }

  static OperationSettings.Http http(String host, int port, Path tokenFile) {
    return new OperationSettings.Http(host, port, tokenFile, Optional.empty());
  }

  RunningApi serve() {
    gateway.serve(
        new HttpGateway.Served(
            new ScriptedAgents(),
            watch,
            MODEL,
            List.of(MODEL),
            new Pace(60, false),
            RunningApi::check));
    return this;
  }

  private static void check(AgentSpec spec) {
    if (!spec.account().equals(new Address(ACCOUNT))) {
      throw new IllegalArgumentException("There is no key of " + spec.account());
    }
  }

  String host() {
    return URI.create(gateway.address()).getAuthority();
  }

  /** What was logged with a stack trace. */
  List<String> traces() {
    return List.copyOf(logged.list).stream()
        .filter(event -> event.getThrowableProxy() != null)
        .map(event -> event.getFormattedMessage() + ": " + event.getThrowableProxy().getMessage())
        .toList();
  }

  /** Forgets what was logged so far. */
  void forget() {
    logged.list.clear();
  }

  Socket connect() throws IOException {
    URI address = URI.create(gateway.address());
    Socket socket = new Socket();
    socket.connect(new InetSocketAddress(address.getHost(), address.getPort()), 5_000);
    socket.setSoTimeout(10_000);
    return socket;
  }

  /** An answer as it came. */
  record Answer(int status, List<String> headers, String body) {
    Optional<String> header(String name) {
      String begin = name.toLowerCase(Locale.ROOT) + ": ";
      return headers.stream()
          .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(begin))
          .map(line -> line.substring(begin.length()))
          .findFirst();
    }
  }

  /** Sends bytes on a connection of their own, and reads until its end: what was answered. */
  List<Answer> send(byte[] raw) {
    try (Socket socket = connect()) {
      socket.getOutputStream().write(raw);
      socket.getOutputStream().flush();
      socket.shutdownOutput();
      return answers(socket.getInputStream());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  List<Answer> send(String raw) {
    return send(raw.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** A whole request that shows the token. */
  String request(String method, String target, String body, String... headers) {
    return "%s %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n%sContent-Length: %s\r\n\r\n%s"
        .formatted(
            method,
            target,
            host(),
            token,
            String.join("", java.util.Arrays.stream(headers).map(h -> h + "\r\n").toList()),
            String.valueOf(body.getBytes(StandardCharsets.ISO_8859_1).length),
            body);
  }

  static List<Answer> answers(InputStream read) throws IOException {
    InputStream in = new BufferedInputStream(read);
    List<Answer> answers = new ArrayList<>();
    try {
      for (String line = line(in); !line.isEmpty(); line = line(in)) {
        int status = Integer.parseInt(line.split(" ", 3)[1]);
        List<String> headers = new ArrayList<>();
        for (String header = line(in); !header.isEmpty(); header = line(in)) {
          headers.add(header);
        }
        Answer answer = new Answer(status, headers, "");
        if (answer.header("content-type").orElse("").equals("text/event-stream")) {
          // It has no end of its own.
          answers.add(answer);
          return answers;
        }
        int length = answer.header("content-length").map(Integer::parseInt).orElse(0);
        if (length > 0 && nextBegins(in)) {
          length = 0;
        }
        answers.add(
            new Answer(status, headers, new String(in.readNBytes(length), StandardCharsets.UTF_8)));
      }
    } catch (SocketTimeoutException e) {
      throw e;
    } catch (IOException e) {
      // Reset: what came before it is what was answered.
    }
    return answers;
  }

  /** An answer to HEAD tells a length and has no content: what follows it is the next answer. */
  private static boolean nextBegins(InputStream in) throws IOException {
    byte[] begin = "HTTP/1.".getBytes(StandardCharsets.ISO_8859_1);
    in.mark(begin.length);
    boolean next = Arrays.equals(in.readNBytes(begin.length), begin);
    in.reset();
    return next;
  }

  private static String line(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int b = in.read(); b >= 0 && b != '\n'; b = in.read()) {
      if (b != '\r') {
        line.write(b);
      }
    }
    return line.toString(StandardCharsets.ISO_8859_1);
  }

  @Override
  public void close() {
    root.detachAppender(logged);
    gateway.close();
    watch.close();
  }
}
