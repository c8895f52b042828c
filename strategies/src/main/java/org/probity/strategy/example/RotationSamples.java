package org.probity.strategy.example;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.probity.strategy.PolicyTraining.Samples;
import org.probity.strategy.feature.ChainlinkReturns;
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
 * Moments of a {@link PairMarket} as a vault over three assets would see them by a feature program,
 * and what trading to each row of a table of weights would earn.
 *
 * <p>Payoffs are in basis points of the vault's equity, as in {@link TradingSamples}: changes of
 * weights times the moves of prices, less what the trades cost, and less a little for the distance
 * from equal weights. Sells come before buys, all within what the allowance leaves.
 */
final class RotationSamples {

  private static final TwapReturns POOL =
      new TwapReturns(List.of(60, 300, 900, 1_800, 3_600, 5_400, 7_200));
  private static final ChainlinkReturns FEED = new ChainlinkReturns(List.of(3_600, 14_400));
  private static final OwnBooks BOOKS = new OwnBooks(PairMarket.ASSETS + 1);

  /** Two pools, a feed, and the vault's own books. */
  static final FeatureProgram PROGRAM = new FeatureProgram(List.of(POOL, POOL, FEED, BOOKS));

  /** Where the return over an hour of the first asset's pool stands; the second's follows. */
  private static final int HOUR = 3;

  private static final int FIRST_OF_BOOKS = 2 * POOL.width() + FEED.width();
  private static final int LONGEST_AGE = 1_440;
  private static final int REFERENCE_SECONDS = 300;
  private static final int STEP_SECONDS = 600;
  private static final BigInteger EQUITY = BigInteger.TEN.pow(18);
  private static final BigInteger CAPACITY = EQUITY.divide(BigInteger.TWO);

  private static final double COST_PER_TURNOVER_BPS = 8;
  private static final double FIXED_COST_BPS = 0.3;
  private static final double REFUSED_COST_BPS = 30;
  private static final double RISK_BPS = 12;
  private static final double ALLOWANCE = 0.5;
  private static final double LEAST_TRADE = 0.02;

  private RotationSamples() {}

  /**
   * Draws samples from one walk.
   *
   * @param count number of samples
   * @param every minutes between two of them
   */
  static TradingSamples.Drawn draw(int count, int every, SplittableRandom random) {
    int first = LONGEST_AGE + FEED.historySeconds() / PairMarket.SECONDS_PER_STEP + 1;
    var market =
        new PairMarket(first + count * every + MarketProcess.LOOKAHEAD + 1, random.split());
    int[][] features = new int[count][];
    float[][] expected = new float[count][];
    float[][] realised = new float[count][];
    for (int i = 0; i < count; i++) {
      int step = first + i * every; // the last one that is known
      long asOf = (step + 1L) * PairMarket.SECONDS_PER_STEP;
      double[] weights = drawWeights(random);
      double used = random.nextBoolean() ? 0 : random.nextDouble();
      long tradedAt =
          random.nextDouble() < 0.15
              ? 0 // never
              : asOf - 60 * (long) Math.expm1(random.nextDouble() * Math.log1p(LONGEST_AGE));
      features[i] = features(market, asOf, weights, used, tradedAt).toArray();
      expected[i] = payoffs(weights, used, market.expectedMoves(step));
      realised[i] = payoffs(weights, used, market.realisedMoves(step));
    }
    return new TradingSamples.Drawn(
        new Samples(features, expected), new Samples(features, realised));
  }

  private static FeatureVector features(
      PairMarket market, long asOf, double[] weights, double used, long tradedAt) {
    List<Integer> refs = refs(market, asOf);
    var books = new ArrayList<Book>();
    for (int i = 0; i < refs.size(); i++) {
      BigInteger value = part(EQUITY, i == 0 ? numeraire(weights) : weights[i - 1]);
      BigInteger root = PriceMath.sqrtRatioX96(refs.get(i));
      BigInteger amount = i == 0 ? value : value.shiftLeft(192).divide(root.multiply(root));
      books.add(new Book(amount, BigInteger.ZERO, 0));
    }
    var state =
        new State(
            books,
            STEP_SECONDS,
            tradedAt == 0 ? LastTrade.NONE : new LastTrade(tradedAt, refs(market, tradedAt)),
            new Turnover(part(CAPACITY, used), asOf, CAPACITY, 86_400));
    return PROGRAM.vector(
        List.of(
            POOL.features(market.cumulativeTick(0), asOf, false),
            POOL.features(market.cumulativeTick(1), asOf, false),
            FEED.features(market.rounds(), asOf),
            BOOKS.features(state, asOf, refs)));
  }

  private static BigInteger part(BigInteger whole, double share) {
    return new BigDecimal(whole).multiply(BigDecimal.valueOf(share)).toBigInteger();
  }

  /** The mean ticks that a vault values with, the numeraire's first. */
  private static List<Integer> refs(PairMarket market, long asOf) {
    var refs = new ArrayList<>(List.of(0));
    for (int asset = 0; asset < PairMarket.ASSETS; asset++) {
      var cumulative = market.cumulativeTick(asset);
      long sum = cumulative.applyAsLong(asOf) - cumulative.applyAsLong(asOf - REFERENCE_SECONDS);
      refs.add(Math.toIntExact(Math.floorDiv(sum, (long) REFERENCE_SECONDS)));
    }
    return refs;
  }

  /** Anything, but often near a row, where a vault spends much of its time. */
  private static double[] drawWeights(SplittableRandom random) {
    List<Optional<Integer>> row =
        ExampleStrategies.ROTATION_WEIGHTS_BPS.get(
            random.nextInt(ExampleStrategies.ROTATION_WEIGHTS_BPS.size()));
    double[] weights = new double[PairMarket.ASSETS];
    boolean near = random.nextBoolean();
    double left = 1;
    for (int i = 0; i < weights.length; i++) {
      double weight =
          near && row.get(i).isPresent()
              ? row.get(i).get() / 10_000.0 + 0.03 * random.nextGaussian()
              : random.nextDouble();
      weights[i] = Math.clamp(weight, 0.0, left);
      left -= weights[i];
    }
    return weights;
  }

  private static double numeraire(double[] weights) {
    double rest = 1;
    for (double weight : weights) {
      rest -= weight;
    }
    return Math.max(0, rest);
  }

  private static float[] payoffs(double[] weights, double used, double[] moves) {
    var payoffs = new float[ExampleStrategies.ROTATION_WEIGHTS_BPS.size()];
    for (int action = 0; action < payoffs.length; action++) {
      List<Optional<Integer>> row = ExampleStrategies.ROTATION_WEIGHTS_BPS.get(action);
      double[] changes = changes(weights, used, row);
      double payoff = 0;
      double turned = 0;
      for (int i = 0; i < changes.length; i++) {
        payoff += changes[i] * moves[i];
        turned += Math.abs(changes[i]);
      }
      if (row.stream().allMatch(Optional::isEmpty)) {
        payoffs[action] = 0;
      } else if (turned == 0) {
        payoffs[action] = (float) -REFUSED_COST_BPS;
      } else {
        payoff -= FIXED_COST_BPS + COST_PER_TURNOVER_BPS * turned;
        payoff -= RISK_BPS * (distance(weights, changes) - distance(weights, new double[2]));
        payoffs[action] = (float) payoff;
      }
    }
    return payoffs;
  }

  /** What a vault trades: sells, then buys, each that is no crumb, as far as the allowance goes. */
  private static double[] changes(double[] weights, double used, List<Optional<Integer>> row) {
    double[] changes = new double[weights.length];
    double left = ALLOWANCE * (1 - used);
    double funds = numeraire(weights);
    for (boolean sell : new boolean[] {true, false}) {
      for (int i = 0; i < changes.length; i++) {
        if (row.get(i).isEmpty() || (row.get(i).get() / 10_000.0 < weights[i]) != sell) {
          continue;
        }
        double size = Math.min(Math.abs(row.get(i).get() / 10_000.0 - weights[i]), left);
        size = sell ? size : Math.min(size, funds);
        if (size >= LEAST_TRADE) {
          changes[i] = sell ? -size : size;
          left -= size;
          funds -= changes[i];
        }
      }
    }
    return changes;
  }

  /** From equal weights, squared. */
  private static double distance(double[] weights, double[] changes) {
    double third = 1.0 / (PairMarket.ASSETS + 1);
    double rest = 1;
    double sum = 0;
    for (int i = 0; i < weights.length; i++) {
      double weight = weights[i] + changes[i];
      rest -= weight;
      sum += (weight - third) * (weight - third);
    }
    return sum + (rest - third) * (rest - third);
  }

  /**
   * What to compare with: all into whichever asset rose most in the last hour, out of both if none
   * did, and nothing where that would be refused.
   */
  static int plainMomentum(FeatureVector features) {
    int ofFirst = features.get(HOUR);
    int ofSecond = features.get(POOL.width() + HOUR);
    int action =
        Math.max(ofFirst, ofSecond) <= 0
            ? ExampleStrategies.ROTATION_ACTIONS.indexOf("out")
            : ExampleStrategies.ROTATION_ACTIONS.indexOf(ofFirst > ofSecond ? "first" : "second");
    double[] weights = new double[PairMarket.ASSETS];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = (features.get(FIRST_OF_BOOKS + i) + 5_000) / 10_000.0;
    }
    double used = features.get(features.size() - 1) / 10_000.0;
    double turned = 0;
    for (double change :
        changes(weights, used, ExampleStrategies.ROTATION_WEIGHTS_BPS.get(action))) {
      turned += Math.abs(change);
    }
    return turned == 0 ? ExampleStrategies.ROTATION_ACTIONS.indexOf("hold") : action;
  }
}
