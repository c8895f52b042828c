package org.probity.intent.audit;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.probity.chain.Address;
import org.probity.intent.audit.Features.Gone;
import org.probity.intent.policy.LendingView;
import org.probity.intent.policy.MarketView;
import org.probity.intent.policy.ObservedPool;
import org.probity.intent.policy.Plan;
import org.probity.intent.policy.PlanInput;
import org.probity.intent.policy.Planned;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.Policy.Asset;
import org.probity.intent.policy.PolicyEngine;
import org.probity.intent.policy.PoolView;
import org.probity.intent.policy.Refusal;

/**
 * What decisions came to, on the market of a policy as it was, of its pools' and feeds' logs alone.
 * Not repeated is what a chain's sequencer was then.
 */
final class Market {

  private static final PolicyEngine ENGINE = new PolicyEngine(Optional.empty());

  private final Policy policy;
  private final Function<Address, PoolPast> pools;
  private final FeedPasts feeds;
  private final Lenders lenders;

  Market(Policy policy, Function<Address, PoolPast> pools, FeedPasts feeds, Lenders lenders) {
    this.policy = policy;
    this.pools = pools;
    this.feeds = feeds;
    this.lenders = lenders;
  }

  /**
   * The plans that a decision may have had, before the log at a place in a block of the time {@code
   * now}. More than one where an asset's feed had several aggregators that answered then, and
   * nothing but the vault tells which of them stood behind it.
   *
   * @throws Gone if the market of then cannot be rebuilt
   */
  List<Planned> before(PlanInput input, Place place, long now) {
    return plans(
        input,
        now,
        place.block(),
        pool -> pool.before(place, since(input)),
        round -> round.place().compareTo(place) < 0,
        () -> lenders.view(policy, place.block(), now));
  }

  /**
   * The same at the end of the blocks up to a moment.
   *
   * @param block up to which logs may be read
   */
  List<Planned> at(PlanInput input, long moment, long block) {
    return plans(
        input,
        moment,
        block,
        pool -> pool.at(moment, since(input)),
        round -> round.updatedAt() <= moment,
        () -> lenders.viewAt(policy, moment, block));
  }

  private static long since(PlanInput input) {
    return input.asOf() - input.policy().limits().numbers().window();
  }

  private List<Planned> plans(
      PlanInput input,
      long now,
      long block,
      Function<PoolPast, ObservedPool> pool,
      Predicate<FeedPast.Round> known,
      Supplier<LendingView> lending) {
    Map<Address, List<MarketView.Round>> rounds = new HashMap<>();
    for (Asset asset : policy.parts().assets()) {
      if (asset.feed().exists()) {
        rounds.computeIfAbsent(
            asset.feed().proxy(),
            proxy -> rounds(proxy, block, now - asset.feed().heartbeat(), known));
      }
    }
    int most = rounds.values().stream().mapToInt(List::size).max().orElse(1);
    Map<Integer, ObservedPool> seen = new HashMap<>();
    LendingView lent = policy.parts().lending().exists() ? lending.get() : LendingView.NONE;
    List<Planned> plans = new ArrayList<>();
    for (int i = 0; i < Math.max(1, most); i++) {
      int choice = i;
      MarketView view =
          new MarketView() {
            @Override
            public PoolView pool(int index) {
              return seen.computeIfAbsent(
                  index, k -> pool.apply(pools.apply(policy.parts().pools().get(k).pool())));
            }

            /** What a venue's depth was no log tells; the vault has looked at it. */
            @Override
            public BigInteger venueLiquidity(int venue) {
              return policy.limits().venues().get(venue).minLiquidity();
            }

            @Override
            public LendingView lending() {
              return lent;
            }

            @Override
            public Round latestRound(Address feed) {
              List<Round> found = rounds.getOrDefault(feed, List.of());
              if (found.isEmpty()) {
                throw new Gone("the feed %s has logged no round for long enough".formatted(feed));
              }
              return found.get(Math.min(choice, found.size() - 1));
            }
          };
      try {
        plans.add(ENGINE.plan(input, now, view));
      } catch (IllegalArgumentException | ArithmeticException e) {
        throw new Gone(String.valueOf(e.getMessage()));
      }
    }
    return plans;
  }

  /** The last round of each aggregator that had one, the newest aggregator's first. */
  private List<MarketView.Round> rounds(
      Address proxy, long block, long since, Predicate<FeedPast.Round> known) {
    List<MarketView.Round> found = new ArrayList<>();
    for (FeedPast past : feeds.of(proxy).reversed()) {
      past.cover(block, since);
      past.last(known)
          .map(round -> new MarketView.Round(round.answer(), 0, round.updatedAt()))
          .ifPresent(found::add);
    }
    return found;
  }

  /** What a decision came to, in words. */
  static String words(Planned planned) {
    return switch (planned) {
      case Plan plan when plan.steps().isEmpty() && plan.lends() ->
          "%s loans".formatted(plan.before().size() + plan.later().size());
      case Plan plan when plan.steps().isEmpty() -> "no step (%s)".formatted(plan.reason());
      case Plan plan -> "a trade of %s steps".formatted(plan.steps().size());
      case Refusal refusal -> "a refusal, %s".formatted(refusal);
    };
  }
}
