package org.probity.sim.treasury;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.probity.ground.Keccak;
import org.probity.ground.TestKind;
import org.probity.sim.backtest.BacktestRefused;
import org.probity.sim.backtest.EquityCurve;
import org.probity.sim.metrics.Drawdown;
import org.probity.sim.treasury.TreasuryResult.Decided;
import org.probity.sim.treasury.TreasuryResult.Outcome;
import org.probity.strategy.PolicyTraining.Progress;
import org.probity.strategy.example.ExampleStrategies;
import org.probity.strategy.feature.FeatureProgram;
import org.probity.strategy.feature.OwnBooks;
import org.probity.zk.Decision;

/** The rotation over three assets, in a market of two pools and a feed. */
final class TreasuryBacktestTest {

  private static final int HOURS = TestKind.count("probity.sim.hours", 60, 24 * 30);
  private static final TreasuryStrategy ROTATION =
      TreasuryStrategy.of(ExampleStrategies.rotation(7, Progress.NONE).quantise());

  @Test
  void aRotationTradesAndItsBooksAddUp() {
    Rotation rotation = new Rotation(HOURS, 5);
    List<BigInteger> before = rotation.vault.ledger().amounts();
    TreasuryResult result = rotation.run(ROTATION);
    System.out.println(result);
    assertThat(result.decisions()).hasSizeBetween(HOURS * 6 - 1, HOURS * 6 + 1);
    assertThat(result.trades()).hasSizeGreaterThan(HOURS / 12);
    for (int i = 0; i < before.size(); i++) {
      int asset = i;
      BigInteger gained =
          result.trades().stream()
              .map(trade -> trade.deltas().get(asset))
              .reduce(BigInteger.ZERO, BigInteger::add);
      assertThat(result.end().amounts().get(i)).isEqualTo(before.get(i).add(gained));
      assertThat(result.end().amounts().get(i)).isNotNegative();
    }
    assertThat(result.curve().getFirst().equity()).isEqualTo(result.curve().getFirst().holding());
    assertThat(result.curve()).hasSize(result.decisions().size() + 1);
    long last = 0;
    for (Decided decided : result.decisions()) {
      if (decided.outcome() instanceof Outcome.Traded traded) {
        assertThat(traded.time()).isBetween(decided.asOf(), decided.asOf() + 180);
        assertThat(traded.time()).isGreaterThan(last);
        last = traded.time();
      }
    }
    assertThat(result.end().nonce()).isEqualTo(result.trades().size());
    int refused = result.outcomes().getOrDefault("Refused", 0);
    int lost = result.outcomes().getOrDefault("Lost", 0);
    BigInteger onChain = BigInteger.valueOf(result.trades().size() + refused);
    assertThat(result.costs().subtract(onChain.multiply(Rotation.COSTS.trade())))
        .isBetween(
            onChain.multiply(Rotation.COSTS.proof()),
            onChain
                .add(BigInteger.valueOf(lost + result.outcomes().getOrDefault("Foreseen", 0)))
                .multiply(Rotation.COSTS.proof()));
    assertThat(rotation.vault.equity().subtract(result.costs()))
        .isEqualTo(result.curve().getLast().equity());
  }

  @Test
  void measuresOfReturnsTakeTheCurve() {
    TreasuryResult result = new Rotation(6, 5).run(ROTATION);
    EquityCurve curve = result.equityCurve();
    assertThat(curve.size()).isEqualTo(result.curve().size());
    assertThat(curve.equity(0)).isCloseTo(103_517, within(1.0));
    assertThat(curve.price(0)).isEqualTo(1);
    assertThat(curve.points()).allMatch(point -> point.exposure() >= 0 && point.exposure() <= 1);
    assertThat(Drawdown.deepest(curve.times(), curve.each(EquityCurve.Point::equity)).depth())
        .isBetween(0.0, 0.2);
  }

  @Test
  void aResultIsFilesInAFolderOfItsOwn(@TempDir Path folder) throws IOException {
    TreasuryResult result = new Rotation(6, 5).run(ROTATION);
    Path own = folder.resolve("run");
    TreasuryFiles.write(result, own);
    List<String> decisions = Files.readAllLines(own.resolve("decisions.csv"));
    assertThat(decisions)
        .hasSize(result.decisions().size() + 1)
        .first()
        .isEqualTo("as_of,head,outputs,outcome,why,block_time,delta_0,delta_1,delta_2");
    assertThat(decisions.stream().filter(line -> line.contains(",traded,")))
        .hasSameSizeAs(result.trades());
    assertThat(Files.readAllLines(own.resolve("equity.csv")))
        .hasSize(result.curve().size() + 1)
        .first()
        .isEqualTo("time,equity,holding,value_0,value_1,value_2,book_0,book_1,book_2");
    assertThat(Files.readString(own.resolve("summary.json"))).contains(result.digest());
    assertThatThrownBy(() -> TreasuryFiles.write(result, own))
        .isInstanceOf(BacktestRefused.class)
        .hasMessageContaining("name a new one");
  }

  @Test
  void theSameSeedGivesTheSameRunToTheLastDigit() {
    String digest = new Rotation(8, 3).run(ROTATION).digest();
    assertThat(new Rotation(8, 3).run(ROTATION).digest()).isEqualTo(digest);
    assertThat(new Rotation(8, 4).run(ROTATION).digest()).isNotEqualTo(digest);
  }

  @Test
  void aStrategyWithAnotherModelThanThePolicysIsRefused() {
    TreasuryStrategy committed =
        new TreasuryStrategy(
            "committed",
            ROTATION.decisions(),
            Optional.of(Keccak.hash("another model")),
            ROTATION.program(),
            ROTATION.decider());
    assertThatThrownBy(() -> new Rotation(1, 1).run(committed))
        .isInstanceOf(BacktestRefused.class)
        .hasMessageContaining("the strategy committed is another");
  }

  @Test
  void aStrategyOfAnotherProgramIsRefused() {
    TreasuryStrategy other =
        new TreasuryStrategy(
            "other",
            List.of("hold"),
            Optional.empty(),
            new FeatureProgram(List.of(new OwnBooks(3))),
            () -> _ -> new Decision.Choice(1));
    assertThatThrownBy(() -> new Rotation(1, 1).run(other))
        .isInstanceOf(BacktestRefused.class)
        .hasMessageContaining("cannot decide for this vault. Source 1 of the feature program");
  }
}
