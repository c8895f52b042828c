package org.probity.sim.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.ChainClient;
import org.probity.chain.local.LocalChain;
import org.probity.chain.local.LocalMarket;
import org.probity.ground.TestKind;

/**
 * Imports from a node that refuses long ranges, drops requests and is interrupted. The chain has
 * 240 swaps; {@code -Dprobity.import.swaps=8640} makes it a month of one each five minutes.
 */
@TestKind.Acceptance
class ChainImportTest {

  private static final int SWAPS = Integer.getInteger("probity.import.swaps", 240);
  private static final ChainImport.Pace PACE = new ChainImport.Pace(10_000, 0);
  private static final ChainImport.Blocks ALL = new ChainImport.Blocks(0L, null);

  private static LocalChain chain;
  private static LocalMarket market;
  private static Endpoint endpoint;
  private static String wholeHash = "";

  @TempDir private Path folder;

  @BeforeAll
  static void trade() throws IOException {
    chain = LocalChain.start();
    market = LocalMarket.deploy(chain, LocalMarket.Settings.DEFAULT);
    var random = new Random(11);
    List<LocalMarket.Trade> trades = new ArrayList<>();
    long time = chain.client().head().timestamp();
    for (int i = 0; i < SWAPS; i++) {
      time += 300;
      boolean buys = random.nextBoolean();
      LocalMarket.Token token = buys ? market.usd() : market.weth();
      long whole = buys ? 2_000 + random.nextInt(50_000) : 1 + random.nextInt(20);
      trades.add(new LocalMarket.Trade(market.pool(), time, token.address(), token.units(whole)));
    }
    market.replay(trades);
    endpoint = new Endpoint(chain.http());
  }

  @AfterAll
  static void end() {
    endpoint.close();
    chain.close();
  }

  @Test
  void aRefusingNodeGivesWhatAWillingOneDoes() {
    var willing = imported("willing", chain.http(), ImportListener.NONE);
    endpoint.longestRange = 25;
    var refusing = imported("refusing", endpoint.uri(), ImportListener.NONE);
    assertThat(refusing.hash()).isEqualTo(willing.hash());
    assertThat(endpoint.refusals.get()).isPositive();
    List<PoolEvent> events = store("willing").poolEvents("pool");
    assertThat(events.getFirst().kind()).isEqualTo(PoolEvent.Kind.INITIALIZE);
    assertThat(events).filteredOn(e -> e.kind() == PoolEvent.Kind.SWAP).hasSize(SWAPS);
    assertThat(events).filteredOn(e -> e.kind() == PoolEvent.Kind.MINT).hasSize(1);
    assertThat(events).filteredOn(e -> e.kind() == PoolEvent.Kind.GROW).isNotEmpty();
    PoolEvent last = events.getLast();
    assertThat(last.sqrtPriceX96()).isEqualTo(market.pool().slot0(BlockTag.LATEST).sqrtPriceX96());
    assertThat(last.time()).isEqualTo(chain.client().head().timestamp());
    assertThat(willing.about())
        .containsEntry(
            "token0.symbol", market.pool().token0().equals(market.usd().address()) ? "USD" : "WETH")
        .containsEntry("fee", "500")
        .containsEntry("tick.spacing", "10");
  }

  /** What nodes and the servers before them do over a range that is too wide for them. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "-32005 query timeout exceeded",
        "-32005 limit exceeded",
        "-32000 something that nobody has seen before",
        "413 <html>Request Entity Too Large",
        "504 <html>Gateway Time-out",
        "524 <html>A timeout occurred",
        "500 Internal Server Error",
        "cut",
        "endless"
      })
  void aRangeThatIsTooWideIsHalved(String way) {
    if (wholeHash.isEmpty()) {
      wholeHash = imported("whole", chain.http(), ImportListener.NONE).hash();
    }
    String whole = wholeHash;
    endpoint.longestRange = 60;
    endpoint.way = way;
    endpoint.refusals.set(0);
    assertThat(imported("halved", endpoint.uri(), ImportListener.NONE).hash()).isEqualTo(whole);
    assertThat(endpoint.refusals.get()).isBetween(1, 40);
    endpoint.way = "-32005 query returned more than 10000 results";
  }

  @Test
  void anImportInterruptedAnywhereGoesOnAndGivesTheSameStore() throws IOException {
    imported("whole", chain.http(), ImportListener.NONE);
    String whole = store("whole").hash();
    endpoint.longestRange = 20;
    for (int after : List.of(1, 4, 9)) {
      String name = "interrupted" + after;
      int asked = endpoint.logs.get();
      assertThatThrownBy(() -> imported(name, endpoint.uri(), interrupting(after)))
          .hasMessage("pulled the plug");
      assertThat(store(name).series()).as("nothing half-done is visible").isEmpty();
      // A crash in the middle of a write leaves more bytes than count.
      Files.writeString(
          folder.resolve(name).resolve(".import-pool/rows.csv"),
          "1750000",
          java.nio.file.StandardOpenOption.APPEND);
      int before = endpoint.logs.get() - asked;
      imported(name, endpoint.uri(), ImportListener.NONE);
      assertThat(store(name).hash()).isEqualTo(whole);
      assertThat(before).as("it did not begin anew").isPositive();
      assertThat(folder.resolve(name).resolve(".import-pool")).doesNotExist();
    }
  }

  /** The kernel's own refusal, from the device that is always full, where fetched rows would go. */
  @Test
  void aFullDiskIsSaidAndWhatWasFetchedIsGoneOnWith() throws IOException {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.isWritable(full), "no /dev/full here");
    String whole = imported("whole", chain.http(), ImportListener.NONE).hash();
    Path rows = folder.resolve("full/.import-pool/rows.csv");
    Path kept = folder.resolve("kept.csv");
    ImportListener fillsTheDisk =
        (_, _, _) -> {
          try {
            if (Files.exists(rows) && !Files.exists(kept)) {
              Files.move(rows, kept);
              Files.createSymbolicLink(rows, full);
            }
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        };
    assertThatThrownBy(() -> imported("full", chain.http(), fillsTheDisk))
        .isInstanceOf(HistoryRefused.class)
        .hasMessageContainingAll("No space left on device", "The series is as it was");
    assertThat(store("full").series()).isEmpty();
    Files.move(kept, rows, StandardCopyOption.REPLACE_EXISTING);
    assertThat(imported("full", chain.http(), ImportListener.NONE).hash()).isEqualTo(whole);
  }

  @Test
  void aNodeThatDropsRequestsIsAskedAgain() {
    String whole = imported("whole", chain.http(), ImportListener.NONE).hash();
    endpoint.longestRange = 50;
    endpoint.drops.set(2);
    assertThat(imported("dropped", endpoint.uri(), ImportListener.NONE).hash()).isEqualTo(whole);
  }

  @Test
  void aSeriesGoesOnWhereItsLastImportEnded() {
    String whole = imported("whole", chain.http(), ImportListener.NONE).hash();
    long middle = chain.client().head().number() - SWAPS / 2;
    imported("parts", chain.http(), new ChainImport.Blocks(0L, middle));
    assertThat(imported("parts", chain.http(), new ChainImport.Blocks(null, null)).hash())
        .isEqualTo(whole);
    assertThatThrownBy(() -> imported("parts", chain.http(), new ChainImport.Blocks(null, null)))
        .isInstanceOf(HistoryRefused.class)
        .hasMessageContaining("nothing to import");
    var later = new ChainImport.Blocks(middle + 5, null);
    imported("skipping", chain.http(), new ChainImport.Blocks(0L, middle));
    assertThatThrownBy(() -> imported("skipping", chain.http(), later))
        .hasMessageContaining("would be missing");
  }

  @Test
  void anotherPoolOtherDecimalsAndNoPoolAreRefused() {
    imported("whole", chain.http(), ImportListener.NONE);
    try (ChainClient client = ChainClient.connect(chain.http())) {
      var imports = new ChainImport(store("whole"), client, PACE, ImportListener.NONE);
      var facts = new TreeMap<String, String>();
      facts.put("token0.decimals", "8");
      assertThatThrownBy(() -> imports.pool("pool2", market.pool().address(), ALL, facts))
          .isInstanceOf(HistoryRefused.class)
          .hasMessageContainingAll("token0.decimals", "and not 8");
      Address nowhere = new Address("0x00000000000000000000000000000000000000aa");
      assertThatThrownBy(() -> imports.pool("pool", nowhere, ALL, new TreeMap<>()))
          .hasMessageContaining("There is no Uniswap v3 pool at");
      assertThatThrownBy(() -> imports.pool("pool", market.usd().address(), ALL, new TreeMap<>()))
          .hasMessageContaining("There is no Uniswap v3 pool at");
    }
    assertThat(store("whole").check("pool").fault()).isEmpty();
  }

  // ---- material ----

  private HistoryStore store(String name) {
    return HistoryStore.at(folder.resolve(name));
  }

  private SeriesManifest imported(String name, URI node, ImportListener listener) {
    return imported(name, node, ALL, listener);
  }

  private SeriesManifest imported(String name, URI node, ChainImport.Blocks blocks) {
    return imported(name, node, blocks, ImportListener.NONE);
  }

  private SeriesManifest imported(
      String name, URI node, ChainImport.Blocks blocks, ImportListener listener) {
    try (ChainClient client = ChainClient.connect(node)) {
      return new ChainImport(store(name), client, PACE, listener)
          .pool("pool", market.pool().address(), blocks, new TreeMap<>());
    }
  }

  /** Throws at the given step. */
  private static ImportListener interrupting(int steps) {
    var left = new AtomicInteger(2 * steps);
    return (what, _, _) -> {
      if (what.startsWith("block") && left.decrementAndGet() < 0) {
        throw new IllegalStateException("pulled the plug");
      }
    };
  }

  /** A node in front of a node, with limits and faults. */
  private static final class Endpoint implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final URI behind;
    private final HttpServer server;
    private final HttpClient http = HttpClient.newHttpClient();
    private final AtomicInteger refusals = new AtomicInteger();
    private final AtomicInteger logs = new AtomicInteger();
    private final AtomicInteger drops = new AtomicInteger();
    private volatile long longestRange = Long.MAX_VALUE;
    private volatile String way = "-32005 query returned more than 10000 results";

    Endpoint(URI behind) throws IOException {
      this.behind = behind;
      this.server =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.createContext("/", this::serve);
      server.start();
    }

    URI uri() {
      return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    private void serve(HttpExchange exchange) throws IOException {
      byte[] body = exchange.getRequestBody().readAllBytes();
      JsonNode request = JSON.readTree(body);
      JsonNode one = request.isArray() ? request.path(0) : request;
      if (one.path("method").asText().equals("eth_getLogs")) {
        logs.incrementAndGet();
        if (drops.getAndDecrement() > 0) {
          exchange.close();
          return;
        }
        JsonNode filter = one.path("params").path(0);
        long range = number(filter.path("toBlock")) - number(filter.path("fromBlock")) + 1;
        if (range > longestRange) {
          refusals.incrementAndGet();
          if (!way.startsWith("-")) {
            fail(exchange, way);
            return;
          }
          String code = way.substring(0, way.indexOf(' '));
          String refusal =
              "{\"jsonrpc\":\"2.0\",\"id\":%s,\"error\":{\"code\":%s,\"message\":\"%s\"}}"
                  .formatted(one.path("id"), code, way.substring(code.length() + 1));
          answer(exchange, request.isArray() ? "[" + refusal + "]" : refusal);
          return;
        }
      }
      try {
        answer(
            exchange,
            http.send(
                    HttpRequest.newBuilder(behind)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                        .build(),
                    HttpResponse.BodyHandlers.ofString())
                .body());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        exchange.close();
      }
    }

    private static void fail(HttpExchange exchange, String way) throws IOException {
      switch (way) {
        case "cut" -> {}
        case "endless" -> {
          exchange.sendResponseHeaders(200, 0);
          byte[] piece = new byte[1 << 20];
          java.util.Arrays.fill(piece, (byte) ' ');
          for (int i = 0; i < 64; i++) {
            exchange.getResponseBody().write(piece);
          }
        }
        default -> {
          byte[] body = way.substring(4).getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(Integer.parseInt(way.substring(0, 3)), body.length);
          exchange.getResponseBody().write(body);
        }
      }
      exchange.close();
    }

    private static void answer(HttpExchange exchange, String text) throws IOException {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(200, bytes.length);
      exchange.getResponseBody().write(bytes);
      exchange.close();
    }

    private static long number(JsonNode hex) {
      return Long.decode(hex.asText());
    }

    @Override
    public void close() {
      server.stop(0);
      http.close();
    }
  }
}
