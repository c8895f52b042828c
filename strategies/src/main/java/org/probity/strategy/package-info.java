/**
 * Strategies: what an agent looks at and how it decides.
 *
 * <p>A {@link org.probity.strategy.Strategy} turns features into a decision. It begins as a {@link
 * org.probity.strategy.TrainedStrategy}, from {@link org.probity.strategy.PolicyTraining} or a
 * {@link org.probity.strategy.WeightsFile}; {@linkplain
 * org.probity.strategy.TrainedStrategy#quantise() quantised} to exact integers that cannot
 * overflow, and committed to, it is kept as a {@link org.probity.strategy.StrategyBundle} (entry
 * point), whose {@link org.probity.strategy.PublicStrategy} is for everyone. {@link
 * org.probity.strategy.DjlStrategy} runs it on PyTorch in the very integers that are proven.
 */
@NullMarked
package org.probity.strategy;

import org.jspecify.annotations.NullMarked;
