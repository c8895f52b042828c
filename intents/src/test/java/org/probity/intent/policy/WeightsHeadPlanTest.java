package org.probity.intent.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.ground.Keccak;
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
import org.probity.strategy.FloatNetwork;
import org.probity.strategy.FloatNetwork.FloatLayer;
import org.probity.strategy.QuantisedStrategy;
import org.probity.strategy.TrainedStrategy;
import org.probity.strategy.feature.FeatureProgram;
import org.probity.strategy.feature.OwnBooks;
import org.probity.strategy.feature.TwapReturns;
import org.probity.zk.FeatureVector;
import org.probity.zk.Readout;

/** What becomes of the outputs of a linear head: steps of weight in a vault's plan. */
class WeightsHeadPlanTest {

  private static final Address AGENT = new Address("0x00000000000000000000000000000000000000a6");
  private static final BigInteger DEPTH = BigInteger.TEN.pow(30);
  private static final BigInteger EQUITY = BigInteger.valueOf(1_000_000);
  private static final long AS_OF = 1_750_000_200L;
  private static final int STEP_BPS = 250;

  /** Weight of an asset: a tenth for each hundred ticks that its pool has risen. */
  private static final QuantisedStrategy STRATEGY = strategy();

  private static QuantisedStrategy strategy() {
    var returns = new TwapReturns(List.of(60, 300));
    var program = new FeatureProgram(List.of(returns, returns, new OwnBooks(3)));
    double[] weights = new double[2 * program.width()];
    weights[0] = 1e-3;
    weights[program.width() + 1] = 1e-3;
    return TrainedStrategy.of(
            "rises",
            program,
            List.of("first", "second"),
            new FloatNetwork(
                program.width(), List.of(new FloatLayer(weights, new double[2])), Readout.LINEAR))
        .quantise();
  }

  private static List<BigInteger> outputs(int riseOfFirst, int riseOfSecond) {
    int[] x = new int[STRATEGY.manifest().features().size()];
    x[0] = riseOfFirst;
    x[1] = riseOfSecond;
    return Arrays.stream(STRATEGY.network().decide(FeatureVector.of(x)).words())
        .mapToObj(BigInteger::valueOf)
        .toList();
  }

  private static Address address(int number) {
    return new Address("0x%040x".formatted(number));
  }

  private static BigInteger number(long value) {
    return BigInteger.valueOf(value);
  }

  private static Policy policy() {
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
            EQUITY,
            EQUITY,
            86_400,
            number(10_000),
            number(40_000),
            number(5_000));
    PoolLimits deep = new PoolLimits(DEPTH.shiftRight(1), DEPTH.shiftRight(1));
    Exposure any = new Exposure(EQUITY, 10_000);
    Limits limits = new Limits(numbers, List.of(any, any), List.of(deep, deep));
    int step = STRATEGY.manifest().weightStepBps().orElseThrow();
    List<Feature> program = List.of(new Feature(Address.ZERO, 6, Bytes.EMPTY));
    Model model = new Model(Keccak.hash("key"), AGENT, AGENT, List.of(), List.of(), step, program);
    List<Asset> assets =
        List.of(
            new Asset(address(1), 6, false, List.of(), Feed.NONE, false, 0, false),
            new Asset(address(2), 6, false, List.of(new Hop(0, false)), Feed.NONE, false, 0, false),
            new Asset(
                address(3), 6, false, List.of(new Hop(1, false)), Feed.NONE, false, 0, false));
    List<PoolPart> pools = List.of(new PoolPart(address(4), 500), new PoolPart(address(5), 500));
    return new Policy(limits, model, new Parts(assets, pools, AGENT));
  }

  /** At a price of one for everything. */
  private static final MarketView STILL =
      new MarketView() {
        @Override
        public PoolView pool(int index) {
          return new ObservedPool(
              BigInteger.ONE.shiftLeft(96),
              0,
              DEPTH,
              3,
              List.of(
                  new ObservedPool.Entry(AS_OF - 9_000, 0, BigInteger.ZERO),
                  new ObservedPool.Entry(AS_OF - 8_999, 0, BigInteger.ZERO)));
        }

        @Override
        public Round latestRound(Address feed) {
          throw new AssertionError("No feed is in this policy");
        }
      };

  /** What is bought of each asset by a vault that has nothing but the numeraire. */
  private static List<BigInteger> bought(List<BigInteger> outputs) {
    var books = List.of(EQUITY, BigInteger.ZERO, BigInteger.ZERO);
    var input = new PlanInput(policy(), AS_OF, 50, outputs, books, EQUITY);
    Plan plan = (Plan) new PolicyEngine(Optional.empty()).plan(input, AS_OF + 10, STILL);
    BigInteger[] bought = {BigInteger.ZERO, BigInteger.ZERO};
    plan.steps().forEach(step -> bought[step.asset() - 1] = step.notional());
    return List.of(bought);
  }

  @Test
  void anOutputIsAsManyStepsOfWeight() {
    assertThat(STRATEGY.manifest().weightStepBps()).isEqualTo(OptionalInt.of(STEP_BPS));
    assertThat(outputs(200, 525)).containsExactly(number(8), number(21));
    assertThat(bought(outputs(200, 525))).containsExactly(number(200_000), number(525_000));
    assertThat(outputs(-300, 12)).containsExactly(number(0), number(0));
    assertThat(outputs(-300, 13)).containsExactly(number(0), number(1));
  }

  @Test
  void weightsOfMoreThanAllAreScaledDownAndNoneIsRefused() {
    int most = 10_000 / STEP_BPS;
    assertThat(outputs(4_000, 1_000)).containsExactly(number(most), number(most));
    assertThat(bought(outputs(4_000, 1_000))).containsExactly(number(500_000), number(500_000));
    assertThat(outputs(1_000, 500)).containsExactly(number(40), number(20));
    assertThat(bought(outputs(1_000, 500))).containsExactly(number(666_600), number(333_300));
  }

  /** A head that does not cut itself is cut by the engine, and shows the more. */
  @Test
  void whatIsBeyondTheStepsIsTheSameForAVault() {
    assertThat(bought(List.of(number(41), number(-7))))
        .isEqualTo(bought(List.of(number(40), number(0))))
        .containsExactly(EQUITY, number(0));
  }

  @Test
  void aChoiceIsAByteForEachAssetButTheNumeraire() {
    assertThatThrownBy(() -> choosing(0)).hasMessageContaining("2 assets to trade and 1 choices");
    assertThatThrownBy(() -> choosing(0, 256)).hasMessageContaining("is one byte, not 256");
    assertThatThrownBy(() -> choosing(-1, 0)).hasMessageContaining("is one byte, not -1");
    assertThat(new PolicyEngine(Optional.empty()).plan(choosing(0, 1), AS_OF + 10, STILL))
        .isEqualTo(Refusal.of("NotAVenueOf", 2, 1));
  }

  private static PlanInput choosing(Integer... choices) {
    var books = List.of(EQUITY, BigInteger.ZERO, BigInteger.ZERO);
    return new PlanInput(policy(), AS_OF, 50, outputs(1, 1), books, EQUITY, List.of(choices));
  }
}
