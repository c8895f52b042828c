/**
 * A chain of one's own, on this machine: a development node as a child process, and the real
 * Uniswap v3 contracts on it.
 *
 * <p>{@link org.probity.chain.local.LocalChain} is the chain, {@link
 * org.probity.chain.local.LocalMarket} the market on it. Time on it is the chain's own: it moves
 * only when blocks are mined, so that a run can be repeated.
 */
@NullMarked
package org.probity.chain.local;

import org.jspecify.annotations.NullMarked;
