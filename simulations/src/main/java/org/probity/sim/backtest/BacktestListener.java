package org.probity.sim.backtest;

/** Told how far a backtest has come. */
@FunctionalInterface
public interface BacktestListener {

  /** Hears nothing. */
  BacktestListener NONE = (_, _) -> {};

  /**
   * @param heads that are done
   * @param total of them
   */
  void progress(long heads, long total);
}
