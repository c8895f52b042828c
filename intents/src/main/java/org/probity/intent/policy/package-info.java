/**
 * What a policy makes of a decision: the vault of {@code Vault.sol} in Java, integer for integer,
 * for whoever must know beforehand what it will do: an agent, a backtest, an audit.
 *
 * <p>{@link org.probity.intent.policy.Policy} is all that an owner allows, {@link
 * org.probity.intent.policy.PolicyRules} what a policy may be, {@link
 * org.probity.intent.policy.PolicyEngine} what a decision comes to on a market as it is now, {@link
 * org.probity.intent.policy.VaultLedger} what a vault remembers and how an execution changes it.
 * The market is whoever implements {@link org.probity.intent.policy.MarketView}. Each class says
 * which contract it repeats; a differential test holds them together.
 *
 * <p>Moments are seconds of Unix time below 2^32, amounts are in a token's smallest unit, values in
 * that of the numeraire, asset 0. Ticks are oriented: a higher one is a dearer asset.
 *
 * <p>The room has more than 25 files, most of them records of a few lines that repeat the
 * contracts' structs: plan, books and guard read each other's insides, which a second room would
 * make public.
 */
@NullMarked
package org.probity.intent.policy;

import org.jspecify.annotations.NullMarked;
