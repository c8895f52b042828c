package org.probity.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** One endpoint of two does its worst: whoever asks is answered by the other, soon and cheaply. */
class HostileEndpointTest {

  private static final Address SOMEONE = new Address("0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc");
  private static final byte[] SPACES = " ".repeat(1 << 16).getBytes(StandardCharsets.UTF_8);

  private StubNode hostile;
  private StubNode good;

  @BeforeEach
  void start() throws IOException {
    hostile = new StubNode();
    good = new StubNode();
  }

  @AfterEach
  void stop() {
    hostile.close();
    good.close();
  }

  private static ChainClient client(URI... addresses) {
    return client(Duration.ofMillis(100), addresses);
  }

  /**
   * @param pause how long an endpoint is left alone after its first fault
   */
  private static ChainClient client(Duration pause, URI... addresses) {
    return ChainClient.connect(
        new Endpoints(
            List.of(addresses),
            List.of(),
            Optional.empty(),
            Duration.ofSeconds(2),
            new Endpoints.Backoff(
                pause, Duration.ofSeconds(20), Duration.ofSeconds(30), 3, new Random(7))),
        31_337);
  }

  private enum Attack {
    ENDLESS(EndpointFault.OUT_OF_BOUNDS),
    GZIP_BOMB(EndpointFault.OUT_OF_BOUNDS),
    DEEP(EndpointFault.OUT_OF_BOUNDS),
    MANY_VALUES(EndpointFault.OUT_OF_BOUNDS),
    MANY_DIGITS(EndpointFault.OUT_OF_BOUNDS),
    MANY_HEX_DIGITS(EndpointFault.BAD_ANSWER),
    NEGATIVE(EndpointFault.BAD_ANSWER),
    NO_NUMBER(EndpointFault.BAD_ANSWER),
    UTF_16(EndpointFault.BAD_ANSWER),
    MOVED(EndpointFault.OUT_OF_BOUNDS),
    MOVED_FOR_A_TIME(EndpointFault.OUT_OF_BOUNDS),
    DRIP(EndpointFault.TIMEOUT),
    ERROR_500_ENDLESS(EndpointFault.OUT_OF_BOUNDS),
    LATER_THAN_EVER(EndpointFault.RATE_LIMITED);

    private final EndpointFault fault;

    Attack(EndpointFault fault) {
      this.fault = fault;
    }

    boolean take(HttpExchange exchange, URI elsewhere) throws IOException {
      String result = "{\"jsonrpc\": \"2.0\", \"id\": 1, \"result\": ";
      switch (this) {
        case ENDLESS -> endless(exchange, 200);
        case ERROR_500_ENDLESS -> endless(exchange, 500);
        case GZIP_BOMB -> {
          ByteArrayOutputStream packed = new ByteArrayOutputStream();
          try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
            for (int i = 0; i < 1_024; i++) {
              out.write(SPACES);
            }
          }
          exchange.getResponseHeaders().set("Content-Encoding", "gzip");
          exchange.sendResponseHeaders(200, packed.size());
          packed.writeTo(exchange.getResponseBody());
        }
        case DEEP -> StubNode.reply(exchange, 200, result + "[".repeat(500_000));
        case MANY_VALUES -> StubNode.reply(exchange, 200, result + "[" + "{},".repeat(2_000_000));
        case MANY_DIGITS -> StubNode.reply(exchange, 200, result + "9".repeat(1_000_000) + "}");
        case MANY_HEX_DIGITS ->
            StubNode.reply(exchange, 200, result + "\"0x" + "f".repeat(1_000_000) + "\"}");
        case NEGATIVE -> StubNode.reply(exchange, 200, result + "\"0x-5\"}");
        case NO_NUMBER -> StubNode.reply(exchange, 200, result + "\"\u0665\"}");
        case UTF_16 -> {
          byte[] body = (result + "\"0xg\"}").getBytes(StandardCharsets.UTF_16);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
        }
        case MOVED, MOVED_FOR_A_TIME -> {
          exchange.getResponseHeaders().set("Location", elsewhere + "/internal?key");
          exchange.sendResponseHeaders(this == MOVED ? 302 : 307, -1);
        }
        case LATER_THAN_EVER -> {
          exchange.getResponseHeaders().set("Retry-After", Long.toString(Long.MAX_VALUE));
          exchange.sendResponseHeaders(429, -1);
        }
        case DRIP -> {
          exchange.sendResponseHeaders(200, 1 << 20);
          try {
            for (int i = 0; i < 200; i++) {
              exchange.getResponseBody().write(' ');
              exchange.getResponseBody().flush();
              Thread.sleep(20);
            }
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        }
      }
      return true;
    }

    private static void endless(HttpExchange exchange, int status) throws IOException {
      exchange.sendResponseHeaders(status, 0);
      OutputStream out = exchange.getResponseBody();
      for (int i = 0; i < 1 << 14; i++) {
        out.write(SPACES);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Attack.class)
  void theOtherEndpointAnswersAndTheFaultIsNamed(Attack attack) throws IOException {
    try (StubNode elsewhere = new StubNode();
        ChainClient client = client(Duration.ofSeconds(10), hostile.address(), good.address())) {
      hostile.take((exchange, _) -> attack.take(exchange, elsewhere.address()));
      assertThat(client.balance(SOMEONE)).isEqualTo(BigInteger.valueOf(42));
      EndpointStatus status = client.endpoints().getFirst();
      assertThat(status.faults()).containsOnlyKeys(attack.fault);
      assertThat(status.shutOut()).isPresent().get().asString().doesNotContain("key");
      int before = hostile.requests().size();
      for (int i = 0; i < 5; i++) {
        client.balance(SOMEONE);
      }
      assertThat(hostile.requests()).as("it is left alone").hasSize(before);
      assertThat(elsewhere.requests()).as("nothing is sent on").isEmpty();
    }
  }

  @Test
  void noEndpointIsLeftAloneForEver() {
    for (long seconds : new long[] {700, Integer.MAX_VALUE, Long.MAX_VALUE}) {
      RankedEndpoint node =
          new RankedEndpoint("node", 0, null, Endpoints.Backoff.with(new Random(7)));
      boolean unused =
          node.failed(
              EndpointFault.RATE_LIMITED, "later", Optional.of(Duration.ofSeconds(seconds)));
      assertThat(node.excluded()).isTrue();
      assertThat(node.shutFor()).isPositive().isLessThanOrEqualTo(Duration.ofMinutes(10));
    }
  }

  @Test
  void aRedirectIsNamedWithTheAddressToUse() throws IOException {
    hostile.take((exchange, _) -> Attack.MOVED.take(exchange, URI.create("https://node.example")));
    assertThatThrownBy(() -> client(hostile.address()))
        .isInstanceOf(RpcUnreachable.class)
        .hasMessageContaining(
            "sends its callers on to https://node.example (HTTP status 302), which is not followed")
        .hasMessageNotContaining("internal");
  }

  @Test
  void heightsAndTimesThatAreTooLargeAreTheEndpointsFault() {
    hostile.result("eth_chainId", "\"0x8000000000000000\"");
    assertThatThrownBy(() -> client(hostile.address()))
        .isInstanceOf(RpcUnreachable.class)
        .hasMessageContaining("answered eth_chainId with what makes no sense");
    try (ChainClient client = client(good.address(), hostile.address())) {
      good.result("eth_getTransactionCount", "\"0x1" + "0".repeat(40) + "\"");
      assertThatThrownBy(() -> client.transactionCount(SOMEONE, BlockTag.LATEST))
          .isInstanceOf(RpcUnreachable.class);
    }
  }

  @Test
  void whoHasNoNewestBlockIsAtFault() {
    try (ChainClient client = client(good.address())) {
      good.result("eth_getBlockByNumber", "null");
      assertThatThrownBy(client::head)
          .isInstanceOf(RpcUnreachable.class)
          .hasMessageContaining("no block, though each chain has a newest one");
      assertThat(client.head(BlockTag.at(9))).as("which may come yet").isEmpty();
    }
  }

  @Test
  void whatAnEndpointSaysIsOneHarmlessLine() {
    try (ChainClient client = client(good.address())) {
      good.error(
          "eth_call",
          -32_000,
          "\u001b[2J\u001b[31mEVIL\r\nhead 9 executed\u0007" + "x".repeat(900));
      assertThatThrownBy(() -> client.call(Call.of(SOMEONE, Bytes.EMPTY), BlockTag.LATEST))
          .isInstanceOf(RpcRefused.class)
          .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\u001b", "\n", "\r", "\u0007"))
          .satisfies(e -> assertThat(String.valueOf(e.getMessage()).length()).isLessThan(450));
      Bytes reason = AbiFunction.parse("Error(string)").encode("\u001b]0;owned\u0007\nnext line");
      good.answer(
          "eth_call",
          _ ->
              "{\"error\": {\"code\": 3, \"message\": \"execution reverted\", \"data\": \"%s\"}}"
                  .formatted(reason));
      assertThatThrownBy(() -> client.call(Call.of(SOMEONE, Bytes.EMPTY), BlockTag.LATEST))
          .isInstanceOf(CallReverted.class)
          .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\u001b", "\n", "\u0007"));
    }
  }

  @Test
  void credentialsOfTheAddressAreSentAndNeverShown() {
    List<String> sent = new java.util.concurrent.CopyOnWriteArrayList<>();
    good.take((exchange, _) -> {
      String given = exchange.getRequestHeaders().getFirst("Authorization");
      sent.add(String.valueOf(given));
      if (given == null) {
        exchange.sendResponseHeaders(401, -1);
      }
      return given == null;
    });
    URI withUser =
        URI.create("http://ann%40x:p%C3%A4ss@127.0.0.1:" + good.address().getPort() + "/v1");
    try (ChainClient client = client(withUser)) {
      assertThat(client.balance(SOMEONE)).isEqualTo(BigInteger.valueOf(42));
      assertThat(client.toString()).doesNotContain("ann", "p%C3");
    }
    String expected =
        Base64.getEncoder().encodeToString("ann@x:päss".getBytes(StandardCharsets.UTF_8));
    assertThat(sent).containsOnly("Basic " + expected);
  }

  // ---- Threads ----

  @Test
  void anExceptionDoesNotEndTheWatchingOfHeads() throws Exception {
    CompletableFuture<Head> came = new CompletableFuture<>();
    try (ChainClient client = client(good.address())) {
      client
          .pool()
          .listen((_, _, _) -> {
            throw new IllegalStateException("a listener that fails");
          });
      good.take((exchange, _) -> {
        StubNode.reply(exchange, 200, "<html>");
        return true;
      });
      HeadSource.Settings brisk =
          HeadSource.Settings.DEFAULT.withPace(
              new HeadSource.Pace(
                  Duration.ofMillis(20), Duration.ofMillis(500), Duration.ofMillis(200)));
      CompletableFuture<Void> failed = new CompletableFuture<>();
      try (HeadSource.Subscription _ =
          client
              .watch(brisk)
              .subscribe(
                  new HeadSource.Listener() {
                    @Override
                    public void onHead(Head head) {
                      came.complete(head);
                    }

                    @Override
                    public void onCondition(HeadSource.Condition condition, String detail) {
                      failed.complete(null);
                    }
                  })) {
        failed.get(10, TimeUnit.SECONDS);
        good.take(null);
        assertThat(came.get(10, TimeUnit.SECONDS).number()).isZero();
      }
    }
  }

  @Test
  void anErrorOfTheJvmReachesTheHandlerThatEndsTheProcess() throws Exception {
    CompletableFuture<Throwable> handed = new CompletableFuture<>();
    Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
    Thread.setDefaultUncaughtExceptionHandler((thread, error) -> {
      if (thread.getName().equals("heads")) {
        handed.complete(error);
      }
    });
    try (ChainClient client = client(good.address());
        HeadSource.Subscription _ =
            client
                .watch(HeadSource.Settings.DEFAULT)
                .subscribe(_ -> {
                  throw new OutOfMemoryError("of the test");
                })) {
      assertThat(handed.get(10, TimeUnit.SECONDS)).isInstanceOf(OutOfMemoryError.class);
    } finally {
      Thread.setDefaultUncaughtExceptionHandler(before);
    }
  }

  // ---- WebSockets ----

  @Test
  void aWebSocketMessageWithoutEndIsCutOff() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      CompletableFuture<String> extensions = new CompletableFuture<>();
      CompletableFuture<Long> sent = new CompletableFuture<>();
      Thread.ofVirtual().start(() -> flood(server, extensions, sent));
      URI address = URI.create("ws://127.0.0.1:" + server.getLocalPort());
      try (SocketRpc rpc = new SocketRpc(address, Duration.ofSeconds(10), _ -> {}, _ -> {})) {
        assertThatThrownBy(() -> rpc.ask("eth_chainId"))
            .isInstanceOfSatisfying(
                RpcUnreachable.class,
                e -> {
                  assertThat(e.fault()).isEqualTo(EndpointFault.OUT_OF_BOUNDS);
                  assertThat(e.lessMayHelp()).isTrue();
                });
      }
      assertThat(extensions.get(10, TimeUnit.SECONDS)).as("no compression").isEmpty();
      assertThat(sent.get(10, TimeUnit.SECONDS)).isLessThan(64L << 20);
    }
  }

  /** Opens a WebSocket, waits for a question, and answers with one message that never ends. */
  private static void flood(
      ServerSocket server, CompletableFuture<String> extensions, CompletableFuture<Long> sent) {
    long bytes = 0;
    try (Socket socket = server.accept();
        InputStream in = socket.getInputStream();
        OutputStream out = socket.getOutputStream()) {
      String head = head(in);
      extensions.complete(header(head, "Sec-WebSocket-Extensions"));
      String key = header(head, "Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
      byte[] digest =
          MessageDigest.getInstance("SHA-1").digest(key.getBytes(StandardCharsets.US_ASCII));
      out.write(
          ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
                  + Base64.getEncoder().encodeToString(digest)
                  + "\r\n\r\n")
              .getBytes(StandardCharsets.US_ASCII));
      in.read();
      byte[] fragment = new byte[SPACES.length + 4];
      Arrays.fill(fragment, (byte) ' ');
      fragment[1] = 126;
      fragment[2] = (byte) 0xff;
      fragment[3] = (byte) 0xff;
      for (int i = 0; i < 1 << 14; i++) {
        fragment[0] = (byte) (i == 0 ? 1 : 0); // text, then its continuations, none the last
        out.write(fragment, 0, 4 + 0xffff);
        bytes += fragment.length;
      }
    } catch (IOException | java.security.NoSuchAlgorithmException e) {
      // Cut off.
    }
    sent.complete(bytes);
  }

  private static String head(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (!head.toString().endsWith("\r\n\r\n")) {
      head.append((char) in.read());
    }
    return head.toString();
  }

  private static String header(String head, String name) {
    return head.lines()
        .filter(line -> line.regionMatches(true, 0, name + ":", 0, name.length() + 1))
        .map(line -> line.substring(name.length() + 1).strip())
        .findFirst()
        .orElse("");
  }
}
