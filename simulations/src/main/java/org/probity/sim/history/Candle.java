package org.probity.sim.history;

/**
 * Prices and volume of one step of a market.
 *
 * @param time of the step's beginning, in seconds of Unix time
 */
public record Candle(long time, double open, double high, double low, double close, double volume) {

  static Candle of(Row row) {
    return new Candle(row.time(), row.real(1), row.real(2), row.real(3), row.real(4), row.real(5));
  }
}
