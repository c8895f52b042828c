/**
 * Strategies: what an agent looks at and how it decides.
 *
 * <p>Feature definitions shared bit for bit with the contracts, training and inference of networks,
 * their quantisation to exact integers, and the bundle in which a strategy is kept.
 */
@NullMarked
package org.probity.strategy;

import org.jspecify.annotations.NullMarked;
