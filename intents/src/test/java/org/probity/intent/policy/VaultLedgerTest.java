package org.probity.intent.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.ground.Keccak;
import org.probity.intent.policy.Plan.Reason;
import org.probity.intent.policy.Policy.Asset;
import org.probity.intent.policy.Policy.Exposure;
import org.probity.intent.policy.Policy.Feature;
import org.probity.intent.policy.Policy.Feed;
import org.probity.intent.policy.Policy.Hop;
import org.probity.intent.policy.Policy.Limits;
import org.probity.intent.policy.Policy.Model;
import org.probity.intent.policy.Policy.Numbers;
import org.probity.intent.policy.Policy.Parts;
import org.probity.intent.policy.Policy.PoolLimits;
import org.probity.intent.policy.Policy.PoolPart;
import org.probity.strategy.feature.PriceMath;

/** What a vault of two assets remembers, on a market that stands still. */
class VaultLedgerTest {

  private static final Address QUOTE = new Address("0x0000000000000000000000000000000000000001");
  private static final Address BASE = new Address("0x0000000000000000000000000000000000000002");
  private static final Address POOL = new Address("0x0000000000000000000000000000000000000003");
  private static final Address AGENT = new Address("0x00000000000000000000000000000000000000a6");
  private static final PolicyEngine ENGINE = new PolicyEngine(Optional.empty());
  private static final BigInteger DEPTH = BigInteger.TEN.pow(30);
  private static final long BEGIN = 1_750_000_200L;
  private static final int TICK = 20_000;

  /** Classes: sell all, keep, buy half. */
  private static final Policy POLICY = policy(number(100_000));

  private static BigInteger number(long value) {
    return BigInteger.valueOf(value);
  }

  private static Policy policy(BigInteger turnover) {
    Numbers numbers =
        new Numbers(
            600,
            120,
            400,
            300,
            60,
            50,
            50,
            5,
            5_000,
            2_500,
            0,
            0,
            number(10),
            number(50_000),
            turnover,
            86_400,
            number(1_000),
            number(4_000),
            number(500));
    Limits limits =
        new Limits(
            numbers,
            List.of(new Exposure(number(1_000_000), 10_000)),
            List.of(new PoolLimits(DEPTH.shiftRight(1), DEPTH.shiftRight(1))));
    Model model =
        new Model(
            Keccak.hash("key"),
            AGENT,
            AGENT,
            List.of(0, Policy.HOLD, 5_000),
            List.of(3, 3, 3),
            0,
            List.of(new Feature(Address.ZERO, 4, Bytes.EMPTY)));
    Asset quote = new Asset(QUOTE, 6, false, List.of(), Feed.NONE, false, 0, false);
    Asset base = new Asset(BASE, 6, false, List.of(new Hop(0, false)), Feed.NONE, false, 0, false);
    return new Policy(
        limits, model, new Parts(List.of(quote, base), List.of(new PoolPart(POOL, 500)), AGENT));
  }

  /** A pool whose tick has stood since long ago. */
  private static MarketView still(int tick) {
    ObservedPool pool =
        new ObservedPool(
            PriceMath.sqrtRatioX96(tick),
            tick,
            DEPTH,
            3,
            List.of(
                new ObservedPool.Entry(BEGIN - 9_000, 0, BigInteger.ZERO),
                new ObservedPool.Entry(BEGIN - 8_999, tick, BigInteger.ZERO)));
    return new MarketView() {
      @Override
      public PoolView pool(int index) {
        return pool;
      }

      @Override
      public Round latestRound(Address feed) {
        throw new AssertionError("No feed is in this policy");
      }
    };
  }

  private static VaultDecision decision(VaultLedger ledger, long asOf, int output) {
    return new VaultDecision(
        ledger.policy().model().digest(),
        ledger.nonce(),
        number(asOf + 100),
        asOf,
        AGENT,
        50,
        List.of(number(output)));
  }

  /** Fills at the market's price, less so many parts in ten thousand. */
  private static StepAction filling(int tick, int lossBps) {
    return (step, amountIn) -> {
      BigInteger price = PriceGuard.priceX96(tick);
      BigInteger fair =
          step.sell()
              ? amountIn.multiply(price).shiftRight(96)
              : amountIn.shiftLeft(96).divide(price);
      return new Fill(amountIn, fair.multiply(number(10_000 - lossBps)).divide(number(10_000)));
    };
  }

  private static VaultLedger funded() {
    return VaultLedger.created(POLICY, BEGIN - 5_000)
        .deposited(QUOTE, number(80_000), BEGIN - 4_000);
  }

  private static Execution execute(VaultLedger ledger, long asOf, int output, StepAction action) {
    return ledger.execute(
        decision(ledger, asOf, output), AGENT, asOf + 10, ENGINE, still(TICK), action);
  }

  private static Executed executed(VaultLedger ledger, long asOf, int output) {
    return (Executed) execute(ledger, asOf, output, filling(TICK, 10));
  }

  @Test
  void aTradeMovesBooksAllowancesAndTheNextNonce() {
    long asOf = BEGIN - BEGIN % 600;
    Executed bought = executed(funded(), asOf, 2);
    VaultLedger after = bought.ledger();
    assertThat(bought.plan().steps()).hasSize(1);
    assertThat(bought.plan().steps().getFirst().amountIn()).isEqualTo(number(40_000));
    assertThat(after.amounts().getFirst()).isEqualTo(number(40_000));
    assertThat(after.amounts().get(1)).isEqualTo(bought.deltas().get(1)).isPositive();
    assertThat(after.nonce()).isEqualTo(1);
    assertThat(after.lastTradeAsOf()).isEqualTo(asOf);
    assertThat(after.lastRefs()).containsExactly(0, TICK);
    assertThat(after.turnoverUsed(asOf + 10)).isEqualTo(number(40_000));
    assertThat(after.turnoverUsed(asOf + 10 + 43_200)).isZero();
    assertThat(after.losses(asOf + 10).day()).isBetween(number(40), number(60));
  }

  @Test
  void aDecisionToKeepIsRecordedAndTradesNothing() {
    long asOf = BEGIN - BEGIN % 600;
    Executed kept = executed(funded(), asOf, 1);
    assertThat(kept.plan().reason()).isEqualTo(Reason.HOLD);
    assertThat(kept.ledger().nonce()).isEqualTo(1);
    assertThat(kept.ledger().lastTradeAsOf()).isZero();
    assertThat(kept.ledger().amounts()).isEqualTo(funded().amounts());
  }

  @Test
  void refusalsAreTheContractsErrors() {
    long asOf = BEGIN - BEGIN % 600;
    assertThat(execute(funded(), asOf, 3, filling(TICK, 10)))
        .isEqualTo(Refusal.of("UnknownDecision", 3, 3));
    assertThat(execute(funded(), asOf, 2, filling(TICK, 100)).toString())
        .startsWith("SlippageExceeded(");
    StepAction crumb = (_, amountIn) -> new Fill(amountIn.shiftRight(3), amountIn);
    assertThat(execute(funded(), asOf, 2, crumb))
        .isEqualTo(Refusal.of("FilledTooLittle", 5_000, 40_000));
    VaultLedger after = executed(funded(), asOf, 2).ledger();
    assertThat(execute(after, asOf, 2, filling(TICK, 10)))
        .isEqualTo(Refusal.of("OutOfOrder", asOf, asOf));
    assertThat(funded().withPause(true).nonce()).isEqualTo(1);
    assertThat(execute(funded().withPause(true), asOf, 2, filling(TICK, 10)))
        .isEqualTo(Refusal.of("Paused"));
    assertThatThrownBy(() -> funded().exited(QUOTE, number(80_001), BEGIN))
        .hasMessageContaining("BalanceTooLow");
  }

  @Test
  void featuresAreOfTheBooksAsTheyWereAtTheMoment() {
    long asOf = BEGIN - BEGIN % 600;
    VaultLedger before = executed(funded(), asOf, 2).ledger();
    List<Integer> refs = List.of(0, TICK);
    long next = asOf + 600;
    VaultLedger after = before.deposited(QUOTE, number(1_000_000), next + 1);
    assertThat(after.ownFeatures(next, refs)).isEqualTo(before.ownFeatures(next, refs));
    assertThat(after.ownFeatures(next + 600, refs)).isNotEqualTo(before.ownFeatures(next, refs));
    assertThatThrownBy(() -> after.ownFeatures(asOf, refs)).hasMessageContaining("NoCheckpoint");
  }

  /**
   * What the contract does today, and whoever decides for a vault must know: the reference of an
   * asset that is neither held nor wanted is 0, so one moment has features for each decision.
   */
  @Test
  void featuresOfAnAssetThatIsNotHeldDependOnNoDecision() {
    long asOf = BEGIN - BEGIN % 600;
    VaultLedger bought = executed(funded(), asOf, 2).ledger();
    VaultLedger sold = executed(bought, asOf + 600, 0).ledger();
    assertThat(sold.amounts().get(1)).isZero();
    long moment = asOf + 1_200;
    List<int[]> features =
        List.of(1, 2).stream()
            .map(output -> {
              PlanInput input = sold.planInput(decision(sold, moment, output), moment);
              Plan plan = (Plan) ENGINE.plan(input, moment, still(TICK + 30));
              return sold.ownFeatures(moment, plan.refs());
            })
            .toList();
    assertThat(features.get(0)).isEqualTo(features.get(1));
    assertThat(features.get(0)[1]).isEqualTo(30);
  }
}
