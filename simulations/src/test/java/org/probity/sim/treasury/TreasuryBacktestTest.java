package org.probity.sim.treasury;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.probity.ground.TestKind;
import org.probity.sim.backtest.BacktestRefused;
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
    System.out.println(result.curve().getFirst());
    System.out.println(result.curve().getLast());
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
  }

  @Test
  void theSameSeedGivesTheSameRunToTheLastDigit() {
    String digest = new Rotation(8, 3).run(ROTATION).digest();
    assertThat(new Rotation(8, 3).run(ROTATION).digest()).isEqualTo(digest);
    assertThat(new Rotation(8, 4).run(ROTATION).digest()).isNotEqualTo(digest);
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
        .hasMessageContaining("cannot decide for this vault. Source 1 of the feature program differs");
  }
}
