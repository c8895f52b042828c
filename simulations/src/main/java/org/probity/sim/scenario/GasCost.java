package org.probity.sim.scenario;

/** What gas costs those who act in a market. */
@FunctionalInterface
public interface GasCost {

  /**
   * The cost of a transaction, in whole quote tokens.
   *
   * @param units of gas
   * @param time of its block, in seconds of Unix time; does not go back
   * @param price of the base asset, whole quote for one whole base
   */
  double quote(long units, long time, double price);
}
