package org.probity.sim.backtest;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.probity.chain.Address;
import org.probity.intent.AssetDelta;
import org.probity.intent.Observation;
import org.probity.intent.Proposal;
import org.probity.intent.VenueChoice;
import org.probity.intent.VenueQuote;
import org.probity.intent.policy.Executed;
import org.probity.intent.policy.Execution;
import org.probity.intent.policy.PlanStep;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.Refusal;

/**
 * What an execution comes to at each venue of a vault's policy on one state, and which is the best:
 * as a live agent asks and chooses.
 */
final class SimulatedQuotes {

  private final SimulatedVault vault;
  private final List<String> names;
  private final BacktestSettings.Gas gas;
  private final GasValue value;

  /** What gas costs. */
  @FunctionalInterface
  interface GasValue {

    /** In whole units of the numeraire, of so many units in a block of this time. */
    double of(long units, long time);
  }

  /**
   * @param names of the policy's venues
   */
  SimulatedQuotes(
      SimulatedVault vault, List<String> names, BacktestSettings.Gas gas, GasValue value) {
    this.vault = vault;
    this.names = List.copyOf(names);
    this.gas = gas;
    this.value = value;
  }

  /** Each asset along its route. */
  List<Integer> routes() {
    return vault.routes();
  }

  /**
   * Quotes all, as of a block of this time.
   *
   * @return the best first; empty where the policy has no venues. Where all are refused the routes
   *     are first
   */
  List<VenueQuote> of(Proposal proposal, Address caller, long block) {
    Policy policy = vault.policy();
    List<List<Integer>> alternatives = VenueChoice.alternatives(policy.parts());
    if (alternatives.size() == 1) {
      return List.of();
    }
    VenueChoice choice =
        new VenueChoice(
            Math.min(
                policy.limits().numbers().maxSlippageBps(), proposal.mandate().maxSlippageBps()));
    List<VenueQuote> quotes = new ArrayList<>();
    alternatives.forEach(places -> quotes.add(quote(proposal, places, caller, block)));
    choice
        .combination(quotes)
        .ifPresent(places -> quotes.add(quote(proposal, places, caller, block)));
    choice
        .best(quotes)
        .ifPresent(best -> {
          quotes.remove(best);
          quotes.addFirst(best);
        });
    return quotes;
  }

  /** What it comes to at these places. */
  VenueQuote quote(Proposal proposal, List<Integer> places, Address caller, long block) {
    Execution execution = vault.rehearse(proposal.statement(), places, caller, block);
    return new VenueQuote(places, answer(proposal, execution, block));
  }

  /** The answer that an execution is. */
  VenueQuote.Answer answer(Proposal proposal, Execution execution, long block) {
    return switch (execution) {
      case Refusal refusal -> new VenueQuote.Refused(refusal.toString());
      case Executed executed -> {
        Observation seen = proposal.observation();
        List<AssetDelta> deltas = deltas(executed.deltas());
        long units = gasUsed(executed.plan().steps());
        yield new VenueQuote.Fills(
            deltas,
            seen.worth(deltas),
            seen.traded(deltas),
            units,
            BigDecimal.valueOf(value.of(units, block)).movePointRight(decimals()).toBigInteger());
      }
    };
  }

  /** What the vault gained, by asset. */
  List<AssetDelta> deltas(List<BigInteger> gained) {
    List<Policy.Asset> assets = vault.policy().parts().assets();
    return IntStream.range(0, gained.size())
        .filter(i -> gained.get(i).signum() != 0)
        .mapToObj(i -> new AssetDelta(assets.get(i).token(), gained.get(i)))
        .toList();
  }

  /** The gas of an execution with these steps. */
  long gasUsed(List<PlanStep> steps) {
    return steps.isEmpty()
        ? gas.hold()
        : gas.trade()
            + steps.stream()
                .filter(step -> step.venue() != 0)
                .mapToLong(step -> more(vault.policy().parts().venues().get(step.venue() - 1)))
                .sum();
  }

  private long more(Policy.Venue venue) {
    return vault.market().venue(venue).hops().stream()
        .mapToLong(hop ->
            switch (hop) {
              case VenuePath.OfPair _ -> gas.atVenue().pair();
              case VenuePath.OfPool _ -> gas.atVenue().v3();
              case VenuePath.OfKey _ -> gas.atVenue().v4();
            })
        .sum();
  }

  // ---- what is told ----

  /**
   * What came of a choice.
   *
   * @param quotes the chosen one first
   * @param executed in the block
   * @param alongRoutes the same along the routes, in the same block
   */
  VenueTrade told(
      long time, List<VenueQuote> quotes, VenueQuote.Answer executed, VenueQuote alongRoutes) {
    return new VenueTrade(
        time,
        quotes.stream().map(this::told).toList(),
        fill((VenueQuote.Fills) executed),
        told(alongRoutes));
  }

  private VenueTrade.Quote told(VenueQuote quote) {
    return new VenueTrade.Quote(
        place(quote.venues()),
        quote.answer() instanceof VenueQuote.Fills fills
            ? Optional.of(fill(fills))
            : Optional.empty());
  }

  private VenueTrade.Fill fill(VenueQuote.Fills fills) {
    return new VenueTrade.Fill(whole(fills.net()), whole(fills.traded()));
  }

  private double whole(BigInteger units) {
    return new BigDecimal(units, decimals()).doubleValue();
  }

  private int decimals() {
    return vault.policy().parts().assets().getFirst().decimals();
  }

  private String place(List<Integer> places) {
    List<Integer> venues = places.stream().filter(place -> place != 0).toList();
    return venues.isEmpty()
        ? "route"
        : venues.stream().map(place -> names.get(place - 1)).collect(Collectors.joining(" + "));
  }
}
