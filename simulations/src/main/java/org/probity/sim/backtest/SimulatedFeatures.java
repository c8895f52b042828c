package org.probity.sim.backtest;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.probity.chain.Bytes;
import org.probity.chain.Head;
import org.probity.intent.FeatureSource;
import org.probity.intent.Observation;
import org.probity.intent.VaultState;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.ReferenceTicks;
import org.probity.intent.source.Reports;
import org.probity.intent.source.VaultProgram;
import org.probity.intent.source.VaultSource;
import org.probity.intent.source.VaultSource.OfBooks;
import org.probity.intent.source.VaultSource.OfFeed;
import org.probity.intent.source.VaultSource.OfLoans;
import org.probity.intent.source.VaultSource.OfPool;
import org.probity.intent.source.VaultSource.OfSigners;
import org.probity.sim.market.OcrFeed;
import org.probity.sim.market.Reverted;
import org.probity.sim.market.V3Pool;
import org.probity.strategy.feature.FeatureProgram;
import org.probity.strategy.feature.OwnBooks;
import org.probity.strategy.feature.OwnLoans;
import org.probity.zk.FeatureVector;

/**
 * The features of a vault's program as of a moment, from the pools, feeds and books of a simulated
 * market; the arithmetic is that of {@code strategy.feature}, which a live agent reckons with too.
 */
final class SimulatedFeatures implements FeatureSource {

  private final SimulatedVault vault;
  private final VaultProgram program;
  private final Reports reports;
  private final FeatureProgram inputs;
  private final List<Bytes> hints;

  /**
   * A program for a vault in its market.
   *
   * @param reports where signed reports come from; their signatures are not looked at
   */
  SimulatedFeatures(SimulatedVault vault, VaultProgram program, Reports reports) {
    this.vault = vault;
    this.program = program;
    this.reports = reports;
    this.inputs = program.program();
    this.hints = Collections.nCopies(program.sources().size(), Bytes.EMPTY);
  }

  /**
   * {@inheritDoc} The head must be the market's present. A simulated vault finds its prices by
   * itself, so there are no hints.
   *
   * @throws Unknown if a pool or a source has nothing as of then
   */
  @Override
  public Observation at(Head head) {
    long now = head.timestamp();
    VaultState state = VaultState.of(vault.ledger(), now);
    long asOf = state.momentAt(now);
    List<Integer> refs = refs(asOf, now);
    return new Observation(state, asOf, refs, Bytes.EMPTY, features(asOf, now, refs), hints);
  }

  /** Nothing is known as of a moment; says why. An ordinary outcome of a young market. */
  static final class Unknown extends RuntimeException {

    private static final long serialVersionUID = 1L;

    Unknown(String message) {
      super(message, null, false, false);
    }
  }

  /**
   * For each asset the mean tick of its route over the policy's window up to a moment, as every
   * plan has it; 0 for the numeraire.
   */
  List<Integer> refs(long asOf, long now) {
    Policy policy = vault.policy();
    return ReferenceTicks.of(
        policy,
        asOf,
        (index, moment) -> {
          V3Pool pool = vault.market().pool(policy.parts().pools().get(index).pool()).exact();
          try {
            return cumulative(pool, moment, now);
          } catch (Reverted e) {
            throw new Unknown(
                "A pool of the policy has no mean price as of %s: %s"
                    .formatted(asOf, tooYoung(pool)));
          }
        });
  }

  private static long cumulative(V3Pool pool, long moment, long now) {
    return pool.observeTicks(now, now - moment);
  }

  private static String tooYoung(V3Pool pool) {
    return "its oldest observation is of %s; let it log for longer, or raise its cardinality"
        .formatted(pool.observationTime(pool.oldestObservation()));
  }

  /**
   * The model's inputs.
   *
   * @param asOf the moment, in seconds of Unix time, at most {@code now}
   * @param now the time of the newest block
   * @param refs the reference ticks of the moment, which the own books are valued by
   * @throws Unknown if a source has no features as of then
   */
  FeatureVector features(long asOf, long now, List<Integer> refs) {
    List<int[]> features = new ArrayList<>(program.sources().size());
    try {
      for (VaultSource source : program.sources()) {
        features.add(
            switch (source) {
              case OfPool pool -> ofPool(pool, asOf, now);
              case OfFeed feed -> ofFeed(feed, asOf);
              case OfSigners signers -> ofSigners(signers, asOf);
              case OfBooks(OwnBooks own) ->
                  own.features(
                      vault.ledger().ownBooks(), vault.ledger().loansAsOf(asOf), asOf, refs);
              case OfLoans(OwnLoans own) ->
                  own.features(
                      vault.ledger().ownBooks(), vault.ledger().loansAsOf(asOf), asOf, refs);
            });
      }
      return inputs.vector(features);
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new Unknown(
          "Source %s of the program has no features as of %s: %s"
              .formatted(
                  Math.min(features.size() + 1, program.sources().size()), asOf, e.getMessage()));
    }
  }

  private int[] ofPool(OfPool source, long asOf, long now) {
    V3Pool pool = vault.market().pool(source.pool()).exact();
    try {
      return source
          .entry()
          .features(moment -> cumulative(pool, moment, now), asOf, source.inverted());
    } catch (Reverted e) {
      throw new IllegalArgumentException(tooYoung(pool), e);
    }
  }

  private int[] ofFeed(OfFeed source, long asOf) {
    OcrFeed feed = vault.market().feed(source.proxy());
    return source
        .entry()
        .features(
            Arrays.stream(source.entry().points(asOf))
                .mapToObj(moment -> answer(feed, moment))
                .toList());
  }

  private static BigInteger answer(OcrFeed feed, long moment) {
    return feed.lastBefore(moment)
        .map(OcrFeed.Round::answer)
        .orElseThrow(() ->
            new IllegalArgumentException(
                "the feed has no round before %d; wait until its history is longer than the longest horizon"
                    .formatted(moment)));
  }

  private int[] ofSigners(OfSigners source, long asOf) {
    return reports
        .at(source.entry().schema(), asOf)
        .filter(report -> report.moment() == asOf)
        .map(Reports.Report::values)
        .orElseThrow(() ->
            new IllegalArgumentException(
                "nobody has reported for this moment; give the run reports of it"))
        .stream()
        .mapToInt(BigInteger::intValueExact)
        .toArray();
  }
}
