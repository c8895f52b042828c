package org.probity.intent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.probity.intent.VaultBench.HOLD;
import static org.probity.intent.VaultBench.INCREASE;
import static org.probity.intent.VaultBench.REDUCE;
import static org.probity.intent.VaultBench.VAULT;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Bytes;
import org.probity.chain.Call;
import org.probity.chain.CallReverted;
import org.probity.chain.ChainClient;
import org.probity.chain.Erc20;
import org.probity.chain.FeePolicy;
import org.probity.chain.Head;
import org.probity.chain.Receipt;
import org.probity.chain.RevertReason;
import org.probity.chain.TransactionSender;
import org.probity.chain.local.LocalChainFailed;
import org.probity.chain.local.LocalMarket;
import org.probity.ground.Bytes32;
import org.probity.ground.TestKind;
import org.probity.intent.VaultBench.Step;
import org.probity.intent.VaultBench.Terms;
import org.probity.strategy.feature.TwapDefinition;
import org.probity.strategy.feature.VaultBooks;
import org.probity.zk.Decision;
import org.probity.zk.DecisionProof;

/**
 * All that a vault checks besides the cryptography, on a real pool. The verifier of these tests
 * accepts the digest of what it is asked, so each execution that succeeds is also a proof that Java
 * and the contract agree on every feature and on the context.
 */
@TestKind.Acceptance
class ProofBoundVaultTest extends OnOneChain {

  private static LocalMarket.Token weth;
  private static LocalMarket.Token usd;

  /** Holds 40 WETH and 100,000 USD and thinks in USD; may trade 40,000 USD a day. */
  private static Address vault;

  @BeforeAll
  static void deploy() {
    bench = new VaultBench(new LocalMarket.Settings(BigDecimal.valueOf(2500), 10_000, 600));
    bench.wander(400, 2);
    // So that the reference, a mean over five minutes, is the pool's price.
    bench.pass(400);
    weth = bench.market.weth();
    usd = bench.market.usd();
    vault =
        bench.fundedVault(
            weth, usd, weth.units(40), usd.units(100_000), terms(usd.units(100), 40_000));
  }

  private static Terms terms(BigInteger minTrade, long maxNotionalUsd) {
    return Terms.standard(minTrade, usd.units(maxNotionalUsd));
  }

  private static String refusal(Step step) {
    return bench.refusal(bench.stranger, bench.execution(vault, step)).toString();
  }

  private static String refusalOf(Address from, String function, Object... arguments) {
    return bench.refusal(from, Call.of(vault, VAULT.function(function), arguments)).toString();
  }

  private static Receipt owner(String function, Object... arguments) {
    return bench.chain.execute(bench.owner, Call.of(vault, VAULT.function(function), arguments));
  }

  private static int weightBps(Address of) {
    long now = bench.now();
    Address pool = (Address) bench.call(of, VAULT.function("pool"));
    boolean inverted = !(Boolean) bench.call(of, VAULT.function("baseIsToken0"));
    List<Object> located =
        bench.chain.client().call(bench.source, VaultBench.SOURCE.function("locate"), pool, now);
    int tick =
        TwapDefinition.STANDARD
            .features(VaultBench.longs(located.get(1)), inverted)
            .referenceTick();
    return bench.books(of).weightBps(tick);
  }

  // ---- what is executed ----

  @Test
  void aProvenDecisionIsTradedTowardItsTargetAndBooked() {
    VaultBooks before = bench.books(vault);
    Step step = bench.decide(vault, INCREASE);
    List<Object> executed = VaultBench.executed(bench.execute(vault, step));
    VaultBooks after = bench.books(vault);

    BigInteger baseDelta = (BigInteger) executed.get(4);
    BigInteger quoteDelta = (BigInteger) executed.get(5);
    assertThat(executed.get(0)).isEqualTo(BigInteger.ZERO);
    assertThat(executed.get(1)).isEqualTo(BigInteger.valueOf(INCREASE));
    assertThat(baseDelta).isPositive();
    assertThat(quoteDelta).isEqualTo(usd.units(-40_000));
    assertThat(after.baseBalance()).isEqualTo(before.baseBalance().add(baseDelta));
    assertThat(after.quoteBalance()).isEqualTo(before.quoteBalance().add(quoteDelta));
    assertThat(after.spent()).isEqualTo(usd.units(40_000));
    assertThat(after.lastTradeTime()).isEqualTo(bench.now());
    assertThat(after.lastTradeTick()).isEqualTo(((BigInteger) executed.get(6)).intValueExact());
    assertThat(bench.balance(weth.address(), vault)).isEqualTo(after.baseBalance());
    assertThat(bench.balance(usd.address(), vault)).isEqualTo(after.quoteBalance());
  }

  @Test
  void aSaleGoesToItsTargetWithinTheBudget() {
    owner("setPolicy", terms(usd.units(100), 1_000_000).struct());
    assertThat(weightBps(vault)).isBetween(4000, 6000);
    bench.execute(vault, bench.decide(vault, REDUCE));
    assertThat(weightBps(vault)).isBetween(1950, 2200);
    bench.pass(400);
    bench.execute(vault, bench.decide(vault, INCREASE));
    assertThat(weightBps(vault)).isBetween(7800, 8050);
  }

  @Test
  void aVaultOfTheOtherOrientationTradesAsWell() {
    Address other =
        bench.fundedVault(
            usd,
            weth,
            usd.units(100_000),
            weth.units(40),
            Terms.standard(weth.units(new BigDecimal("0.05")), weth.units(1000)));
    assertThat(bench.call(other, VAULT.function("baseIsToken0")))
        .isNotEqualTo(bench.call(vault, VAULT.function("baseIsToken0")));
    bench.execute(other, bench.decide(other, REDUCE));
    assertThat(weightBps(other)).isBetween(1950, 2200);
    bench.pass(400);
    bench.execute(other, bench.decide(other, INCREASE));
    assertThat(weightBps(other)).isBetween(7800, 8050);
  }

  @Test
  void holdingSpendsTheNonceAndTradesNothing() {
    VaultBooks before = bench.books(vault);
    Step step = bench.decide(vault, HOLD);
    Receipt receipt = bench.execute(vault, step);
    assertThat(VaultBench.executed(receipt).subList(4, 6)).containsOnly(BigInteger.ZERO);
    assertThat(bench.books(vault)).isEqualTo(before);
    assertThat(refusal(step)).isEqualTo("WrongNonce(1, 0)");
  }

  @Test
  void featuresOfTheVaultFollowItsTrades() {
    // Each of these succeeds only if Java has the contract's features, budget and age among them.
    owner("setPolicy", terms(usd.units(100), 120_000).struct());
    bench.execute(vault, bench.decide(vault, INCREASE));
    bench.wander(5, 9);
    bench.execute(vault, bench.decide(vault, HOLD));
    bench.pass(3_000);
    bench.execute(vault, bench.decide(vault, HOLD));
    bench.execute(vault, bench.decide(vault, REDUCE));
    bench.pass(90_000);
    bench.execute(vault, bench.decide(vault, HOLD));
    assertThat(bench.state(vault).getFirst()).isEqualTo(BigInteger.valueOf(6));
  }

  @Test
  void aProofMadeBeforeOtherSwapsIsStillGood() {
    Step step = bench.decide(vault, INCREASE);
    bench.wander(2, 4);
    bench.execute(vault, step);
  }

  @Test
  void previewTellsFeaturesContextAndTrade() {
    Step step = bench.decide(vault, REDUCE);
    List<Object> preview =
        bench
            .chain
            .client()
            .call(
                vault, VAULT.function("preview"), step.deadline(), step.asOf(), step.indices(), 0);
    assertThat(preview.get(2)).isEqualTo(usd.units(-40_000));
    Bytes key =
        (Bytes) bench.call(bench.registry, VaultBench.REGISTRY.function("modelKey"), bench.modelId);
    Bytes proof =
        VaultBench.echo(key, VaultBench.ints(preview.get(0)), REDUCE, (Bytes32) preview.get(1));
    assertThat(proof).isEqualTo(step.proof());
  }

  @Test
  void overARandomLifeJavaAndTheContractNeverDisagree() {
    owner("setPolicy", terms(usd.units(100), 150_000).withStep(5).struct());
    var random = new SplittableRandom(17);
    int traded = 0;
    for (int i = 0; i < 40; i++) {
      bench.wander(random.nextInt(4), 100 + i);
      bench.pass(1 + random.nextInt(random.nextInt(8) == 0 ? 90_000 : 400));
      long asOf = bench.now() - random.nextInt(60);
      asOf -= random.nextInt(5) == 0 ? 0 : asOf % 5;
      boolean scheduled = asOf % 5 == 0;
      boolean inOrder = asOf > bench.lastAsOf(vault);
      Step step = bench.decide(vault, random.nextInt(3), asOf, asOf + 300);
      try {
        List<Object> executed = VaultBench.executed(bench.execute(vault, step));
        assertThat(scheduled && inOrder).isTrue();
        assertThat(bench.lastAsOf(vault)).isEqualTo(asOf);
        traded += executed.get(4).equals(BigInteger.ZERO) ? 0 : 1;
      } catch (LocalChainFailed e) {
        // Had they disagreed, the proof would be refused.
        assertThat(refusal(step))
            .matches(
                !scheduled
                    ? "OffSchedule\\(.*\\)"
                    : !inOrder
                        ? "OutOfOrder\\(.*\\)"
                        : "(TradeTooSmall|BudgetSpent|PriceBeyondLimit)\\(.*\\)");
      }
      VaultBooks books = bench.books(vault);
      assertThat(bench.balance(weth.address(), vault)).isEqualTo(books.baseBalance());
      assertThat(bench.balance(usd.address(), vault)).isEqualTo(books.quoteBalance());
      assertThat(books.spent()).isLessThanOrEqualTo(books.maxNotionalPerEpoch());
    }
    assertThat(traded).isGreaterThan(8);
  }

  // ---- what is refused, each for its own reason ----

  @Test
  void aPausedVaultRefusesAndAnUnpausedOneGoesOn() {
    Step step = bench.decide(vault, INCREASE);
    owner("pause");
    assertThat(refusal(step)).isEqualTo("Paused()");
    owner("unpause");
    bench.execute(vault, step);
  }

  @Test
  void aReplayIsRefused() {
    Step step = bench.decide(vault, INCREASE);
    bench.execute(vault, step);
    assertThat(refusal(step)).isEqualTo("WrongNonce(1, 0)");
  }

  @Test
  void aProofForALaterNonceIsRefused() {
    Step step = bench.decide(vault, INCREASE);
    assertThat(
            refusal(
                new Step(
                    BigInteger.TWO, step.deadline(), step.asOf(), step.indices(), 2, step.proof())))
        .isEqualTo("WrongNonce(0, 2)");
  }

  @Test
  void anExpiredProofIsRefusedAndOneAtItsDeadlineIsNot() {
    long now = bench.now();
    Step step = bench.decide(vault, INCREASE, now, now + 20);
    bench.pass(20);
    assertThat(refusal(step.withProof(Bytes.EMPTY))).startsWith("NotTheEcho(");
    bench.pass(1);
    assertThat(refusal(step)).isEqualTo("Expired(%d, %d)".formatted(now + 20, now + 21));
  }

  @Test
  void staleFeaturesAreRefusedAndFeaturesAtTheLimitAreNot() {
    long now = bench.now();
    Step step = bench.decide(vault, INCREASE, now, now + 10_000);
    bench.pass(120);
    assertThat(refusal(step.withProof(Bytes.EMPTY))).startsWith("NotTheEcho(");
    bench.pass(1);
    assertThat(refusal(step)).isEqualTo("Stale(%d, %d)".formatted(now, now + 1));
  }

  @Test
  void aMomentOffTheScheduleIsRefused() {
    owner("setPolicy", terms(usd.units(100), 40_000).withStep(60).struct());
    long moment = bench.now() / 60 * 60 + 60;
    bench.chain.mineAt(moment + 20);
    for (long asOf : new long[] {moment - 1, moment + 1, moment + 20}) {
      assertThat(refusal(bench.decide(vault, INCREASE, asOf, moment + 100)))
          .isEqualTo("OffSchedule(%d, 60)".formatted(asOf));
    }
    bench.execute(vault, bench.decide(vault, INCREASE, moment, moment + 100));
    assertThat(bench.lastAsOf(vault)).isEqualTo(moment);
  }

  @Test
  void aMomentAtOrBeforeTheLastOneIsRefused() {
    long now = bench.now();
    bench.execute(vault, bench.decide(vault, HOLD, now - 10, now + 100));
    for (long asOf : new long[] {now - 10, now - 11, now - 60}) {
      assertThat(refusal(bench.decide(vault, INCREASE, asOf, now + 100)))
          .isEqualTo("OutOfOrder(%d, %d)".formatted(asOf, now - 10));
    }
    bench.execute(vault, bench.decide(vault, INCREASE, now - 9, now + 100));
  }

  @Test
  void anotherPolicyDoesNotBringPastMomentsBack() {
    long now = bench.now();
    bench.execute(vault, bench.decide(vault, HOLD, now, now + 100));
    owner("setPolicy", terms(usd.units(100), 40_000).withStep(1).struct());
    assertThat(refusal(bench.decide(vault, INCREASE, now - 1, now + 100)))
        .isEqualTo("OutOfOrder(%d, %d)".formatted(now - 1, now));
  }

  @Test
  void aStepLongerThanTheFreshnessLeavesItsBeginningForExecution() {
    owner("setPolicy", terms(usd.units(100), 40_000).withStep(3_600).struct());
    long moment = (bench.now() / 3_600 + 1) * 3_600;
    bench.chain.mineAt(moment + 3_599);
    assertThat(refusal(bench.decide(vault, INCREASE, moment, moment + 7_200))).startsWith("Stale(");
    bench.chain.mineAt(moment + 3_600 + 12);
    bench.execute(vault, bench.decide(vault, INCREASE, moment + 3_600, moment + 7_200));
  }

  @Test
  void theAgentTakesTheLatestMomentOfTheSchedule() {
    TwapFeatureSource features =
        TwapFeatureSource.of(bench.chain.client(), Vault.at(bench.chain.client(), vault));
    owner("setPolicy", terms(usd.units(100), 40_000).withStep(60).struct());
    long moment = bench.now() / 60 * 60 + 60;
    for (long now : new long[] {moment, moment + 1, moment + 59}) {
      bench.chain.mineAt(now);
      Observation seen = features.at(bench.chain.client().head());
      assertThat(seen.asOf()).isEqualTo(moment);
      assertThat(seen.indices())
          .isEqualTo(bench.decide(vault, HOLD, moment, moment + 100).indices());
    }
    owner("setPolicy", terms(usd.units(100), 40_000).withStep(1).struct());
    assertThat(features.at(bench.chain.client().head()).asOf()).isEqualTo(bench.now());
  }

  @Test
  void aMomentTooOldForThePolicyIsNothingToBeSent() {
    owner("setPolicy", terms(usd.units(100), 40_000).withStep(3_600).struct());
    long moment = (bench.now() / 3_600 + 1) * 3_600;
    bench.chain.mineAt(moment + 120);
    assertThat(prospect()).isInstanceOf(Prospect.Trade.class);
    bench.chain.mineAt(moment + 121);
    assertThat(prospect())
        .isEqualTo(new Prospect.Nothing("its moment is older than the policy allows"));
  }

  @Test
  void refusedPreviewIsToldInTheVaultsOwnWords() {
    assertThatThrownBy(() ->
            prospect(seen ->
                new Observation(
                    seen.state(),
                    bench.now() + 1,
                    seen.indices(),
                    seen.referenceTick(),
                    seen.features())))
        .isInstanceOf(CallReverted.class)
        .hasMessageStartingWith("The contract reverted: AsOfInFuture(");
  }

  /** Of buying at the newest head. */
  private static Prospect prospect() {
    return prospect(seen -> seen);
  }

  private static Prospect prospect(UnaryOperator<Observation> altered) {
    return venue().prospect(proposal(altered));
  }

  private static DirectVenue venue() {
    return venue(bench.chain.client());
  }

  private static DirectVenue venue(ChainClient client) {
    TransactionSender sender =
        new TransactionSender(
            client,
            bench.chain.account(2),
            FeePolicy.DEFAULT,
            VaultBench.ERRORS,
            Duration.ofSeconds(10));
    return new DirectVenue(Vault.at(client, vault), sender);
  }

  private static Proposal proposal(UnaryOperator<Observation> altered) {
    ChainClient client = bench.chain.client();
    Vault own = Vault.at(client, vault);
    Head head = client.head();
    Observation seen = altered.apply(TwapFeatureSource.of(client, own).at(head));
    VaultState state = seen.state();
    Mandate mandate = new Mandate(client.chainId(), vault, state.model(), 100);
    long deadline = head.timestamp() + mandate.lifetimeSeconds();
    Bytes32 context =
        DecisionContext.of(
            mandate.chainId(),
            vault,
            state.model(),
            state.nonce(),
            deadline,
            seen.asOf(),
            INCREASE);
    return new Proposal(head, mandate, seen, new Decision.Choice(INCREASE), deadline, context);
  }

  private static ProvenIntent proven(Proposal proposal) {
    Step step = bench.decide(vault, INCREASE, proposal.observation().asOf(), proposal.deadline());
    return new ProvenIntent(proposal, DecisionProof.of(step.proof().toArray()));
  }

  @Test
  void aPriceBeyondTheLimitIsToldAsAPriceAndLasts() {
    DirectVenue venue = venue();
    Proposal buy = proposal(UnaryOperator.identity());
    assertThat(venue.prospect(buy)).isInstanceOf(Prospect.Trade.class);
    ProvenIntent intent = proven(buy);
    bench.market.swapExactInput(usd.address(), usd.units(500_000));
    assertThat(venue.submit(intent))
        .isInstanceOfSatisfying(
            Settlement.Refused.class,
            refused -> {
              assertThat(refused.reason())
                  .matches(
                      "refused before sending: the pool's price of [\\d.]+ USD a WETH is [\\d.]+ % beyond the policy's limit of [\\d.]+");
              assertThat(refused.lasting()).isTrue();
            });
    // Nothing is held against later heads.
    bench.market.swapExactInput(weth.address(), weth.units(200));
    assertThat(venue.prospect(proposal(UnaryOperator.identity())))
        .isInstanceOf(Prospect.Trade.class);
  }

  @Test
  void theNodesOwnLimitOfAFeeIsTold() throws IOException {
    HttpServer geth =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    geth.createContext("/", ProofBoundVaultTest::refuseByCap);
    geth.start();
    URI address = URI.create("http://127.0.0.1:" + geth.getAddress().getPort());
    try (ChainClient client = ChainClient.connect(address)) {
      assertThat(venue(client).submit(proven(proposal(UnaryOperator.identity()))))
          .isInstanceOfSatisfying(
              Settlement.Refused.class,
              refused ->
                  assertThat(refused.reason())
                      .matches(
                          "refused before sending: the node itself takes no transaction that may cost so much \\(tx fee \\(1\\.12 ether\\) exceeds the configured cap \\(1\\.00 ether\\)\\): this one may cost its gas limit of \\d+ times [\\d.]+ gwei; raise the node's own limit \\(geth: --rpc\\.txfeecap\\), or lower the fee cap \\(probity\\.fees\\.max-gwei, .*"));
    } finally {
      geth.stop(0);
    }
    assertThat(Vault.at(bench.chain.client(), vault).state(BlockTag.LATEST).nonce()).isZero();
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

  @Test
  void aPendingBlockFarAheadIsToldBeforeAnythingIsProvenAndUntilTheyAgree() {
    DirectVenue venue = venue();
    Proposal proposal = proposal(UnaryOperator.identity());
    long later = proposal.head().timestamp() + 532L * 86_400;
    bench.chain.client().request("evm_setNextBlockTimestamp", "0x" + Long.toHexString(later));
    assertThat(venue.prospect(proposal))
        .isEqualTo(
            new Prospect.Nothing(
                "the node's pending block is 532 days ahead of its latest: nothing is proven until they agree",
                true));
    bench.chain.mine(1, 0);
    assertThat(venue.prospect(proposal(UnaryOperator.identity())))
        .isInstanceOf(Prospect.Trade.class);
  }

  @Test
  void featuresOfTheFutureAreRefused() {
    long now = bench.now();
    Step step = bench.decide(vault, INCREASE);
    assertThat(
            refusal(
                new Step(step.nonce(), step.deadline(), now + 1, step.indices(), 2, step.proof())))
        .isEqualTo("AsOfInFuture(%d, %d)".formatted(now + 1, now));
  }

  @Test
  void everyPartOfTheStatementIsBoundToTheProof() {
    Step step = bench.decide(vault, INCREASE);
    Step other = bench.decide(vault, INCREASE, step.asOf() - 7, step.deadline());
    List<Step> forged =
        List.of(
            step.withDecision(REDUCE),
            step.withDecision(HOLD),
            new Step(
                step.nonce(), step.deadline() + 1, step.asOf(), step.indices(), 2, step.proof()),
            new Step(step.nonce(), step.deadline(), other.asOf(), other.indices(), 2, step.proof()),
            step.withProof(Bytes.of(new byte[32])),
            step.withProof(Bytes.EMPTY));
    for (Step forgery : forged) {
      assertThat(refusal(forgery)).startsWith("NotTheEcho(");
    }
  }

  @Test
  void aProofForAnotherVaultIsRefused() {
    Address twin =
        bench.fundedVault(
            weth, usd, weth.units(40), usd.units(100_000), terms(usd.units(100), 40_000));
    Step step = bench.decide(twin, INCREASE);
    assertThat(refusal(step)).startsWith("NotTheEcho(");
    assertThat(bench.execute(twin, step).succeeded()).isTrue();
  }

  @Test
  void aProofOfAModelThatWasReplacedIsRefused() {
    Step step = bench.decide(vault, INCREASE);
    bench.chain.execute(
        bench.owner,
        Call.of(
            bench.registry,
            VaultBench.REGISTRY.function("propose"),
            bench.modelId,
            VaultBench.modelKey(20, 2)));
    bench.chain.execute(
        bench.owner,
        Call.of(bench.registry, VaultBench.REGISTRY.function("activate"), bench.modelId));
    assertThat(refusal(step)).startsWith("NotTheEcho(");
    bench.execute(vault, bench.decide(vault, INCREASE));
  }

  @Test
  void aDecisionWithoutATargetIsRefused() {
    assertThat(refusal(bench.decide(vault, 3))).isEqualTo("UnknownDecision(3, 3)");
  }

  @Test
  void theBudgetCapsATradeAndThenRefusesUntilTheNextEpoch() {
    bench.execute(vault, bench.decide(vault, INCREASE));
    long epoch = bench.now() / 86_400;
    assertThat(refusal(bench.decide(vault, INCREASE)))
        .isEqualTo("BudgetSpent(%d, 0)".formatted(epoch));
    bench.chain.mineAt((epoch + 1) * 86_400);
    bench.execute(vault, bench.decide(vault, REDUCE));
    assertThat(bench.books(vault).epoch()).isEqualTo(epoch + 1);
    // A sale is booked at the value of what was sold, rounded down.
    assertThat(bench.books(vault).spent())
        .isBetween(usd.units(40_000).subtract(BigInteger.TWO), usd.units(40_000));
  }

  @Test
  void anAsOfInThePastEpochDoesNotFindAFreshBudget() {
    long midnight = (bench.now() / 86_400 + 1) * 86_400;
    bench.chain.mineAt(midnight + 10);
    // Epochs of another length begin with the one of now; an asOf before it is still in order.
    Terms hourly =
        new Terms(
            100,
            120,
            1,
            3_600,
            3,
            usd.units(100),
            usd.units(40_000),
            Terms.targets(0, 5000, 10_000));
    owner("setPolicy", hourly.struct());
    bench.execute(vault, bench.decide(vault, INCREASE, midnight - 5, midnight + 1000));
    assertThat(bench.books(vault).epoch()).isEqualTo(midnight / 3_600);
    assertThat(refusal(bench.decide(vault, REDUCE))).startsWith("BudgetSpent(");
  }

  @Test
  void aTradeBelowTheSmallestIsRefused() {
    owner("setPolicy", terms(usd.units(100), 1_000_000).struct());
    bench.execute(vault, bench.decide(vault, INCREASE));
    // At the same reference: the price that the first trade moved is not in it yet.
    assertThat(refusal(bench.decide(vault, INCREASE))).startsWith("TradeTooSmall(");
  }

  @Test
  void aPriceBeyondTheLimitIsRefused() {
    Step buy = bench.decide(vault, INCREASE);
    // 200 of the pool's 10,000 WETH: some 4 per cent of price, at once.
    bench.market.swapExactInput(usd.address(), usd.units(500_000));
    assertThat(refusal(buy)).startsWith("PriceBeyondLimit(");
  }

  @Test
  void aSaleIntoAFallenPriceIsRefused() {
    Step sell = bench.decide(vault, REDUCE);
    bench.market.swapExactInput(weth.address(), weth.units(200));
    assertThat(refusal(sell)).startsWith("PriceBeyondLimit(");
  }

  @Test
  void aTradeLargerThanThePriceAllowsIsFilledInPartAtAFairPrice() {
    bench.pass(600);
    Address whale =
        bench.fundedVault(
            weth, usd, BigInteger.ZERO, usd.units(10_000_000), terms(usd.units(100), 10_000_000));
    List<Object> executed =
        VaultBench.executed(bench.execute(whale, bench.decide(whale, INCREASE)));
    BigInteger paid = ((BigInteger) executed.get(5)).negate();
    BigInteger got = (BigInteger) executed.get(4);
    assertThat(paid).isBetween(usd.units(1000), usd.units(7_000_000));
    VaultBooks worth =
        new VaultBooks(got, BigInteger.ZERO, 0, 0, 0, BigInteger.ZERO, BigInteger.ONE, 1);
    BigInteger value = worth.baseValue(((BigInteger) executed.get(6)).intValueExact());
    BigInteger least = paid.multiply(BigInteger.valueOf(9_900)).divide(BigInteger.valueOf(10_000));
    assertThat(value).isBetween(least, paid);
    assertThat(bench.books(whale).spent()).isEqualTo(paid);
  }

  @Test
  void aDonationChangesNoFeature() {
    Step step = bench.decide(vault, INCREASE);
    bench.market.fund(vault, usd.units(5_000_000), weth.units(3_000));
    assertThat(bench.decide(vault, INCREASE, step.asOf(), step.deadline())).isEqualTo(step);
    bench.execute(vault, step);
  }

  // ---- the owner ----

  @Test
  void onlyTheOwnerRulesTheVault() {
    String notOwner = "NotOwner(%s, %s)".formatted(bench.owner, bench.stranger);
    assertThat(refusalOf(bench.stranger, "pause")).isEqualTo(notOwner);
    assertThat(refusalOf(bench.stranger, "unpause")).isEqualTo(notOwner);
    assertThat(refusalOf(bench.stranger, "deposit", 1, 1)).isEqualTo(notOwner);
    assertThat(refusalOf(bench.stranger, "withdraw", 1, 1, bench.stranger)).isEqualTo(notOwner);
    assertThat(refusalOf(bench.stranger, "sweep", usd.address(), bench.stranger))
        .isEqualTo(notOwner);
    assertThat(refusalOf(bench.stranger, "setPolicy", terms(BigInteger.ONE, 1).struct()))
        .isEqualTo(notOwner);
    assertThat(refusalOf(bench.stranger, "transferOwnership", bench.stranger)).isEqualTo(notOwner);
  }

  @Test
  void theOwnerWithdrawsFromTheBooksAndSweepsTheRest() {
    bench.market.fund(vault, usd.units(7), weth.units(3));
    assertThat(refusalOf(bench.owner, "withdraw", weth.units(41), 0, bench.owner))
        .startsWith("BalanceTooLow(" + weth.address());
    owner("pause");
    owner("withdraw", weth.units(40), usd.units(100_000), bench.stranger);
    assertThat(bench.balance(weth.address(), bench.stranger)).isEqualTo(weth.units(40));
    assertThat(bench.balance(usd.address(), vault)).isEqualTo(usd.units(7));
    owner("sweep", usd.address(), bench.owner);
    owner("sweep", weth.address(), bench.owner);
    assertThat(bench.balance(usd.address(), vault)).isZero();
    assertThat(bench.balance(weth.address(), vault)).isZero();
  }

  @Test
  void aSweepLeavesTheBooksAlone() {
    owner("sweep", usd.address(), bench.owner);
    assertThat(bench.balance(usd.address(), vault)).isEqualTo(usd.units(100_000));
  }

  @Test
  void anotherPolicySpendsTheNonceSoThatNoOldProofRunsUnderIt() {
    Step step = bench.decide(vault, INCREASE);
    owner("setPolicy", terms(usd.units(1), 1_000).struct());
    assertThat(refusal(step)).isEqualTo("WrongNonce(1, 0)");
  }

  @Test
  void anotherEpochLengthKeepsWhatWasSpent() {
    bench.execute(vault, bench.decide(vault, INCREASE));
    Terms hourly =
        new Terms(
            100,
            120,
            1,
            3_600,
            3,
            usd.units(100),
            usd.units(40_000),
            Terms.targets(0, 5000, 10_000));
    owner("setPolicy", hourly.struct());
    assertThat(refusal(bench.decide(vault, REDUCE))).startsWith("BudgetSpent(");
    bench.pass(3_600);
    bench.execute(vault, bench.decide(vault, REDUCE));
  }

  @Test
  void anotherEpochLengthDoesNotReviveWhatAPastEpochSpent() {
    bench.execute(vault, bench.decide(vault, INCREASE));
    bench.pass(2 * 86_400);
    Terms hourly =
        new Terms(
            100,
            120,
            1,
            3_600,
            3,
            usd.units(100),
            usd.units(40_000),
            Terms.targets(0, 5000, 10_000));
    owner("setPolicy", hourly.struct());
    assertThat(bench.books(vault).spent()).isZero();
    bench.execute(vault, bench.decide(vault, REDUCE));
  }

  @Test
  void policiesOutOfBoundsAreRefusedByTheirField() {
    BigInteger one = BigInteger.ONE;
    BigInteger some = BigInteger.valueOf(1000);
    BigInteger targets = Terms.targets(2000, 0xffff, 8000);
    assertPolicyRefused("maxSlippageBps", new Terms(2001, 120, 1, 3600, 3, one, some, targets));
    // The pool's fee of 5 basis points, and one for rounding, must fit.
    assertPolicyRefused("maxSlippageBps", new Terms(6, 120, 1, 3600, 3, one, some, targets));
    assertPolicyRefused("maxAgeSeconds", new Terms(100, 0, 1, 3600, 3, one, some, targets));
    assertPolicyRefused("maxAgeSeconds", new Terms(100, 86_401, 1, 3600, 3, one, some, targets));
    assertPolicyRefused("stepSeconds", terms(one, 1000).withStep(0));
    assertPolicyRefused("stepSeconds", terms(one, 1000).withStep(86_401));
    assertPolicyRefused("epochSeconds", new Terms(100, 120, 1, 59, 3, one, some, targets));
    assertPolicyRefused("decisions", new Terms(100, 120, 1, 3600, 0, one, some, BigInteger.ZERO));
    assertPolicyRefused("decisions", new Terms(100, 120, 1, 3600, 17, one, some, targets));
    assertPolicyRefused(
        "minTrade", new Terms(100, 120, 1, 3600, 3, BigInteger.ZERO, some, targets));
    assertPolicyRefused("maxNotionalPerEpoch", new Terms(100, 120, 1, 3600, 3, some, one, targets));
    assertPolicyRefused(
        "targets", new Terms(100, 120, 1, 3600, 3, one, some, Terms.targets(2000, 10_001, 0)));
    assertPolicyRefused("targets", new Terms(100, 120, 1, 3600, 2, one, some, targets));
  }

  private static void assertPolicyRefused(String field, Terms terms) {
    RevertReason.Custom reason =
        (RevertReason.Custom)
            bench.refusal(bench.owner, Call.of(vault, VAULT.function("setPolicy"), terms.struct()));
    assertThat(reason.name()).isEqualTo("PolicyOutOfBounds");
    String named =
        new String(
                ((Bytes32) reason.arguments().getFirst()).toByteArray(), StandardCharsets.US_ASCII)
            .trim();
    assertThat(named).isEqualTo(field);
  }

  @Test
  void ownershipChangesInTwoSteps() {
    owner("transferOwnership", bench.stranger);
    assertThat(refusalOf(bench.owner, "acceptOwnership")).startsWith("NotOwner(");
    bench.chain.execute(bench.stranger, Call.of(vault, VAULT.function("acceptOwnership")));
    assertThat(refusalOf(bench.owner, "pause"))
        .isEqualTo("NotOwner(%s, %s)".formatted(bench.stranger, bench.owner));
    bench.chain.execute(bench.stranger, Call.of(vault, VAULT.function("pause")));
  }

  @Test
  void aVaultThatCannotBeIsNotDeployed() {
    Terms terms = terms(usd.units(1), 1000);
    Address pool = bench.market.pool().address();
    assertThat(
            bench
                .refusal(bench.owner, bench.vaultDeployment(pool, bench.registry, terms))
                .toString())
        .isEqualTo("NotATokenOfThePool(" + bench.registry + ")");
    Call unknownModel =
        VAULT.deployment(
            List.of(
                bench.owner,
                bench.registry,
                Bytes32.ZERO,
                bench.verifier,
                bench.source,
                pool,
                weth.address()),
            terms.struct());
    assertThat(bench.refusal(bench.owner, unknownModel).toString())
        .isEqualTo("UnknownModel(" + Bytes32.ZERO + ")");
  }

  @Test
  void aDepositWithoutApprovalIsRefused() {
    bench.chain.execute(bench.owner, new Erc20(usd.address()).approve(vault, BigInteger.ZERO));
    assertThat(refusalOf(bench.owner, "deposit", 0, 1))
        .isEqualTo("TransferFailed(" + usd.address() + ")");
  }

  // ---- the pool ----

  @Test
  void onlyThePoolMayCallBack() {
    assertThat(refusalOf(bench.stranger, "uniswapV3SwapCallback", 1, -1, Bytes.EMPTY))
        .isEqualTo("NotPool(%s, %s)".formatted(bench.market.pool().address(), bench.stranger));
  }

  @Test
  void thePoolMayNotAskOutsideOfASwap() {
    Address pool = bench.market.pool().address();
    bench.chain.client().request("anvil_impersonateAccount", pool.hex());
    assertThat(refusalOf(pool, "uniswapV3SwapCallback", 1, -1, Bytes.EMPTY))
        .isEqualTo("NotOwed(1, 0)");
  }

  // ---- cost ----

  @Test
  void anExecutionWithoutItsVerificationCostsLessThan330000Gas() {
    Receipt first = bench.execute(vault, bench.decide(vault, INCREASE));
    owner("setPolicy", terms(usd.units(100), 600_000).struct());
    bench.pass(12);
    Receipt buy = bench.execute(vault, bench.decide(vault, INCREASE));
    Receipt sell = bench.execute(vault, bench.decide(vault, REDUCE));
    Receipt hold = bench.execute(vault, bench.decide(vault, HOLD));
    assertThat(List.of(first, buy, sell, hold))
        .allSatisfy(receipt -> assertThat(receipt.gasUsed()).isLessThan(330_000));
  }
}
