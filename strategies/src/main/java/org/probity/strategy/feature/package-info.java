/**
 * The features of a vault's decision, in exact integers: what {@code TwapFeatureSource} and {@code
 * ProofBoundVault} compute on chain, repeated here bit for bit.
 *
 * <p>Sixteen returns come from a pool's cumulative ticks ({@link
 * org.probity.strategy.feature.TwapDefinition}), four from the vault's own books ({@link
 * org.probity.strategy.feature.VaultBooks}); {@link org.probity.strategy.feature.DecisionFeatures}
 * is all twenty in the order in which a model reads them. The same code serves live agents,
 * simulations and training.
 *
 * <p>The next vault takes any {@link org.probity.strategy.feature.FeatureProgram}: up to eight
 * sources, each a {@link org.probity.strategy.feature.ProgramEntry} with the arithmetic of its
 * contract.
 */
@NullMarked
package org.probity.strategy.feature;

import org.jspecify.annotations.NullMarked;
