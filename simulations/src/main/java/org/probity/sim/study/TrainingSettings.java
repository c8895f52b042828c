package org.probity.sim.study;

import com.typesafe.config.Config;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.List;

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

  static TrainingSettings read(Config all) {
    Config section = all.getConfig("training");
    double validation = section.getDouble("validation");
    if (!(validation >= 0.05 && validation <= 0.5)) {
      throw StudySettings.value("training.validation", validation, "a part from 0.05 to 0.5");
    }
    return new TrainingSettings(
        period(section, "from", "to", "training"),
        validation,
        section.getConfigList("tests").stream()
            .map(test -> period(test, "from", "to", "training.tests"))
            .toList(),
        StudySettings.positive(section, "lookahead-minutes"),
        StudySettings.whole(section, "samples", 100, 5_000_000),
        section.getIntList("hidden"),
        StudySettings.whole(section, "steps", 1, 1_000_000),
        StudySettings.whole(section, "batch", 1, 65_536),
        StudySettings.positive(section, "learning-rate"),
        StudySettings.whole(section, "patience", 1, 100_000),
        StudySettings.real(section, "cost-bps"),
        StudySettings.real(section, "risk-bps"),
        section.getLong("seed"));
  }

  private static Period period(Config section, String from, String to, String where) {
    if (!section.hasPath(from) || !section.hasPath(to)) {
      throw new org.probity.sim.backtest.BacktestRefused(
          "The section %s needs from and to, such as 2023-08-13.".formatted(where));
    }
    return new Period(moment(section, from, where), moment(section, to, where));
  }

  private static long moment(Config section, String key, String where) {
    String text = section.getString(key);
    try {
      return text.length() == 10
          ? LocalDate.parse(text).toEpochSecond(LocalTime.MIN, ZoneOffset.UTC)
          : Instant.parse(text).getEpochSecond();
    } catch (DateTimeException e) {
      throw StudySettings.value(
          where + "." + key, text, "a moment in UTC, such as 2024-01-01 or 2024-01-01T12:00:00Z");
    }
  }
}
