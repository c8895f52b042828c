/**
 * Uniswap v3: a pool's state and price history, quotes, swaps, liquidity.
 *
 * <p>{@link org.probity.chain.uniswap.UniswapPool} reads one pool, {@link
 * org.probity.chain.uniswap.ObservationLog} its history of prices, {@link
 * org.probity.chain.uniswap.Uniswap} finds pools, quotes swaps and builds the calls that swap or
 * provide liquidity; {@link org.probity.chain.TransactionSender} sends those.
 */
@NullMarked
package org.probity.chain.uniswap;

import org.jspecify.annotations.NullMarked;
