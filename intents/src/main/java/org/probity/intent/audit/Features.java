package org.probity.intent.audit;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.probity.chain.AbiFunction;
import org.probity.chain.AbiValues;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Bytes;
import org.probity.chain.CallReverted;
import org.probity.chain.ChainClient;
import org.probity.chain.ChainException;
import org.probity.chain.ChainRecord;
import org.probity.chain.ContractArtifact;
import org.probity.ground.Bytes32;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.ReferenceTicks;
import org.probity.intent.policy.VaultLedger;
import org.probity.intent.source.Reports;
import org.probity.intent.source.SourceContracts;
import org.probity.intent.source.VaultProgram;
import org.probity.intent.source.VaultSource;
import org.probity.intent.source.VaultSource.OfBooks;
import org.probity.intent.source.VaultSource.OfFeed;
import org.probity.intent.source.VaultSource.OfLoans;
import org.probity.intent.source.VaultSource.OfPool;
import org.probity.intent.source.VaultSource.OfSigners;
import org.probity.strategy.feature.OwnBooks;
import org.probity.strategy.feature.OwnLoans;

/**
 * Features of moments that are long past: pools' from their logs, own books' from the ledger that
 * the vault's events add up to, feeds' from their rounds, reports' from the call data.
 */
final class Features {

  private static final AbiFunction ROUND =
      ContractArtifact.load("IAggregatorHistory").function("getRoundData");
  private static final AbiFunction REPORT =
      AbiFunction.parse("f() returns (uint32 moment, int256[] values, bytes[] signatures)");
  private static final AbiFunction FEATURES_AT =
      ContractArtifact.load("Vault").function("featuresAt");
  private static final int ROUND_BYTES = 10;
  private static final int PHASE_SHIFT = 64;

  private final ChainClient chain;
  private final Address vault;
  private final Reading reading;
  private final Map<Address, PoolPast> pools = new HashMap<>();
  private final FeedPasts feeds;
  private final Lenders lenders;
  private final Map<BigInteger, Map<Address, AbiValues>> rounds = new HashMap<>();

  Features(ChainClient chain, Address vault, Reading reading, Lenders lenders) {
    this.lenders = lenders;
    this.chain = chain;
    this.vault = vault;
    this.reading = reading;
    this.feeds = new FeedPasts(chain, reading);
  }

  /**
   * What reads for a policy.
   *
   * @param entries the sources; empty where {@code obstacle} says why they cannot be repeated
   */
  record Program(Policy policy, List<VaultSource> entries, VaultProgram whole, String obstacle) {}

  /** What of a policy's program can be repeated. */
  Program program(Policy policy) {
    List<Policy.Feature> features = policy.model().program();
    try {
      SourceContracts release = reading.timed(() -> SourceContracts.of(chain, features));
      VaultProgram whole = VaultProgram.of(policy, release);
      return new Program(policy, whole.sources(), whole, "");
    } catch (IllegalArgumentException e) {
      VaultProgram none = new VaultProgram(List.of(new OfBooks(new OwnBooks(policy.assets()))));
      return new Program(policy, List.of(), none, String.valueOf(e.getMessage()));
    }
  }

  /** Something of a decision cannot be recomputed from what there is. */
  static final class Gone extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Gone(String message) {
      super(message);
    }
  }

  /** Something of a decision contradicts what there is. */
  static final class Contradicted extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Contradicted(String message) {
      super(message);
    }
  }

  /**
   * Reads what pools have logged, for a decision of the moment {@code asOf} in block {@code block}
   * or one soon after.
   */
  void cover(Program program, long block, long asOf) {
    Map<Address, Long> reach = new HashMap<>();
    long window = program.policy.limits().numbers().window();
    program.policy.parts().pools().forEach(pool -> reach.put(pool.pool(), window));
    for (VaultSource source : program.entries) {
      if (source instanceof OfPool pool) {
        reach.merge(pool.pool(), (long) pool.entry().historySeconds(), Math::max);
      }
    }
    reach.forEach((pool, seconds) -> past(pool).cover(block, asOf - seconds));
  }

  private PoolPast past(Address pool) {
    return pools.computeIfAbsent(pool, address -> new PoolPast(reading, address));
  }

  /** The vault's accounts with lending markets. */
  Lenders lenders() {
    return lenders;
  }

  /** What a plan asked of the market of its policy, by its pools' and feeds' logs. */
  Market market(Policy policy) {
    return new Market(policy, this::past, feeds, lenders);
  }

  /**
   * The reference ticks of a moment, by asset.
   *
   * @throws IllegalArgumentException if a pool had no price for long enough
   */
  List<Integer> references(Policy policy, long asOf) {
    return ReferenceTicks.of(
        policy,
        asOf,
        (pool, moment) -> past(policy.parts().pools().get(pool).pool()).cumulative(moment));
  }

  /**
   * The features of a decision, as a function of the hints that it was executed with.
   *
   * @param place before which it was executed
   * @param refs of the moment
   */
  Function<List<Bytes>, BigInteger[]> prepared(
      Program program, VaultLedger ledger, Place place, long asOf, List<Integer> refs) {
    if (!program.obstacle.isEmpty()) {
      return _ -> {
        throw new Gone("its features cannot be repeated: " + program.obstacle);
      };
    }
    List<Function<Bytes, int[]>> parts =
        program.entries.stream().map(source -> part(source, ledger, place, asOf, refs)).toList();
    return hints -> {
      if (hints.size() != parts.size()) {
        throw new Contradicted(
            "it was executed with %s hints for %s sources".formatted(hints.size(), parts.size()));
      }
      List<int[]> features =
          IntStream.range(0, parts.size()).mapToObj(i -> parts.get(i).apply(hints.get(i))).toList();
      try {
        return Arrays.stream(program.whole.program().vector(features).toArray())
            .mapToObj(BigInteger::valueOf)
            .toArray(BigInteger[]::new);
      } catch (IllegalArgumentException e) {
        throw new Gone(String.valueOf(e.getMessage()));
      }
    };
  }

  /** What the pools' ticks and the books give is computed now: neither stays. */
  private Function<Bytes, int[]> part(
      VaultSource source, VaultLedger ledger, Place place, long asOf, List<Integer> refs) {
    try {
      return switch (source) {
        case OfPool pool -> {
          int[] made = pool.entry().features(past(pool.pool())::cumulative, asOf, pool.inverted());
          yield _ -> made;
        }
        case OfBooks _ -> {
          int[] made = ledger.ownFeatures(asOf, refs);
          yield _ -> made;
        }
        case OfLoans(OwnLoans own) -> {
          int[] made = own.features(ledger.ownBooks(), ledger.loansAsOf(asOf), asOf, refs);
          yield _ -> made;
        }
        case OfFeed feed -> hints -> ofFeed(feed, place, asOf, hints);
        case OfSigners signers -> hints -> ofSigners(signers, asOf, hints);
      };
    } catch (IllegalArgumentException | ArithmeticException e) {
      return _ -> {
        throw new Gone("a source has no features as of then: " + e.getMessage());
      };
    }
  }

  // ---- Chainlink ----

  int[] ofFeed(OfFeed feed, Place place, long asOf, Bytes hints) {
    long[] points = feed.entry().points(asOf);
    if (hints.length() != ROUND_BYTES * points.length) {
      throw new Contradicted("its hints name %s bytes of rounds".formatted(hints.length()));
    }
    List<BigInteger> answers = new ArrayList<>();
    for (int i = 0; i < points.length; i++) {
      BigInteger id =
          new BigInteger(1, hints.slice(ROUND_BYTES * i, ROUND_BYTES * (i + 1)).toArray());
      answers.add(answer(feed.proxy(), place, id, points[i]));
    }
    try {
      return feed.entry().features(answers);
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new Contradicted(String.valueOf(e.getMessage()));
    }
  }

  /** The answer of a round that must be the last before a moment. */
  private BigInteger answer(Address proxy, Place place, BigInteger id, long moment) {
    Told round = told(proxy, place, id, moment);
    if (round.updatedAt == 0) {
      throw new Gone("round %s of the feed %s is gone".formatted(id, proxy));
    }
    if (round.updatedAt >= moment) {
      throw new Contradicted(
          "round %s of the feed %s is of %s, not before %s"
              .formatted(id, proxy, round.updatedAt, moment));
    }
    long next;
    try {
      next = told(proxy, place, id.add(BigInteger.ONE), moment).updatedAt;
    } catch (Gone e) {
      next = 0; // it was the latest, and still is
    }
    if (next != 0 && next < moment) {
      throw new Contradicted(
          "round %s of the feed %s is not the last before %s".formatted(id, proxy, moment));
    }
    return round.answer;
  }

  /** What is told of a round. */
  private record Told(BigInteger answer, long updatedAt) {}

  /** By the aggregator's logs; where it wrote none of it, by what the feed says of it now. */
  private Told told(Address proxy, Place place, BigInteger id, long moment) {
    BigInteger phase = id.shiftRight(PHASE_SHIFT);
    Optional<FeedPast> past = feeds.of(proxy, phase);
    past.ifPresent(logs -> logs.cover(place.block(), moment));
    return past.flatMap(logs -> logs.round(id.subtract(phase.shiftLeft(PHASE_SHIFT)), place))
        .map(round -> new Told(round.answer(), round.updatedAt()))
        .orElseGet(() -> {
          AbiValues now = round(proxy, id);
          return new Told(now.integer("answer"), now.int64("updatedAt"));
        });
  }

  private AbiValues round(Address proxy, BigInteger id) {
    AbiValues known = rounds.getOrDefault(id, Map.of()).get(proxy);
    if (known != null) {
      return known;
    }
    try {
      AbiValues told = reading.timed(() -> chain.call(proxy, ROUND, id));
      if (told.int64("updatedAt") != 0) {
        if (rounds.size() > 1 << 14) {
          rounds.clear();
        }
        rounds.computeIfAbsent(id, _ -> new HashMap<>()).put(proxy, told);
      }
      return told;
    } catch (CallReverted | IllegalArgumentException | ArithmeticException e) {
      throw new Gone("the feed %s tells nothing of round %s any more".formatted(proxy, id));
    }
  }

  // ---- signed reports ----

  int[] ofSigners(OfSigners source, long asOf, Bytes hints) {
    AbiValues report;
    try {
      report = REPORT.decode(hints);
    } catch (IllegalArgumentException e) {
      throw new Contradicted("its hints hold no report");
    }
    List<BigInteger> values = report.integers("values");
    if (report.int64("moment") != asOf || values.size() != source.entry().width()) {
      throw new Contradicted("its report is of another moment or width");
    }
    Bytes32 digest =
        Reports.Report.digest(
            chain.chainId(), source.contract(), source.entry().schema(), asOf, values);
    List<Address> left = new ArrayList<>(source.signers());
    List<?> signatures = (List<?>) report.get(2);
    for (Object signature : signatures) {
      Address signer = ChainRecord.signer(digest, (Bytes) signature).orElse(Address.ZERO);
      int at = left.indexOf(signer);
      if (at < 0) {
        throw new Contradicted("a signature of its report is none of its signers'");
      }
      left = left.subList(at + 1, left.size());
    }
    if (signatures.size() < source.threshold()) {
      throw new Contradicted("too few have signed its report");
    }
    return values.stream().mapToInt(BigInteger::intValueExact).toArray();
  }

  // ---- an archive node ----

  /**
   * What the vault itself computed on the state before a block, of a node that has kept it.
   *
   * @throws Gone if the node has not, or the vault refuses
   */
  BigInteger[] archived(long block, long asOf, List<Integer> refs, List<Bytes> hints) {
    try {
      return reading
          .timed(() -> chain.callAt(BlockTag.at(block - 1), vault, FEATURES_AT, asOf, refs, hints))
          .integers("featuresAt")
          .toArray(BigInteger[]::new);
    } catch (ChainException e) {
      throw new Gone("the node does not compute them on the block before: " + e.getMessage());
    }
  }
}
