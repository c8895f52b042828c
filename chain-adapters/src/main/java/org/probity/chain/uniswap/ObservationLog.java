package org.probity.chain.uniswap;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.probity.chain.BlockTag;
import org.probity.chain.Head;
import org.probity.chain.Reads;

/**
 * A pool's price history as of one block, and the place of any moment in it.
 *
 * <p>A pool keeps a ring of observations. It writes one in each block that changes the tick or the
 * liquidity in range, before the change; {@link ObservationRing} reckons with them. The oldest
 * observation follows the newest one in the ring (Uniswap v3 core, {@code Oracle.sol}).
 *
 * <p>Moments are seconds of Unix time, which the pool keeps in 32 bits: this class holds until
 * 2106.
 */
public final class ObservationLog {

  /** Blocks for which it is guessed where in the ring they have written. */
  private static final int MOST_GUESSED = 32;

  private static final int CHUNK = 100;

  private final Head block;
  private final int cardinality;

  /** Where in the pool's storage the newest observation of {@link #ring} is. */
  private final int newestIndex;

  private final ObservationRing ring;

  private ObservationLog(Head block, int cardinality, int newestIndex, ObservationRing ring) {
    this.block = block;
    this.cardinality = cardinality;
    this.newestIndex = newestIndex;
    this.ring = ring;
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
    Reads reads = pool.reads();
    Reading reading = begin(pool, block, reads);
    reads.ask();
    return reading.since(since);
  }

  /** The history of {@code pool} after {@code block}, once {@code reads} are asked. */
  public static Reading begin(UniswapPool pool, Head block, Reads reads) {
    return new Reading(
        pool,
        block,
        pool.slot0(reads, BlockTag.at(block.number())),
        Map.of(),
        () -> false,
        List.of());
  }

  /**
   * The history after {@code next}, once {@code reads} are asked: among them are all the places
   * that a pool can have written since this log, one in each block. What this log holds is not read
   * again, unless {@code next} turns out to be of another branch.
   */
  public Reading advance(UniswapPool pool, Head next, Reads reads) {
    BlockTag at = BlockTag.at(next.number());
    long blocks = Math.clamp(next.number() - block.number(), 0, MOST_GUESSED);
    Map<Integer, Supplier<Observation>> guessed = new HashMap<>();
    for (int i = 0; i <= blocks && i < cardinality; i++) {
      int index = (newestIndex + i) % cardinality;
      guessed.put(index, pool.observation(reads, index, at));
    }
    return new Reading(
        pool, next, pool.slot0(reads, at), guessed, isAncestorOf(next, reads), entries());
  }

  /** What was read of another branch is of no use: a reorg may have replaced observations. */
  private BooleanSupplier isAncestorOf(Head next, Reads reads) {
    if (block.equals(next) || block.hash().equals(next.parentHash())) {
      return () -> true;
    }
    if (block.number() >= next.number()) {
      return () -> false;
    }
    Supplier<Optional<Head>> now = reads.head(BlockTag.at(block.number()));
    return () -> now.get().filter(head -> head.hash().equals(block.hash())).isPresent();
  }

  /** A history that is read together with something else. */
  public static final class Reading {
    private final UniswapPool pool;
    private final Head block;
    private final Supplier<UniswapPool.Slot0> slot0;
    private final Map<Integer, Supplier<Observation>> guessed;
    private final BooleanSupplier follows;
    private final List<Observation> before;

    private Reading(
        UniswapPool pool,
        Head block,
        Supplier<UniswapPool.Slot0> slot0,
        Map<Integer, Supplier<Observation>> guessed,
        BooleanSupplier follows,
        List<Observation> before) {
      this.pool = pool;
      this.block = block;
      this.slot0 = slot0;
      this.guessed = guessed;
      this.follows = follows;
      this.before = before;
    }

    /**
     * The history back to the last observation at or before {@code since}, or all of it if it is
     * shorter. Asks for what the first reads did not have.
     */
    public ObservationLog since(long since) {
      UniswapPool.Slot0 now = slot0.get();
      List<Observation> known = follows.getAsBoolean() ? before : List.of();
      int cardinality = now.observationCardinality();
      List<Observation> newestFirst = new ArrayList<>();
      int chunk = 0;
      while (chunk < cardinality && guessed.containsKey(place(now, chunk))) {
        chunk++;
      }
      while (newestFirst.size() < cardinality) {
        int done = newestFirst.size();
        List<Integer> places =
            IntStream.range(done, Math.min(cardinality, done + (chunk == 0 ? CHUNK : chunk)))
                .mapToObj(back -> place(now, back))
                .toList();
        for (Observation entry : chunk == 0 ? read(places) : guessed(places)) {
          if (!entry.initialized()) {
            return of(block, now, newestFirst, since);
          }
          int same = known.lastIndexOf(entry);
          if (same >= 0 && known.getFirst().timestamp() <= since) {
            // What lies before a common observation is common too.
            newestFirst.addAll(known.subList(0, same + 1).reversed());
            return of(block, now, newestFirst, since);
          }
          newestFirst.add(entry);
          if (entry.timestamp() <= since) {
            return of(block, now, newestFirst, since);
          }
        }
        chunk = 0;
      }
      return of(block, now, newestFirst, since);
    }

    private static int place(UniswapPool.Slot0 now, int back) {
      return Math.floorMod(now.observationIndex() - back, now.observationCardinality());
    }

    private List<Observation> guessed(List<Integer> places) {
      return places.stream()
          .map(place -> Objects.requireNonNull(guessed.get(place)).get())
          .toList();
    }

    private List<Observation> read(List<Integer> places) {
      return pool.observations(places, BlockTag.at(block.number()));
    }
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
        slot0.observationCardinality(),
        slot0.observationIndex(),
        new ObservationRing(slot0.tick(), newestFirst.subList(0, needed).reversed()));
  }

  /** The tick after the block that this is the history after. */
  public int tick() {
    return ring.tick();
  }

  /** The observations read, oldest first. */
  public List<Observation> entries() {
    return ring.observations();
  }

  /**
   * The stretch that holds the moment {@code asOf}.
   *
   * @throws IllegalArgumentException if {@code asOf} is before the oldest observation or after the
   *     block
   */
  public Stretch at(long asOf) {
    requireKnown(asOf);
    int at = ring.lastUpTo(asOf);
    return new Stretch(
        Math.floorMod(newestIndex - (entries().size() - 1 - at), cardinality),
        entries().get(at),
        ring.isNewest(at) ? Optional.empty() : Optional.of(entries().get(at + 1)));
  }

  private void requireKnown(long asOf) {
    if (asOf > block.timestamp() || asOf < ring.oldest()) {
      throw new IllegalArgumentException(
          "The price as of %d is not in the pool's history from %d to %d: wait, or raise its cardinality"
              .formatted(asOf, ring.oldest(), block.timestamp()));
    }
  }

  /** The cumulative tick as of {@code asOf}, the number that {@code observe()} gives. */
  public long tickCumulative(long asOf) {
    requireKnown(asOf);
    return ring.tickCumulative(asOf);
  }
}
