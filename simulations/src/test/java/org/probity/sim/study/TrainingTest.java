package org.probity.sim.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.typesafe.config.ConfigFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.probity.sim.backtest.Backtest;
import org.probity.sim.backtest.BacktestListener;
import org.probity.sim.backtest.BacktestResult;
import org.probity.sim.backtest.BacktestSettings;

/** A network trained on one stretch of a market by PyTorch, and tried on a later one. */
final class TrainingTest {

  private static final String TRAINING =
      "training { from = \"2024-01-01T03:00:00Z\", to = \"2024-01-03\", tests = [{ from ="
          + " \"2024-01-03\", to = \"2024-01-04\" }], hidden = [16], steps = 400, samples = 4000,"
          + " patience = 6 }";

  @TempDir private Path folder;

  /** Of an invented market every period would be the same prices. */
  @Test
  void periodsOfAnInventedMarketAreOtherPrices() {
    BacktestSettings market = MarketPeriods.of(Runs.settings(1, ""), folder);
    Period whole = MarketPeriods.whole(market);
    long middle = (whole.from() + whole.to()) / 2;
    var first = Onlooker.look(new Period(whole.from(), middle).of(market), 600, _ -> {}).curve();
    var second = Onlooker.look(new Period(middle, whole.to()).of(market), 600, _ -> {}).curve();
    var all = Onlooker.look(market, 600, _ -> {}).curve();
    assertThat(second.price(0)).isNotEqualTo(first.price(0));
    double end = all.price(all.size() - 1);
    assertThat(second.price(second.size() - 1)).isCloseTo(end, within(end * 1e-3));
    assertThat(MarketPeriods.of(Runs.settings(1, ""), folder).digest()).isEqualTo(market.digest());
  }

  @Test
  void trainingLearnsStopsByValidationAndIsRepeatable() {
    BacktestSettings settings =
        MarketPeriods.of(
            Runs.settings(4, "").with("backtest.market.process.volatility", 0.6), folder);
    TrainingSettings training =
        StudySettings.read(ConfigFactory.parseString(TRAINING), settings).training().orElseThrow();
    List<Double> validations = new ArrayList<>();
    Training.Trained trained =
        new Training(settings, training).run((_, _, _, judged) -> validations.add(judged));
    assertThat(trained.step()).isLessThanOrEqualTo(trained.steps());
    assertThat(trained.steps()).isLessThanOrEqualTo(400);
    assertThat(trained.validationPayoffBps())
        .isEqualTo(validations.stream().mapToDouble(x -> x).max().orElseThrow())
        .isGreaterThanOrEqualTo(validations.getFirst())
        .isLessThanOrEqualTo(trained.bestPayoffBps());
    if (trained.steps() < 400) {
      assertThat(validations.subList(validations.size() - 6, validations.size()))
          .allSatisfy(v -> assertThat(v).isLessThanOrEqualTo(trained.validationPayoffBps()));
    }
    BacktestResult tested =
        Backtest.run(
            training.tests().getFirst().of(settings), trained.underTest(), BacktestListener.NONE);
    assertThat(tested.decisions().size()).isGreaterThan(100);

    Training.Trained again = new Training(settings, training).run((_, _, _, _) -> {});
    assertThat(again.underTest().digest()).isEqualTo(trained.underTest().digest());
  }

  @Test
  void stretchWithoutEnoughMomentsIsRefused() {
    BacktestSettings settings = Runs.settings(1, "");
    TrainingSettings training =
        StudySettings.read(
                ConfigFactory.parseString(
                    "training { from = \"2024-01-01T03:00:00Z\", to = \"2024-01-01T04:10:00Z\" }"),
                settings)
            .training()
            .orElseThrow();
    assertThatThrownBy(() -> new Training(settings, training).run((_, _, _, _) -> {}))
        .hasMessageContaining("take a longer one");
  }
}
