package org.probity.sim.backtest;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * An execution that traded, of a vault whose policy has venues: where it was made, and what else
 * was looked at. Values are what the vault gained at the decision's reference prices, gas paid, in
 * whole units of the numeraire.
 *
 * @param time of its block, in seconds of Unix time
 * @param quotes as they were on the state before it was sent, the chosen one first
 * @param executed what it came to
 * @param alongRoutes what it would have come to in the same block along the routes
 */
public record VenueTrade(long time, List<Quote> quotes, Fill executed, Quote alongRoutes) {

  public VenueTrade {
    quotes = List.copyOf(quotes);
  }

  /**
   * What one place was quoted at.
   *
   * @param place its name; of several assets, their places joined by a plus
   * @param fill empty if it would be refused
   */
  public record Quote(String place, Optional<Fill> fill) {}

  /**
   * What an execution comes to.
   *
   * @param net gained, gas paid
   * @param traded exchanged against the numeraire
   */
  public record Fill(double net, double traded) {

    /** What is gained by each unit that is exchanged; 0 where nothing is. */
    public double rate() {
      return traded == 0 ? 0 : net / traded;
    }
  }

  /** What it gained more than the routes would have, by what it exchanged; empty if they refuse. */
  public OptionalDouble earned() {
    return alongRoutes.fill.stream()
        .mapToDouble(route -> (executed.rate() - route.rate()) * executed.traded)
        .findFirst();
  }

  /** Where it was made. */
  public String place() {
    return quotes.getFirst().place();
  }
}
