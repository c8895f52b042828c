package org.probity.chain.uniswap;

import java.math.BigInteger;
import java.util.List;
import java.util.function.Supplier;
import org.probity.chain.AbiFunction;
import org.probity.chain.AbiValues;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Call;
import org.probity.chain.ChainClient;
import org.probity.chain.Reads;

/**
 * One Uniswap v3 pool. Prices are of {@code token0} in {@code token1}, both in their smallest
 * units.
 */
public final class UniswapPool {

  private static final AbiFunction TOKEN0 = AbiFunction.parse("token0() returns (address)");
  private static final AbiFunction TOKEN1 = AbiFunction.parse("token1() returns (address)");
  private static final AbiFunction FEE = AbiFunction.parse("fee() returns (uint24)");
  private static final AbiFunction TICK_SPACING =
      AbiFunction.parse("tickSpacing() returns (int24)");
  private static final AbiFunction LIQUIDITY = AbiFunction.parse("liquidity() returns (uint128)");
  private static final AbiFunction SLOT0 =
      AbiFunction.parse(
          "slot0() returns (uint160 sqrtPriceX96, int24 tick, uint16 observationIndex,"
              + " uint16 observationCardinality, uint16 observationCardinalityNext,"
              + " uint8 feeProtocol, bool unlocked)");
  private static final AbiFunction OBSERVATIONS =
      AbiFunction.parse(
          "observations(uint256 index) returns (uint32 blockTimestamp, int56 tickCumulative,"
              + " uint160 secondsPerLiquidityCumulativeX128, bool initialized)");
  private static final AbiFunction OBSERVE =
      AbiFunction.parse(
          "observe(uint32[] secondsAgos) returns (int56[] tickCumulatives, uint160[] rest)");
  private static final AbiFunction GROW =
      AbiFunction.parse("increaseObservationCardinalityNext(uint16)");

  private final ChainClient chain;
  private final Address address;
  private final Address token0;
  private final Address token1;
  private final int fee;
  private final int tickSpacing;

  private UniswapPool(
      ChainClient chain,
      Address address,
      Address token0,
      Address token1,
      int fee,
      int tickSpacing) {
    this.chain = chain;
    this.address = address;
    this.token0 = token0;
    this.token1 = token1;
    this.fee = fee;
    this.tickSpacing = tickSpacing;
  }

  /**
   * The part of a pool's state that every swap changes.
   *
   * @param sqrtPriceX96 square root of the price, times 2^96
   * @param tick floor of the logarithm of the price to base 1.0001
   * @param observationIndex where the newest observation is in the ring
   * @param observationCardinality how many observations the ring holds
   * @param observationCardinalityNext how many it will hold after its next turn
   */
  public record Slot0(
      BigInteger sqrtPriceX96,
      int tick,
      int observationIndex,
      int observationCardinality,
      int observationCardinalityNext) {}

  /**
   * The pool at {@code address}.
   *
   * @throws IllegalArgumentException if there is no such pool
   */
  public static UniswapPool at(ChainClient chain, Address address) {
    AbiValues pool =
        chain.getAll(BlockTag.LATEST, address, List.of(TOKEN0, TOKEN1, FEE, TICK_SPACING));
    return new UniswapPool(
        chain,
        address,
        pool.address("token0"),
        pool.address("token1"),
        pool.int32("fee"),
        pool.int32("tickSpacing"));
  }

  public Address address() {
    return address;
  }

  /** The token with the lower address. */
  public Address token0() {
    return token0;
  }

  /** The token with the higher address. */
  public Address token1() {
    return token1;
  }

  /** The fee of a swap, in hundredths of a basis point (500 is 0.05 %). */
  public int fee() {
    return fee;
  }

  /** Positions begin and end at multiples of this many ticks. */
  public int tickSpacing() {
    return tickSpacing;
  }

  Reads reads() {
    return chain.reads();
  }

  /** Price, tick and the state of the price history after block {@code at}. */
  public Slot0 slot0(BlockTag at) {
    return slot0(chain.callAt(at, address, SLOT0));
  }

  /** The same, among other reads. */
  Supplier<Slot0> slot0(Reads reads, BlockTag at) {
    Supplier<AbiValues> values = reads.call(at, address, SLOT0);
    return () -> slot0(values.get());
  }

  private static Slot0 slot0(AbiValues slot) {
    return new Slot0(
        slot.integer("sqrtPriceX96"),
        slot.int32("tick"),
        slot.int32("observationIndex"),
        slot.int32("observationCardinality"),
        slot.int32("observationCardinalityNext"));
  }

  /** The liquidity in range after block {@code at}. */
  public BigInteger liquidity(BlockTag at) {
    return chain.callAt(at, address, LIQUIDITY).integer("liquidity");
  }

  /** The observations at these indices of the ring after block {@code at}, in few round trips. */
  public List<Observation> observations(List<Integer> indices, BlockTag at) {
    Reads reads = chain.reads();
    List<Supplier<Observation>> observations =
        indices.stream().map(index -> observation(reads, index, at)).toList();
    reads.ask();
    return observations.stream().map(Supplier::get).toList();
  }

  /** One of them, among other reads. */
  Supplier<Observation> observation(Reads reads, int index, BlockTag at) {
    Supplier<AbiValues> values = reads.call(at, address, OBSERVATIONS, index);
    return () -> observation(values.get());
  }

  private static Observation observation(AbiValues values) {
    return new Observation(
        values.int64("blockTimestamp"), values.int64("tickCumulative"), values.bool("initialized"));
  }

  /**
   * The cumulative ticks as of {@code secondsAgos} seconds before block {@code at}, by the pool's
   * own search. Dear if a contract does it; {@link ObservationLog} gives the same numbers.
   */
  public List<Long> observe(List<Long> secondsAgos, BlockTag at) {
    return chain.callAt(at, address, OBSERVE, secondsAgos).integers("tickCumulatives").stream()
        .map(BigInteger::longValueExact)
        .toList();
  }

  /**
   * The call that lets the pool keep at least {@code cardinality} observations. It costs some
   * 22,000 gas for each one added.
   */
  public Call increaseCardinality(int cardinality) {
    return Call.of(address, GROW, cardinality);
  }
}
