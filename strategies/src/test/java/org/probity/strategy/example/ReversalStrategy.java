package org.probity.strategy.example;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.probity.strategy.FloatNetwork;
import org.probity.strategy.PolicyTraining;
import org.probity.strategy.PolicyTraining.Options;
import org.probity.strategy.PolicyTraining.Progress;
import org.probity.strategy.PolicyTraining.Samples;
import org.probity.strategy.TrainedStrategy;
import org.probity.strategy.feature.FeatureProgram;
import org.probity.strategy.feature.OwnBooks;
import org.probity.strategy.feature.TwapReturns;

/**
 * An example of a strategy: a network learns from a series of prices when a move will be taken
 * back. Its inputs are those of a feature program, which a vault computes itself, so a vault can
 * obey it.
 *
 * <p>A sample is a moment of the past with what each decision would have earned an hour later, in
 * basis points of equity: the change of weight times the move of the price, less the cost of
 * trading.
 */
final class ReversalStrategy {

  private static final TwapReturns RETURNS = TwapReturns.STANDARD;
  private static final FeatureProgram PROGRAM =
      new FeatureProgram(List.of(RETURNS, new OwnBooks(2)));
  private static final List<String> DECISIONS = List.of("reduce", "hold", "increase");
  private static final double[] TARGETS = {0.2, Double.NaN, 0.8}; // weights of the base asset
  private static final int STEP_SECONDS = 60;
  private static final int AHEAD = 60; // steps
  private static final double COST_BPS = 8; // of what is traded

  private ReversalStrategy() {}

  /**
   * Learns from a price a minute; the same prices and seed give the same network.
   *
   * @param prices of the base asset in the quote asset, more than three hours of them
   * @param seed of the initial weights, the vault's weights in the samples, and their order
   */
  static TrainedStrategy train(double[] prices, long seed) {
    var options = new Options(List.of(16), 600, 256, 3e-3, seed);
    FloatNetwork network = PolicyTraining.train(samples(prices, seed), options, Progress.NONE);
    return TrainedStrategy.of("reversal", PROGRAM, DECISIONS, network);
  }

  /** A moment in each third minute of the series, for a vault with any weight. */
  static Samples samples(double[] prices, long seed) {
    var random = new SplittableRandom(seed);
    long[] ticks = Arrays.stream(prices).mapToLong(ReversalStrategy::tick).toArray();
    long[] cumulative = new long[ticks.length + 1]; // as the pool's oracle sums them up
    for (int i = 0; i < ticks.length; i++) {
      cumulative[i + 1] = cumulative[i] + ticks[i] * STEP_SECONDS;
    }
    List<int[]> features = new ArrayList<>();
    List<float[]> payoffs = new ArrayList<>();
    int first = PROGRAM.historySeconds() / STEP_SECONDS;
    for (int step = first; step + AHEAD < ticks.length; step += 3) {
      long asOf = (step + 1L) * STEP_SECONDS; // all of this step is known, and nothing later
      double weight = random.nextDouble();
      int[] market =
          RETURNS.features(
              second -> cumulative[Math.toIntExact(second / STEP_SECONDS)], asOf, false);
      // Its weight less half, and what the books of a vault say that has never traded.
      int[] vault = {(int) (10_000 * weight) - 5_000, 0, 1_440, 0};
      features.add(PROGRAM.vector(List.of(market, vault)).toArray());
      payoffs.add(payoffs(weight, ticks[step + AHEAD] - ticks[step]));
    }
    return new Samples(features.toArray(int[][]::new), payoffs.toArray(float[][]::new));
  }

  /**
   * @param moveBps of the price; a tick is a basis point
   */
  private static float[] payoffs(double weight, double moveBps) {
    float[] payoffs = new float[TARGETS.length];
    for (int decision = 0; decision < TARGETS.length; decision++) {
      double change = Double.isNaN(TARGETS[decision]) ? 0 : TARGETS[decision] - weight;
      payoffs[decision] = (float) (change * moveBps - Math.abs(change) * COST_BPS);
    }
    return payoffs;
  }

  /** Of a pool whose tokens have equal decimals. */
  private static long tick(double price) {
    return (long) Math.floor(Math.log(price) / Math.log(1.0001));
  }
}
