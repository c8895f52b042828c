package org.probity.intent.source;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.LongFunction;
import org.probity.chain.AbiErrors;
import org.probity.chain.AbiFunction;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Bytes;
import org.probity.chain.CallReverted;
import org.probity.chain.ChainClient;
import org.probity.chain.ContractArtifact;
import org.probity.chain.Head;
import org.probity.chain.Reads;
import org.probity.chain.uniswap.ObservationLog;
import org.probity.intent.source.VaultSource.OfBooks;
import org.probity.intent.source.VaultSource.OfFeed;
import org.probity.intent.source.VaultSource.OfLoans;
import org.probity.intent.source.VaultSource.OfPool;
import org.probity.intent.source.VaultSource.OfSigners;
import org.probity.strategy.feature.OwnBooks;
import org.probity.strategy.feature.OwnLoans;
import org.probity.zk.FeatureVector;

/**
 * Reads the features of one program, and the hints with which its vault finds the same ones.
 *
 * <p>Successive heads share most of their history: only what a head adds is read. May serve many
 * threads; they take turns.
 */
public final class ProgramReader {

  private static final AbiFunction FEATURES =
      ContractArtifact.load("IFeatureSource").function("features");
  private static final AbiErrors REPORT_ERRORS =
      AbiErrors.of(ContractArtifact.load("SignedReport"));
  private static final AbiLayout REPORT =
      AbiLayout.of("(uint32 moment, int256[] values, bytes[] signatures)");

  private final ChainClient chain;
  private final VaultProgram program;
  private final Reports reports;
  private final Map<Address, PoolHistory> pools = new HashMap<>();
  private final Map<Address, FeedHistory> feeds = new HashMap<>();

  /** A reader of {@code program} on {@code chain}. */
  public ProgramReader(ChainClient chain, VaultProgram program, Reports reports) {
    this.chain = chain;
    this.program = program;
    this.reports = reports;
  }

  /** The features of a vault's own books and loans, as of the moment that is read for. */
  @FunctionalInterface
  public interface Books {
    /** For programs without own books. */
    Books NONE =
        _ -> {
          throw new SourceRefused("The program reads the vault's own books, and none are given");
        };

    /** Its features; see {@link OwnBooks#features}. */
    int[] features(OwnBooks entry);

    /** Its features; see {@link OwnLoans#features}. */
    default int[] features(OwnLoans entry) {
      throw new SourceRefused(
          "The program reads the loans of %s reserves, and none are given"
              .formatted(entry.reserves()));
    }
  }

  /**
   * What a vault computes, and how it finds it.
   *
   * @param features the model's inputs
   * @param hints one for each source of the program, the {@code sourceHints} of {@code execute}
   */
  public record Reading(FeatureVector features, List<Bytes> hints) {}

  /** What one source gives. */
  @SuppressWarnings("ArrayRecordComponent") // internal, never compared
  private record Part(int[] features, Bytes hints) {}

  /** One source, of which something is read already. */
  @FunctionalInterface
  private interface PartReading {
    Part at(long asOf, Books books);
  }

  /** Whose features these are. */
  public VaultProgram program() {
    return program;
  }

  /**
   * The features as of {@code asOf}, from the chain as it is after {@code head}.
   *
   * @param asOf in seconds of Unix time, at most the head's
   * @throws SourceRefused if a source would refuse, or has no features as of then
   * @throws org.probity.chain.ChainException if the chain does not answer
   */
  public Reading at(Head head, long asOf, Books books) {
    Reads reads = chain.reads();
    Pending pending = begin(head, reads);
    reads.ask();
    return pending.at(asOf, books);
  }

  /** The features after {@code head}, once {@code reads} are asked. */
  public synchronized Pending begin(Head head, Reads reads) {
    return new Pending(
        head,
        program.sources().stream()
            .map(source ->
                switch (source) {
                  case OfPool pool -> ofPool(pool, head, reads);
                  case OfFeed feed -> ofFeed(feed, head, reads);
                  case OfSigners signers -> ofSigners(signers, head);
                  case OfBooks(OwnBooks own) -> ofBooks(own);
                  case OfLoans(OwnLoans own) -> ofLoans(own);
                })
            .toList());
  }

  /** A program that is read together with something else, such as the moment to decide for. */
  public final class Pending {
    private final Head head;
    private final List<PartReading> readings;

    private Pending(Head head, List<PartReading> readings) {
      this.head = head;
      this.readings = readings;
    }

    /** The features as of a moment; asks for what the first reads did not have. */
    public Reading at(long asOf, Books books) {
      if (asOf > head.timestamp()) {
        throw new SourceRefused(
            "The moment %s lies after the head's time, %s: wait for a later head"
                .formatted(asOf, head.timestamp()));
      }
      var features = new ArrayList<int[]>();
      var hints = new ArrayList<Bytes>();
      for (PartReading reading : readings) {
        try {
          Part part = reading.at(asOf, books);
          features.add(part.features());
          hints.add(part.hints());
        } catch (IllegalArgumentException | ArithmeticException e) {
          throw new SourceRefused(
              "Source %s of the program has no features as of %s: %s"
                  .formatted(features.size() + 1, asOf, e.getMessage()),
              e);
        }
      }
      try {
        return new Reading(program.program().vector(features), List.copyOf(hints));
      } catch (IllegalArgumentException e) {
        throw new SourceRefused(String.valueOf(e.getMessage()), e);
      }
    }
  }

  private static PartReading ofBooks(OwnBooks own) {
    return (_, books) -> new Part(books.features(own), Bytes.EMPTY);
  }

  private static PartReading ofLoans(OwnLoans own) {
    return (_, books) -> new Part(books.features(own), Bytes.EMPTY);
  }

  private PartReading ofPool(OfPool source, Head head, Reads reads) {
    LongFunction<ObservationLog> history =
        pools
            .computeIfAbsent(
                source.pool(), pool -> new PoolHistory(chain, pool, longestHorizon(pool)))
            .begin(head, reads);
    return (asOf, _) -> {
      ObservationLog log = history.apply(asOf);
      return new Part(
          source.entry().features(log::tickCumulative, asOf, source.inverted()),
          PoolHistory.hints(log, source.entry().points(asOf)));
    };
  }

  private int longestHorizon(Address pool) {
    return program.sources().stream()
        .mapToInt(source ->
            source instanceof OfPool other && other.pool().equals(pool)
                ? other.entry().historySeconds()
                : 0)
        .max()
        .orElseThrow();
  }

  private PartReading ofFeed(OfFeed source, Head head, Reads reads) {
    Function<long[], List<FeedHistory.Found>> history =
        feeds
            .computeIfAbsent(source.proxy(), proxy -> new FeedHistory(chain, proxy))
            .begin(head, reads);
    return (asOf, _) -> {
      List<FeedHistory.Found> rounds = history.apply(source.entry().points(asOf));
      return new Part(
          source.entry().features(rounds.stream().map(found -> found.round().answer()).toList()),
          FeedHistory.hints(rounds));
    };
  }

  private PartReading ofSigners(OfSigners source, Head head) {
    return (asOf, _) -> reported(source, head, asOf);
  }

  private Part reported(OfSigners source, Head head, long asOf) {
    Reports.Report report =
        reports
            .at(source.entry().schema(), asOf)
            .orElseThrow(() ->
                new IllegalArgumentException(
                    "nobody has reported for this moment yet; wait for the signers"));
    if (report.moment() != asOf || report.values().size() != source.entry().width()) {
      throw new IllegalArgumentException(
          "the report is of %s values for %s, where %s for the moment are wanted; look at where reports come from"
              .formatted(report.values().size(), report.moment(), source.entry().width()));
    }
    // In ascending order, as the contract wants them; no more than it wants.
    List<Bytes> signatures =
        source.signers().stream()
            .filter(report.signatures()::containsKey)
            .limit(source.threshold())
            .map(signer -> Objects.requireNonNull(report.signatures().get(signer)))
            .toList();
    if (signatures.size() < source.threshold()) {
      throw new IllegalArgumentException(
          "%s of its signers have signed the report, and %s must; wait for the others"
              .formatted(signatures.size(), source.threshold()));
    }
    Bytes hints = REPORT.encode(asOf, report.values(), signatures);
    int[] values = report.values().stream().mapToInt(BigInteger::intValueExact).toArray();
    if (!Arrays.equals(values, asked(source, head, asOf, hints))) {
      throw new IllegalArgumentException(
          "the contract makes other values of the report; check that it is of this release");
    }
    return new Part(values, hints);
  }

  /** Whether the signatures hold, the contract says itself. */
  private int[] asked(OfSigners source, Head head, long asOf, Bytes hints) {
    try {
      return chain
          .callAt(
              BlockTag.at(head.number()),
              source.contract(),
              FEATURES,
              source.parameters(),
              asOf,
              hints)
          .integers("values")
          .stream()
          .mapToInt(BigInteger::intValueExact)
          .toArray();
    } catch (CallReverted e) {
      throw new IllegalArgumentException(
          "the contract refuses the report (%s); look at where reports come from"
              .formatted(e.reason(REPORT_ERRORS)),
          e);
    }
  }
}
