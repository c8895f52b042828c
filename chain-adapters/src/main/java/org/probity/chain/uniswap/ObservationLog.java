package org.probity.chain.uniswap;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.probity.chain.BlockTag;
import org.probity.chain.Head;

/**
 * A pool's price history as of one block, and the place of any moment in it.
 *
 * <p>A pool keeps a ring of observations. It writes one in each block that changes the tick or the
 * liquidity in range, before the change; so between two neighbouring observations the tick is
 * constant and the cumulative tick is a straight line, and interpolating is exact. The oldest
 * observation follows the newest one in the ring (Uniswap v3 core, {@code Oracle.sol}).
 *
 * <p>Moments are seconds of Unix time, which the pool keeps in 32 bits: this class holds until
 * 2106.
 */
public final class ObservationLog {

  private final Head block;
  private final int tick;
  private final int cardinality;
  private final int newestIndex;

  /** Oldest first; the last one is at {@code newestIndex} of the ring. */
  private final List<Observation> entries;

  private ObservationLog(
      Head block, int tick, int cardinality, int newestIndex, List<Observation> entries) {
    this.block = block;
    this.tick = tick;
    this.cardinality = cardinality;
    this.newestIndex = newestIndex;
    this.entries = entries;
  }

  /**
   * The stretch of history that holds a moment.
   *
   * @param index where in the ring the last observation at or before the moment is
   * @param before that observation
   * @param after the one after it, at index + 1 modulo the cardinality; empty if {@code before} is
   *     the newest, and the current tick goes on from there
   */
  public record Stretch(int index, Observation before, Optional<Observation> after) {}

  /**
   * Reads the history of {@code pool} after {@code block}, back to the last observation at or
   * before {@code since}, or all of it if it is shorter.
   */
  public static ObservationLog read(UniswapPool pool, Head block, long since) {
    return read(pool, block, since, List.of());
  }

  /**
   * The history after {@code next}, a later block of the same branch (after a reorg, {@link #read}
   * again); reads only what this log does not hold.
   */
  public ObservationLog advance(UniswapPool pool, Head next, long since) {
    return read(pool, next, since, entries);
  }

  private static ObservationLog read(
      UniswapPool pool, Head block, long since, List<Observation> known) {
    BlockTag at = BlockTag.at(block.number());
    UniswapPool.Slot0 slot0 = pool.slot0(at);
    int cardinality = slot0.observationCardinality();
    List<Observation> newestFirst = new ArrayList<>();
    int chunk = known.isEmpty() ? 100 : 8;
    while (newestFirst.size() < cardinality) {
      int done = newestFirst.size();
      List<Integer> indices =
          IntStream.range(done, Math.min(cardinality, done + chunk))
              .map(back -> Math.floorMod(slot0.observationIndex() - back, cardinality))
              .boxed()
              .toList();
      for (Observation entry : pool.observations(indices, at)) {
        if (!entry.initialized()) {
          return of(block, slot0, newestFirst, since);
        }
        int same = known.lastIndexOf(entry);
        if (same >= 0 && known.getFirst().timestamp() <= since) {
          // What lies before a common observation is common too.
          newestFirst.addAll(known.subList(0, same + 1).reversed());
          return of(block, slot0, newestFirst, since);
        }
        newestFirst.add(entry);
        if (entry.timestamp() <= since) {
          return of(block, slot0, newestFirst, since);
        }
      }
      chunk = 100;
    }
    return of(block, slot0, newestFirst, since);
  }

  private static ObservationLog of(
      Head block, UniswapPool.Slot0 slot0, List<Observation> newestFirst, long since) {
    if (newestFirst.isEmpty()) {
      throw new IllegalStateException(
          "The pool's newest observation is not in block %d: a reorg replaced the block while it was read"
              .formatted(block.number()));
    }
    // The ring may have overwritten what an earlier log still holds.
    int kept = Math.min(newestFirst.size(), slot0.observationCardinality());
    int needed = 1;
    while (needed < kept && newestFirst.get(needed - 1).timestamp() > since) {
      needed++;
    }
    return new ObservationLog(
        block,
        slot0.tick(),
        slot0.observationCardinality(),
        slot0.observationIndex(),
        List.copyOf(newestFirst.subList(0, needed).reversed()));
  }

  /** The block that this is the history after. */
  public Head block() {
    return block;
  }

  /** The tick after that block. */
  public int tick() {
    return tick;
  }

  /** The observations read, oldest first. */
  public List<Observation> entries() {
    return entries;
  }

  /**
   * The stretch that holds the moment {@code asOf}.
   *
   * @throws IllegalArgumentException if {@code asOf} is before the oldest observation or after the
   *     block
   */
  public Stretch at(long asOf) {
    if (asOf > block.timestamp() || asOf < entries.getFirst().timestamp()) {
      throw new IllegalArgumentException(
          "The price as of %d is not in the pool's history from %d to %d: wait, or raise its cardinality"
              .formatted(asOf, entries.getFirst().timestamp(), block.timestamp()));
    }
    int low = 0;
    int high = entries.size() - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (entries.get(middle).timestamp() <= asOf) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    boolean newest = low == entries.size() - 1;
    return new Stretch(
        Math.floorMod(newestIndex - (entries.size() - 1 - low), cardinality),
        entries.get(low),
        newest ? Optional.empty() : Optional.of(entries.get(low + 1)));
  }

  /** The ring indices of the last observations at or before each of these moments. */
  public List<Integer> indices(List<Long> asOfs) {
    return asOfs.stream().map(asOf -> at(asOf).index()).toList();
  }

  /** The cumulative tick as of {@code asOf}, the number that {@code observe()} gives. */
  public long tickCumulative(long asOf) {
    Stretch stretch = at(asOf);
    Observation before = stretch.before();
    long elapsed = asOf - before.timestamp();
    long slope =
        stretch
            .after()
            .map(after ->
                (after.tickCumulative() - before.tickCumulative())
                    / (after.timestamp() - before.timestamp()))
            .orElse((long) tick);
    return before.tickCumulative() + slope * elapsed;
  }
}
