package org.probity.sim.study;

import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.probity.settings.Settings;

/**
 * How a strategy is trained on a recorded or invented market.
 *
 * @param train where it learns
 * @param validation the last part of that stretch, which it is judged by while it learns, 0 to 1
 * @param tests where it is tried afterwards, all later
 * @param lookaheadMinutes how far ahead a decision's payoff looks
 * @param samples of the training stretch
 * @param hidden widths of the hidden layers
 * @param steps gradient steps at most
 * @param patience evaluations without a better one before training stops
 * @param costBps what a trade costs, in basis points of its size
 * @param riskBps what distance from a balanced vault costs
 */
public record TrainingSettings(
    Period train,
    double validation,
    List<Period> tests,
    double lookaheadMinutes,
    int samples,
    List<Integer> hidden,
    int steps,
    int batch,
    double learningRate,
    int patience,
    double costBps,
    double riskBps,
    long seed) {

  public TrainingSettings {
    tests = List.copyOf(tests);
    hidden = List.copyOf(hidden);
    for (Period test : tests) {
      if (test.from() < train.to()) {
        throw new IllegalArgumentException(
            "The test %s begins before the training %s ends: a strategy would be judged on what it has seen."
                .formatted(test, train));
      }
    }
  }

  static TrainingSettings read(Settings all) {
    List<Settings> tests = all.sections("training.tests", Set.of("from", "to"));
    return new TrainingSettings(
        period(all, "training"),
        all.real("training.validation", 0.05, 0.5),
        IntStream.range(0, tests.size())
            .mapToObj(i -> period(tests.get(i), "training.tests." + i))
            .toList(),
        all.positive("training.lookahead-minutes"),
        all.integer("training.samples", 100, 5_000_000),
        all.integers("training.hidden"),
        all.integer("training.steps", 1, 1_000_000),
        all.integer("training.batch", 1, 65_536),
        all.positive("training.learning-rate"),
        all.integer("training.patience", 1, 100_000),
        all.real("training.cost-bps"),
        all.real("training.risk-bps"),
        all.whole("training.seed", Long.MIN_VALUE, Long.MAX_VALUE));
  }

  private static Period period(Settings all, String where) {
    return new Period(all.moment(where + ".from"), all.moment(where + ".to"));
  }
}
