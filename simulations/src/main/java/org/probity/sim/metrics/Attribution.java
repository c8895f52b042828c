package org.probity.sim.metrics;

import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.Map;
import org.probity.sim.backtest.Totals;

/**
 * Where the change of a vault's worth came from, in the numeraire. Costs are negative. The parts
 * are exact decimal numbers and add up to the total exactly; {@code docs/metrics.md} derives them.
 *
 * @param price what the price's moves brought on what the vault held
 * @param fees the pools'
 * @param slippage the vault's own price impact
 * @param gas of every transaction
 * @param proving of every proof
 */
public record Attribution(
    BigDecimal price, BigDecimal fees, BigDecimal slippage, BigDecimal gas, BigDecimal proving) {

  /** The attribution of a run. */
  public static Attribution of(Totals totals) {
    BigDecimal fees = exact(totals.fees()).negate();
    BigDecimal slippage = exact(totals.slippage()).negate();
    BigDecimal gas = exact(totals.gas()).negate();
    BigDecimal proving = exact(totals.proving()).negate();
    BigDecimal total = exact(totals.equityEnd()).subtract(exact(totals.equityStart()));
    BigDecimal price = total.subtract(fees).subtract(slippage).subtract(gas).subtract(proving);
    return new Attribution(price, fees, slippage, gas, proving);
  }

  /** Every double is a decimal number. */
  private static BigDecimal exact(double value) {
    return new BigDecimal(value);
  }

  /** The whole change: equity at the end less equity at the start. */
  public BigDecimal total() {
    return price.add(fees).add(slippage).add(gas).add(proving);
  }

  /** What was paid for trading and proving, as a negative number. */
  public BigDecimal costs() {
    return fees.add(slippage).add(gas).add(proving);
  }

  /** The parts by name, in the order in which a reader wants them. */
  public Map<String, BigDecimal> parts() {
    var parts = new LinkedHashMap<String, BigDecimal>();
    parts.put("price", price);
    parts.put("fees", fees);
    parts.put("slippage", slippage);
    parts.put("gas", gas);
    parts.put("proving", proving);
    return parts;
  }
}
