package org.probity.strategy.example;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.ToIntFunction;
import org.probity.strategy.FloatNetwork;
import org.probity.strategy.PolicyTraining;
import org.probity.strategy.PolicyTraining.Options;
import org.probity.strategy.PolicyTraining.Progress;
import org.probity.strategy.PolicyTraining.Samples;
import org.probity.strategy.QuantisedStrategy;
import org.probity.strategy.TrainedStrategy;
import org.probity.strategy.feature.FeatureProgram;
import org.probity.strategy.feature.OwnBooks;
import org.probity.strategy.feature.TwapReturns;
import org.probity.zk.FeatureVector;

/** Strategies that are trained on the spot. */
public final class ExampleStrategies {

  /**
   * What {@link #momentum(long, Progress)} looks at: sixteen returns of one pool, and the books of
   * a vault of two assets.
   */
  public static final FeatureProgram PAIR_PROGRAM =
      new FeatureProgram(List.of(TwapReturns.STANDARD, new OwnBooks(2)));

  /** The labels of the three decisions, in the order of the network's classes. */
  public static final List<String> ACTIONS = List.of("reduce", "hold", "increase");

  /**
   * The weight of the base asset that each decision asks for, in basis points; none for hold. The
   * strategy is trained for a vault with this table.
   */
  public static final List<Optional<Integer>> TARGET_WEIGHTS_BPS =
      List.of(Optional.of(2_500), Optional.empty(), Optional.of(7_500));

  /**
   * What {@link #rotation} looks at: two pools, a feed, and the books of a vault of three assets.
   */
  public static final FeatureProgram ROTATION_PROGRAM = RotationSamples.PROGRAM;

  /** The labels of the five decisions of {@link #rotation}, in the order of its classes. */
  public static final List<String> ROTATION_ACTIONS =
      List.of("out", "hold", "first", "second", "both");

  /**
   * The weights of two assets beside the numeraire that each of those asks for, in basis points;
   * none for an asset that is to be left as it is. A vault's policy has this table.
   */
  public static final List<List<Optional<Integer>>> ROTATION_WEIGHTS_BPS =
      List.of(
          List.of(Optional.of(0), Optional.of(0)),
          List.of(Optional.empty(), Optional.empty()),
          List.of(Optional.of(7_000), Optional.of(0)),
          List.of(Optional.of(0), Optional.of(7_000)),
          List.of(Optional.of(4_500), Optional.of(4_500)));

  /**
   * What {@link #lending} looks at: two pools, the books of a vault of three assets, and its loans
   * in as many reserves.
   */
  public static final FeatureProgram LENDING_PROGRAM = LendingSamples.PROGRAM;

  /** The labels of the four decisions of {@link #lending}, in the order of its classes. */
  public static final List<String> LENDING_ACTIONS = List.of("unwind", "reduce", "hold", "lever");

  /**
   * What one of those asks for.
   *
   * @param weightsBps of the two assets beside the numeraire, of all that is held; none for one
   *     that is to be left as it is
   * @param buys whether anything is bought for it; else it only sells
   * @param borrowBps how much of the numeraire is to be owed, of the value of all that is supplied;
   *     none for as much as it is
   * @param suppliedBps which part of the two assets is to be supplied; none to leave it
   */
  public record LoanTargets(
      List<Optional<Integer>> weightsBps,
      boolean buys,
      Optional<Integer> borrowBps,
      Optional<Integer> suppliedBps) {
    public LoanTargets {
      weightsBps = List.copyOf(weightsBps);
    }
  }

  /** What each decision of {@link #lending} asks for; a vault's policy has this table. */
  public static final List<LoanTargets> LENDING_TARGETS =
      List.of(
          new LoanTargets(
              List.of(Optional.of(3_000), Optional.of(2_000)),
              false,
              Optional.of(0),
              Optional.empty()),
          new LoanTargets(
              List.of(Optional.of(4_500), Optional.of(3_500)),
              false,
              Optional.of(2_500),
              Optional.empty()),
          new LoanTargets(
              List.of(Optional.empty(), Optional.empty()),
              false,
              Optional.empty(),
              Optional.empty()),
          new LoanTargets(
              List.of(Optional.of(5_700), Optional.of(4_300)),
              true,
              Optional.of(5_800),
              Optional.of(10_000)));

  private static final int TRAINING_SAMPLES = 60_000;
  private static final int CALIBRATION_SAMPLES = 256;
  private static final int HELD_OUT_SAMPLES = 10_000;
  private static final List<Integer> HIDDEN = List.of(128, 128);
  private static final int STEPS = 1_500;
  private static final int ROTATION_SAMPLES = 40_000;
  private static final int ROTATION_HELD_OUT = 5_000;
  private static final List<Integer> ROTATION_HIDDEN = List.of(64, 64);
  private static final int ROTATION_STEPS = 1_200;
  private static final int BATCH = 512;
  private static final double LEARNING_RATE = 3e-3;

  /**
   * A strategy fresh from training, with what is needed to quantise it and to judge it.
   *
   * @param strategy the network; private
   * @param calibration typical feature vectors that steer the precision
   * @param heldOut feature vectors of a market that it was not trained on
   * @param report how good it is there
   */
  public record Example(
      TrainedStrategy strategy,
      List<FeatureVector> calibration,
      List<FeatureVector> heldOut,
      TrainingReport report) {

    /** The strategy in exact integers, its agreement measured on the held-out vectors. */
    public QuantisedStrategy quantise() {
      return strategy.quantise(calibration, heldOut);
    }
  }

  private ExampleStrategies() {}

  /** {@link #momentum(FeatureProgram, long, Progress)} of {@link #PAIR_PROGRAM}. */
  public static Example momentum(long seed, Progress progress) {
    return momentum(PAIR_PROGRAM, seed, progress);
  }

  /**
   * Trains a network of two hidden layers of 128 and three actions to follow trends, to expect
   * returns to the mean, and to hold when neither would pay for the trade. Takes a few seconds; the
   * same seed gives the same network.
   *
   * @param program the returns of one pool, then the books of two assets
   * @param seed of the market, the initial weights and the order of samples
   * @throws IllegalArgumentException if the program is another one
   */
  public static Example momentum(FeatureProgram program, long seed, Progress progress) {
    return momentum(program, seed, TRAINING_SAMPLES, HELD_OUT_SAMPLES, STEPS, progress);
  }

  static Example momentum(
      FeatureProgram program,
      long seed,
      int trainingSamples,
      int heldOutSamples,
      int steps,
      Progress progress) {
    var random = new SplittableRandom(seed);
    Samples training = TradingSamples.draw(trainingSamples, 7, program, random.split()).expected();
    TradingSamples.Drawn judged = TradingSamples.draw(heldOutSamples, 31, program, random.split());
    var options = new Options(HIDDEN, steps, BATCH, LEARNING_RATE, random.nextLong());
    FloatNetwork network = PolicyTraining.train(training, options, progress);
    var strategy = TrainedStrategy.of("momentum", program, ACTIONS, network);
    List<FeatureVector> heldOut = vectors(judged.expected(), heldOutSamples);
    return new Example(
        strategy,
        vectors(training, CALIBRATION_SAMPLES),
        heldOut,
        report(network, heldOut, judged, TradingSamples::plainMomentum));
  }

  /**
   * Trains a network for a vault over three assets, by a feature program of two pools, one feed and
   * the vault's own books, to one of five rows of weights. Takes a few seconds; the same seed gives
   * the same network.
   *
   * @param seed of the market, the initial weights and the order of samples
   */
  public static Example rotation(long seed, Progress progress) {
    return rotation(seed, ROTATION_SAMPLES, ROTATION_HELD_OUT, ROTATION_STEPS, progress);
  }

  static Example rotation(
      long seed, int trainingSamples, int heldOutSamples, int steps, Progress progress) {
    var random = new SplittableRandom(seed);
    Samples training = RotationSamples.draw(trainingSamples, 7, random.split()).expected();
    TradingSamples.Drawn judged = RotationSamples.draw(heldOutSamples, 31, random.split());
    var options = new Options(ROTATION_HIDDEN, steps, BATCH, LEARNING_RATE, random.nextLong());
    FloatNetwork network = PolicyTraining.train(training, options, progress);
    List<FeatureVector> heldOut = vectors(judged.expected(), heldOutSamples);
    return new Example(
        TrainedStrategy.of("rotation", ROTATION_PROGRAM, ROTATION_ACTIONS, network),
        vectors(training, CALIBRATION_SAMPLES),
        heldOut,
        report(network, heldOut, judged, RotationSamples::plainMomentum));
  }

  /**
   * Trains a network for a vault that has supplied two assets to a lending market and owes some of
   * its numeraire there, to unwind, to reduce, to hold or to borrow more. Takes a few seconds; the
   * same seed gives the same network.
   *
   * @param seed of the market, the initial weights and the order of samples
   */
  public static Example lending(long seed, Progress progress) {
    return lending(seed, ROTATION_SAMPLES, ROTATION_HELD_OUT, ROTATION_STEPS, progress);
  }

  static Example lending(
      long seed, int trainingSamples, int heldOutSamples, int steps, Progress progress) {
    var random = new SplittableRandom(seed);
    Samples training = LendingSamples.draw(trainingSamples, 7, random.split()).expected();
    TradingSamples.Drawn judged = LendingSamples.draw(heldOutSamples, 31, random.split());
    var options = new Options(ROTATION_HIDDEN, steps, BATCH, LEARNING_RATE, random.nextLong());
    FloatNetwork network = PolicyTraining.train(training, options, progress);
    List<FeatureVector> heldOut = vectors(judged.expected(), heldOutSamples);
    return new Example(
        TrainedStrategy.of("lending", LENDING_PROGRAM, LENDING_ACTIONS, network),
        vectors(training, CALIBRATION_SAMPLES),
        heldOut,
        report(network, heldOut, judged, LendingSamples::thresholdRule));
  }

  private static List<FeatureVector> vectors(Samples samples, int count) {
    return Arrays.stream(samples.features()).limit(count).map(FeatureVector::of).toList();
  }

  private static TrainingReport report(
      FloatNetwork network,
      List<FeatureVector> heldOut,
      TradingSamples.Drawn judged,
      ToIntFunction<FeatureVector> rule) {
    int count = heldOut.size();
    int actions = judged.expected().actions();
    Integer[] chosen = new Integer[actions];
    Arrays.fill(chosen, 0);
    int[] best = new int[actions];
    int right = 0;
    double payoff = 0;
    double realised = 0;
    double byRule = 0;
    double knowing = 0;
    for (int i = 0; i < count; i++) {
      float[] expected = judged.expected().payoffs()[i];
      int action = network.choose(heldOut.get(i)).index();
      int bestAction = indexOfGreatest(expected);
      int ruleAction = rule.applyAsInt(heldOut.get(i));
      chosen[action]++;
      best[bestAction]++;
      right += action == bestAction ? 1 : 0;
      payoff += expected[action];
      realised += judged.realised().payoffs()[i][action];
      byRule += expected[ruleAction];
      knowing += expected[bestAction];
    }
    return new TrainingReport(
        count,
        List.of(chosen),
        (double) right / count,
        (double) Arrays.stream(best).max().orElse(0) / count,
        payoff / count,
        realised / count,
        byRule / count,
        knowing / count);
  }

  private static int indexOfGreatest(float[] values) {
    int best = 0;
    for (int i = 1; i < values.length; i++) {
      if (values[i] > values[best]) {
        best = i;
      }
    }
    return best;
  }
}
