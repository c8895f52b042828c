/**
 * Backtests: the live agent's own cycle, run over a simulated market.
 *
 * <p>{@link org.probity.sim.backtest.Backtest} is the way in: it takes {@link
 * org.probity.sim.backtest.BacktestSettings} and gives a {@link
 * org.probity.sim.backtest.BacktestResult}, which is a function of the code, the settings, the data
 * and the seed (docs/determinism.md).
 *
 * <p>It stays one package because a run is one thing: time, vault, features, blocks and accounts
 * share the state of a single market, which nobody else may touch while it runs. What is public is
 * mostly values: settings and results.
 */
@NullMarked
package org.probity.sim.backtest;

import org.jspecify.annotations.NullMarked;
