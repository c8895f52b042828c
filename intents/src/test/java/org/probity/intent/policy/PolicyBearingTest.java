package org.probity.intent.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.ground.Bytes32;
import org.probity.intent.policy.Policy.Asset;
import org.probity.intent.policy.Policy.Exposure;
import org.probity.intent.policy.Policy.Feature;
import org.probity.intent.policy.Policy.Feed;
import org.probity.intent.policy.Policy.Hop;
import org.probity.intent.policy.Policy.Lending;
import org.probity.intent.policy.Policy.Limits;
import org.probity.intent.policy.Policy.Model;
import org.probity.intent.policy.Policy.Numbers;
import org.probity.intent.policy.Policy.Parts;
import org.probity.intent.policy.Policy.PoolLimits;
import org.probity.intent.policy.Policy.PoolPart;
import org.probity.intent.policy.Policy.Reserve;
import org.probity.intent.policy.Policy.ReserveLimits;
import org.probity.intent.policy.Policy.Venue;
import org.probity.intent.policy.PolicyBearing.Facts;
import org.probity.intent.policy.PolicyBearing.LargestStep;
import org.probity.intent.policy.PolicyBearing.PoolFacts;

/** What an owner is told of a policy before there is a vault; a dollar has six decimals here. */
class PolicyBearingTest {

  private static final Address POOL = new Address("0x" + "5".repeat(40));

  private static BigInteger usd(long whole) {
    return BigInteger.valueOf(whole).multiply(BigInteger.valueOf(1_000_000));
  }

  /** Two dollars' tokens at par, so that depth is liquidity on both sides. */
  private static Policy policy(long depth, int fee, UnaryOperator<Limits> change) {
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
            100,
            0,
            usd(100),
            usd(1_000_000),
            usd(50_000),
            86_400,
            usd(500),
            usd(15_000),
            usd(100));
    Limits limits =
        new Limits(
            numbers,
            List.of(new Exposure(usd(100_000), 9_000)),
            List.of(new PoolLimits(usd(depth), usd(depth))));
    return new Policy(
        change.apply(limits),
        new Model(
            Bytes32.ZERO,
            Address.ZERO,
            Address.ZERO,
            List.of(5_000),
            List.of(3),
            0,
            List.of(new Feature(Address.ZERO, 4, Bytes.EMPTY))),
        new Parts(
            List.of(asset("1", List.of(), false), asset("2", List.of(new Hop(0, false)), true)),
            List.of(new PoolPart(POOL, fee)),
            Address.ZERO));
  }

  private static Asset asset(String digit, List<Hop> route, boolean feed) {
    Feed told =
        feed
            ? new Feed(new Address("0x" + "9".repeat(40)), 8, 3_600, BigInteger.ONE, usd(1))
            : Feed.NONE;
    return new Asset(new Address("0x" + digit.repeat(40)), 6, false, route, told, true, 0, false);
  }

  private static Facts facts(long depth, int cardinality, int thresholdBps) {
    return new Facts(
        List.of("USD", "EUR"),
        List.of(new PoolFacts(usd(depth), BigInteger.ONE.shiftLeft(96), 0, cardinality)),
        List.of(thresholdBps),
        7_200,
        12);
  }

  private static List<String> contradictions(UnaryOperator<Limits> change, Facts facts) {
    return new PolicyBearing(policy(2_500_000, 500, change), facts).contradictions();
  }

  private static UnaryOperator<Limits> numbers(UnaryOperator<Numbers> change) {
    return limits -> new Limits(change.apply(limits.numbers()), limits.exposures(), limits.pools());
  }

  @Test
  void theLargestStepIsHalfOfFeeTimesDepth() {
    LargestStep thin =
        new PolicyBearing(
                policy(2_500_000, 500, UnaryOperator.identity()), facts(2_500_000, 700, 50))
            .largestSteps()
            .getFirst();
    assertThat(thin).isEqualTo(new LargestStep(1, usd(625), usd(625), 6, 10));
    LargestStep deep =
        new PolicyBearing(
                policy(5_000_000, 3_000, UnaryOperator.identity()), facts(5_000_000, 700, 50))
            .largestSteps()
            .getFirst();
    assertThat(deep).isEqualTo(new LargestStep(1, usd(7_500), usd(7_500), 31, 35));
  }

  /** With a venue of the one asset, and a class that lends and borrows. */
  private static PolicyBearing lending(int fee, long counted, int owedBps, int floorBps) {
    Policy plain = policy(2_500_000, 500, UnaryOperator.identity());
    Limits limits = plain.limits();
    Model model = plain.model();
    Parts parts = plain.parts();
    return new PolicyBearing(
        new Policy(
            new Limits(
                limits.numbers(),
                limits.exposures(),
                limits.pools(),
                List.of(new PoolLimits(usd(counted), usd(counted))),
                List.of(new ReserveLimits(usd(1), usd(1)), new ReserveLimits(usd(1), usd(1))),
                floorBps),
            new Model(
                model.digest(),
                model.code(),
                model.agent(),
                model.targets(),
                List.of(15),
                0,
                model.program(),
                List.of(5_000, owedBps, Policy.HOLD, Policy.HOLD)),
            new Parts(
                parts.assets(),
                parts.pools(),
                parts.action(),
                List.of(new Venue(1, POOL, fee, Bytes.EMPTY)),
                new Lending(POOL, POOL, 0, List.of(new Reserve(0, true), new Reserve(1, true))))),
        facts(2_500_000, 700, 50));
  }

  @Test
  void aVenueBearsTheSameShareOfItsOwnDepth() {
    PolicyBearing bearing = lending(3_000, 1_000_000, 3_000, 15_000);
    assertThat(bearing.largestStepsAtVenues())
        .containsExactly(new LargestStep(1, usd(1_500), usd(1_500), 31, 35));
    assertThat(bearing.sentences())
        .contains(
            "At venue 1, of EUR, it buys for at most 1,500.00 USD and sells at most 1,500.00 USD.");
    assertThat(bearing.contradictions()).isEmpty();
    assertThat(lending(3_000, 60_000, 3_000, 15_000).contradictions())
        .containsExactly(
            "A step at venue 1, of EUR, bears 90.00 USD, less than the smallest trade of 100.00 USD: lower minTrade, count on more liquidity, or leave the venue out.");
  }

  @Test
  void aClassThatIsToOweMoreThanItsHealthAllowsIsSaid() {
    assertThat(lending(3_000, 1_000_000, 6_666, 15_000).contradictions()).isEmpty();
    assertThat(lending(3_000, 1_000_000, 6_667, 15_000).contradictions())
        .containsExactly(
            "Class 0 is to owe 6667 bps of what is supplied, and with a health factor of at least 1.5 it owes less than 6666 bps: borrow less, or lower the floor.");
  }

  @Test
  void whatAnOwnerIsToldHasAmountsWithTheirSymbol() {
    PolicyBearing bearing =
        new PolicyBearing(
            policy(2_500_000, 500, UnaryOperator.identity()), facts(2_500_000, 500, 50));
    assertThat(bearing.worstDay()).isEqualTo(usd(1_100));
    // 50,000 a day, at 6 of fees, 5 of impact and 12.5 of the feed's noise, in basis points.
    assertThat(bearing.honestLossPerDay()).isEqualTo(BigInteger.valueOf(117_500_000));
    assertThat(bearing.ringNeeded()).isEqualTo(612);
    assertThat(bearing.sentences())
        .containsExactly(
            "One step buys EUR for at most 625.00 USD and sells at most 625.00 USD of it: beyond, a sandwich could pay.",
            "Within any 24 hours it trades at most 100,000.00 USD, and 50,000.00 USD in the long run.",
            "Within any 24 hours it loses at most 1,100.00 USD; honest trading of the whole allowance costs about 117.50 USD a day.",
            "The ring of pool %s has 500 places and needs 612: growing it takes 2,497,600 gas."
                .formatted(POOL));
  }

  @Test
  void aPolicyThatDoesWhatItSaysContradictsNothing() {
    assertThat(contradictions(UnaryOperator.identity(), facts(2_500_000, 612, 50))).isEmpty();
  }

  @Test
  void eachContradictionIsNamedAlone() {
    Facts good = facts(2_500_000, 612, 50);
    assertThat(
            contradictions(
                numbers(n -> with(n, n.maxAge(), usd(626), n.dayLoss(), n.monthLoss())), good))
        .singleElement()
        .asString()
        .contains("bears 625.00 USD", "smallest trade of 626.00 USD");
    assertThat(
            contradictions(
                numbers(n -> with(n, n.maxAge(), n.minTrade(), usd(117), n.monthLoss())), good))
        .singleElement()
        .asString()
        .contains("117.50 USD a day", "dayLoss stops it at 117.00 USD");
    assertThat(
            contradictions(
                numbers(n -> with(n, n.maxAge(), n.minTrade(), n.dayLoss(), usd(3_524))), good))
        .singleElement()
        .asString()
        .contains("3,525.00 USD in thirty days", "3,524.00 USD");
    assertThat(
            contradictions(
                numbers(n -> with(n, 35, n.minTrade(), n.dayLoss(), n.monthLoss())), good))
        .singleElement()
        .asString()
        .contains("lives for 35 seconds", "raise maxAge");
    assertThat(contradictions(UnaryOperator.identity(), facts(2_499_999, 612, 50)))
        .singleElement()
        .asString()
        .contains("lower minLiquidity");
    assertThat(contradictions(UnaryOperator.identity(), facts(2_500_000, 611, 50)))
        .singleElement()
        .asString()
        .contains("increaseObservationCardinalityNext(612)");
    assertThat(contradictions(UnaryOperator.identity(), facts(2_500_000, 612, 94)))
        .singleElement()
        .asString()
        .contains("allow more than 100");
  }

  private static Numbers with(
      Numbers n, long maxAge, BigInteger minTrade, BigInteger dayLoss, BigInteger monthLoss) {
    return new Numbers(
        n.step(),
        maxAge,
        n.minInterval(),
        n.window(),
        n.settle(),
        n.maxSlippageBps(),
        n.maxDrift(),
        n.impactMargin(),
        n.depthShareBps(),
        n.minFillBps(),
        n.maxDeviationBps(),
        n.sequencerGrace(),
        minTrade,
        n.maxAction(),
        n.turnover(),
        n.turnoverWindow(),
        dayLoss,
        monthLoss,
        n.maxLossPerAction());
  }

  @Test
  void factsOfOtherPoolsAreRefused() {
    Policy policy = policy(2_500_000, 500, UnaryOperator.identity());
    Facts facts = new Facts(List.of("USD", "EUR"), List.of(), List.of(0), 0, 12);
    assertThatThrownBy(() -> new PolicyBearing(policy, facts))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
