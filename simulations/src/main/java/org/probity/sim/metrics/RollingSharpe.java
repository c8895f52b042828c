package org.probity.sim.metrics;

import java.util.Arrays;

/** The Sharpe ratio of a window that moves along the returns. */
public final class RollingSharpe {

  private RollingSharpe() {}

  /** A window that suits that many returns: 30 of them, or a quarter if there are few. */
  public static int window(int returns) {
    return Math.max(2, Math.min(30, returns / 4));
  }

  /**
   * Annualised Sharpe ratios.
   *
   * @param window steps in a window, at least 2
   * @return element {@code i} is of the returns {@code i} to {@code i + window - 1}
   */
  public static double[] of(Returns returns, int window) {
    if (window < 2) {
      throw new IllegalArgumentException("A window has at least two returns, not " + window);
    }
    double[] strategy = returns.strategy();
    double[] ratios = new double[Math.max(0, strategy.length - window + 1)];
    for (int i = 0; i < ratios.length; i++) {
      double[] part = Arrays.copyOfRange(strategy, i, i + window);
      ratios[i] = Returns.of(part, part, returns.perYear()).sharpe();
    }
    return ratios;
  }
}
