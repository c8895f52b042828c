package org.probity.sim.history;

import java.math.BigInteger;
import java.util.Locale;

/**
 * One event of a Uniswap v3 pool, as its log tells it. What an event does not have is zero.
 *
 * @param time of its block, in seconds of Unix time
 * @param logIndex its place in the block
 * @param actor who did it: the sender of a swap, the owner of a position; hex
 * @param amount liquidity of a mint or a burn; the new length of the observation ring
 * @param amount0 of token0, from the pool's side in a swap: positive came in
 * @param sqrtPriceX96 after a swap or the initialisation
 * @param liquidity in range after a swap
 */
public record PoolEvent(
    long time,
    long block,
    int logIndex,
    Kind kind,
    String actor,
    int tickLower,
    int tickUpper,
    BigInteger amount,
    BigInteger amount0,
    BigInteger amount1,
    BigInteger sqrtPriceX96,
    BigInteger liquidity,
    int tick) {

  /** Kinds of events. */
  public enum Kind {
    INITIALIZE,
    MINT,
    BURN,
    COLLECT,
    SWAP,
    FLASH,
    /** The observation ring was made longer. */
    GROW,
    /** The protocol's part of the fee changed: {@code amount0} for token0, {@code amount1}. */
    PROTOCOL_FEE,
    COLLECT_PROTOCOL;

    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  static PoolEvent of(Row row) {
    return new PoolEvent(
        row.time(),
        row.whole(1),
        row.small(2),
        Kind.valueOf(row.text(3).toUpperCase(Locale.ROOT)),
        row.text(4),
        row.small(5),
        row.small(6),
        row.integer(7),
        row.integer(8),
        row.integer(9),
        row.integer(10),
        row.integer(11),
        row.small(12));
  }

  Row row() {
    return new Row(
        SeriesKind.POOL_EVENTS,
        time,
        block,
        (long) logIndex,
        kind.word(),
        actor,
        (long) tickLower,
        (long) tickUpper,
        amount,
        amount0,
        amount1,
        sqrtPriceX96,
        liquidity,
        (long) tick);
  }
}
