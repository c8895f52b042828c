package org.probity.chain;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.containing;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.MappingBuilder;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import java.math.BigInteger;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.probity.chain.local.LocalChain;
import org.probity.ground.Bytes32;
import org.probity.ground.TestKind;

/**
 * Two or three endpoints of one chain, of which one fails in every way that endpoints do. The
 * failing one is a real node behind a server that passes everything on until it is told not to.
 */
@TestKind.Acceptance
class EndpointsTest {

  private static final HeadSource.Settings BRISK =
      new HeadSource.Settings(
          new HeadSource.Pace(
              Duration.ofMillis(50), Duration.ofMillis(500), Duration.ofMillis(200)),
          64,
          Optional.empty(),
          10,
          Duration.ofMillis(200));

  private final List<AutoCloseable> opened = new ArrayList<>();
  private LocalChain chain;
  private WireMockServer bad;
  private int badPort;

  @BeforeEach
  void start() {
    chain = opened(LocalChain.start());
    bad = new WireMockServer(options().dynamicPort());
    bad.start();
    badPort = bad.port();
    pass();
  }

  @AfterEach
  void stop() throws Exception {
    for (AutoCloseable one : opened.reversed()) {
      one.close();
    }
    bad.stop();
  }

  private <T extends AutoCloseable> T opened(T resource) {
    opened.add(resource);
    return resource;
  }

  private void pass() {
    bad.resetMappings();
    bad.stubFor(any(anyUrl()).willReturn(aResponse().proxiedFrom(chain.http().toString())));
  }

  private void fail(ResponseDefinitionBuilder response) {
    bad.stubFor(any(anyUrl()).atPriority(1).willReturn(response));
  }

  private void fail(String method, ResponseDefinitionBuilder response) {
    MappingBuilder request = any(anyUrl()).withRequestBody(containing(method)).atPriority(1);
    bad.stubFor(request.willReturn(response));
  }

  private static ResponseDefinitionBuilder result(String result) {
    return okJson("{\"jsonrpc\": \"2.0\", \"id\": 1, \"result\": " + result + "}");
  }

  private URI badAddress() {
    return URI.create("http://127.0.0.1:" + badPort + "/?key");
  }

  private String badName() {
    return "http://127.0.0.1:" + badPort;
  }

  private static Endpoints.Backoff quick() {
    return new Endpoints.Backoff(
        Duration.ofMillis(100), Duration.ofSeconds(2), Duration.ofSeconds(3), 3, new Random(7));
  }

  /** The bad endpoint first, so that only its faults make anyone choose the other. */
  private ChainClient client(URI... more) {
    List<URI> rpc = new ArrayList<>(List.of(badAddress()));
    rpc.addAll(List.of(more));
    return opened(
        ChainClient.connect(
            new Endpoints(rpc, List.of(), Optional.empty(), Duration.ofSeconds(2), quick()),
            31_337));
  }

  private EndpointStatus badStatus(ChainClient client) {
    return client.endpoints().stream()
        .filter(status -> status.endpoint().equals(badName()))
        .findFirst()
        .orElseThrow();
  }

  private static void await(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("Waited in vain for " + what);
      }
      try {
        Thread.sleep(10);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  /** Writes down what it is told, and holds that it is a chain at every moment. */
  private static final class Log implements HeadSource.Listener {
    final List<Head> heads = new CopyOnWriteArrayList<>();
    final List<String> broken = new CopyOnWriteArrayList<>();
    final List<EndpointFault> faults = new CopyOnWriteArrayList<>();

    @Override
    public void onHead(Head head) {
      if (!heads.isEmpty() && !head.parentHash().equals(heads.getLast().hash())) {
        broken.add(head + " after " + heads.getLast());
      }
      heads.add(head);
    }

    @Override
    public void onReverted(Head head) {
      if (!heads.removeLast().equals(head)) {
        broken.add("revert of " + head);
      }
    }

    @Override
    public void onFault(String endpoint, EndpointFault fault, String detail) {
      faults.add(fault);
    }

    void awaitHead(long number) {
      await("head " + number, () -> !heads.isEmpty() && heads.getLast().number() >= number);
    }

    void assertIs(ChainClient node) {
      assertThat(broken).isEmpty();
      long first = heads.getFirst().number();
      assertThat(heads).isEqualTo(node.heads(first, node.head().number()));
    }
  }

  private enum Failure {
    DIES,
    HANGS,
    LIES_ABOUT_ITS_CHAIN,
    LIES_ABOUT_ITS_GENESIS,
    ANSWERS_429,
    ANSWERS_A_LIMIT_IN_JSON,
    SERVES_STALE_HEADS,
    SERVES_HEADS_THAT_DO_NOT_CHAIN,
    SERVES_HTML
  }

  private EndpointFault cause(Failure failure) {
    return switch (failure) {
      case DIES -> EndpointFault.UNREACHABLE;
      case HANGS -> EndpointFault.TIMEOUT;
      case LIES_ABOUT_ITS_CHAIN -> EndpointFault.WRONG_CHAIN;
      case LIES_ABOUT_ITS_GENESIS -> EndpointFault.OTHER_GENESIS;
      case ANSWERS_429, ANSWERS_A_LIMIT_IN_JSON -> EndpointFault.RATE_LIMITED;
      case SERVES_STALE_HEADS -> EndpointFault.STALE;
      case SERVES_HEADS_THAT_DO_NOT_CHAIN -> EndpointFault.DOES_NOT_CHAIN;
      case SERVES_HTML -> EndpointFault.BAD_ANSWER;
    };
  }

  private void let(Failure failure) {
    switch (failure) {
      case DIES -> bad.stop();
      case HANGS -> fail(aResponse().withFixedDelay(20_000));
      case LIES_ABOUT_ITS_CHAIN -> fail("eth_chainId", result("\"0x5\""));
      case LIES_ABOUT_ITS_GENESIS ->
          fail(
              "\"0x0\"",
              result(ChainClientTest.header(0).replace("\"hash\":\"0x0", "\"hash\":\"0xf")));
      case ANSWERS_429 -> fail(aResponse().withStatus(429).withHeader("Retry-After", "2"));
      case ANSWERS_A_LIMIT_IN_JSON ->
          fail(
              okJson(
                  "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32005,\"message\":\"limit exceeded\"}}"));
      case SERVES_STALE_HEADS -> {
        Head now = chain.client().head();
        fail("latest", result(json(now)));
        fail("eth_blockNumber", result("\"0x%x\"".formatted(now.number())));
      }
      case SERVES_HEADS_THAT_DO_NOT_CHAIN -> {
        // A tip far ahead, and in between nothing but what the chain really has.
        fail("latest", result(ChainClientTest.header(1_000)));
      }
      case SERVES_HTML -> fail(aResponse().withStatus(200).withBody("<html>welcome</html>"));
    }
  }

  private static String json(Head head) {
    return "{\"number\":\"0x%x\",\"hash\":\"%s\",\"parentHash\":\"%s\",\"timestamp\":\"0x%x\",\"baseFeePerGas\":\"0x%x\"}"
        .formatted(head.number(), head.hash(), head.parentHash(), head.timestamp(), head.baseFee());
  }

  @ParameterizedTest
  @EnumSource(Failure.class)
  void headsStayGaplessAndInOrderAndTheFaultIsNamed(Failure failure) {
    ChainClient client = client(chain.http());
    Log log = new Log();
    try (HeadSource.Subscription _ = client.watch(BRISK).subscribe(log)) {
      log.awaitHead(0);
      chain.mine(3, 12);
      log.awaitHead(3);
      await("the preferred endpoint", () -> badStatus(client).chosen());
      let(failure);
      for (int i = 0; i < 5; i++) {
        chain.mine(2, 12);
        log.awaitHead(5 + 2L * i);
      }
      await(
          "the fault of the bad endpoint",
          () -> badStatus(client).faults().containsKey(cause(failure)));
      // Nobody waits for the bad endpoint any more, whatever is asked.
      assertThat(client.balance(chain.account(0).address())).isPositive();
      chain.setBalance(Address.ZERO, BigInteger.TEN);
      chain.reorg(2);
      chain.mine();
      Bytes32 newest = chain.client().head().hash();
      await("the new branch", () -> log.heads.getLast().hash().equals(newest));
    }
    log.assertIs(chain.client());
    assertThat(log.heads.getFirst().number()).isZero();
    assertThat(log.faults).contains(cause(failure));
  }

  @Test
  void anEndpointThatComesBackIsChosenAgain() {
    ChainClient client = client(chain.http());
    Log log = new Log();
    try (HeadSource.Subscription _ = client.watch(BRISK).subscribe(log)) {
      log.awaitHead(0);
      fail(aResponse().withStatus(503));
      chain.mine(3, 12);
      log.awaitHead(3);
      await("a change", () -> !badStatus(client).chosen());
      pass();
      await("the preferred endpoint", () -> badStatus(client).chosen());
      chain.mine();
      log.awaitHead(4);
    }
    log.assertIs(chain.client());
  }

  @Test
  void anEndpointOnABranchOfItsOwnIsShutOut() {
    try (LocalChain other = LocalChain.start()) {
      chain.setBalance(Address.ZERO, BigInteger.TEN);
      Log log = new Log();
      ChainClient client = client(chain.http());
      HeadSource.Settings shallow = BRISK.withReorgDepth(3);
      try (HeadSource.Subscription _ = client.watch(shallow).subscribe(log)) {
        log.awaitHead(0);
        chain.mine(12, 12);
        log.awaitHead(12);
        // Same id, same block 0, and another chain from block 1 on.
        other.mine(15, 7);
        bad.resetMappings();
        bad.stubFor(any(anyUrl()).willReturn(aResponse().proxiedFrom(other.http().toString())));
        await(
            "the branch to be named",
            () -> badStatus(client).faults().containsKey(EndpointFault.DOES_NOT_CHAIN));
        chain.mine(6, 12);
        log.awaitHead(18);
      }
      log.assertIs(chain.client());
    }
  }

  @Test
  void announcementsMoveToTheNextWebSocket() throws Exception {
    FaultyProxy first = opened(new FaultyProxy(chain.http().getPort()));
    FaultyProxy second = opened(new FaultyProxy(chain.http().getPort()));
    ChainClient client =
        opened(
            ChainClient.connect(
                new Endpoints(
                    List.of(chain.http()),
                    List.of(first.webSocket(), second.webSocket()),
                    Optional.empty(),
                    Duration.ofSeconds(10),
                    quick()),
                31_337));
    Log log = new Log();
    try (HeadSource.Subscription _ = client.watch(BRISK).subscribe(log)) {
      await("announcements", () -> announcing(client).size() == 1);
      String before = announcing(client).getFirst();
      FaultyProxy used = before.endsWith(":" + first.webSocket().getPort()) ? first : second;
      used.silence(true);
      chain.mine();
      await("the silence to be found out", () -> log.faults.contains(EndpointFault.SILENT));
      await("the other socket", () -> announcing(client).stream().anyMatch(s -> !s.equals(before)));
      chain.mine(3, 12);
      log.awaitHead(4);
    }
    log.assertIs(chain.client());
  }

  private static List<String> announcing(ChainClient client) {
    return client.endpoints().stream()
        .filter(status -> status.announces() && status.chosen())
        .map(EndpointStatus::endpoint)
        .toList();
  }

  // ---- Reads ----

  @Test
  void aReadPinnedToABlockIsNotAnsweredByANodeThatHasItNot() {
    chain.mine(5, 12);
    try (LocalChain behind = LocalChain.start()) {
      // A node that answers anything from the state it has.
      bad.resetMappings();
      bad.stubFor(any(anyUrl()).willReturn(aResponse().proxiedFrom(behind.http().toString())));
      fail("eth_getTransactionCount", result("\"0x63\""));
      ChainClient client = client(chain.http());
      Address someone = chain.account(3).address();
      assertThat(client.transactionCount(someone, BlockTag.at(5))).isZero();
      assertThat(client.transactionCount(someone, BlockTag.at(0))).isEqualTo(99);
      assertThatThrownBy(() -> client.transactionCount(someone, BlockTag.at(50)))
          .isInstanceOf(RpcUnreachable.class)
          .hasMessageContaining("No endpoint of chain 31337 has reached block 50 yet");
    }
  }

  @Test
  void aRateLimitIsRespected() {
    ChainClient client = client(chain.http());
    fail(aResponse().withStatus(429).withHeader("Retry-After", "60"));
    assertThat(client.head().number()).isZero();
    bad.resetRequests();
    for (int i = 0; i < 20; i++) {
      client.head();
    }
    bad.verify(0, anyRequestedFor(anyUrl()));
    assertThat(badStatus(client).shutOut()).get().asString().contains("left alone for 60 s");
  }

  @Test
  void aLimitedOnlyEndpointIsAskedWhenItsTimeIsOver() {
    ChainClient client = client();
    fail(aResponse().withStatus(429).withHeader("Retry-After", "60"));
    assertThatThrownBy(client::head)
        .hasMessageContaining("takes no more requests for now (HTTP status 429)");
    bad.resetRequests();
    assertThatThrownBy(client::head).hasMessageContaining("asks to be left alone for 60 s");
    bad.verify(0, anyRequestedFor(anyUrl()));
  }

  @Test
  void allThatLieAreNamed() {
    fail("eth_chainId", result("\"0x5\""));
    assertThatThrownBy(() ->
            ChainClient.connect(
                Endpoints.of(List.of(badAddress(), URI.create("http://127.0.0.1:1")), List.of()),
                31_337))
        .isInstanceOf(WrongChain.class)
        .hasMessageContaining(badName() + " serves chain id 5")
        .hasMessageNotContaining("key");
    pass();
    Bytes32 other = Bytes.EMPTY.keccak();
    assertThatThrownBy(() ->
            ChainClient.connect(
                new Endpoints(
                    List.of(badAddress()),
                    List.of(),
                    Optional.of(other),
                    Duration.ofSeconds(10),
                    quick()),
                31_337))
        .isInstanceOf(WrongChain.class)
        .hasMessageContaining("serves a chain that begins with block");
  }

  @Test
  void addressesThatAreNoneAreRefused() {
    assertThatThrownBy(() -> Endpoints.of(List.of(), List.of()))
        .hasMessageContaining("at least one RPC address");
    assertThatThrownBy(() ->
            ChainClient.connect(Endpoints.of(List.of(chain.http()), List.of(chain.http())), 31_337))
        .hasMessageContaining("Heads are not announced by 'http': use ws or wss");
    assertThat(Endpoints.of(List.of(badAddress()), List.of()).toString()).doesNotContain("key");
  }

  @Test
  void aSignedTransactionFailsOverAndIsExecutedOnce() {
    ChainClient client = client(chain.http());
    fail("eth_sendRawTransaction", aResponse().withStatus(503));
    TransactionSender sender =
        new TransactionSender(
            client, chain.account(1), FeePolicy.DEFAULT, AbiErrors.NONE, Duration.ofSeconds(10));
    Address someone = new Address("0x00000000000000000000000000000000000a11ce");
    Call payment = new Call(someone, Bytes.EMPTY, BigInteger.ONE);
    assertThat(sender.send(payment)).isInstanceOf(Outcome.Mined.class);
    assertThat(chain.client().balance(someone)).isEqualTo(1);
  }
}
