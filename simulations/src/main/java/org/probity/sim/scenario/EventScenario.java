package org.probity.sim.scenario;

import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import org.probity.sim.history.PoolEvent;

/**
 * A pool's recorded events, each done again in the exact pool: mints and burns with their
 * liquidity, swaps with what was paid in. Where the record begins with the pool itself, the result
 * is the recorded pool, bit for bit, as long as nobody else trades; a trade of the vault's moves
 * the price for all that follow.
 *
 * <p>Where it begins later, the positions of before are unknown: liquidity over every price stands
 * in for them, as much as each swap's record says was in range.
 */
final class EventScenario extends PoolScenario {

  private final List<PoolEvent> events;
  private final String without;
  private final boolean complete;
  private int next;

  /**
   * @param without the account whose swaps are left out, hex; empty for none
   */
  EventScenario(
      PoolTerms terms,
      int tickSpacing,
      List<PoolEvent> events,
      int observations,
      Optional<String> without,
      String title) {
    PoolEvent first = events.getFirst();
    boolean whole = first.kind() == PoolEvent.Kind.INITIALIZE;
    PoolEvent priced = whole ? first : firstSwap(events);
    super(
        ExactPool.create(
            terms.feePips(),
            tickSpacing,
            priced.sqrtPriceX96(),
            first.time(),
            whole ? 1 : observations),
        first.time(),
        events.getLast().time(),
        title);
    this.events = events;
    this.without = without.orElse("");
    this.complete = whole;
    this.next = whole ? 1 : 0;
    if (!whole) {
      pool.setWideLiquidity(first.time(), priced.liquidity().max(BigInteger.ONE));
    }
  }

  private static PoolEvent firstSwap(List<PoolEvent> events) {
    return events.stream()
        .filter(e -> e.kind() == PoolEvent.Kind.SWAP)
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "The recorded events have no swap and no beginning of the pool: import from an earlier block"));
  }

  @Override
  public void advanceTo(long time) {
    while (next < events.size() && events.get(next).time() <= time) {
      play(events.get(next++));
    }
  }

  private void play(PoolEvent event) {
    switch (event.kind()) {
      case SWAP -> {
        if (!event.actor().equalsIgnoreCase(without)) {
          swap(event);
        }
      }
      case MINT -> {
        if (complete) {
          pool.exact()
              .mint(
                  event.time(),
                  event.actor(),
                  event.tickLower(),
                  event.tickUpper(),
                  event.amount());
        }
      }
      case BURN -> {
        if (complete) {
          pool.exact()
              .burn(
                  event.time(),
                  event.actor(),
                  event.tickLower(),
                  event.tickUpper(),
                  event.amount());
        }
      }
      case GROW -> pool.exact().increaseObservationCardinalityNext(event.amount().intValueExact());
      case PROTOCOL_FEE ->
          pool.exact()
              .setFeeProtocol(event.amount0().intValueExact(), event.amount1().intValueExact());
      case INITIALIZE, COLLECT, FLASH, COLLECT_PROTOCOL -> {
        // Moves neither price nor liquidity.
      }
    }
  }

  /**
   * What was paid in, again. A swap that met its price limit paid exactly what takes the price
   * there, and the same amount takes it there again.
   */
  private void swap(PoolEvent event) {
    if (!complete) {
      pool.setWideLiquidity(event.time(), event.liquidity().max(BigInteger.ONE));
    }
    boolean zeroForOne = event.amount0().signum() > 0;
    BigInteger in = zeroForOne ? event.amount0() : event.amount1();
    if (in.signum() > 0) {
      pool.swap(event.time(), zeroForOne, in);
    }
  }
}
