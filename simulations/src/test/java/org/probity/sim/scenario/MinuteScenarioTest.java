package org.probity.sim.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.probity.sim.history.CsvImport;
import org.probity.sim.history.HistoryStore;
import org.probity.sim.history.ImportListener;
import org.probity.sim.history.PoolMinute;
import org.probity.sim.history.SharedData;
import org.probity.sim.history.Tolerance;

class MinuteScenarioTest {

  private static final PoolTerms TERMS = new PoolTerms("WETH", "USDC", 18, 6, false, 500);

  @TempDir private Path folder;

  @Test
  void everyRecordedMinuteClosesAtItsTickWithItsVolumes() {
    for (String prefix : List.of("2023-08", "2025")) {
      HistoryStore store = HistoryStore.at(folder.resolve(prefix));
      new CsvImport(store, Tolerance.STRICT, ImportListener.NONE)
          .run("days", SharedData.poolDays(prefix), SharedData.poolFacts());
      List<PoolMinute> minutes = store.poolMinutes("days");
      List<MinuteVolume> volumes = played(minutes);
      int far = 0;
      for (int i = 0; i < minutes.size(); i++) {
        PoolMinute record = minutes.get(i);
        MinuteVolume played = volumes.get(i);
        assertThat(played.closeTick()).as("close of %s", record).isEqualTo(record.closeTick());
        assertClose(played.in0(), record.in0(), record);
        assertClose(played.in1(), record.in1(), record);
        boolean close =
            isClose(played.out0(), record.out0(), worth(record.out0(), record.in1()))
                && isClose(played.out1(), record.out1(), worth(record.out1(), record.in0()));
        far += close ? 0 : 1;
      }
      assertThat(far).as("minutes whose amounts out are not the recorded ones").isZero();
    }
  }

  @Test
  void aMinuteInWhichNobodyTradedChangesNothing() {
    BigInteger zero = BigInteger.ZERO;
    BigInteger liquidity = BigInteger.TEN.pow(18);
    List<PoolMinute> minutes = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      minutes.add(
          new PoolMinute(
              1_692_000_000 + 60L * i,
              zero,
              zero,
              201_000,
              201_000,
              201_000,
              201_000,
              zero,
              zero,
              liquidity));
    }
    assertThat(played(minutes)).allMatch(v -> v.in0().signum() == 0 && v.closeTick() == 201_000);
  }

  /** What the flow of one minute put into the pool and took out. */
  private record MinuteVolume(
      BigInteger in0, BigInteger in1, BigInteger out0, BigInteger out1, int closeTick) {}

  private static List<MinuteVolume> played(List<PoolMinute> minutes) {
    List<MinuteVolume> volumes = new ArrayList<>();
    var scenario = new MinuteScenario(TERMS, minutes, 600, "test");
    for (PoolMinute minute : minutes) {
      BigInteger[] first = moved(scenario, minute.time() + 12);
      BigInteger[] second = moved(scenario, minute.time() + 32);
      moved(scenario, minute.time() + 52);
      // A swap each way: where the price rises in the end, it falls first.
      boolean rises = minute.closeTick() >= minute.openTick();
      BigInteger[] falling = rises ? first : second;
      BigInteger[] rising = rises ? second : first;
      volumes.add(
          new MinuteVolume(falling[0], rising[1], rising[0], falling[1], scenario.pool().tick()));
    }
    return volumes;
  }

  /** What is moved of each token up to a moment. */
  private static BigInteger[] moved(MinuteScenario scenario, long until) {
    BigInteger before0 = scenario.pool().volume(true);
    BigInteger before1 = scenario.pool().volume(false);
    scenario.advanceTo(until);
    return new BigInteger[] {
      scenario.pool().volume(true).subtract(before0),
      scenario.pool().volume(false).subtract(before1)
    };
  }

  private static void assertClose(BigInteger played, BigInteger recorded, PoolMinute minute) {
    assertThat(isClose(played, recorded, BigInteger.ZERO))
        .as("%s played as %s", minute, played)
        .isTrue();
  }

  /** What one smallest unit of what came in is worth of what went out. */
  private static BigInteger worth(BigInteger out, BigInteger in) {
    return in.signum() == 0 ? BigInteger.ZERO : out.divide(in);
  }

  /**
   * Within three hundred smallest units, of which moving the price takes some, or a billionth, or
   * one smallest unit of the other token.
   */
  private static boolean isClose(BigInteger played, BigInteger recorded, BigInteger unit) {
    BigInteger off = played.subtract(recorded).abs();
    BigInteger most = BigInteger.valueOf(300).max(recorded.divide(BigInteger.TEN.pow(9))).max(unit);
    return off.compareTo(most) <= 0;
  }
}
