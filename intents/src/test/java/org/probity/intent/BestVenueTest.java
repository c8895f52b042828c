package org.probity.intent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.probity.intent.VaultBench.INCREASE;
import static org.probity.intent.VaultBench.REDUCE;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.probity.chain.AbiFunction;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Bytes;
import org.probity.chain.Call;
import org.probity.chain.ChainClient;
import org.probity.chain.ContractArtifact;
import org.probity.chain.Erc20;
import org.probity.chain.Head;
import org.probity.ground.TestKind;
import org.probity.intent.VaultBench.Terms;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.VenueWay;
import org.probity.intent.source.Reports;
import org.probity.zk.Decision;

/** A pair of Uniswap v2 beside the pool of v3 that prices: where an agent trades, and why. */
@TestKind.Acceptance
class BestVenueTest extends OnOneChain {

  private static final AbiFunction TRANSFER = AbiFunction.parse("transfer(address,uint256)");
  private static final AbiFunction PAIR_OF =
      AbiFunction.parse("getPair(address,address) returns (address pair)");
  private static final AbiFunction SWAP = AbiFunction.parse("swap(uint256,uint256,address,bytes)");
  private static final AbiFunction RESERVES =
      AbiFunction.parse("getReserves() returns (uint112 r0, uint112 r1, uint32 at)");

  /** The fee of every pair, in hundredths of a basis point. */
  private static final int FEE = 3_000;

  private static Address pairs;
  private static Address action;

  /** Its WETH is half a per cent cheaper than the pool's. */
  private static Address pair;

  /** Holds 90,000 USD and 4 WETH. */
  private static Address vault;

  @BeforeAll
  static void deploy() {
    bench = new VaultBench();
    pairs =
        bench.chain.deploy(
            bench.owner, ContractArtifact.load("UniswapV2Factory").deployment(bench.owner));
    action =
        bench.chain.deploy(
            bench.owner, ContractArtifact.load("UniswapV2Action").deployment(pairs, FEE));
    pair = pair(39_800_000, bench.weth.address(), bench.weth.units(16_000));
    vault = bench.vault(policy(_ -> {}));
    bench.toMoment(5);
  }

  // ---- how ----

  private static Address pair(long dollars, Address token, BigInteger units) {
    Address usd = bench.usd.address();
    bench.chain.execute(
        bench.owner, Call.of(pairs, AbiFunction.parse("createPair(address,address)"), usd, token));
    Address made = bench.client().call(pairs, PAIR_OF, usd, token).address("pair");
    give(made, usd, bench.usd.units(dollars));
    give(made, token, units);
    bench.chain.execute(
        bench.owner, Call.of(made, AbiFunction.parse("mint(address)"), bench.owner));
    return made;
  }

  private static void give(Address to, Address token, BigInteger units) {
    bench.chain.execute(bench.owner, Call.of(token, TRANSFER, to, units));
  }

  /** With the pair as its only venue, which is counted with a little less than there is. */
  private static Policy policy(Consumer<Terms> edit) {
    return bench.policy(terms -> {
      terms.venues = List.of(venue(1, pair));
      terms.venueLimits = List.of(counted(39_000_000, 15_500));
      edit.accept(terms);
    });
  }

  private static Policy.Venue venue(int asset, Address through) {
    return new Policy.Venue(
        asset, action, FEE, new VenueWay.OfPairs(List.of(through)).parameters());
  }

  private static Policy.PoolLimits counted(long dollars, long whole) {
    BigInteger liquidity =
        BigInteger.valueOf(dollars)
            .multiply(BigInteger.valueOf(whole))
            .multiply(BigInteger.TEN.pow(24))
            .sqrt();
    return new Policy.PoolLimits(liquidity, liquidity);
  }

  private static ProvenIntent decided(int choice) {
    ChainClient client = bench.client();
    Head head = client.head();
    Observation seen = new VaultReader(client, Vault.at(client, vault), Reports.NONE).at(head);
    Proposal proposal =
        Proposal.of(
            head,
            new Mandate(client.chainId(), vault, seen.state().model(), 110, bench.agent),
            seen,
            new Decision.Choice(choice),
            head.timestamp() + 110);
    return new ProvenIntent(
        proposal, bench.echo(seen.features(), proposal.decision(), proposal.context()));
  }

  private static DirectVenue agent() {
    return agent(bench.client());
  }

  private static DirectVenue agent(ChainClient client) {
    return new DirectVenue(
        Vault.at(client, vault), bench.sender(client, 4), Optional.of(bench.weth.address()));
  }

  private static Settlement.Executed executed(DirectVenue agent, ProvenIntent intent) {
    Settlement settlement = agent.submit(intent);
    assertThat(settlement).isInstanceOf(Settlement.Executed.class);
    return (Settlement.Executed) settlement;
  }

  private static VenueQuote.Fills fills(VenueQuote quote) {
    assertThat(quote.answer()).isInstanceOf(VenueQuote.Fills.class);
    return (VenueQuote.Fills) quote.answer();
  }

  /** Somebody buys WETH of the pair for so many dollars. */
  private static Call push(long dollars) {
    var reserves = bench.client().call(pair, RESERVES);
    boolean first = bench.usd.address().compareTo(bench.weth.address()) < 0;
    BigInteger in = bench.usd.units(dollars);
    BigInteger here = reserves.integer(first ? "r0" : "r1");
    BigInteger there = reserves.integer(first ? "r1" : "r0");
    BigInteger charged = in.multiply(BigInteger.valueOf(997));
    BigInteger out =
        charged.multiply(there).divide(here.multiply(BigInteger.valueOf(1_000)).add(charged));
    give(pair, bench.usd.address(), in);
    return Call.of(
        pair,
        SWAP,
        first ? BigInteger.ZERO : out,
        first ? out : BigInteger.ZERO,
        bench.stranger,
        Bytes.EMPTY);
  }

  // ---- where ----

  @Test
  void theBetterVenueIsTakenAsItWasQuotedToTheUnit() {
    ProvenIntent buy = decided(INCREASE);
    DirectVenue agent = agent();
    Settlement.Executed settled = executed(agent, buy);
    assertThat(settled.quotes()).hasSize(2);
    VenueQuote taken = settled.quotes().getFirst();
    assertThat(taken.venues()).containsExactly(1);
    assertThat(fills(taken).deltas()).isEqualTo(settled.deltas());
    VenueQuote.Fills route = fills(settled.quotes().get(1));
    assertThat(fills(taken).net()).isGreaterThan(route.net());
    assertThat(route.outcome()).as("it costs something").isNegative();
    assertThat(settled.receipt().gasUsed()).isGreaterThan(fills(taken).gasUsed());
    assertThat(fills(taken).gasCost()).isPositive();
    assertThat(agent.standing(buy.proposal())).isEqualTo(new Standing.Concluded(settled));
    Erc20 weth = new Erc20(bench.weth.address());
    assertThat(weth.balanceOf(bench.client(), vault, BlockTag.LATEST))
        .isEqualTo(bench.weth.units(4).add(settled.gained(bench.weth.address())));
  }

  @Test
  void twoAssetsAreTradedWhereEachIsBestOnceThatIsTriedTogether() {
    bench.store(VaultBench.modelKey(22, false, 3));
    Consumer<Terms> three =
        terms -> {
          terms.three = true;
          terms.targets = List.of(2_500, 0, Policy.HOLD, Policy.HOLD, 4_000, 4_000);
          terms.lossOfOne = bench.usd.units(400);
        };
    Address third =
        policy(
                three.andThen(terms -> {
                  terms.venues = List.of();
                  terms.venueLimits = List.of();
                }))
            .parts()
            .assets()
            .get(2)
            .token();
    Address thirds = pair(9_950_000, third, BigInteger.TEN.pow(25));
    bench.setPolicy(
        vault,
        policy(
            three.andThen(terms -> {
              terms.venues = List.of(venue(2, thirds), venue(1, pair));
              terms.venueLimits =
                  List.of(counted(9_000_000, 9_000_000), counted(39_000_000, 15_500));
            })));
    bench.toMoment(5);
    bench.toMoment(5);
    Settlement.Executed settled = executed(agent(), decided(INCREASE));
    assertThat(settled.quotes())
        .extracting(VenueQuote::venues)
        .containsExactly(List.of(2, 1), List.of(0, 0), List.of(0, 1), List.of(2, 0));
    assertThat(fills(settled.quotes().getFirst()).deltas()).isEqualTo(settled.deltas());
    bench.store(VaultBench.modelKey(20, false, 3));
  }

  @Test
  void theRouteIsTakenWhereItIsBetterAsItWasQuotedToTheUnit() {
    bench.setPolicy(vault, policy(terms -> terms.targets = List.of(0, Policy.HOLD, 7_500)));
    bench.toMoment(5);
    Settlement.Executed settled = executed(agent(), decided(REDUCE));
    assertThat(settled.quotes())
        .extracting(VenueQuote::venues)
        .containsExactly(List.of(0), List.of(1));
    assertThat(fills(settled.quotes().getFirst()).deltas()).isEqualTo(settled.deltas());
  }

  @Test
  void aVenueThatIsRefusedFallsOutWithItsReason() {
    bench.setPolicy(
        vault,
        policy(terms ->
            terms.venueLimits =
                List.of(new Policy.PoolLimits(BigInteger.TEN.pow(20), BigInteger.TEN.pow(17)))));
    bench.toMoment(5);
    Settlement.Executed settled = executed(agent(), decided(INCREASE));
    assertThat(settled.quotes()).hasSize(2);
    assertThat(settled.quotes().getFirst().routesAlone()).isTrue();
    assertThat(settled.quotes().get(1).answer())
        .isInstanceOfSatisfying(
            VenueQuote.Refused.class,
            refused -> assertThat(refused.reason()).startsWith("TooLittleLiquidity("));
  }

  @Test
  void aPolicyWithoutVenuesIsNotQuoted() {
    bench.setPolicy(vault, bench.policy(_ -> {}));
    bench.toMoment(5);
    assertThat(executed(agent(), decided(INCREASE)).quotes()).isEmpty();
  }

  /** Whoever sees the transaction may make the venue dearer before it, and no dearer than this. */
  @Test
  void aVenueThatIsPushedBetweenQuoteAndInclusionIsRefusedAtTheWorstPrice() throws IOException {
    pushedAt("eth_sendRawTransaction", "reverted: SlippageExceeded(");
  }

  @Test
  void aVenueThatIsPushedBeforeItIsSentIsNotSent() throws IOException {
    pushedAt("eth_estimateGas", "refused before sending: SlippageExceeded(");
  }

  /** Once the agent asks for this; what it sends after that is quoted anew. */
  private static void pushedAt(String method, String refusal) throws IOException {
    ProvenIntent buy = decided(INCREASE);
    Call push = push(400_000);
    var pushed = new AtomicBoolean();
    Node node =
        asked -> {
          if (asked.contains(method) && !pushed.getAndSet(true)) {
            bench.chain.execute(bench.stranger, push);
          }
          return Optional.empty();
        };
    through(
        node,
        client -> {
          DirectVenue agent = agent(client);
          assertThat(agent.submit(buy))
              .isInstanceOfSatisfying(
                  Settlement.NotNow.class,
                  refused -> assertThat(refused.reason()).startsWith(refusal));
          assertThat(executed(agent, buy).quotes().getFirst().routesAlone()).isTrue();
        });
  }

  @Test
  void aNodeThatDoesNotQuoteHasTheRouteTakenAndThatIsTold() throws IOException {
    Node node =
        asked ->
            asked.contains("eth_call") && !asked.contains("\"to\"")
                ? Optional.of("{\"code\":-32602,\"message\":\"to: required\"}")
                : Optional.empty();
    through(
        node,
        client -> {
          List<VenueQuote> quotes = executed(agent(client), decided(INCREASE)).quotes();
          assertThat(quotes).hasSize(1);
          assertThat(quotes.getFirst().routesAlone()).isTrue();
          assertThat(quotes.getFirst().answer())
              .isInstanceOfSatisfying(
                  VenueQuote.Unanswered.class,
                  told ->
                      assertThat(told.reason())
                          .startsWith("the node does not say: ")
                          .contains("to: required"));
        });
  }

  // ---- a node of one's own ----

  /** What stands before the chain's node: looks at each request, and may refuse it. */
  private interface Node {
    /** The error to answer with; empty to pass the request on. */
    Optional<String> refusal(String asked);
  }

  private static void through(Node node, Consumer<ChainClient> act) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", exchange -> answer(node, exchange));
    server.start();
    URI address = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    try (ChainClient client = ChainClient.connect(address)) {
      act.accept(client);
    } finally {
      server.stop(0);
    }
  }

  private static void answer(Node node, HttpExchange exchange) throws IOException {
    try (exchange;
        HttpClient http = HttpClient.newHttpClient()) {
      String asked = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      Optional<String> refusal = node.refusal(asked);
      String answer =
          refusal.isPresent()
              ? "{\"jsonrpc\":\"2.0\",\"id\":%s,\"error\":%s}"
                  .formatted(asked.replaceAll("(?s).*\"id\":(\\d+).*", "$1"), refusal.get())
              : http.send(
                      HttpRequest.newBuilder(bench.chain.http())
                          .header("Content-Type", "application/json")
                          .POST(HttpRequest.BodyPublishers.ofString(asked))
                          .build(),
                      HttpResponse.BodyHandlers.ofString())
                  .body();
      byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(200, bytes.length);
      exchange.getResponseBody().write(bytes);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
