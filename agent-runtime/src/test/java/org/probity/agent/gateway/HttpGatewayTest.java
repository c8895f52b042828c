package org.probity.agent.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.probity.agent.gateway.RunningApi.Answer;
import org.probity.agent.settings.OperationSettings;
import org.probity.ground.TestKind;

/** Requests that nobody should send, byte by byte, and the time that nobody should take. */
@TestKind.Acceptance
final class HttpGatewayTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private static Path folder = Path.of("");
  private static RunningApi api = unopened();

  @SuppressWarnings("NullAway") // Opened before the first test.
  private static RunningApi unopened() {
    return null;
  }

  @BeforeAll
  static void open() throws IOException {
    api = new RunningApi(folder).serve();
  }

  @AfterAll
  static void close() {
    api.close();
  }

  @AfterEach
  void nothingIsLoggedWithItsStackAndTheApiGoesOn() {
    assertThat(api.traces()).isEmpty();
    assertThat(api.ended).isEmpty();
    assertThat(only(api.request("GET", "/v1/agents", "", "Connection: close")).status())
        .isEqualTo(200);
  }

  /** One answer, and the connection at its end: what follows a bad request is never read. */
  private static Answer only(String raw) {
    List<Answer> answers = api.send(raw);
    assertThat(answers).hasSize(1);
    return answers.getFirst();
  }

  private static String detail(Answer answer, int status) {
    assertThat(answer.status()).as(answer.body()).isEqualTo(status);
    assertThat(answer.header("Content-Type")).contains("application/problem+json");
    try {
      JsonNode problem = JSON.readTree(answer.body());
      assertThat(problem.path("status").intValue()).isEqualTo(status);
      assertThat(problem.path("title").textValue()).isEqualTo(Problem.phrase(status));
      assertThat(answer.body()).doesNotContain("org.probity", "java.", "jackson", "Exception");
      return problem.path("detail").textValue();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  // ---- heads ----

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          # Lengths that others may read otherwise
          Content-Length: 18446744073709551616 | 400
          Content-Length: 18446744073709551618 | 400
          Content-Length: 9223372036854775808  | 400
          Content-Length: 999999999999999999   | 413
          Content-Length: -5                   | 400
          Content-Length: +2                   | 400
          Content-Length: 0x2                  | 400
          Content-Length: 2, 2                 | 400
          Content-Length:                      | 400
          Content-Length: 2~Content-Length: 2  | 400
          Content-Length: 2~Transfer-Encoding: chunked | 400
          Transfer-Encoding: chunked~Content-Length: 2 | 400
          Transfer-Encoding: chunked~Transfer-Encoding: chunked | 400
          Transfer-Encoding: xchunked          | 400
          Transfer-Encoding: gzip, chunked     | 400
          # Fields
          Host: elsewhere                      | 400
          Authorization: Bearer second         | 400
          X-Folded: a~ b                       | 400
          X-Space : a                          | 400
          : empty                              | 400
          no colon                             | 400
          Expect: miracles                     | 417
          """)
  void aHeadThatCanBeReadInTwoWaysIsRefused(String fields, int status) {
    String head =
        "POST /v1/agents/nobody/resume HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n%s\r\n\r\n"
            .formatted(api.host(), api.token, fields.replace("~", "\r\n"));
    detail(only(head + api.request("GET", "/v1/agents", "")), status);
  }

  @Test
  void aHeadHasBounds() {
    String host = "Host: " + api.host() + "\r\n";
    detail(only("GET /" + "a".repeat(9_000) + " HTTP/1.1\r\n" + host + "\r\n"), 414);
    detail(only("GET /" + "a".repeat(30_000) + " HTTP/1.1\r\n" + host + "\r\n"), 414);
    detail(only("GET /health HTTP/1.1\r\n" + host + "X: " + "a".repeat(9_000) + "\r\n\r\n"), 431);
    detail(only("GET /health HTTP/1.1\r\n" + host + "X: a\r\n".repeat(1_500) + "\r\n"), 431);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET /health HTTP/1.1\nHost: localhost\n\n",
        "GET /health HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n",
        "GET /health HTTP/1.1\r\nHost: localhost\rX: a\r\n\r\n",
        "GET /health HTTP/1.1\r\n\r\n",
        "GET /health#part HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET health HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET /h\u00e9 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET /%c0%ae HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003 hello of TLS\r\n\r\n",
        "POST /v1/agents HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
      })
  void whatIsNoRequestIsRefused(String raw) {
    detail(only(raw), 400);
  }

  @Test
  void otherVersionsAreNamed() {
    detail(only("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505);
    detail(only("GET /health HTTP/1.2\r\nHost: localhost\r\n\r\n"), 505);
    assertThat(only("GET /ready HTTP/1.0\r\n\r\n").status()).isEqualTo(503);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"QUERY", "FOO", "TRACE", "OPTIONS", "PUT", "DELETE", "PATCH", "get", "HEAD"})
  void methodsThatAreNotDoneAreToldWhichAre(String method) {
    for (String path : List.of("/health", "/v1/agents", "/v1/agents/a/pause")) {
      Answer answer = only(api.request(method, path, "", "Connection: close"));
      assertThat(answer.status()).isEqualTo(405);
      assertThat(answer.header("Allow").orElse("")).matches("GET|POST|GET, POST");
      if (!method.equals("HEAD")) {
        detail(answer, 405);
      }
    }
  }

  @Test
  void wholeServersAreNotAskedEither() {
    assertThat(only(api.request("OPTIONS", "*", "", "Connection: close")).header("Allow"))
        .contains("GET, POST");
    detail(only(api.request("CONNECT", "localhost:80", "", "Connection: close")), 400);
  }

  @ParameterizedTest
  @CsvSource({
    "localhost,200",
    "LOCALHOST:9,200",
    "127.0.0.1:80,200",
    "[::1]:8470,200",
    "rebound.example,421",
    "127.0.0.1.example:8470,421",
    "10.0.0.1,421",
    "localhost.,421",
    "'',400"
  })
  void onLoopbackANodeIsAskedByItsOwnName(String host, int status) {
    String fields = "Authorization: Bearer " + api.token + "\r\nConnection: close\r\n\r\n";
    assertThat(only("GET /v1/agents HTTP/1.1\r\nHost: " + host + "\r\n" + fields).status())
        .isEqualTo(status);
    if (!host.isEmpty()) {
      String absolute = "GET http://%s/v1/agents HTTP/1.1\r\nHost: %s\r\n%s";
      assertThat(only(absolute.formatted(host, host, fields)).status()).isEqualTo(status);
      // A target and a Host that differ are two readings of one request.
      if (!host.equals("localhost")) {
        detail(only(absolute.formatted(host, "localhost", fields)), 400);
      }
    }
  }

  @Test
  void aTokenInTheWrongPlaceIsNotSentBack() {
    String broken = "Host: node\u008aAuthorization: Bearer " + api.token;
    Answer answer = only("GET /v1/agents HTTP/1.1\r\n" + broken + "\r\nConnection: close\r\n\r\n");
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.body()).doesNotContain(api.token);
  }

  @Test
  void anIdIsTheWholePartOfAPath() {
    api.send(api.request("POST", "/v1/agents", creation("\"id\": \"a..b\"")));
    for (String id : List.of("a..b", "%61..b")) {
      assertThat(only(api.request("GET", "/v1/agents/" + id, "", "Connection: close")).status())
          .isEqualTo(200);
    }
    for (String id : List.of("..", "%2e%2e", "a%20b", "x".repeat(200))) {
      detail(only(api.request("GET", "/v1/agents/" + id, "", "Connection: close")), 404);
    }
    for (String path :
        List.of("/v1/agents/", "/V1/agents", "/v1/agents/a/../nothing", "/v1/../v1/agents")) {
      detail(only(api.request("GET", path, "", "Connection: close")), 404);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/agents/a%2Fb",
        "/v1/agents/a%00b",
        "/v1/agents/%252e",
        "//v1/agents",
        "/v1/agents/a;b=c",
        "/../v1/agents"
      })
  void aPathThatCanBeReadInTwoWaysIsRefused(String path) {
    detail(only(api.request("GET", path, "", "Connection: close")), 400);
  }

  // ---- bodies ----

  @ParameterizedTest
  @CsvSource({
    "-1,400",
    "0x1,400",
    "g,400",
    "'',400",
    "'1 1',400",
    "+1,400",
    "FFFFFFFF,400",
    "7FFFFFFF,400",
    "FFFFFF,400",
    "ffffffffffffffffffff,400"
  })
  void aBadChunkIsABadRequest(String size, int status) {
    detail(
        only(
            "POST /v1/agents HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nTransfer-Encoding: chunked\r\n\r\n%s\r\n{}\r\n0\r\n\r\n"
                .formatted(api.host(), api.token, size)),
        status);
  }

  @Test
  void goodChunksAreRead() {
    String body = creation("\"id\": \"chunked\"");
    StringBuilder chunks = new StringBuilder();
    body.chars().forEach(c -> chunks.append("1;x=y\r\n").append((char) c).append("\r\n"));
    Answer answer =
        only(
            "POST /v1/agents HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n%s0\r\nX-Trailer: y\r\n\r\n"
                .formatted(api.host(), api.token, chunks));
    assertThat(answer.status()).as(answer.body()).isEqualTo(201);
  }

  @Test
  void whoeverWaitsForAWordBeforeTheBodyGetsIt() throws IOException {
    String body = creation("\"id\": \"patient\"");
    String whole =
        api.request("POST", "/v1/agents", body, "Connection: close", "Expect: 100-continue");
    try (Socket socket = api.connect()) {
      String head = whole.substring(0, whole.length() - body.length());
      socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
      byte[] word = "HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
      assertThat(socket.getInputStream().readNBytes(word.length)).isEqualTo(word);
      socket.getOutputStream().write(body.getBytes(StandardCharsets.US_ASCII));
      assertThat(RunningApi.answers(socket.getInputStream()))
          .extracting(Answer::status)
          .containsExactly(201);
    }
    assertThat(
            only("POST /v1/agents HTTP/1.1\r\nHost: %s\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n"
                    .formatted(api.host()))
                .status())
        .isEqualTo(401);
  }

  @Test
  void requestsInARowAreAnsweredInTheirOrder() {
    List<Answer> answers =
        api.send(
            api.request("GET", "/ready", "ignored")
                + api.request("GET", "/v1/agents", "")
                + api.request("GET", "/nowhere", "", "Connection: close"));
    assertThat(answers).extracting(Answer::status).containsExactly(503, 200, 404);
  }

  private static String creation(String more) {
    String vault = "0x%040x".formatted(more.hashCode() & 0x7fff_ffff);
    return "{%s, \"vault\": \"%s\", \"account\": \"%s\"}"
        .formatted(more, vault, RunningApi.ACCOUNT);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\'',
      textBlock =
          """
          "id": null                      | "id" is null
          "id": 5                         | a text in quotation marks
          "id": ["a"]                     | a text in quotation marks
          "id": ".."                      | more than dots
          "id": "."                       | more than dots
          "id": "a/b"                     | letters, digits
          "id": ""                        | letters, digits
          "id": "a", "id": "b"            | twice
          "idd": "a"                      | no field "idd"
          "model": "0x12"                 | 64 hex digits
          "model": null                   | "model" is null
          "pace": null                    | "pace" is null
          "pace": {}                      | is missing
          "pace": []                      | an object in braces
          "pace": 5                       | an object in braces
          "pace": {"lifetimeSeconds": 1.9, "sendsHolds": true, "provesAll": true, "byAnyone": true}    | "pace.lifetimeSeconds" must be a whole number
          "pace": {"lifetimeSeconds": "300", "sendsHolds": true, "provesAll": true, "byAnyone": true}  | "pace.lifetimeSeconds" must be a whole number
          "pace": {"lifetimeSeconds": true, "sendsHolds": true, "provesAll": true, "byAnyone": true}   | whole number
          "pace": {"lifetimeSeconds": null, "sendsHolds": true, "provesAll": true, "byAnyone": true}   | is null
          "pace": {"lifetimeSeconds": 1e99, "sendsHolds": true, "provesAll": true, "byAnyone": true}   | whole number
          "pace": {"lifetimeSeconds": 99999999999999999999, "sendsHolds": true, "provesAll": true, "byAnyone": true} | whole number
          "pace": {"lifetimeSeconds": 0, "sendsHolds": true, "provesAll": true, "byAnyone": true}      | from 1 to 86400
          "pace": {"lifetimeSeconds": 060, "sendsHolds": true, "provesAll": true, "byAnyone": true}    | not JSON
          "pace": {"lifetimeSeconds": 60, "sendsHolds": "true", "provesAll": true, "byAnyone": true}   | true or false
          "pace": {"lifetimeSeconds": 60, "sendsHolds": 1, "provesAll": true, "byAnyone": true}        | true or false
          "pace": {"lifetimeSeconds": 60, "sendsHolds": true}                        | "pace.provesAll" is missing
          "pace": {"lifetimeSeconds": 60, "sendsHolds": true, "provesAll": true} | "pace.byAnyone" is missing
          "pace": {"lifetimeSeconds": 60, "sendsHolds": true, "provesAll": true, "byAnyone": true, "x": 1} | no field "pace.x"
          """)
  void everyFieldIsOfItsOwnTypeAndSaysSo(String field, String said) {
    assertThat(
            detail(
                only(api.request("POST", "/v1/agents", creation(field), "Connection: close")), 400))
        .contains(said);
  }

  @Test
  void aBodyIsJsonInUtf8() {
    for (String body :
        List.of(
            "",
            "null",
            "[]",
            "5",
            "\"x\"",
            "{",
            "{} {}",
            "{'reason': 'x'}",
            "{\"reason\": NaN}",
            "\u00ef\u00bb\u00bf{\"reason\": \"x\"}",
            "{\"reason\": \"\u00c0\u00ae\"}",
            "{\"reason\": \"\u00ff\"}",
            "{\"reason\": \"\\ud800\"}",
            "{\"reason\": \"a\nb\"}",
            "{\"reason\": \" \"}",
            "{\"reason\": \"" + "x".repeat(1_001) + "\"}",
            "{\"reason\": " + "[".repeat(30_000),
            "{\"reason\": " + "9".repeat(50_000) + "}",
            "\u0000{\u0000}",
            "{\"reason\": 5}",
            "{\"reason\": true}",
            "{\"reason\": null}")) {
      detail(only(api.request("POST", "/v1/agents/a/pause", body, "Connection: close")), 400);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"0", "1001", "+2", "02", "2.0", "%D9%A3", "", "1e2", "-1", "2&limit=3", "2&x=1"})
  void aNumberIsWrittenInOneWay(String limit) {
    detail(
        only(api.request("GET", "/v1/agents/a/decisions?limit=" + limit, "", "Connection: close")),
        400);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "01", "+1", "-1", "9223372036854775808", "%D9%A1", "1.0", "x"})
  void soIsTheNumberOfADecision(String sequence) {
    detail(
        only(api.request("GET", "/v1/agents/a/decisions/" + sequence, "", "Connection: close")),
        400);
  }

  @Test
  void anAddressWhoseChecksumIsWrongIsToldAtWhichLetters() {
    String right = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
    String wrong = right.replace("aAe", "aae");
    String body = creation("\"id\": \"checksum\"").replace(RunningApi.ACCOUNT, wrong);
    assertThat(detail(only(api.request("POST", "/v1/agents", body, "Connection: close")), 400))
        .contains("EIP-55", "a at 3");
  }

  @Test
  void anAgentThatWouldNeverActIsNotCreated() {
    String body =
        creation("\"id\": \"nobody\"").replace(RunningApi.ACCOUNT, "0x" + "00".repeat(20));
    assertThat(detail(only(api.request("POST", "/v1/agents", body, "Connection: close")), 422))
        .contains("would never act", "no key of 0x0000");
    detail(only(api.request("GET", "/v1/agents/nobody", "", "Connection: close")), 404);
  }

  // ---- time and crowds ----

  @Test
  void whoeverKeepsAConnectionWaitingKeepsNobodyOut() throws Exception {
    List<Socket> crowd = new ArrayList<>();
    try {
      for (int i = 0; i < 3 * Crowd.MOST; i++) {
        Socket socket = api.connect();
        crowd.add(socket);
        if (i % 2 == 0) {
          socket.getOutputStream().write("GET / HT".getBytes(StandardCharsets.US_ASCII));
        }
        if (i % 100 == 99) {
          long began = System.nanoTime();
          assertThat(
                  only(api.request("POST", "/v1/agents/a..b/resume", "", "Connection: close"))
                      .status())
              .isIn(200, 404);
          assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(4));
        }
      }
      assertThat(api.gateway.connections()).isLessThanOrEqualTo(Crowd.MOST);
    } finally {
      for (Socket socket : crowd) {
        socket.close();
      }
    }
    awaitNobody();
  }

  @Test
  void headsBodiesAndTheReadingOfAnswersHaveTheirTime() throws Exception {
    try (Socket silent = api.connect();
        Socket drippingHead = api.connect();
        Socket drippingBody = api.connect();
        Socket unread = new Socket()) {
      drippingBody
          .getOutputStream()
          .write(
              api.request("POST", "/v1/agents", "x".repeat(1_000))
                  .replace("x".repeat(1_000), "")
                  .getBytes(StandardCharsets.US_ASCII));
      URI address = URI.create(api.gateway.address());
      unread.setReceiveBufferSize(4_096);
      unread.connect(
          new java.net.InetSocketAddress(
              InetAddress.getByName(address.getHost()), address.getPort()));
      Thread asking =
          Thread.startVirtualThread(() -> {
            try {
              byte[] request =
                  api.request("GET", "/v1/openapi.json", "").getBytes(StandardCharsets.US_ASCII);
              while (true) {
                unread.getOutputStream().write(request);
              }
            } catch (IOException e) {
              // It was cut, as it is to be.
            }
          });
      Thread dripping =
          Thread.startVirtualThread(() -> {
            try {
              while (true) {
                drippingHead.getOutputStream().write('G');
                drippingBody.getOutputStream().write(' ');
                Thread.sleep(100);
              }
            } catch (IOException | InterruptedException e) {
              // So was it.
            }
          });
      assertThat(RunningApi.answers(silent.getInputStream())).isEmpty();
      assertThat(RunningApi.answers(drippingHead.getInputStream()))
          .extracting(Answer::status)
          .containsExactly(408);
      assertThat(RunningApi.answers(drippingBody.getInputStream()))
          .extracting(Answer::status)
          .containsExactly(408);
      assertThat(dripping.join(Duration.ofSeconds(10))).isTrue();
      assertThat(asking.join(Duration.ofSeconds(10))).isTrue();
    }
    awaitNobody();
  }

  /**
   * What is given to a client that does not read lies in its system's buffers, and nowhere else.
   */
  @Test
  void aStreamWhoseClientDoesNotReadIsCutAndOneThatReadsSlowlyIsToldWhy() throws Exception {
    api.send(api.request("POST", "/v1/agents", creation("\"id\": \"endless\"")));
    String events =
        "GET /v1/agents/endless/events HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n\r\n"
            .formatted(api.host(), api.token);
    URI address = URI.create(api.gateway.address());
    try (Socket unread = new Socket();
        Socket slow = new Socket()) {
      for (Socket socket : List.of(unread, slow)) {
        socket.setReceiveBufferSize(4_096);
        socket.connect(new java.net.InetSocketAddress(address.getHost(), address.getPort()));
        socket.getOutputStream().write(events.getBytes(StandardCharsets.US_ASCII));
      }
      java.io.ByteArrayOutputStream had = new java.io.ByteArrayOutputStream();
      // It stops until the stream has waited long enough for it, and takes all there is then.
      Thread.sleep(4_200);
      slow.setSoTimeout(10_000);
      slow.getInputStream().transferTo(had);
      assertThat(had.toString(StandardCharsets.UTF_8))
          .contains("id: endless:1\n")
          .contains("event: end\ndata: {\"reason\":\"An event was not taken within 3 s");
      awaitNobody();
    }
  }

  @Test
  void streamsAreNotMoreThanSoManyAndEndWithTheirNode() throws Exception {
    String events = api.request("GET", "/v1/events", "");
    List<Socket> streams = new ArrayList<>();
    try (RunningApi other = new RunningApi(folder).serve()) {
      String request = events.replace(api.host(), other.host());
      for (int i = 0; i < EventStreams.MOST; i++) {
        Socket socket = other.connect();
        streams.add(socket);
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        assertThat(socket.getInputStream().readNBytes(12)).asString().isEqualTo("HTTP/1.1 200");
      }
      List<Answer> refused =
          other.send(other.request("GET", "/v1/events", "", "Connection: close"));
      assertThat(detail(refused.getFirst(), 429)).contains("streams of events");
      Socket first = streams.getFirst();
      java.io.ByteArrayOutputStream had = new java.io.ByteArrayOutputStream();
      Thread reading =
          Thread.startVirtualThread(() -> {
            try {
              first.getInputStream().transferTo(had);
            } catch (IOException e) {
              // It is cut: its end is what counts.
            }
          });
      Thread.sleep(100);
      other.gateway.close();
      assertThat(reading.join(Duration.ofSeconds(5))).isTrue();
      assertThat(had.toString(StandardCharsets.UTF_8)).contains("event: end", "The node is ending");
    } finally {
      for (Socket socket : streams) {
        socket.close();
      }
    }
  }

  @Test
  void anAgentThatDoesNotAnswerIsNamed() {
    api.send(api.request("POST", "/v1/agents", creation("\"id\": \"silent\"")));
    assertThat(only(api.request("GET", "/v1/agents", "", "Connection: close")).body())
        .contains("{\"id\":\"silent\",\"life\":\"not answering\"}");
  }

  /** Over TLS the first bytes are a handshake, and count as the head's. */
  @Test
  void handshakesHaveTheirTimeToo() throws Exception {
    try (HttpGateway secure = HttpGateway.listen(tls("good", "-1d", "50"), _ -> {})) {
      int port = URI.create(secure.address()).getPort();
      try (Socket silent = new Socket(InetAddress.getLoopbackAddress(), port);
          Socket dripping = new Socket(InetAddress.getLoopbackAddress(), port)) {
        Thread thread =
            Thread.startVirtualThread(() -> {
              try {
                for (byte b : new byte[] {0x16, 3, 1, 2, 0, 1, 0, 1, (byte) 0xfc, 3, 3}) {
                  dripping.getOutputStream().write(b);
                  Thread.sleep(700);
                }
              } catch (IOException | InterruptedException e) {
                // It was cut, as it is to be.
              }
            });
        long began = System.nanoTime();
        for (Socket socket : List.of(silent, dripping)) {
          socket.setSoTimeout(10_000);
          try {
            socket.getInputStream().readAllBytes();
          } catch (SocketException e) {
            // Reset, which is an end as well.
          }
        }
        assertThat(Duration.ofNanos(System.nanoTime() - began))
            .isBetween(Duration.ofSeconds(3), Duration.ofSeconds(8));
        awaitNobody(secure);
        assertThat(thread.join(Duration.ofSeconds(10))).isTrue();
      }
    }
  }

  private static void awaitNobody() throws InterruptedException {
    awaitNobody(api.gateway);
  }

  private static void awaitNobody(HttpGateway gateway) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (gateway.connections() > 0 && System.nanoTime() < deadline) {
      Thread.sleep(10);
    }
    assertThat(gateway.connections()).isZero();
  }

  // ---- the beginning and the end ----

  @Test
  void beforeItsNodeIsThereItSaysSo() throws Exception {
    try (RunningApi early = new RunningApi(folder)) {
      for (String path : List.of("/health", "/ready", "/v1/agents")) {
        Answer answer = early.send(early.request("GET", path, "", "Connection: close")).getFirst();
        assertThat(detail(answer, 503)).contains("starting");
      }
    }
  }

  @Test
  void aPortThatIsTakenIsRefusedBeforeAnythingElse() {
    int port = URI.create(api.gateway.address()).getPort();
    assertThatThrownBy(() ->
            HttpGateway.listen(
                RunningApi.http("127.0.0.1", port, folder.resolve("http.token")), _ -> {}))
        .hasMessageContaining("port " + port)
        .hasMessageContaining("choose another probity.http.port");
  }

  @Test
  void whatEndsItIsToldToItsNode() throws Exception {
    CountDownLatch told = new CountDownLatch(1);
    AtomicReference<String> sentence = new AtomicReference<>("");
    try (HttpServer server =
        HttpServer.open(
            InetAddress.getLoopbackAddress(),
            0,
            Optional.empty(),
            _ -> {
              throw new OutOfMemoryError("of a test");
            },
            said -> {
              sentence.set(said);
              told.countDown();
            })) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
        socket
            .getOutputStream()
            .write("GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        assertThat(told.await(10, TimeUnit.SECONDS)).isTrue();
      } catch (SocketException e) {
        // It is cut, whenever that is noticed.
      }
      assertThat(sentence.get()).contains("cannot go on", "OutOfMemoryError");
    }
    // The trace of an Error is wanted; the other tests look for none.
    api.forget();
  }

  @Test
  void aTokenIsInAFileAndNotInAPipe() throws Exception {
    Path pipe = folder.resolve("pipe");
    org.junit.jupiter.api.Assumptions.assumeTrue(
        new ProcessBuilder("mkfifo", "-m", "600", pipe.toString()).start().waitFor() == 0);
    assertThatThrownBy(() -> HttpGateway.listen(RunningApi.http("127.0.0.1", 0, pipe), _ -> {}))
        .hasMessageContaining("it is a pipe or a device");
  }

  /** And nobody is told to change the permissions of a device. */
  @Test
  void secretsAreInFilesAndNotInDevices() throws IOException {
    Path device = Path.of("/dev/null");
    org.junit.jupiter.api.Assumptions.assumeTrue(Files.exists(device));
    Path token = folder.resolve("tls.token");
    for (OperationSettings.Http settings :
        List.of(
            RunningApi.http("127.0.0.1", 0, device),
            new OperationSettings.Http(
                "127.0.0.1", 0, token, Optional.of(new OperationSettings.Tls(device, device))))) {
      assertThatThrownBy(() -> HttpGateway.listen(settings, _ -> {}))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(device.toString())
          .hasMessageContaining("it is a pipe or a device")
          .hasMessageNotContaining("chmod");
    }
  }

  @Test
  void aCertificateThatIsNotValidIsNamedAtTheStart() throws Exception {
    assertThatThrownBy(() -> HttpGateway.listen(tls("old", "-10d", "5"), _ -> {}))
        .hasMessageContaining("expired at")
        .hasMessageContaining("renew it");
    assertThatThrownBy(() -> HttpGateway.listen(tls("new", "+10d", "50"), _ -> {}))
        .hasMessageContaining("valid from");
  }

  @Test
  void aKeyStoreOrAPasswordThatOthersMayReadIsRefusedAtTheStart() throws Exception {
    OperationSettings.Http settings = tls("open", "-1d", "5");
    OperationSettings.Tls files = settings.tls().orElseThrow();
    for (Path secret : List.of(files.keyStore(), files.passwordFile())) {
      Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-r--r--"));
      assertThatThrownBy(() -> HttpGateway.listen(settings, _ -> {}))
          .hasMessageContaining("chmod 600 " + secret);
      Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
    }
    HttpGateway.listen(settings, _ -> {}).close();
  }

  private static OperationSettings.Http tls(String name, String begin, String days)
      throws Exception {
    Path store = folder.resolve(name + ".p12");
    Path password = folder.resolve(name + ".password");
    Files.writeString(password, "password-of-a-test\n");
    String keytool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
    String command =
        "-genkeypair -alias node -keyalg EC -groupname secp256r1 -dname CN=localhost -storetype PKCS12 -storepass password-of-a-test";
    List<String> words = new ArrayList<>(List.of(keytool));
    words.addAll(List.of(command.split(" ")));
    words.addAll(List.of("-startdate", begin, "-validity", days, "-keystore", store.toString()));
    assertThat(new ProcessBuilder(words).redirectErrorStream(true).start().waitFor()).isZero();
    for (Path secret : List.of(store, password)) {
      Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
    }
    return new OperationSettings.Http(
        "127.0.0.1",
        0,
        folder.resolve("http.token"),
        Optional.of(new OperationSettings.Tls(store, password)));
  }
}
