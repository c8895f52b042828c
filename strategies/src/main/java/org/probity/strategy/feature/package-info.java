/**
 * The features of a vault's decision, in exact integers: what the vault and its feature sources
 * compute on chain, repeated here bit for bit.
 *
 * <p>A {@link org.probity.strategy.feature.FeatureProgram} is all of them in the order in which a
 * model reads them: up to eight sources, each a {@link org.probity.strategy.feature.ProgramEntry}
 * with the arithmetic of its contract. The same code serves live agents, simulations and training.
 */
@NullMarked
package org.probity.strategy.feature;

import org.jspecify.annotations.NullMarked;
