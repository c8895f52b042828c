/**
 * Markets in Java that are equal to the deployed contracts to the smallest unit: what each call
 * returns, whether and why it reverts, and all state after it.
 *
 * <p>{@link org.probity.sim.market.V3Pool} is a Uniswap v3 pool, {@link
 * org.probity.sim.market.V2Pair} a Uniswap v2 pair, {@link org.probity.sim.market.LendingPool} an
 * Aave v3 pool. They are pure: the time of a block comes as an argument, in seconds of Unix time,
 * and a call that reverts throws {@link org.probity.sim.market.Reverted} and changes nothing. Each
 * is tested against its contract's bytecode on a chain, operation by operation.
 */
@NullMarked
package org.probity.sim.market;

import org.jspecify.annotations.NullMarked;
