package org.probity.intent.policy;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.probity.chain.AbiFunction;
import org.probity.chain.AbiValues;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Bytes;
import org.probity.chain.ChainClient;
import org.probity.chain.Reads;
import org.probity.intent.policy.Policy.Asset;
import org.probity.intent.policy.Policy.PoolPart;
import org.probity.intent.policy.Policy.Venue;

/**
 * The market of a policy as a chain has it after one block: what a plan asks, and the hints that
 * the contract wants to be told.
 *
 * <p>It is also the market of the next block until somebody trades in it: a plan for a moment after
 * the block is what the contract would answer then, if nothing happened between.
 */
public final class ChainMarket implements MarketView {

  /** The newest three tell the start of a block. */
  private static final int LEAST = 3;

  private static final int CHUNK = 50;

  private static final AbiFunction SLOT0 =
      AbiFunction.parse(
          "slot0() returns (uint160 sqrtPriceX96, int24 tick, uint16 observationIndex,"
              + " uint16 observationCardinality, uint16 observationCardinalityNext,"
              + " uint8 feeProtocol, bool unlocked)");
  private static final AbiFunction LIQUIDITY = AbiFunction.parse("liquidity() returns (uint128)");
  private static final AbiFunction OBSERVATIONS =
      AbiFunction.parse(
          "observations(uint256 index) returns (uint32 blockTimestamp, int56 tickCumulative,"
              + " uint160 secondsPerLiquidityX128, bool initialized)");
  private static final AbiFunction LATEST_ROUND =
      AbiFunction.parse(
          "latestRoundData() returns (uint80 roundId, int256 answer, uint256 startedAt,"
              + " uint256 updatedAt, uint80 answeredInRound)");

  private static final AbiFunction VENUE_LIQUIDITY =
      AbiFunction.parse("liquidity(bytes parameters, address asset) returns (uint256 liquidity)");

  private final List<Ring> rings;
  private final List<Supplier<AbiValues>> venues;
  private final Map<Address, Supplier<AbiValues>> rounds;

  private ChainMarket(
      List<Ring> rings,
      List<Supplier<AbiValues>> venues,
      Map<Address, Supplier<AbiValues>> rounds) {
    this.rings = List.copyOf(rings);
    this.venues = List.copyOf(venues);
    this.rounds = Map.copyOf(rounds);
  }

  /** A pool, and where its newest observation is in the ring. */
  private record Ring(ObservedPool pool, int newest) {

    /** The place of the last observation at or before a moment; of the oldest if there is none. */
    int place(long moment) {
      return Math.floorMod(newest - pool.back(moment), pool.cardinality());
    }
  }

  /**
   * Reads what plans may ask.
   *
   * @param sequencer the chain's uptime feed, where it has one
   * @param since the earliest moment that is asked for; a pool that did not log for as long is read
   *     whole
   */
  public static ChainMarket read(
      ChainClient chain, Policy policy, Optional<Address> sequencer, BlockTag at, long since) {
    Reads reads = chain.reads();
    Map<Address, Supplier<AbiValues>> rounds = new HashMap<>();
    for (Asset asset : policy.parts().assets()) {
      if (asset.feed().exists()) {
        Address proxy = asset.feed().proxy();
        rounds.put(proxy, reads.call(at, proxy, LATEST_ROUND));
      }
    }
    sequencer.ifPresent(feed -> rounds.put(feed, reads.call(at, feed, LATEST_ROUND)));
    List<Address> pools = policy.parts().pools().stream().map(PoolPart::pool).toList();
    List<Supplier<AbiValues>> slots =
        pools.stream().map(pool -> reads.call(at, pool, SLOT0)).toList();
    List<Supplier<AbiValues>> liquidities =
        pools.stream().map(pool -> reads.call(at, pool, LIQUIDITY)).toList();
    List<Supplier<AbiValues>> venues =
        policy.parts().venues().stream().map(venue -> liquidity(reads, at, policy, venue)).toList();
    reads.ask();
    List<Ring> rings = new ArrayList<>();
    for (int i = 0; i < pools.size(); i++) {
      AbiValues slot0 = slots.get(i).get();
      rings.add(
          new Ring(
              new ObservedPool(
                  slot0.integer("sqrtPriceX96"),
                  slot0.int32("tick"),
                  liquidities.get(i).get().integer("liquidity"),
                  slot0.int32("observationCardinality"),
                  entries(chain, pools.get(i), slot0, at, since)),
              slot0.int32("observationIndex")));
    }
    return new ChainMarket(rings, venues, rounds);
  }

  private static Supplier<AbiValues> liquidity(
      Reads reads, BlockTag at, Policy policy, Venue venue) {
    Address asset = policy.parts().assets().get(venue.asset()).token();
    return reads.call(at, venue.action(), VENUE_LIQUIDITY, venue.parameters(), asset);
  }

  /** The observations back to the last one at or before {@code since}, oldest first. */
  private static List<ObservedPool.Entry> entries(
      ChainClient chain, Address pool, AbiValues slot0, BlockTag at, long since) {
    int cardinality = slot0.int32("observationCardinality");
    int newest = slot0.int32("observationIndex");
    List<ObservedPool.Entry> newestFirst = new ArrayList<>();
    while (newestFirst.size() < cardinality) {
      Reads reads = chain.reads();
      List<Supplier<AbiValues>> places =
          IntStream.range(newestFirst.size(), Math.min(cardinality, newestFirst.size() + CHUNK))
              .map(back -> Math.floorMod(newest - back, cardinality))
              .mapToObj(index -> reads.call(at, pool, OBSERVATIONS, index))
              .toList();
      reads.ask();
      for (Supplier<AbiValues> place : places) {
        AbiValues found = place.get();
        if (!found.bool("initialized")) {
          return newestFirst.reversed();
        }
        newestFirst.add(
            new ObservedPool.Entry(
                found.int64("blockTimestamp"),
                found.int64("tickCumulative"),
                found.integer("secondsPerLiquidityX128")));
        if (newestFirst.size() >= LEAST && newestFirst.getLast().timestamp() <= since) {
          return newestFirst.reversed();
        }
      }
    }
    return newestFirst.reversed();
  }

  @Override
  public PoolView pool(int index) {
    return rings.get(index).pool;
  }

  /**
   * {@inheritDoc}
   *
   * @throws org.probity.chain.CallReverted if the venue does not answer
   */
  @Override
  public BigInteger venueLiquidity(int venue) {
    return venues.get(venue).get().integer("liquidity");
  }

  /**
   * {@inheritDoc}
   *
   * @throws org.probity.chain.CallReverted if the feed does not answer
   */
  @Override
  public Round latestRound(Address feed) {
    Supplier<AbiValues> round = rounds.get(feed);
    if (round == null) {
      throw new IllegalArgumentException(
          "The feed %s is not in the policy that this market was read for: read it anew"
              .formatted(feed));
    }
    AbiValues values = round.get();
    return new Round(
        values.integer("answer"), values.int64("startedAt"), values.int64("updatedAt"));
  }

  /**
   * The {@code hints} of {@code PolicyEngine.PlanInput}, for a plan that is made at {@code now}.
   */
  public Bytes hints(PlanInput input, long now) {
    return hints(input.asOf(), now, input.policy().limits().numbers().window())
        .concat(choices(input.policy(), input.choices()));
  }

  /**
   * The last part of the hints: where each asset but the numeraire is traded, a byte for each if
   * the policy has venues.
   *
   * @param choices as {@link PlanInput#choices}
   */
  public static Bytes choices(Policy policy, List<Integer> choices) {
    var bytes = new ByteArrayOutputStream(choices.size());
    if (!policy.parts().venues().isEmpty()) {
      choices.forEach(bytes::write);
    }
    return Bytes.of(bytes.toByteArray());
  }

  /**
   * The first part of the hints, and all of them without venues: for each pool the observations at
   * or before the decision's moment, a window earlier, and a window before now. Where a pool's
   * history is too short they are the oldest, and the contract refuses them.
   */
  public Bytes hints(long asOf, long now, long window) {
    var hints = new ByteArrayOutputStream(6 * rings.size());
    for (Ring ring : rings) {
      for (long moment : new long[] {asOf, asOf - window, now - window}) {
        int place = ring.place(moment);
        hints.write(place >> 8);
        hints.write(place);
      }
    }
    return Bytes.of(hints.toByteArray());
  }
}
