package org.probity.sim.metrics;

import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.probity.sim.backtest.EquityCurve;

/**
 * The returns of a calendar month (UTC), of the part of it that the run covers.
 *
 * @param strategy from the last value before the month to the last one in it
 * @param holding the same of the benchmark
 */
public record MonthlyReturn(YearMonth month, double strategy, double holding) {

  /** The months of a curve. Compounded, they give the total return. */
  public static List<MonthlyReturn> of(EquityCurve curve) {
    var months = new ArrayList<MonthlyReturn>();
    int before = 0;
    for (int i = 0; i < curve.size(); i++) {
      YearMonth month = month(curve.time(i));
      boolean last = i == curve.size() - 1 || !month(curve.time(i + 1)).equals(month);
      if (last) {
        months.add(
            new MonthlyReturn(
                month,
                curve.equity(i) / curve.equity(before) - 1,
                curve.holding(i) / curve.holding(before) - 1));
        before = i;
      }
    }
    return months;
  }

  private static YearMonth month(long seconds) {
    return YearMonth.from(Instant.ofEpochSecond(seconds).atZone(ZoneOffset.UTC));
  }
}
