package org.probity.cli.data;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.extension.ResponseTransformerV2;
import com.github.tomakehurst.wiremock.http.Response;
import com.github.tomakehurst.wiremock.stubbing.ServeEvent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.probity.chain.local.LocalChain;
import org.probity.chain.local.LocalMarket;
import org.probity.cli.ProbityProcess;
import org.probity.cli.Ran;
import org.probity.ground.TestKind;

/**
 * A month of a pool's events, through a node with a public node's limits, with the importing
 * process killed in the middle. Each hour has {@value #DEFAULT_SWAPS} swaps, three times as many in
 * the last ten days, and blocks without any; {@code -Dprobity.import.hourly=12} makes it a swap
 * each five minutes, and then each hundred seconds.
 */
@TestKind.Acceptance
final class MonthImportTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int DEFAULT_SWAPS = 2;
  private static final int SWAPS = Integer.getInteger("probity.import.hourly", DEFAULT_SWAPS);
  private static final int HOURS = 30 * 24;
  private static final int BUSY_FROM = 20 * 24;
  private static final int EMPTY_BLOCKS = 3;

  @TempDir private Path folder;

  @Test
  @TestKind.Full // a month of blocks, imported twice
  void monthWhoseImportIsKilledGivesTheStoreOfOneInOneGo() throws Exception {
    PublicNode limits = new PublicNode();
    var node = new WireMockServer(options().dynamicPort().extensions(limits));
    try (LocalChain chain = LocalChain.start()) {
      LocalMarket market = LocalMarket.deploy(chain, LocalMarket.Settings.DEFAULT);
      long first = trade(chain, market);
      node.start();
      node.stubFor(any(anyUrl()).willReturn(aResponse().proxiedFrom(chain.http().toString())));
      Object[] whole = line(market, chain.http().toString(), "whole", 10_000);
      JsonNode inOneGo = JSON.readTree(Ran.of(whole).succeeded().output());
      assertThat(inOneGo.get("rows").asInt()).isGreaterThan(HOURS * SWAPS);

      Path state = folder.resolve("killed/.import-pool/state.json");
      Path log = folder.resolve("import.log");
      Process importing = ProbityProcess.start(log, line(market, node.baseUrl(), "killed", 20));
      while (importing.isAlive() && next(state) < first + 1_000) {
        Thread.sleep(5);
      }
      importing.destroyForcibly().waitFor(30, TimeUnit.SECONDS);
      assertThat(importing.exitValue()).as(Files.readString(log)).isEqualTo(128 + 9);
      long reached = next(state);
      assertThat(reached).isLessThan(chain.client().head().number());
      assertThat(folder.resolve("killed/pool")).doesNotExist();

      limits.earliest = Long.MAX_VALUE;
      Object[] rest = line(market, node.baseUrl(), "killed", 10_000);
      JsonNode resumed = JSON.readTree(Ran.of(rest).succeeded().output());
      assertThat(resumed).isEqualTo(inOneGo);
      assertThat(limits.earliest).as("it did not begin anew").isGreaterThanOrEqualTo(reached);
      assertThat(limits.tooWide.get()).as("ranges of too many blocks").isPositive();
      assertThat(limits.tooMany.get()).as("ranges with too many events").isPositive();
      assertThat(hash("killed")).isEqualTo(hash("whole"));
    } finally {
      node.stop();
    }
  }

  /**
   * Thirty days of swaps.
   *
   * @return the number of the block before them
   */
  private static long trade(LocalChain chain, LocalMarket market) {
    Random random = new Random(11);
    long before = chain.client().head().number();
    long start = chain.client().head().timestamp();
    for (int hour = 0; hour < HOURS; hour++) {
      List<LocalMarket.Trade> trades = new ArrayList<>();
      int swaps = hour < BUSY_FROM ? SWAPS : 3 * SWAPS;
      for (int i = 1; i <= swaps; i++) {
        LocalMarket.Token token = random.nextBoolean() ? market.usd() : market.weth();
        long amount =
            token.equals(market.usd()) ? 2_000 + random.nextInt(50_000) : 1 + random.nextInt(20);
        trades.add(
            new LocalMarket.Trade(
                market.pool(),
                start + 3_600L * hour + 12 * i,
                token.address(),
                token.units(amount)));
      }
      market.replay(trades);
      chain.mine(EMPTY_BLOCKS, (3_600 - 12 * swaps - 60) / EMPTY_BLOCKS);
    }
    return before;
  }

  private Object[] line(LocalMarket market, String node, String store, int rate) {
    return new Object[] {
      "data",
      "import",
      "pool",
      "--rpc",
      node,
      "--pool",
      market.pool().address(),
      "--from-block",
      0,
      "--confirmations",
      0,
      "--rate",
      rate,
      "--store",
      folder.resolve(store),
      "--json"
    };
  }

  private String hash(String store) throws IOException {
    Ran check = Ran.of("data", "check", "--store", folder.resolve(store), "--json").succeeded();
    return JSON.readTree(check.output()).get("hash").asText();
  }

  private static long next(Path state) throws IOException {
    return Files.exists(state) ? JSON.readTree(state.toFile()).path("next").asLong() : 0;
  }

  /** Refuses what public nodes refuse: events of many blocks, and many events. */
  private static final class PublicNode implements ResponseTransformerV2 {

    private static final long MOST_BLOCKS = 1_000;
    private static final int MOST_EVENTS = 500;

    private final AtomicInteger tooWide = new AtomicInteger();
    private final AtomicInteger tooMany = new AtomicInteger();
    private volatile long earliest;

    @Override
    public String getName() {
      return "public-node";
    }

    @Override
    public Response transform(Response response, ServeEvent event) {
      try {
        JsonNode request = JSON.readTree(event.getRequest().getBody());
        if (!request.path("method").asText().equals("eth_getLogs")) {
          return response;
        }
        JsonNode filter = request.path("params").path(0);
        long from = Long.decode(filter.path("fromBlock").asText());
        long to = Long.decode(filter.path("toBlock").asText());
        earliest = Math.min(earliest, from);
        if (to - from >= MOST_BLOCKS) {
          tooWide.incrementAndGet();
          return refusal(response, request, "block range is too wide, 1000 at most");
        }
        if (JSON.readTree(response.getBody()).path("result").size() > MOST_EVENTS) {
          tooMany.incrementAndGet();
          return refusal(response, request, "query returned more than 500 results");
        }
        return response;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private static Response refusal(Response response, JsonNode request, String why) {
      String body =
          "{\"jsonrpc\":\"2.0\",\"id\":%s,\"error\":{\"code\":-32005,\"message\":\"%s\"}}"
              .formatted(request.path("id"), why);
      return Response.Builder.like(response).but().body(body).build();
    }
  }
}
