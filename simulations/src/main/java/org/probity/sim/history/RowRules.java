package org.probity.sim.history;

import java.math.BigInteger;
import org.probity.strategy.feature.PriceMath;

/** What a row of each kind may say. */
final class RowRules {

  private static final int MAX_TICK = PriceMath.MAX_TICK;

  /** Ticks by which a mean price may leave its minute's range before they disagree. */
  private static final int SLACK_TICKS = 600;

  /** Below this many smallest units on either side, rounding blurs a price too much to judge it. */
  private static final BigInteger JUDGED = BigInteger.valueOf(100_000);

  /** Ticks to a factor of ten: ln 10 / ln 1.0001. */
  private static final double DECADE_TICKS = 23_027.00220;

  private static final double LOG_TICK = StrictMath.log(1.0001);

  private static final BigInteger GWEI = BigInteger.TEN.pow(9);

  /** In wei; a thousand times what the dearest minutes that were recorded have cost. */
  private static final BigInteger DEAREST_GAS = GWEI.multiply(BigInteger.TEN.pow(7));

  private RowRules() {}

  /** Refuses a row that cannot be. */
  static void require(SeriesKind kind, Row row, String origin) {
    if (row.time() <= 0) {
      throw refused(origin, row, "its time is not positive");
    }
    switch (kind) {
      case POOL_MINUTES -> requirePoolMinute(row, origin);
      case GAS_MINUTES -> {
        requireNotNegative(row, 1, "gas_price", origin);
        if (row.integer(1).compareTo(DEAREST_GAS) > 0) {
          throw refused(
              origin,
              row,
              "gas_price is %s gwei: it must be in gwei, and this looks like wei"
                  .formatted(row.integer(1).divide(GWEI)));
        }
      }
      case AAVE_MINUTES -> {
        for (int c = 1; c < 6; c++) {
          requireNotNegative(row, c, kind.columns().get(c).name(), origin);
        }
      }
      case CANDLES -> requireCandle(row, origin);
      case POOL_EVENTS, AAVE_EVENTS -> {
        // Taken from a chain's own logs, decoded by their ABI.
      }
    }
  }

  private static void requirePoolMinute(Row row, String origin) {
    for (int c = 3; c <= 6; c++) {
      if (Math.abs(row.whole(c)) > MAX_TICK) {
        throw refused(origin, row, "tick %d is beyond a pool's range".formatted(row.whole(c)));
      }
    }
    long low = row.whole(5);
    long high = row.whole(6);
    long close = row.whole(3);
    // Sources take low and high from the swaps alone, and the close may lie a few ticks beyond.
    if (low > high || close < low - SLACK_TICKS || close > high + SLACK_TICKS) {
      throw refused(
          origin,
          row,
          "its closing tick %d, lowest %d and highest %d contradict each other"
              .formatted(close, low, high));
    }
    requireNotNegative(row, 7, "inAmount0", origin);
    requireNotNegative(row, 8, "inAmount1", origin);
    requireNotNegative(row, 9, "currentLiquidity", origin);
    requireConsistentPrice(row, low, high, origin);
  }

  /**
   * The amounts of a minute imply a price, and its ticks another: they must agree, or the row is of
   * two pools, or of tokens counted in other units.
   */
  private static void requireConsistentPrice(Row row, long low, long high, String origin) {
    judge(row, row.integer(7), row.integer(8).subtract(row.integer(2)), low, high, origin);
    judge(row, row.integer(7).subtract(row.integer(1)), row.integer(8), low, high, origin);
  }

  private static void judge(
      Row row, BigInteger amount0, BigInteger amount1, long low, long high, String origin) {
    if (amount0.signum() < 0 || amount1.signum() < 0) {
      throw refused(origin, row, "more went out of the pool than the amounts in and net allow");
    }
    if (amount0.compareTo(JUDGED) < 0 || amount1.compareTo(JUDGED) < 0) {
      return;
    }
    double tick =
        (StrictMath.log(amount1.doubleValue()) - StrictMath.log(amount0.doubleValue())) / LOG_TICK;
    double off = tick < low ? low - tick : tick > high ? tick - high : 0;
    if (off <= SLACK_TICKS) {
      return;
    }
    long decades = Math.round(off / DECADE_TICKS);
    boolean scaled = decades > 0 && Math.abs(off - decades * DECADE_TICKS) < 2 * SLACK_TICKS;
    throw refused(
        origin,
        row,
        scaled
            ? "its amounts imply a price that is 10^%d times off its ticks: amounts must be in smallest units, by each token's own decimals"
                .formatted(decades)
            : "its amounts imply tick %.0f and its ticks run from %d to %d: amounts and ticks are not of one pool"
                .formatted(tick, low, high));
  }

  private static void requireCandle(Row row, String origin) {
    double open = row.real(1);
    double high = row.real(2);
    double low = row.real(3);
    double close = row.real(4);
    for (int c = 1; c <= 4; c++) {
      if (!(row.real(c) > 0) || Double.isInfinite(row.real(c))) {
        throw refused(origin, row, "a price is not positive");
      }
    }
    if (low > Math.min(open, close) || high < Math.max(open, close)) {
      throw refused(origin, row, "open or close does not lie between low and high");
    }
    if (!(row.real(5) >= 0)) {
      throw refused(origin, row, "its volume is negative");
    }
  }

  private static void requireNotNegative(Row row, int column, String name, String origin) {
    if (row.integer(column).signum() < 0) {
      throw refused(origin, row, "%s is negative (%s)".formatted(name, row.integer(column)));
    }
  }

  private static HistoryRefused refused(String origin, Row row, String reason) {
    return new HistoryRefused(
        "%s cannot be used: at %s %s. Nothing was imported."
            .formatted(origin, SeriesMerge.shown(row.time()), reason));
  }

  /**
   * The largest move on the way to a row's close that its close does not show: into its open from
   * the close before, and out to its extremes; in ticks.
   */
  static double within(SeriesKind kind, Row before, Row row) {
    if (kind != SeriesKind.CANDLES) {
      return 0;
    }
    double open = row.real(1);
    double close = row.real(4);
    double jump = before == row ? 0 : Math.abs(StrictMath.log(open / before.real(4)));
    double above = StrictMath.log(row.real(2) / Math.max(open, close));
    double below = StrictMath.log(Math.min(open, close) / row.real(3));
    return Math.max(jump, Math.max(above, below)) / LOG_TICK;
  }

  /** What moves from row to row, in ticks; a constant where nothing comparable does. */
  static double level(SeriesKind kind, Row row) {
    return switch (kind) {
      case POOL_MINUTES -> (double) row.whole(3);
      case CANDLES -> StrictMath.log(row.real(4)) / LOG_TICK;
      case GAS_MINUTES, AAVE_MINUTES, AAVE_EVENTS, POOL_EVENTS -> 0;
    };
  }
}
