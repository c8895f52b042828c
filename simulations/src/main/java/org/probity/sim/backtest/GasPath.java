package org.probity.sim.backtest;

import java.math.BigInteger;
import java.nio.file.Path;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.probity.settings.BadSetting;
import org.probity.sim.history.GasMinute;
import org.probity.sim.history.HistoryStore;
import org.probity.sim.random.RandomStream;

/** The price of gas at any moment, in wei. */
@FunctionalInterface
interface GasPath {

  double WEI = 1e9;

  /**
   * How the logarithm of the price keeps from one minute to the next, and its deviation: the
   * first-order autocorrelation and the standard deviation of 5,760 recorded minutes of Ethereum,
   * 14 to 17 August 2023, whose median was 51.9 gwei and whose spikes went to 9,558.
   */
  double KEPT = 0.965;

  double DEVIATION = 0.48;

  double weiAt(long time);

  /**
   * The path that settings ask for.
   *
   * @param random what a measured one is drawn from
   */
  static GasPath of(BacktestSettings.Gas gas, RandomStream random) {
    return switch (gas.price()) {
      case CONSTANT -> _ -> gas.gwei() * WEI;
      case MEASURED -> new Autoregression(gas.gwei(), random);
      case HISTORY -> {
        Path store =
            BadSetting.required(gas.store(), "backtest.gas.store", "the folder of a history store");
        String series =
            BadSetting.required(gas.series(), "backtest.gas.series", "the name of a series");
        yield history(HistoryStore.at(store).gasMinutes(series));
      }
    };
  }

  /** Recorded minutes; before and after them the nearest one. */
  private static GasPath history(List<GasMinute> minutes) {
    NavigableMap<Long, BigInteger> byTime = new TreeMap<>();
    minutes.forEach(m -> byTime.put(m.time(), m.wei()));
    return time -> {
      var entry = byTime.floorEntry(time);
      return (entry == null ? byTime.firstEntry() : entry).getValue().doubleValue();
    };
  }

  /**
   * A first-order autoregression of the logarithm, minute by minute, of the recorded dependence and
   * width, around a median. It is computed forward as it is asked for; moments must not go back by
   * more than a minute.
   */
  final class Autoregression implements GasPath {
    private final double medianWei;
    private final RandomStream random;
    private long minute = Long.MIN_VALUE;
    private double before;
    private double now;

    private Autoregression(double medianGwei, RandomStream random) {
      this.medianWei = medianGwei * WEI;
      this.random = random;
    }

    @Override
    public double weiAt(long time) {
      long wanted = Math.floorDiv(time, 60L);
      if (minute == Long.MIN_VALUE) {
        minute = wanted;
        now = DEVIATION * random.nextGaussian();
        before = now;
      }
      double innovation = DEVIATION * Math.sqrt(1 - KEPT * KEPT);
      while (minute < wanted) {
        before = now;
        now = KEPT * now + innovation * random.nextGaussian();
        minute++;
      }
      return medianWei * StrictMath.exp(wanted == minute ? now : before);
    }
  }
}
