package org.probity.intent.policy;

import java.math.BigInteger;

/**
 * One movement between a vault and its lending market; the {@code LoanStep} of {@code
 * LoanEngine.sol}.
 *
 * @param asset its index in the policy's parts
 * @param amount in the asset's smallest unit: exactly, if it comes to the vault; at most, if the
 *     vault gives it, since it gives what is free then
 */
public record LoanStep(int asset, Loan loan, BigInteger amount) {}
