package org.probity.sim.study;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.probity.intent.policy.Policy;
import org.probity.settings.BadSetting;
import org.probity.settings.PolicySettings;
import org.probity.sim.backtest.BacktestRefused;
import org.probity.sim.backtest.BacktestResult;
import org.probity.sim.backtest.BacktestSettings;
import org.probity.sim.backtest.EquityCurve;
import org.probity.sim.backtest.StrategyUnderTest;
import org.probity.strategy.PolicyTraining;
import org.probity.strategy.PolicyTraining.Evaluations;
import org.probity.strategy.PolicyTraining.Options;
import org.probity.strategy.PolicyTraining.Samples;
import org.probity.strategy.PolicyTraining.Stopped;
import org.probity.strategy.QuantisedStrategy;
import org.probity.strategy.TrainedStrategy;
import org.probity.strategy.feature.OwnBooks;
import org.probity.zk.FeatureVector;

/**
 * Trains a strategy on a stretch of a market.
 *
 * <p>The market's features are those that the simulated vault computes, recorded in a run that only
 * holds. The vault's own features are drawn at random, so that the strategy learns what to do from
 * any position. What each action earns is known afterwards: the change of weight, within what the
 * policy's limits leave, times the move of the price over the coming while, less costs and a price
 * for risk. Moments whose payoff reaches into the validation are left out of the training (López de
 * Prado 2018, chapter 7: purging).
 */
public final class Training {

  private static final long GRID_SECONDS = 60;
  private static final int CALIBRATION = 256;
  private static final int LEAST_MOMENTS = 50;
  private static final double CHURN_BPS = 2;
  private static final double CHURN_MINUTES = 15;
  private static final double FIXED_COST_BPS = 0.3;
  private static final double REFUSED_COST_BPS = 30;
  private static final int LONGEST_MINUTES = 1_440;

  /** Where in the vector the features of the own books begin. */
  private static final int OWN = Onlooker.PROGRAM.width() - new OwnBooks(2).width();

  private final BacktestSettings settings;
  private final TrainingSettings training;

  /**
   * What a training came to.
   *
   * @param strategy in exact integers; private
   * @param step after which the network was at its best
   * @param steps that were done
   * @param trainingSamples how many it learnt from
   * @param validationSamples how many it was judged by
   * @param validationPayoffBps mean payoff of its choices there, in basis points of equity
   * @param bestPayoffBps of who knows the future
   */
  public record Trained(
      QuantisedStrategy strategy,
      int step,
      int steps,
      int trainingSamples,
      int validationSamples,
      double validationPayoffBps,
      double bestPayoffBps) {

    /** The strategy, ready for a backtest. */
    public StrategyUnderTest underTest() {
      return StrategyUnderTest.of(strategy);
    }
  }

  /** A moment of the market: its features and what the price did next. */
  @SuppressWarnings("ArrayRecordComponent") // compared by identity only
  private record Moment(long time, int[] features, double tick, double moveBps) {
    @Override
    public String toString() {
      return "Moment[" + time + "]";
    }
  }

  public Training(BacktestSettings settings, TrainingSettings training) {
    this.settings = settings;
    this.training = training;
  }

  /** Trains on the stretch that the settings name. */
  public Trained run(Evaluations evaluations) {
    return run(training.train(), evaluations);
  }

  /**
   * Trains on this stretch.
   *
   * @throws BacktestRefused if it is too short
   */
  public Trained run(Period stretch, Evaluations evaluations) {
    MarketPeriods.requirePair(settings);
    if (settings.policy().model().linear()) {
      throw new BadSetting(
          "What is trained here chooses among targets, and backtest.policy has a weight-step: give it targets instead.");
    }
    List<Moment> moments = moments(stretch);
    long lookahead = Math.round(training.lookaheadMinutes() * 60);
    if (moments.size() < LEAST_MOMENTS) {
      throw new BacktestRefused(
          "The training stretch %s has only %d moments with features before them and %.0f minutes after them: take a longer one."
              .formatted(stretch, moments.size(), training.lookaheadMinutes()));
    }
    long border =
        moments.getFirst().time
            + Math.round(
                (1 - training.validation()) * (moments.getLast().time - moments.getFirst().time));
    var random = new SplittableRandom(training.seed());
    List<Moment> before = moments.stream().filter(m -> m.time + lookahead <= border).toList();
    List<Moment> after = moments.stream().filter(m -> m.time > border).toList();
    if (before.isEmpty() || after.isEmpty()) {
      throw new BacktestRefused(
          "The training stretch %s is too short to be cut into training and validation with %.0f minutes between them."
              .formatted(stretch, training.lookaheadMinutes()));
    }
    Samples learnt = samples(before, moments, training.samples(), random.split());
    int judgedCount =
        Math.clamp(Math.round(training.samples() * training.validation()), 100, 5_000);
    Samples judged = samples(after, moments, judgedCount, random.split());
    var options =
        new Options(
            training.hidden(),
            training.steps(),
            training.batch(),
            training.learningRate(),
            random.nextLong());
    Stopped stopped =
        PolicyTraining.train(learnt, judged, options, training.patience(), evaluations);
    var strategy =
        TrainedStrategy.of(
            "trained", Onlooker.PROGRAM, Onlooker.labels(settings.policy()), stopped.network());
    return new Trained(
        strategy.quantise(vectors(learnt), vectors(judged)),
        stopped.step(),
        stopped.steps(),
        learnt.size(),
        judged.size(),
        stopped.validationPayoff(),
        Arrays.stream(judged.payoffs()).mapToDouble(Training::greatest).average().orElse(0));
  }

  // ---- the market ----

  /** Runs the stretch with a strategy that only looks. */
  private List<Moment> moments(Period stretch) {
    var seen = new ArrayList<int[]>();
    BacktestResult result =
        Onlooker.look(stretch.of(settings), GRID_SECONDS, features -> seen.add(features.toArray()));
    EquityCurve curve = result.curve();
    long lookahead = Math.round(training.lookaheadMinutes() * 60);
    var moments = new ArrayList<Moment>();
    int later = 0;
    for (int i = 0; i < Math.min(result.decisions().size(), seen.size()); i++) {
      var entry = result.decisions().entry(i);
      int head = Math.max(0, entry.head());
      while (later < curve.size() && curve.time(later) < entry.time() + lookahead) {
        later++;
      }
      if (later == curve.size()) {
        break; // What happened next lies outside the stretch.
      }
      moments.add(
          new Moment(
              entry.time(),
              seen.get(i),
              StrictMath.log(curve.price(head)) / StrictMath.log(1.0001),
              1e4 * StrictMath.log(curve.price(later) / curve.price(head))));
    }
    return moments;
  }

  // ---- the samples ----

  private Samples samples(
      List<Moment> moments, List<Moment> all, int count, SplittableRandom random) {
    int[][] features = new int[count][];
    float[][] payoffs = new float[count][];
    int first = all.indexOf(moments.getFirst());
    double price = StrictMath.pow(1.0001, moments.getFirst().tick);
    double equity =
        settings.vault().base().doubleValue() * price + settings.vault().quote().doubleValue();
    PolicySettings.Limits limits = settings.policy().limits();
    double turnover = limits.turnover().doubleValue() / equity;
    double mostTrade = Math.min(1, limits.maxAction().doubleValue() / equity);
    double leastTrade = limits.minTrade().doubleValue() / equity;
    for (int i = 0; i < count; i++) {
      int at = first + random.nextInt(moments.size());
      Moment moment = all.get(at);
      double weight = drawWeight(random);
      int minutes = LONGEST_MINUTES;
      int move = 0;
      int used = 0;
      if (random.nextDouble() < 0.85) { // the others have never traded
        int age =
            (int)
                StrictMath.expm1(
                    random.nextDouble() * StrictMath.log1p(Math.min(at, LONGEST_MINUTES)));
        Moment then = all.get(at - age);
        minutes = (int) Math.min(LONGEST_MINUTES, (moment.time - then.time) / 60);
        move = Math.clamp(Math.round(moment.tick - then.tick), -OwnBooks.LIMIT, OwnBooks.LIMIT);
        used = random.nextDouble() < 0.6 ? 0 : random.nextInt(10_001);
      }
      int[] row = moment.features.clone();
      row[OWN] = (int) (weight * 10_000) - 5_000;
      row[OWN + 1] = move;
      row[OWN + 2] = minutes;
      row[OWN + 3] = used;
      features[i] = row;
      payoffs[i] =
          payoffs(
              weight,
              minutes,
              Math.min(mostTrade, turnover * (1 - used / 10_000.0)),
              leastTrade,
              moment.moveBps);
    }
    return new Samples(features, payoffs);
  }

  /** Anything, but often at or near a target, where a vault spends much of its time. */
  private double drawWeight(SplittableRandom random) {
    List<Integer> targets = targets().stream().filter(weight -> weight != Policy.HOLD).toList();
    if (targets.isEmpty() || random.nextDouble() < 0.6) {
      return random.nextDouble();
    }
    double target = targets.get(random.nextInt(targets.size())) / 10_000.0;
    return Math.clamp(target + 0.03 * random.nextGaussian(), 0.0, 1.0);
  }

  /** The weight of the pair's asset that each class asks for. */
  private List<Integer> targets() {
    return settings.policy().model().targets().stream().map(List::getFirst).toList();
  }

  /** In basis points of equity. */
  private float[] payoffs(
      double weight, int minutes, double mostTrade, double leastTrade, double moveBps) {
    List<Integer> targets = targets();
    float[] payoffs = new float[targets.size()];
    double fixed = FIXED_COST_BPS + CHURN_BPS * StrictMath.exp(-minutes / CHURN_MINUTES);
    for (int action = 0; action < payoffs.length; action++) {
      int target = targets.get(action);
      if (target == Policy.HOLD) {
        continue; // holding earns nothing and costs nothing
      }
      double change = Math.clamp(target / 10_000.0 - weight, -mostTrade, mostTrade);
      double payoff =
          Math.abs(change) < leastTrade
              ? -REFUSED_COST_BPS
              : change * moveBps
                  - training.costBps() * Math.abs(change)
                  - training.riskBps() * (square(weight + change - 0.5) - square(weight - 0.5));
      payoffs[action] = (float) (payoff - fixed);
    }
    return payoffs;
  }

  private static double square(double value) {
    return value * value;
  }

  private static double greatest(float[] values) {
    float greatest = values[0];
    for (float value : values) {
      greatest = Math.max(greatest, value);
    }
    return greatest;
  }

  private static List<FeatureVector> vectors(Samples samples) {
    return Arrays.stream(samples.features()).limit(CALIBRATION).map(FeatureVector::of).toList();
  }
}
