package org.probity.sim.backtest;

import java.math.BigInteger;
import java.util.List;

/**
 * The sums that an attribution starts from. Costs are whole units of the numeraire, positive where
 * they cost, and cover transactions that traded nothing (refused ones, recorded holds) too. What
 * the prices' moves brought is the rest:
 *
 * <pre>{@code price = equityEnd - equityStart + fees + slippage + gas + proving}</pre>
 *
 * @param equityStart of the first point of the equity curve
 * @param equityEnd of the last one
 * @param fees the pools' fees
 * @param slippage price impact of the vault's own trades
 * @param gas of every transaction
 * @param proving of every proof
 * @param transactions that reached a block
 * @param proofs that were made
 * @param pricesStart of each asset at the first point; the numeraire's, which is first, is 1
 * @param booksStart what the vault had of each asset at the start, in its smallest unit
 * @param booksEnd the same at the end
 */
public record Totals(
    double equityStart,
    double equityEnd,
    double fees,
    double slippage,
    double gas,
    double proving,
    int transactions,
    int proofs,
    List<Double> pricesStart,
    List<BigInteger> booksStart,
    List<BigInteger> booksEnd) {

  public Totals {
    pricesStart = List.copyOf(pricesStart);
    booksStart = List.copyOf(booksStart);
    booksEnd = List.copyOf(booksEnd);
  }
}
