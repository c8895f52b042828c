package org.probity.intent.policy;

import java.math.BigInteger;

/**
 * A lending market moved an amount.
 *
 * @param moved what the vault gave, or got, in the asset's smallest unit
 * @param before the account's balance that the movement changed, of supply or of debt, scaled by
 *     the market's index
 * @param left the same afterwards
 * @param index of the reserve's supply at the time, times 10^27
 */
public record LoanFill(BigInteger moved, BigInteger before, BigInteger left, BigInteger index)
    implements LoanResult {}
