package org.probity.sim.backtest;

import java.util.List;
import java.util.OptionalDouble;

/**
 * An execution that traded, of a vault whose policy has venues: where it was made, and what else was
 * looked at. Values are what the vault gained at the decision's reference prices, gas paid, in whole
 * units of the numeraire.
 *
 * @param time of its block, in seconds of Unix time
 * @param quotes as they were on the state before it was sent, the chosen one first
 * @param executed what it came to
 * @param alongRoutes what it would have come to in the same block along the routes; empty if it
 *     would have been refused there
 * @param traded what was exchanged against the numeraire
 */
public record VenueTrade(
    long time, List<Quote> quotes, double executed, OptionalDouble alongRoutes, double traded) {

  public VenueTrade {
    quotes = List.copyOf(quotes);
  }

  /**
   * What one place was quoted at.
   *
   * @param place its name; of several assets, their places joined by a plus
   * @param net empty if it would be refused
   */
  public record Quote(String place, OptionalDouble net) {}

  /** Where it was made. */
  public String place() {
    return quotes.getFirst().place();
  }
}
