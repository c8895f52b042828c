package org.probity.sim.backtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.probity.ground.TestKind;
import org.probity.settings.BadSetting;
import org.probity.sim.backtest.DecisionLog.Entry;
import org.probity.sim.backtest.DecisionLog.Fate;
import org.probity.sim.metrics.Attribution;
import org.probity.sim.metrics.Performance;
import org.probity.strategy.feature.FeatureProgram;
import org.probity.strategy.feature.OwnBooks;
import org.probity.zk.Decision;

/** The rotation over three assets, in a market of two pools and a feed: the example's file. */
final class RotationBacktestTest {

  private static final int HOURS = TestKind.count("probity.sim.hours", 60, 24 * 30);

  private static BacktestResult run(int hours, long seed) {
    return run(Rotation.settings(hours, seed));
  }

  private static BacktestResult run(BacktestSettings settings) {
    return Backtest.run(settings, Rotation.STRATEGY, BacktestListener.NONE);
  }

  @Test
  void aRotationTradesAndItsBooksAddUp() {
    BacktestResult result = run(HOURS, 5);
    assertThat(
            result.decisions().entries().stream()
                .map(entry -> entry.time() / Rotation.STEP)
                .distinct()
                .count())
        .isBetween(HOURS * 6L - 1, HOURS * 6L + 1);
    assertThat(result.trades()).hasSizeGreaterThan(HOURS / 12);
    Totals totals = result.totals();
    BigInteger numeraire = totals.booksStart().getFirst();
    for (int i = 1; i < 3; i++) {
      int asset = i;
      BigInteger book = totals.booksStart().get(asset);
      for (Trade trade : result.trades().stream().filter(t -> t.asset() == asset).toList()) {
        book = book.add(trade.baseDelta());
        numeraire = numeraire.add(trade.quoteDelta());
      }
      assertThat(totals.booksEnd().get(asset)).isEqualTo(book).isNotNegative();
    }
    assertThat(totals.booksEnd().getFirst()).isEqualTo(numeraire).isNotNegative();
    assertThat(result.curve().points().getLast().books()).isEqualTo(totals.booksEnd());
    for (Entry entry : result.decisions().entries()) {
      boolean told = entry.fate() != Fate.TRADED && entry.fate() != Fate.PENDING;
      assertThat(entry.why().isEmpty()).as("%s", entry).isNotEqualTo(told);
    }
    assertThat(Attribution.of(totals).total().doubleValue())
        .isCloseTo(totals.equityEnd() - totals.equityStart(), within(1e-6));
  }

  /** A trade of bitcoin goes through two pools and pays both fees; one transaction may have two. */
  @Test
  void aDecisionMayTradeBothAssets() {
    BacktestResult result = run(HOURS, 5);
    assertThat(result.trades()).anyMatch(trade -> trade.asset() == 2);
    for (Trade trade : result.trades()) {
      double paid = Math.abs(trade.quoteDelta().doubleValue()) / 1e6;
      assertThat(trade.fee() / paid).isCloseTo(trade.asset() == 2 ? 0.001 : 0.0005, within(2e-5));
      assertThat(trade.price() / trade.mid()).isCloseTo(1, within(0.005));
      assertThat(trade.reference() / trade.mid()).isCloseTo(1, within(0.02));
    }
    List<Long> blocks = result.trades().stream().map(Trade::executedAt).toList();
    assertThat(blocks.stream().distinct().count()).isLessThan(blocks.size());
    assertThat(result.trades().stream().filter(trade -> trade.gasUsed() > 0).count())
        .isEqualTo(result.decisions().count(Fate.TRADED));
  }

  @Test
  void theCurveStartsWithWhatTheVaultBeginsWith() {
    BacktestResult result = run(6, 5);
    EquityCurve curve = result.curve();
    assertThat(curve.equity(0)).isCloseTo(50_000 + 12 * 2_500 + 0.4 * 60_000, within(3_000.0));
    assertThat(curve.equity(0)).isEqualTo(curve.holding(0));
    assertThat(curve.price(0)).isEqualTo(1);
    assertThat(curve.points()).allMatch(point -> point.exposure() >= 0 && point.exposure() <= 1);
    assertThat(Performance.of(result).drawdown().depth()).isBetween(0.0, 0.2);
  }

  @Test
  void aResultIsFilesThatNameItsAssets(@TempDir Path folder) throws IOException {
    BacktestResult result = run(HOURS, 5);
    ResultFiles.write(result, folder, "");
    List<String> trades = Files.readAllLines(folder.resolve("trades.csv"));
    assertThat(trades).hasSize(result.trades().size() + 1);
    assertThat(trades.getFirst()).contains("decision,asset,base_delta,quote_delta");
    assertThat(trades).anyMatch(line -> line.contains(",WBTC,"));
    assertThat(Files.readString(folder.resolve("summary.json")))
        .contains(result.digest(), "\"asset\" : \"WBTC\"", "MarketMoved");
  }

  @Test
  void theSameSeedGivesTheSameRunToTheLastDigit() {
    String digest = run(8, 3).digest();
    assertThat(run(8, 3).digest()).isEqualTo(digest);
    assertThat(run(8, 4).digest()).isNotEqualTo(digest);
  }

  @Test
  void aStrategyOfAnotherProgramIsRefused() {
    StrategyUnderTest other =
        new StrategyUnderTest(
            "other",
            Rotation.STRATEGY.decisions(),
            OptionalInt.empty(),
            Rotation.STRATEGY.digest(),
            new FeatureProgram(List.of(new OwnBooks(2))),
            () -> _ -> new Decision.Choice(1),
            Optional.empty());
    assertThatThrownBy(() -> Backtest.run(Rotation.settings(1, 1), other, BacktestListener.NONE))
        .isInstanceOf(BacktestRefused.class)
        .hasMessageContaining("cannot decide for this vault. Source 1 of the feature program");
  }

  @Test
  void whatThePolicyCannotBeIsSaid() {
    BacktestSettings settings = Rotation.settings(1, 1);
    assertThatThrownBy(() -> run(settings.with("backtest.policy.targets", List.of("hold"))))
        .isInstanceOf(BadSetting.class)
        .hasMessageContaining("a model of 1 outputs, and its model has 5");
    assertThatThrownBy(() -> run(settings.with("backtest.policy.max-slippage", "11 bps")))
        .isInstanceOf(BadSetting.class)
        .hasMessageContaining("the fees of the route of asset 2");
    assertThatThrownBy(() -> run(settings.with("backtest.market.basket.correlation", -1)))
        .isInstanceOf(BadSetting.class)
        .hasMessageContaining("The correlations contradict one another");
  }
}
