package org.probity.intent.source;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.probity.chain.AbiFunction;
import org.probity.chain.AbiValues;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Bytes;
import org.probity.chain.CallReverted;
import org.probity.chain.ChainClient;
import org.probity.chain.ContractArtifact;
import org.probity.chain.Head;
import org.probity.chain.Reads;
import org.probity.strategy.feature.ChainlinkReturns.Round;

/**
 * The rounds of one Chainlink feed, found by their moments.
 *
 * <p>A round's number is its proxy's phase in the upper 16 bits of 80 and its aggregator's own
 * number below. Within a phase rounds were updated one after the other, so the last one before a
 * moment is found by search: first back from the newest in steps that double, then by many probes
 * at once between two that enclose it, all moments together, in one batch a turn. Rounds before the
 * newest never change; they are kept as long as heads follow one another and the phase stands.
 */
final class FeedHistory {

  private static final ContractArtifact FEED = ContractArtifact.load("IAggregatorHistory");
  private static final AbiFunction LATEST = FEED.function("latestRoundData");
  private static final AbiFunction ROUND = FEED.function("getRoundData");
  private static final int PHASE_SHIFT = 64;
  private static final int ROUND_BYTES = 10;

  /** Probes of one turn, for all moments together: what a node takes in one request. */
  private static final int PROBES = 96;

  /** Kept rounds, after which the oldest are forgotten. */
  private static final int MOST_KEPT = 4_096;

  private final ChainClient chain;
  private final Address proxy;

  /** By the aggregator's numbers. */
  private final TreeMap<Long, Round> settled = new TreeMap<>();

  private BigInteger phase = BigInteger.ONE.negate();
  private @Nullable Head last;

  FeedHistory(ChainClient chain, Address proxy) {
    this.chain = chain;
    this.proxy = proxy;
  }

  /** A round under its number at the proxy. */
  record Found(BigInteger id, Round round) {}

  /**
   * For each of some moments the last round that was updated strictly before it, in the phase of
   * {@code head}, once {@code reads} are asked. Refuses if there is none, or a round is missing
   * that would show it.
   */
  synchronized Function<long[], List<Found>> begin(Head head, Reads reads) {
    BlockTag at = BlockTag.at(head.number());
    Supplier<AbiValues> newest = reads.call(at, proxy, LATEST);
    Head before = last;
    BooleanSupplier follows = follows(head, reads);
    return moments -> {
      AbiValues latest = answered(newest);
      return lastBefore(head, latest, follows.getAsBoolean() ? before : null, moments);
    };
  }

  /**
   * The rounds at {@code head}.
   *
   * @param follows the head that it is known to be, or to follow; what was kept at another is not
   *     used
   */
  private synchronized List<Found> lastBefore(
      Head head, AbiValues latest, @Nullable Head follows, long[] moments) {
    BigInteger id = latest.integer("roundId");
    BigInteger itsPhase = id.shiftRight(PHASE_SHIFT);
    boolean ofThisBranch = head.equals(last) || (follows != null && follows.equals(last));
    if (!ofThisBranch || !itsPhase.equals(phase)) {
      settled.clear();
    }
    phase = itsPhase;
    last = head;
    long newest = id.subtract(itsPhase.shiftLeft(PHASE_SHIFT)).longValueExact();
    var search = new Search(BlockTag.at(head.number()), newest, round(latest));
    search.run(moments);
    search.keep();
    return Arrays.stream(moments).mapToObj(search::found).toList();
  }

  /** For each round its number: big-endian uint80s. */
  static Bytes hints(List<Found> rounds) {
    byte[] packed = new byte[ROUND_BYTES * rounds.size()];
    for (int i = 0; i < rounds.size(); i++) {
      byte[] digits = rounds.get(i).id().toByteArray();
      int length = Math.min(digits.length, ROUND_BYTES); // a byte for the sign may lead
      System.arraycopy(
          digits, digits.length - length, packed, ROUND_BYTES * (i + 1) - length, length);
    }
    return Bytes.of(packed);
  }

  /** What was read of another branch may be of rounds that were never made. */
  private BooleanSupplier follows(Head head, Reads reads) {
    Head before = last;
    if (before == null || before.equals(head) || before.hash().equals(head.parentHash())) {
      return () -> true;
    }
    if (before.number() >= head.number()) {
      return () -> false;
    }
    Supplier<Optional<Head>> now = reads.head(BlockTag.at(before.number()));
    return () -> now.get().filter(block -> block.hash().equals(before.hash())).isPresent();
  }

  private AbiValues answered(Supplier<AbiValues> latest) {
    try {
      return latest.get();
    } catch (CallReverted e) {
      throw new SourceRefused(
          "The feed at %s has no round yet, or is none (%s): check its address, or wait"
              .formatted(proxy, e.getMessage()),
          e);
    }
  }

  private static Round round(AbiValues values) {
    return new Round(values.integer("answer"), values.int64("updatedAt"));
  }

  /** One search, on the state after one block. */
  private final class Search {
    private final BlockTag at;
    private final long newest;
    private final TreeMap<Long, Round> known = new TreeMap<>(settled);
    private final Set<Long> missing = new HashSet<>();

    Search(BlockTag at, long newest, Round round) {
      this.at = at;
      this.newest = newest;
      known.put(newest, round);
    }

    void run(long[] moments) {
      Set<Long> places = new TreeSet<>();
      int probes = Math.max(1, PROBES / moments.length);
      do {
        places.clear();
        for (long moment : moments) {
          long low = low(moment);
          long high = high(moment);
          if (low == 0) {
            back(high, places);
          } else {
            between(low, high, probes, places);
          }
        }
        ask(places);
      } while (!places.isEmpty());
    }

    /** The greatest known round before the moment; 0 if none is known. */
    private long low(long moment) {
      long low = 0;
      for (Map.Entry<Long, Round> round : known.entrySet()) {
        if (round.getValue().updatedAt() >= moment) {
          break;
        }
        low = round.getKey();
      }
      return low;
    }

    /** The least known round at the moment or after it; the one to come if none is known. */
    private long high(long moment) {
      Long next = known.higherKey(low(moment));
      return next == null ? newest + 1 : next;
    }

    /** In steps that double, down to the first round of the phase. */
    private void back(long high, Set<Long> places) {
      for (long step = 1; step < high; step *= 2) {
        add(high - step, places);
      }
      if (high > 1) {
        add(1, places);
      }
    }

    private void between(long low, long high, int probes, Set<Long> places) {
      long gap = high - low;
      for (int k = 1; k <= probes; k++) {
        long place = low + (gap <= probes ? k : gap / (probes + 1) * k);
        while (place < high && missing.contains(place)) {
          place++;
        }
        if (place > low && place < high) {
          places.add(place);
        }
      }
    }

    private void add(long place, Set<Long> places) {
      long there = place;
      while (missing.contains(there)) {
        there--;
      }
      if (there > 0) {
        places.add(there);
      }
    }

    private void ask(Set<Long> places) {
      Reads reads = chain.reads();
      Map<Long, Supplier<AbiValues>> asked = new HashMap<>();
      for (long place : places) {
        asked.put(place, reads.call(at, proxy, ROUND, id(place)));
      }
      if (!asked.isEmpty()) {
        reads.ask();
      }
      asked.forEach((place, values) -> {
        try {
          Round round = round(values.get());
          if (round.updatedAt() != 0) {
            known.put(place, round);
            return;
          }
        } catch (CallReverted e) {
          // The aggregator has no such round: as good as one that was never updated.
        }
        missing.add(place);
      });
    }

    Found found(long moment) {
      long low = low(moment);
      long high = high(moment);
      if (low == 0) {
        throw new SourceRefused(
            (phase.compareTo(BigInteger.ONE) > 0
                    ? "The feed at %s has no round before %s by its present aggregator (phase %s),"
                        + " and what an earlier one said does not count: wait until the"
                        + " aggregator's history is longer than the longest horizon"
                    : "The feed at %s has no round before %s (phase %s): wait until its history is"
                        + " longer than the longest horizon")
                .formatted(proxy, moment, phase));
      }
      if (high != low + 1) {
        throw new SourceRefused(
            "Round %s of the feed at %s is missing, so nothing shows that the one before it was the last before %s: decide as of another moment"
                .formatted(id(low + 1), proxy, moment));
      }
      return new Found(id(low), Objects.requireNonNull(known.get(low)));
    }

    void keep() {
      settled.putAll(known.headMap(newest));
      while (settled.size() > MOST_KEPT) {
        settled.pollFirstEntry();
      }
    }

    private BigInteger id(long round) {
      return phase.shiftLeft(PHASE_SHIFT).add(BigInteger.valueOf(round));
    }
  }
}
