package org.probity.strategy.example;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.LongUnaryOperator;
import org.probity.strategy.PolicyTraining.Samples;
import org.probity.strategy.feature.FeatureProgram;
import org.probity.strategy.feature.OwnBooks;
import org.probity.strategy.feature.OwnBooks.Book;
import org.probity.strategy.feature.OwnBooks.LastTrade;
import org.probity.strategy.feature.OwnBooks.State;
import org.probity.strategy.feature.OwnBooks.Turnover;
import org.probity.strategy.feature.PriceMath;
import org.probity.strategy.feature.TwapReturns;
import org.probity.zk.FeatureVector;

/**
 * Moments of a {@link MarketProcess} as a vault would see them, and what each action would earn.
 *
 * <p><b>Payoffs</b>, in basis points of the vault's equity: the change of weight times the move of
 * the price, less what the trade costs. An action moves the weight of the base asset toward its
 * target, no further than the turnover's allowance goes. A trade pays the pool's fee and slippage
 * in proportion to its size, a fixed price for gas, and more than that soon after another trade
 * (trading to and fro); a trade smaller than a vault accepts is refused, which costs more than it
 * looks and earns nothing. Distance from a balanced weight costs a little, for the risk. So it pays
 * to hold at the target, without allowance, and without a signal that covers the costs.
 */
final class TradingSamples {

  static final int REDUCE = 0;
  static final int HOLD = 1;
  static final int INCREASE = 2;
  static final int ACTIONS = 3;

  private static final int LONGEST_MINUTES = 1440;

  private static final double COST_PER_TURNOVER_BPS = 8;
  private static final double FIXED_COST_BPS = 0.3;
  private static final double REFUSED_COST_BPS = 30;
  private static final double CHURN_COST_BPS = 2;
  private static final double CHURN_STEPS = 15;
  private static final double RISK_BPS = 12;
  private static final double ALLOWANCE = 0.5;
  private static final double LEAST_TRADE = 0.02;

  /** What a vault's policy has in these places, as far as its books depend on it. */
  private static final int REFERENCE_SECONDS = 300;

  private static final int STEP_SECONDS = 600;
  private static final int WINDOW_SECONDS = 86_400;
  private static final BigInteger EQUITY = BigInteger.TEN.pow(18);
  private static final BigInteger CAPACITY = part(EQUITY, ALLOWANCE);
  private static final OwnBooks BOOKS = new OwnBooks(2);

  /** The return that plain momentum looks at: about one hour, with the standard horizons. */
  private static final int MOMENTUM_RETURN = 12;

  /**
   * Features with payoffs by expectation, to train on, and the same payoffs by what happened, to
   * judge by.
   */
  record Drawn(Samples expected, Samples realised) {}

  private TradingSamples() {}

  /**
   * Draws samples from one walk, whose steps are as long as the first horizon.
   *
   * @param count number of samples
   * @param every steps between two of them
   * @param program the returns of one pool, then the books of two assets
   * @throws IllegalArgumentException if the program is another one
   */
  static Drawn draw(int count, int every, FeatureProgram program, SplittableRandom random) {
    if (program.entries().size() != 2
        || !(program.entries().getFirst() instanceof TwapReturns returns)
        || !program.entries().getLast().equals(BOOKS)) {
      throw new IllegalArgumentException(
          "The example looks at the returns of one pool and the books of two assets: give it TwapReturns, then OwnBooks of 2");
    }
    int secondsPerStep = returns.horizonsSeconds().getFirst();
    int longestAge = Math.max(1, LONGEST_MINUTES * 60 / Math.max(60, secondsPerStep));
    int history = Math.max(returns.historySeconds(), REFERENCE_SECONDS);
    int first = longestAge + history / secondsPerStep + 1;
    var market = new MarketProcess(first + count * every + MarketProcess.LOOKAHEAD, random.split());
    LongUnaryOperator cumulativeTick = cumulativeTick(market, secondsPerStep);

    int[][] features = new int[count][];
    float[][] expected = new float[count][];
    float[][] realised = new float[count][];
    for (int i = 0; i < count; i++) {
      int step = first + i * every; // the last one that is known
      long asOf = (step + 1L) * secondsPerStep;
      double weight = drawWeight(random);
      int age = longestAge;
      int allowanceUsed = 0;
      LastTrade last = LastTrade.NONE;
      if (random.nextDouble() < 0.85) { // the others have never traded
        // Logarithmic: half of the ages are under forty steps.
        age = (int) Math.expm1(random.nextDouble() * Math.log1p(longestAge));
        long then = asOf - (long) age * secondsPerStep;
        last = new LastTrade(then, refs(cumulativeTick, then));
        allowanceUsed = drawAllowanceUsed(random);
      }
      List<Integer> refs = refs(cumulativeTick, asOf);
      State state = state(weight, refs.getLast(), allowanceUsed, last, asOf);
      features[i] =
          program
              .vector(
                  List.of(
                      returns.features(cumulativeTick, asOf, false),
                      BOOKS.features(state, asOf, refs)))
              .toArray();
      expected[i] = payoffs(weight, age, allowanceUsed, market.expectedMove(step));
      realised[i] = payoffs(weight, age, allowanceUsed, market.realisedMove(step));
    }
    return new Drawn(new Samples(features, expected), new Samples(features, realised));
  }

  /** The cumulative tick by the second, of prices that are constant within a step. */
  private static LongUnaryOperator cumulativeTick(MarketProcess market, int secondsPerStep) {
    long[] ticks = new long[market.steps() + 1];
    long[] cumulative = new long[market.steps() + 1];
    for (int step = 0; step < market.steps(); step++) {
      ticks[step] = Math.round(market.tick(step));
      cumulative[step + 1] = cumulative[step] + ticks[step] * secondsPerStep;
    }
    return second -> {
      int step = Math.toIntExact(second / secondsPerStep);
      return cumulative[step] + ticks[step] * (second % secondsPerStep);
    };
  }

  /** The reference ticks that a vault values with: the numeraire's, then the mean of a while. */
  private static List<Integer> refs(LongUnaryOperator cumulativeTick, long asOf) {
    long sum =
        cumulativeTick.applyAsLong(asOf) - cumulativeTick.applyAsLong(asOf - REFERENCE_SECONDS);
    return List.of(0, Math.toIntExact(Math.floorDiv(sum, (long) REFERENCE_SECONDS)));
  }

  /** The books of a vault that holds this weight of its asset. */
  private static State state(double weight, int ref, int allowanceUsed, LastTrade last, long asOf) {
    BigInteger value = part(EQUITY, weight);
    BigInteger root = PriceMath.sqrtRatioX96(ref);
    BigInteger amount = value.shiftLeft(192).divide(root.multiply(root));
    BigInteger used =
        CAPACITY.multiply(BigInteger.valueOf(allowanceUsed)).divide(BigInteger.valueOf(10_000));
    return new State(
        List.of(
            new Book(EQUITY.subtract(value), BigInteger.ZERO, 0),
            new Book(amount, BigInteger.ZERO, 0)),
        STEP_SECONDS,
        last,
        new Turnover(used, asOf, CAPACITY, WINDOW_SECONDS));
  }

  private static BigInteger part(BigInteger whole, double share) {
    return new BigDecimal(whole).multiply(BigDecimal.valueOf(share)).toBigInteger();
  }

  /** Anything, but often at or near a target, where a vault spends much of its time. */
  private static double drawWeight(SplittableRandom random) {
    double kind = random.nextDouble();
    double near = 0.03 * random.nextGaussian();
    double weight =
        kind < 0.15
            ? target(REDUCE) + near
            : kind < 0.3 ? target(INCREASE) + near : kind < 0.4 ? 0.5 + near : random.nextDouble();
    return Math.clamp(weight, 0.0, 1.0);
  }

  /** Often nothing, sometimes all or nearly all. */
  private static int drawAllowanceUsed(SplittableRandom random) {
    double kind = random.nextDouble();
    return kind < 0.5
        ? 0
        : kind < 0.6 ? 10_000 : kind < 0.65 ? 9_600 + random.nextInt(401) : random.nextInt(10_001);
  }

  private static double target(int action) {
    return ExampleStrategies.TARGET_WEIGHTS_BPS.get(action).orElseThrow() / 10_000.0;
  }

  private static float[] payoffs(double weight, int age, int allowanceUsed, double moveBps) {
    float[] payoffs = new float[ACTIONS]; // holding earns nothing and costs nothing
    double left = ALLOWANCE * (1 - allowanceUsed / 10_000.0);
    double fixed = FIXED_COST_BPS + CHURN_COST_BPS * Math.exp(-age / CHURN_STEPS);
    for (int action : new int[] {REDUCE, INCREASE}) {
      double change = Math.clamp(target(action) - weight, -left, left);
      double payoff =
          Math.abs(change) < LEAST_TRADE
              ? -REFUSED_COST_BPS
              : change * moveBps
                  - COST_PER_TURNOVER_BPS * Math.abs(change)
                  - RISK_BPS * (square(weight + change - 0.5) - square(weight - 0.5));
      payoffs[action] = (float) (payoff - fixed);
    }
    return payoffs;
  }

  /**
   * What to compare with: increase after a rise and reduce after a fall, whenever the trade would
   * be accepted.
   */
  static int plainMomentum(FeatureVector features) {
    int books = features.size() - BOOKS.width();
    int action = features.get(Math.min(MOMENTUM_RETURN, books - 1)) > 0 ? INCREASE : REDUCE;
    double weight = (features.get(books) + 5_000) / 10_000.0;
    double left = ALLOWANCE * (1 - features.get(features.size() - 1) / 10_000.0);
    return Math.min(Math.abs(target(action) - weight), left) < LEAST_TRADE ? HOLD : action;
  }

  private static double square(double value) {
    return value * value;
  }
}
