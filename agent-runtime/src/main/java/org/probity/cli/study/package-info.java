/**
 * Commands on recorded markets: backtests, sweeps, training, and the workers of a distributed
 * study.
 *
 * <p>Entry types: {@link org.probity.cli.study.BacktestCommand}, {@link
 * org.probity.cli.study.SweepCommand}.
 */
@NullMarked
package org.probity.cli.study;

import org.jspecify.annotations.NullMarked;
