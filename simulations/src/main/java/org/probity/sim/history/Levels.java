package org.probity.sim.history;

import java.util.List;

/**
 * A series as one number at each time, for a chart.
 *
 * @param what the numbers are, with their unit
 * @param times in seconds of Unix time
 * @param values as many as times
 */
public record Levels(String what, long[] times, double[] values) {

  private static final double RAY = 1e27;
  private static final double GWEI = 1e9;

  /** As given, not copied: a chart has hundreds of thousands of them. */
  public Levels {
    if (times.length != values.length) {
      throw new IllegalArgumentException("There is one value for each time");
    }
  }

  static Levels of(SeriesManifest manifest, List<Row> rows) {
    List<Row> shown =
        manifest.kind() == SeriesKind.POOL_EVENTS
            ? rows.stream().filter(r -> r.text(3).equals(PoolEvent.Kind.SWAP.word())).toList()
            : rows;
    long[] times = shown.stream().mapToLong(Row::time).toArray();
    double[] values = shown.stream().mapToDouble(r -> value(manifest, r)).toArray();
    return new Levels(what(manifest), times, values);
  }

  private static String what(SeriesManifest manifest) {
    return switch (manifest.kind()) {
      case POOL_MINUTES, POOL_EVENTS ->
          hasDecimals(manifest)
              ? "price of the base asset in the quote asset"
              : "price of token0 in token1, smallest units";
      case CANDLES -> "closing price";
      case GAS_MINUTES -> "gas price in gwei";
      case AAVE_MINUTES, AAVE_EVENTS -> "variable borrow rate, % a year";
    };
  }

  private static double value(SeriesManifest manifest, Row row) {
    return switch (manifest.kind()) {
      case POOL_MINUTES -> price(manifest, row.whole(3));
      case POOL_EVENTS -> price(manifest, row.whole(12));
      case CANDLES -> row.real(4);
      case GAS_MINUTES -> row.integer(1).doubleValue() / GWEI;
      case AAVE_MINUTES -> 100 * row.integer(3).doubleValue() / RAY;
      case AAVE_EVENTS -> 100 * row.integer(8).doubleValue() / RAY;
    };
  }

  private static boolean hasDecimals(SeriesManifest manifest) {
    return manifest.about().containsKey("token0.decimals")
        && manifest.about().containsKey("token1.decimals");
  }

  private static double price(SeriesManifest manifest, long tick) {
    double raw = StrictMath.pow(1.0001, (double) tick);
    if (!hasDecimals(manifest)) {
      return raw;
    }
    int digits =
        Integer.parseInt(manifest.about("token0.decimals"))
            - Integer.parseInt(manifest.about("token1.decimals"));
    double price = raw * StrictMath.pow(10, digits);
    return manifest.about().getOrDefault("base.token", "0").equals("0") ? price : 1 / price;
  }
}
