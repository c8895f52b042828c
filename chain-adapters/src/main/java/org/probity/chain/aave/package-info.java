/**
 * Aave v3: a market's reserves, categories of efficiency, prices and accounts, as of one head.
 *
 * <p>{@link org.probity.chain.aave.AaveV3} is the front door and reads; what it read are records:
 * {@link org.probity.chain.aave.Reserve} with its {@link
 * org.probity.chain.aave.ReserveConfiguration}, {@link org.probity.chain.aave.Category}, {@link
 * org.probity.chain.aave.Account}. Nothing here sends.
 */
@NullMarked
package org.probity.chain.aave;

import org.jspecify.annotations.NullMarked;
