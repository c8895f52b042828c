package org.probity.sim.backtest;

import java.math.BigInteger;

/**
 * The sums that an attribution starts from. Costs are whole quote tokens, positive where they cost,
 * and cover transactions that traded nothing (refused ones, recorded holds) too. What the price's
 * moves brought is the rest:
 *
 * <pre>{@code price = equityEnd - equityStart + fees + slippage + gas + proving}</pre>
 *
 * @param equityStart of the first point of the equity curve
 * @param equityEnd of the last one
 * @param fees the pool's fees
 * @param slippage price impact of the vault's own trades
 * @param gas of every transaction
 * @param proving of every proof
 * @param transactions that reached a block
 * @param proofs that were made
 * @param baseStart the vault's base asset at the start, in its smallest unit
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
    BigInteger baseStart,
    BigInteger quoteStart,
    BigInteger baseEnd,
    BigInteger quoteEnd) {}
