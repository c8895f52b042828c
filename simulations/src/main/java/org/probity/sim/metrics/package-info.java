/**
 * How good a backtest was: the field's measures of return and risk, how uncertain each is, and
 * where the money came from.
 *
 * <p>{@link org.probity.sim.metrics.Performance} is the way in. Every measure is defined, with its
 * source, in {@code docs/metrics.md}. A measure that is not defined for a run, as the Sharpe ratio
 * of a curve that never moved, is {@link Double#NaN}.
 */
@NullMarked
package org.probity.sim.metrics;

import org.jspecify.annotations.NullMarked;
