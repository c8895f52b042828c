package org.probity.intent.policy;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.probity.chain.AbiFunction;
import org.probity.chain.AbiValues;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.ChainClient;
import org.probity.chain.Reads;

/** A pool's whole ring of observations as it is on chain, and where in it a moment lies. */
record Ring(ObservedPool view, int newest, int cardinality, List<ObservedPool.Entry> entries) {

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

  static Ring read(ChainClient chain, Address pool) {
    AbiValues slot0 = chain.call(pool, SLOT0);
    int cardinality = slot0.int32("observationCardinality");
    int newest = slot0.int32("observationIndex");
    Reads reads = chain.reads();
    List<Supplier<AbiValues>> places =
        IntStream.range(0, cardinality)
            .map(back -> Math.floorMod(newest + 1 + back, cardinality))
            .mapToObj(index -> reads.call(BlockTag.LATEST, pool, OBSERVATIONS, index))
            .toList();
    reads.ask();
    List<ObservedPool.Entry> entries = new ArrayList<>();
    for (Supplier<AbiValues> place : places) {
      AbiValues found = place.get();
      if (found.bool("initialized")) {
        entries.add(
            new ObservedPool.Entry(
                found.int64("blockTimestamp"),
                found.int64("tickCumulative"),
                found.integer("secondsPerLiquidityX128")));
      }
    }
    BigInteger liquidity = chain.call(pool, LIQUIDITY).integer("liquidity");
    ObservedPool view =
        new ObservedPool(
            slot0.integer("sqrtPriceX96"), slot0.int32("tick"), liquidity, cardinality, entries);
    return new Ring(view, newest, cardinality, List.copyOf(entries));
  }

  /** The place of the last observation at or before a moment; of the oldest if there is none. */
  int place(long moment) {
    int at = 0;
    while (at + 1 < entries.size() && entries.get(at + 1).timestamp() <= moment) {
      at++;
    }
    return Math.floorMod(newest - (entries.size() - 1 - at), cardinality);
  }
}
