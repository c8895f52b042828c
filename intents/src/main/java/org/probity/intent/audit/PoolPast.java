package org.probity.intent.audit;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.probity.chain.AbiEvent;
import org.probity.chain.Address;
import org.probity.chain.ChainRecord.Block;
import org.probity.chain.ChainRecord.Written;

/**
 * The cumulative tick of a Uniswap v3 pool, of its logs alone. A pool's tick stands from the end of
 * one block with a swap to the next, and what it writes into its ring interpolates exactly that: so
 * differences of these sums are those of the pool's own, whatever its ring has forgotten.
 *
 * <p>Only what lies within the reach of the last question is kept.
 */
final class PoolTicks {

  private static final AbiEvent SWAP =
      AbiEvent.parse(
          "Swap(address indexed sender, address indexed recipient, int256 amount0, int256 amount1,"
              + " uint160 sqrtPriceX96, uint128 liquidity, int24 tick)");
  private static final AbiEvent INITIALIZE =
      AbiEvent.parse("Initialize(uint160 sqrtPriceX96, int24 tick)");

  private static final int FIRST_STEP = 512;
  private static final int MOST_STEP = 1 << 16;

  /** A gap of so many times the width that is looked back over is not read through. */
  private static final int FAR = 8;

  private static final int COMPACT = 1_024;

  /**
   * The end of a block with a swap.
   *
   * @param tick from there on
   * @param sum of ticks by seconds up to there, from any origin
   */
  private record Point(long block, long time, int tick, long sum) {}

  private final Reading reading;
  private final Address pool;
  private final Reading.Stream stream;
  private List<Point> points = new ArrayList<>();
  private long covered = -1;
  private boolean born;

  PoolTicks(Reading reading, Address pool) {
    this.reading = reading;
    this.pool = pool;
    this.stream = reading.stream(pool, List.of(SWAP.topic(), INITIALIZE.topic()));
  }

  /** Reads what is wanted to answer for moments from {@code since} to the end of {@code block}. */
  void cover(long block, long since) {
    boolean reaches = !points.isEmpty() && (born || points.getFirst().time <= since);
    if (!reaches || far(block)) {
      begin(block, since);
    } else if (covered < block) {
      append(stream.all(covered + 1, block));
      covered = block;
    }
    forget(since);
  }

  private boolean far(long block) {
    long width = Math.max(1, covered - points.getFirst().block);
    return block - covered > Math.max(FIRST_STEP, FAR * width);
  }

  /** Backwards, in steps that grow, until a swap lies before the moment. */
  private void begin(long block, long since) {
    List<Written> found = new ArrayList<>();
    long step = FIRST_STEP;
    long upper = block;
    boolean early = false;
    while (!early && upper >= 0) {
      long lower = Math.max(0, upper - step + 1);
      List<Written> told = new ArrayList<>(stream.all(lower, upper));
      if (!told.isEmpty()) {
        Written oldest = told.getFirst();
        long height = oldest.entry().blockNumber();
        early =
            INITIALIZE.decode(oldest.entry()).isPresent()
                || reading.time(oldest, reading.blocks(List.of(height))) <= since;
      }
      told.addAll(found);
      found = told;
      upper = lower - 1;
      step = Math.min(2 * step, MOST_STEP);
    }
    points = new ArrayList<>();
    born = !found.isEmpty() && INITIALIZE.decode(found.getFirst().entry()).isPresent();
    append(found);
    covered = block;
  }

  private void append(List<Written> logs) {
    var heights = new TreeSet<Long>();
    logs.forEach(log -> heights.add(log.entry().blockNumber()));
    Map<Long, Block> blocks = reading.blocks(heights);
    for (Written log : logs) {
      int tick =
          SWAP.decode(log.entry())
              .or(() -> INITIALIZE.decode(log.entry()))
              .orElseThrow(() ->
                  new IllegalArgumentException("The pool %s tells another event".formatted(pool)))
              .int32("tick");
      long time = reading.time(log, blocks);
      long block = log.entry().blockNumber();
      Point last = points.isEmpty() ? null : points.getLast();
      long sum = last == null ? 0 : last.sum + last.tick * (time - last.time);
      if (last != null && last.block == block) {
        points.removeLast();
      } else if (last != null && time < last.time) {
        throw new IllegalArgumentException(
            "The node tells an earlier time of block %s than of block %s"
                .formatted(block, last.block));
      }
      points.add(new Point(block, time, tick, sum));
    }
  }

  private void forget(long since) {
    int before = place(since);
    if (before > COMPACT && before > points.size() / 2) {
      points = new ArrayList<>(points.subList(before, points.size()));
      born = false;
    }
  }

  /** The last point at or before a moment; -1 if there is none. */
  private int place(long moment) {
    int low = -1;
    int high = points.size() - 1;
    while (low < high) {
      int middle = low + (high - low + 1) / 2;
      if (points.get(middle).time <= moment) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  /**
   * The cumulative tick at a moment, from any origin.
   *
   * @throws IllegalArgumentException if the pool has no swap before it
   */
  long cumulative(long moment) {
    int at = place(moment);
    if (at < 0) {
      throw new IllegalArgumentException(
          "the pool %s had no price yet as of %s".formatted(pool, moment));
    }
    Point point = points.get(at);
    return point.sum + point.tick * (moment - point.time);
  }
}
