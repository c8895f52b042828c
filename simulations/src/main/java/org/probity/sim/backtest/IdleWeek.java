package org.probity.sim.backtest;

/**
 * What a week of nothing but holds would cost in gas, at the run's mean price of it, in whole units
 * of the numeraire.
 *
 * @param moments of the vault's schedule in a week
 * @param executed if each hold were executed
 * @param claimed if they were claimed by a hundred ({@code Vault.recordHolds})
 */
public record IdleWeek(long moments, double executed, double claimed) {

  private static final long WEEK = 604_800;

  /**
   * Of a vault that decides every {@code stepSeconds}.
   *
   * @param unit what a unit of gas cost in the mean
   */
  static IdleWeek of(BacktestSettings.Gas gas, long stepSeconds, double unit) {
    long moments = WEEK / stepSeconds;
    return new IdleWeek(moments, moments * gas.hold() * unit, moments * gas.claim() * unit);
  }
}
