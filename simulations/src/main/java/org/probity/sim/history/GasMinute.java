package org.probity.sim.history;

import java.math.BigInteger;

/**
 * The price of gas in one minute.
 *
 * @param time the minute's first second, Unix time
 * @param wei a unit of gas
 */
public record GasMinute(long time, BigInteger wei) {

  static GasMinute of(Row row) {
    return new GasMinute(row.time(), row.integer(1));
  }
}
