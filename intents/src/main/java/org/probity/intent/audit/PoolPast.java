package org.probity.intent.audit;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.probity.chain.AbiEvent;
import org.probity.chain.AbiValues;
import org.probity.chain.Address;
import org.probity.chain.ChainRecord.Written;
import org.probity.chain.LogEntry;
import org.probity.intent.policy.ObservedPool;

/**
 * What a Uniswap v3 pool was at any place of its past, of its logs alone. A pool's tick and
 * liquidity stand from one of its logs to the next, and what it writes into its ring follows from
 * both by the clock: so differences of these sums are those of the pool's own, whatever its ring
 * has forgotten.
 */
final class PoolPast extends Backlog {

  private static final AbiEvent SWAP =
      AbiEvent.parse(
          "Swap(address indexed sender, address indexed recipient, int256 amount0, int256 amount1,"
              + " uint160 sqrtPriceX96, uint128 liquidity, int24 tick)");
  private static final AbiEvent INITIALIZE =
      AbiEvent.parse("Initialize(uint160 sqrtPriceX96, int24 tick)");
  private static final AbiEvent MINT =
      AbiEvent.parse(
          "Mint(address sender, address indexed owner, int24 indexed tickLower,"
              + " int24 indexed tickUpper, uint128 amount, uint256 amount0, uint256 amount1)");
  private static final AbiEvent BURN =
      AbiEvent.parse(
          "Burn(address indexed owner, int24 indexed tickLower, int24 indexed tickUpper,"
              + " uint128 amount, uint256 amount0, uint256 amount1)");

  private static final BigInteger MASK_160 = BigInteger.ONE.shiftLeft(160).subtract(BigInteger.ONE);
  private static final int COMPACT = 1_024;

  /** Observations that tell the start of a block, and one that may not have been written. */
  private static final int LEAST = 4;

  /**
   * The pool after one of its logs.
   *
   * @param sum of ticks by seconds up to it, from any origin
   * @param perLiquidity seconds by liquidity up to the last observation, times 2^128, from any
   *     origin
   * @param observed whether the pool wrote an observation before it
   */
  private record Mark(
      Place place,
      long time,
      int tick,
      BigInteger root,
      BigInteger liquidity,
      long sum,
      BigInteger perLiquidity,
      boolean observed) {}

  private List<Mark> marks = new ArrayList<>();

  /** The last with an observation. */
  private @Nullable Mark observation;

  PoolPast(Reading reading, Address pool) {
    super(reading, pool, List.of(SWAP.topic(), INITIALIZE.topic(), MINT.topic(), BURN.topic()));
  }

  /** Who swapped, if a log is a swap. */
  static Optional<Address> swapper(LogEntry entry) {
    return SWAP.decode(entry).map(told -> told.address("sender"));
  }

  /** Whether a log is one of these. */
  static boolean isOfPools(LogEntry entry) {
    return !entry.topics().isEmpty()
        && List.of(SWAP.topic(), MINT.topic(), BURN.topic()).contains(entry.topics().getFirst());
  }

  // ---- reading ----

  @Override
  void restart() {
    marks = new ArrayList<>();
    observation = null;
  }

  @Override
  boolean isFirst(Written log) {
    return INITIALIZE.decode(log.entry()).isPresent();
  }

  @Override
  boolean reaches(long since) {
    return reaches(marks, since);
  }

  private static boolean reaches(List<Mark> marks, long since) {
    return marks.stream()
        .filter(Mark::observed)
        .skip(LEAST - 1)
        .findFirst()
        .filter(mark -> mark.time <= since)
        .isPresent();
  }

  @Override
  boolean forget(long since) {
    int from = place(since) - COMPACT / 2;
    if (from > COMPACT && from > marks.size() / 2) {
      List<Mark> kept = new ArrayList<>(marks.subList(from, marks.size()));
      if (reaches(kept, since)) {
        marks = kept;
        return true;
      }
    }
    return false;
  }

  @Override
  void append(Written log, long time) {
    LogEntry entry = log.entry();
    Mark last = marks.isEmpty() ? null : marks.getLast();
    if (last != null && time < last.time) {
      throw backwards(entry.blockNumber());
    }
    Optional<AbiValues> priced = SWAP.decode(entry);
    if (priced.isPresent() || last == null) {
      Optional<AbiValues> begun = priced.or(() -> INITIALIZE.decode(entry));
      if (begun.isPresent()) { // else what came before is not known
        AbiValues told = begun.get();
        add(
            Place.of(entry),
            time,
            told.int32("tick"),
            told.integer("sqrtPriceX96"),
            priced.isPresent() ? told.integer("liquidity") : BigInteger.ZERO,
            last == null || last.tick != told.int32("tick"));
      }
      return;
    }
    Optional<AbiValues> minted = MINT.decode(entry);
    AbiValues told =
        minted
            .or(() -> BURN.decode(entry))
            .orElseThrow(() ->
                new IllegalArgumentException(
                    "The pool %s tells another event".formatted(contract)));
    BigInteger amount = told.integer("amount");
    boolean inRange = told.int32("tickLower") <= last.tick && last.tick < told.int32("tickUpper");
    if (amount.signum() != 0 && inRange) {
      BigInteger change = minted.isPresent() ? amount : amount.negate();
      add(Place.of(entry), time, last.tick, last.root, last.liquidity.add(change), true);
    }
  }

  private void add(
      Place place, long time, int tick, BigInteger root, BigInteger liquidity, boolean writes) {
    Mark last = marks.isEmpty() ? null : marks.getLast();
    Mark before = observation;
    if (last == null || before == null) {
      observation = new Mark(place, time, tick, root, liquidity, 0, BigInteger.ZERO, true);
      marks.add(observation);
      return;
    }
    boolean observed = writes && before.time != time;
    BigInteger per =
        observed
            ? BigInteger.valueOf(time - before.time)
                .shiftLeft(128)
                .divide(last.liquidity.max(BigInteger.ONE))
                .add(before.perLiquidity)
                .and(MASK_160)
            : before.perLiquidity;
    long sum = last.sum + last.tick * (time - last.time);
    var mark = new Mark(place, time, tick, root, liquidity, sum, per, observed);
    marks.add(mark);
    observation = observed ? mark : before;
  }

  // ---- answers ----

  /** The last mark at or before a moment; -1 if there is none. */
  private int place(long moment) {
    int low = -1;
    int high = marks.size() - 1;
    while (low < high) {
      int middle = low + (high - low + 1) / 2;
      if (marks.get(middle).time <= moment) {
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
          "the pool %s had no price yet as of %s".formatted(contract, moment));
    }
    Mark mark = marks.get(at);
    return mark.sum + mark.tick * (moment - mark.time);
  }

  /**
   * The pool as it was before the log at a place, with its observations from {@code since} on and
   * some before.
   *
   * @throws IllegalArgumentException if too little was logged before it
   */
  ObservedPool before(Place place, long since) {
    int at = marks.size() - 1;
    while (at >= 0 && marks.get(at).place.compareTo(place) >= 0) {
      at--;
    }
    return after(at, since);
  }

  /** The same, at the end of the blocks up to a moment. */
  ObservedPool at(long moment, long since) {
    return after(place(moment), since);
  }

  private ObservedPool after(int at, long since) {
    List<ObservedPool.Entry> newestFirst = new ArrayList<>();
    boolean reaches = false;
    for (int i = at; i >= 0 && !(reaches && newestFirst.size() >= LEAST); i--) {
      Mark mark = marks.get(i);
      if (mark.observed) {
        newestFirst.add(new ObservedPool.Entry(mark.time, mark.sum, mark.perLiquidity));
        reaches |= mark.time <= since;
      }
    }
    if (!reaches || (newestFirst.size() < LEAST && !isWhole())) {
      throw new IllegalArgumentException(
          "the pool %s has too few logs before it".formatted(contract));
    }
    Mark mark = marks.get(at);
    return new ObservedPool(
        mark.root, mark.tick, mark.liquidity, newestFirst.size(), newestFirst.reversed());
  }
}
