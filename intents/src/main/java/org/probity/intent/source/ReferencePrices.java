package org.probity.intent.source;

import java.util.List;
import java.util.function.LongFunction;
import org.probity.chain.Bytes;
import org.probity.chain.ChainClient;
import org.probity.chain.Head;
import org.probity.chain.Reads;
import org.probity.chain.uniswap.ObservationLog;
import org.probity.intent.policy.ChainMarket;
import org.probity.intent.policy.PlanInput;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.Policy.PoolPart;
import org.probity.intent.policy.ReferenceTicks;

/**
 * Reads the reference prices of a policy's assets, and the hints with which its engine finds them.
 * May serve many threads; they take turns.
 */
public final class ReferencePrices {

  private final Policy policy;
  private final long window;
  private final List<PoolHistory> pools;

  /** Of the pools of {@code policy} on {@code chain}. */
  public ReferencePrices(ChainClient chain, Policy policy) {
    this.policy = policy;
    this.window = policy.limits().numbers().window();
    this.pools =
        policy.parts().pools().stream()
            .map(PoolPart::pool)
            .map(pool -> new PoolHistory(chain, pool, Math.toIntExact(window)))
            .toList();
  }

  /**
   * What a plan's reference is.
   *
   * @param refs mean ticks over the policy's window up to the moment, by asset; the numeraire's,
   *     which is first, is 0
   * @param hints for each pool where its observations of the moment, of a window before it and of a
   *     window before the head lie, and that each asset is traded along its route: the {@code
   *     guardHints} of {@code execute}
   */
  public record Reading(List<Integer> refs, Bytes hints) {}

  /** The prices after {@code head}, once {@code reads} are asked. */
  public synchronized LongFunction<Reading> begin(Head head, Reads reads) {
    List<LongFunction<ObservationLog>> histories =
        pools.stream().map(pool -> pool.begin(head, reads)).toList();
    return asOf -> {
      try {
        return read(head, asOf, histories.stream().map(history -> history.apply(asOf)).toList());
      } catch (IllegalArgumentException e) {
        throw new SourceRefused(
            "A pool of the policy has no mean price as of %s: %s".formatted(asOf, e.getMessage()),
            e);
      }
    };
  }

  private Reading read(Head head, long asOf, List<ObservationLog> logs) {
    List<Integer> refs =
        ReferenceTicks.of(policy, asOf, (pool, moment) -> logs.get(pool).tickCumulative(moment));
    Bytes hints = Bytes.EMPTY;
    for (ObservationLog log : logs) {
      long[] moments = {asOf, asOf - window, head.timestamp() - window};
      hints = hints.concat(PoolHistory.hints(log, moments));
    }
    return new Reading(refs, hints.concat(ChainMarket.choices(policy, PlanInput.routes(policy))));
  }
}
