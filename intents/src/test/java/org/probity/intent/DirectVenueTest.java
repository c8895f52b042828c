package org.probity.intent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.probity.intent.VaultBench.INCREASE;
import static org.probity.intent.VaultBench.KEEP;
import static org.probity.intent.VaultBench.REDUCE;
import static org.probity.intent.VaultBench.STEP;

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
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Bytes;
import org.probity.chain.CallReverted;
import org.probity.chain.ChainClient;
import org.probity.chain.Head;
import org.probity.ground.TestKind;
import org.probity.intent.VaultBench.Terms;
import org.probity.intent.policy.Plan.Reason;
import org.probity.intent.policy.Policy;
import org.probity.intent.source.Reports;
import org.probity.zk.Decision;
import org.probity.zk.FeatureVector;

/** What an agent is told of a decision before it is proven, when it is sent, and after a crash. */
@TestKind.Acceptance
class DirectVenueTest extends OnOneChain {

  /** Holds 90,000 USD and 4 WETH. */
  private static Address vault;

  @BeforeAll
  static void deploy() {
    bench = new VaultBench();
    vault = bench.vault(bench.policy(_ -> {}));
    bench.toMoment(5);
  }

  // ---- how ----

  private static Vault own() {
    return Vault.at(bench.client(), vault);
  }

  private static DirectVenue venue() {
    return bench.venue(own());
  }

  private static Mandate mandate(Observation seen, Address executor) {
    return new Mandate(bench.client().chainId(), vault, seen.state().model(), 110, executor);
  }

  private static Observation seen() {
    return new VaultReader(bench.client(), own(), Reports.NONE).at(bench.client().head());
  }

  private static Proposal proposal(Decision decision) {
    return proposal(seen(), decision);
  }

  private static Proposal proposal(Observation seen, Decision decision) {
    Head head = bench.client().head();
    return Proposal.of(head, mandate(seen, bench.agent), seen, decision, head.timestamp() + 110);
  }

  private static Prospect prospect(int choice) {
    return venue().prospect(proposal(new Decision.Choice(choice)));
  }

  private static ProvenIntent proven(Proposal proposal) {
    return new ProvenIntent(
        proposal,
        bench.echo(proposal.observation().features(), proposal.decision(), proposal.context()));
  }

  private static Settlement.Executed executed(Proposal proposal) {
    Settlement settlement = venue().submit(proven(proposal));
    assertThat(settlement).isInstanceOf(Settlement.Executed.class);
    return (Settlement.Executed) settlement;
  }

  /** Another policy, and a moment that may be decided for under it. */
  private static void policy(Consumer<Terms> edit) {
    bench.setPolicy(vault, bench.policy(edit));
    bench.toMoment(5);
  }

  private static Prospect.Nothing refused(String reason) {
    return new Prospect.Refused(reason);
  }

  private static Prospect.Nothing notNow(String reason) {
    return new Prospect.NotNow(reason);
  }

  // ---- what would come of it ----

  @Test
  void aTradeIsToldInTheNumeraireAndSettledInBothAssets() {
    Proposal buy = proposal(new Decision.Choice(INCREASE));
    Prospect prospect = venue().prospect(buy);
    assertThat(prospect).isInstanceOf(Prospect.Trade.class);
    Prospect.Step step = ((Prospect.Trade) prospect).steps().getFirst();
    assertThat(step.asset()).isEqualTo(bench.weth.address());
    // Half of what fee times depth bears: 0.0005 x 25 million.
    assertThat(step.notional()).isBetween(bench.usd.units(6_000), bench.usd.units(6_400));
    Settlement.Executed settled = executed(buy);
    assertThat(settled.traded()).isTrue();
    assertThat(settled.gained(bench.usd.address())).isEqualTo(step.notional().negate());
    assertThat(settled.gained(bench.weth.address())).isPositive();
    assertThat(own().executions()).hasSize(1);
    assertThat(venue().standing(buy)).isEqualTo(new Standing.Concluded(settled));
  }

  @Test
  void aSaleIsNegative() {
    policy(terms -> terms.targets = List.of(0, Policy.HOLD, 7_500));
    assertThat(prospect(REDUCE))
        .isInstanceOfSatisfying(
            Prospect.Trade.class,
            trade -> assertThat(trade.steps().getFirst().notional()).isNegative());
  }

  @Test
  void aHoldHasItsReason() {
    assertThat(prospect(KEEP)).isEqualTo(new Prospect.Hold(Reason.HOLD));
    assertThat(prospect(REDUCE))
        .as("to a quarter from a tenth, where it may only sell")
        .isEqualTo(new Prospect.Hold(Reason.DIRECTION));
    policy(terms -> {
      terms.targets = List.of(1_000, Policy.HOLD, 1_010);
      terms.minTrade = 1_000;
    });
    assertThat(prospect(INCREASE)).isEqualTo(new Prospect.Hold(Reason.AT_TARGET));
    policy(terms -> terms.mostBps = 900);
    assertThat(prospect(INCREASE)).isEqualTo(new Prospect.Hold(Reason.EXPOSURE));
    policy(terms -> terms.turnover = 1_000);
    executed(proposal(new Decision.Choice(INCREASE)));
    bench.toMoment(5);
    assertThat(prospect(INCREASE)).isEqualTo(new Prospect.Hold(Reason.ALLOWANCE));
  }

  @Test
  void aHoldThatIsExecutedMovesNothingAndIsOnRecord() {
    Settlement.Executed settled = executed(proposal(new Decision.Choice(KEEP)));
    assertThat(settled.traded()).isFalse();
    Vault.Entry entry = own().executions().getFirst();
    assertThat(entry.reason()).isEqualTo(Reason.HOLD);
    assertThat(entry.deltas()).containsOnly(BigInteger.ZERO);
    assertThat(entry.executor()).isEqualTo(bench.agent);
  }

  @Test
  void aRefusedPlanIsToldInWords() {
    policy(terms -> {
      terms.minTrade = 7_000;
      terms.maxAction = 20_000;
    });
    assertThat(prospect(INCREASE))
        .isInstanceOfSatisfying(
            Prospect.NotNow.class,
            told ->
                assertThat(told.reason())
                    .matches(
                        "the pools bear a trade of [\\d.]+ USD now, less than the policy's smallest of 7000 USD"));
    policy(_ -> {});
    bench.market.swapExactInput(bench.usd.address(), bench.usd.units(500_000));
    bench.chain.mine(1, 12);
    assertThat(prospect(INCREASE))
        .isInstanceOfSatisfying(
            Prospect.NotNow.class,
            told ->
                assertThat(told.reason())
                    .matches(
                        "the price at the start of the block lies [\\d.]+ % from its mean, and the policy allows 0.501 %"));
    assertThat(prospect(KEEP)).isEqualTo(new Prospect.Hold(Reason.HOLD));
  }

  @Test
  void whatIsPausedIsNotProven() {
    bench.owner(vault, "pause");
    assertThat(prospect(KEEP)).isEqualTo(refused("the owner has paused the vault"));
    bench.owner(vault, "unpause");
    assertThat(prospect(KEEP)).isInstanceOf(Prospect.Hold.class);
  }

  @Test
  void twoTradesNeedTheirIntervalAndAHoldDoesNot() {
    long second = bench.now() - bench.now() % (2 * STEP) + 2 * STEP;
    bench.chain.mineAt(second - STEP + 5);
    executed(proposal(new Decision.Choice(INCREASE)));
    bench.setPolicy(
        vault,
        bench.policy(terms -> {
          terms.step = 2 * STEP;
          terms.minInterval = 1_000;
        }));
    bench.chain.mineAt(second + 5);
    assertThat(prospect(INCREASE))
        .isInstanceOfSatisfying(
            Prospect.NotNow.class,
            told ->
                assertThat(told.reason()).matches("the policy allows the next trade in 41\\d s"));
    assertThat(prospect(KEEP)).isInstanceOf(Prospect.Hold.class);
  }

  @Test
  void lossesThatAreUsedUpAreToldByTheirAllowance() {
    policy(terms -> {
      terms.dayLoss = bench.usd.units(10);
      terms.monthLoss = bench.usd.units(10);
      terms.lossOfOne = bench.usd.units(10);
    });
    int trades = 0;
    while (prospect(INCREASE) instanceof Prospect.Trade && trades < 5) {
      executed(proposal(new Decision.Choice(INCREASE)));
      bench.toMoment(5);
      trades++;
    }
    assertThat(prospect(INCREASE)).isEqualTo(notNow("the day's allowance for losses is used up"));
    assertThat(prospect(KEEP)).isInstanceOf(Prospect.Hold.class);
    bench.chain.mineAt(bench.now() + 2 * 86_400);
    assertThat(prospect(INCREASE)).isEqualTo(notNow("the month's allowance for losses is used up"));
  }

  @Test
  void aMomentTooOldForThePolicyIsNothingToBeSent() {
    bench.toMoment(120);
    assertThat(prospect(INCREASE)).isInstanceOf(Prospect.Trade.class);
    bench.toMoment(121);
    assertThat(prospect(INCREASE)).isEqualTo(refused("its moment is older than the policy allows"));
  }

  @Test
  void anotherModelThanThePolicysIsToldOnce() {
    Observation seen = seen();
    Head head = bench.client().head();
    var mandate =
        new Mandate(
            bench.client().chainId(), vault, Bytes.of(new byte[1]).keccak(), 110, bench.agent);
    Proposal other =
        Proposal.of(head, mandate, seen, new Decision.Choice(KEEP), head.timestamp() + 110);
    assertThat(venue().prospect(other))
        .isEqualTo(
            new Prospect.Hindered(
                "the vault's policy has the model %s, and the agent's is %s"
                    .formatted(seen.state().model(), mandate.model())));
  }

  @Test
  void outputsOfALinearModelAreWeights() {
    bench.store(VaultBench.modelKey(20, true, 1));
    policy(terms -> {
      terms.targets = List.of();
      terms.directions = List.of();
      terms.weightStepBps = 250;
      terms.minTrade = 1_000;
    });
    Proposal buy = proposal(new Decision.Outputs(List.of(20)));
    assertThat(venue().prospect(buy))
        .isInstanceOfSatisfying(
            Prospect.Trade.class,
            trade -> assertThat(trade.steps().getFirst().notional()).isPositive());
    assertThat(venue().prospect(proposal(new Decision.Outputs(List.of(4)))))
        .isEqualTo(new Prospect.Hold(Reason.AT_TARGET));
    Settlement.Executed settled = executed(buy);
    assertThat(own().executions().getFirst().outputs()).containsExactly(BigInteger.valueOf(20));
    assertThat(venue().standing(buy)).isEqualTo(new Standing.Concluded(settled));
    bench.store(VaultBench.modelKey(20, false, 3));
  }

  // ---- what cannot be proven ----

  @Test
  void anotherViewThanTheVaultsIsRefused() {
    Observation seen = seen();
    int[] features = seen.features().toArray();
    features[3]++;
    assertThatThrownBy(() ->
            venue()
                .prospect(proposal(with(seen, features, seen.asOf()), new Decision.Choice(KEEP))))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "Feature 3 is %s for the vault and %s for the agent"
                .formatted(features[3] - 1, features[3]));
    int[] fewer = IntStream.range(0, 19).toArray();
    assertThatThrownBy(() ->
            venue().prospect(proposal(with(seen, fewer, seen.asOf()), new Decision.Choice(KEEP))))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("The vault has 20 features and the agent 19");
    Proposal good = proposal(seen, new Decision.Choice(KEEP));
    var other =
        new Proposal(
            good.head(),
            good.mandate(),
            seen,
            good.decision(),
            good.deadline() + 1,
            good.context());
    assertThatThrownBy(() -> venue().prospect(other))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("The vault would ask for another context");
  }

  @Test
  void aRefusedPreviewIsToldInTheContractsOwnWords() {
    Observation seen = seen();
    Observation tomorrow = with(seen, seen.features().toArray(), bench.now() + 86_400);
    assertThatThrownBy(() -> venue().prospect(proposal(tomorrow, new Decision.Choice(KEEP))))
        .isInstanceOf(CallReverted.class)
        .hasMessageStartingWith("The contract reverted: InFuture(");
  }

  private static Observation with(Observation seen, int[] features, long asOf) {
    return new Observation(
        seen.state(),
        asOf,
        seen.refs(),
        seen.guardHints(),
        FeatureVector.of(features),
        seen.sourceHints());
  }

  @Test
  void aPendingBlockFarAheadIsToldBeforeAnythingIsProvenAndUntilTheyAgree() {
    DirectVenue venue = venue();
    Proposal proposal = proposal(new Decision.Choice(INCREASE));
    long later = proposal.head().timestamp() + 532L * 86_400;
    bench.client().request("evm_setNextBlockTimestamp", "0x" + Long.toHexString(later));
    assertThat(venue.prospect(proposal))
        .isEqualTo(
            new Prospect.Hindered(
                "the node's pending block is 532 days ahead of its latest: nothing is proven until they agree"));
    bench.chain.mine(1, 0);
    bench.toMoment(5);
    assertThat(venue.prospect(proposal(new Decision.Choice(INCREASE))))
        .isInstanceOf(Prospect.Trade.class);
  }

  // ---- what becomes of it ----

  @Test
  void aMarketThatMovedMeanwhileIsToldAsAPerCentAndMayComeBack() {
    DirectVenue venue = venue();
    Proposal buy = proposal(new Decision.Choice(INCREASE));
    assertThat(venue.prospect(buy)).isInstanceOf(Prospect.Trade.class);
    bench.market.swapExactInput(bench.usd.address(), bench.usd.units(500_000));
    assertThat(venue.submit(proven(buy)))
        .isInstanceOfSatisfying(
            Settlement.NotNow.class,
            refused ->
                assertThat(refused.reason())
                    .matches(
                        "refused before sending: the price at the start of the block lies [\\d.]+ % from its mean, and the policy allows [\\d.]+ %"));
    // Nothing is held against later heads.
    bench.market.swapExactInput(bench.weth.address(), bench.weth.units(197));
    bench.toMoment(5);
    bench.toMoment(5);
    assertThat(venue.prospect(proposal(new Decision.Choice(INCREASE))))
        .isInstanceOf(Prospect.Trade.class);
  }

  /** Its transaction would be followed for ever otherwise, and say the same. */
  @Test
  void whatWasRevertedInABlockIsSentAnew() {
    DirectVenue venue = venue();
    Proposal buy = proposal(new Decision.Choice(INCREASE));
    long before = bench.client().transactionCount(bench.agent, BlockTag.PENDING);
    bench.chain.setAutomaticMining(false);
    try {
      CompletableFuture<Settlement> sent =
          CompletableFuture.supplyAsync(() -> venue.submit(proven(buy)));
      while (bench.client().transactionCount(bench.agent, BlockTag.PENDING) == before) {
        Thread.onSpinWait();
      }
      bench.chain.mineAt(buy.deadline() + 1);
      assertThat(sent.join())
          .isInstanceOfSatisfying(
              Settlement.Refused.class,
              refused -> {
                assertThat(refused.reason()).startsWith("reverted: its deadline is over");
                assertThat(refused.receipt()).isPresent();
              });
    } finally {
      bench.chain.setAutomaticMining(true);
    }
    assertThat(venue.standing(buy)).isInstanceOf(Standing.Concluded.class);
    assertThat(venue.submit(proven(buy)))
        .isInstanceOfSatisfying(
            Settlement.Refused.class,
            refused ->
                assertThat(refused.reason())
                    .startsWith("refused before sending: its deadline is over"));
  }

  @Test
  void aDecisionThatWasNotSentIsOpenUntilSomethingStandsAgainstIt() {
    Proposal buy = proposal(new Decision.Choice(INCREASE));
    assertThat(venue().standing(buy)).isEqualTo(new Standing.Open());
    String before = bench.chain.snapshot();
    bench.setPolicy(vault, bench.policy(terms -> terms.mostBps = 8_999));
    assertThat(venue().standing(buy))
        .isEqualTo(new Standing.Void("the vault has another policy now"));
    bench.setPolicy(vault, bench.policy(_ -> {}));
    assertThat(venue().standing(buy))
        .as("the same policy, put in force again")
        .isInstanceOfSatisfying(
            Standing.Void.class,
            told -> assertThat(told.reason()).startsWith("the vault takes nothing up to "));
    bench.chain.revert(before);
    before = bench.chain.snapshot();
    bench.owner(vault, "pause");
    assertThat(venue().standing(buy))
        .isEqualTo(new Standing.Void("another decision, or a pause, spent nonce 0"));
    bench.chain.revert(before);
    before = bench.chain.snapshot();
    bench.chain.mineAt(buy.deadline() + 1);
    assertThat(venue().standing(buy)).isEqualTo(new Standing.Void("its deadline is over"));
    bench.chain.revert(before);
    executed(proposal(new Decision.Choice(KEEP)));
    assertThat(venue().standing(buy))
        .isEqualTo(new Standing.Void("another decision, or a pause, spent nonce 0"));
  }

  @Test
  void aDecisionWhoseHeadIsGoneIsVoid() {
    String before = bench.chain.snapshot();
    bench.toMoment(5);
    Proposal buy = proposal(new Decision.Choice(INCREASE));
    bench.chain.revert(before);
    bench.toMoment(6);
    assertThat(venue().standing(buy)).isEqualTo(new Standing.Void("its head was reverted"));
  }

  @Test
  void whoeverHasADecisionForAnyoneMayHaveItExecuted() {
    Observation seen = seen();
    Head head = bench.client().head();
    Proposal buy =
        Proposal.of(
            head,
            mandate(seen, Address.ZERO),
            seen,
            new Decision.Choice(INCREASE),
            head.timestamp() + 110);
    bench.chain.execute(bench.stranger, own().execution(proven(buy)));
    assertThat(venue().standing(buy))
        .isInstanceOfSatisfying(
            Standing.Concluded.class,
            concluded ->
                assertThat(concluded.settlement()).isInstanceOf(Settlement.Executed.class));
    assertThat(own().executions().getFirst().executor()).isEqualTo(bench.stranger);
  }

  @Test
  void theNodesOwnLimitOfAFeeIsTold() throws IOException {
    HttpServer geth =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    geth.createContext("/", DirectVenueTest::refuseByCap);
    geth.start();
    URI address = URI.create("http://127.0.0.1:" + geth.getAddress().getPort());
    try (ChainClient client = ChainClient.connect(address)) {
      DirectVenue venue = new DirectVenue(Vault.at(client, vault), bench.sender(client, 4));
      assertThat(venue.submit(proven(proposal(new Decision.Choice(INCREASE)))))
          .isInstanceOfSatisfying(
              Settlement.Refused.class,
              refused ->
                  assertThat(refused.reason())
                      .matches(
                          "refused before sending: the node itself takes no transaction that may cost so much \\(tx fee \\(1\\.12 ether\\) exceeds the configured cap \\(1\\.00 ether\\)\\): this one may cost its gas limit of \\d+ times [\\d.]+ gwei; raise the node's own limit \\(geth: --rpc\\.txfeecap\\), or lower the fee cap \\(probity\\.fees\\.max-gwei, .*"));
    } finally {
      geth.stop(0);
    }
    assertThat(own().state(BlockTag.LATEST).nonce()).isZero();
  }

  /** The chain's node, but for what it says of transactions. */
  private static void refuseByCap(HttpExchange exchange) throws IOException {
    try (exchange;
        HttpClient http = HttpClient.newHttpClient()) {
      String asked = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      String answer =
          asked.contains("eth_sendRawTransaction")
              ? "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32000,\"message\":\"tx fee (1.12 ether) exceeds the configured cap (1.00 ether)\"}}"
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
