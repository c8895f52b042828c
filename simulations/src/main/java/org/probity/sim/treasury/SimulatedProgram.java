package org.probity.sim.treasury;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.probity.intent.policy.VaultLedger;
import org.probity.intent.source.Reports;
import org.probity.intent.source.VaultProgram;
import org.probity.intent.source.VaultSource;
import org.probity.intent.source.VaultSource.OfBooks;
import org.probity.intent.source.VaultSource.OfFeed;
import org.probity.intent.source.VaultSource.OfPool;
import org.probity.intent.source.VaultSource.OfSigners;
import org.probity.sim.market.OcrFeed;
import org.probity.sim.market.Reverted;
import org.probity.sim.market.V3Pool;
import org.probity.strategy.feature.OwnBooks;
import org.probity.zk.FeatureVector;

/**
 * The features of a vault's program as of a moment, from the pools, feeds and books of a simulated
 * market; the arithmetic is that of {@code strategy.feature}, which a live agent reckons with too.
 */
public final class SimulatedProgram {

  private final VaultProgram program;
  private final SimulatedMarket market;
  private final Reports reports;

  /**
   * A program in a market.
   *
   * @param reports where signed reports come from; their signatures are not looked at
   */
  public SimulatedProgram(VaultProgram program, SimulatedMarket market, Reports reports) {
    this.program = program;
    this.market = market;
    this.reports = reports;
  }

  /** Whose features these are. */
  public VaultProgram program() {
    return program;
  }

  /**
   * The model's inputs.
   *
   * @param asOf the moment, in seconds of Unix time, at most {@code now}
   * @param now the time of the newest block
   * @param ledger the vault's, whose books are as of the moment
   * @param refs the reference ticks of the plan, which the own books are valued by
   * @throws Unknown if a source has no features as of then
   */
  public FeatureVector at(long asOf, long now, VaultLedger ledger, List<Integer> refs) {
    var features = new ArrayList<int[]>();
    for (VaultSource source : program.sources()) {
      try {
        features.add(
            switch (source) {
              case OfPool pool -> ofPool(pool, asOf, now);
              case OfFeed feed -> ofFeed(feed, asOf);
              case OfSigners signers -> ofSigners(signers, asOf);
              case OfBooks(OwnBooks own) -> own.features(ledger.ownBooks(), asOf, refs);
            });
      } catch (IllegalArgumentException | ArithmeticException e) {
        throw new Unknown(
            "Source %d of the program has no features as of %d: %s"
                .formatted(features.size() + 1, asOf, e.getMessage()));
      }
    }
    return program.program().vector(features);
  }

  /** A program has no features as of a moment; says why. An ordinary outcome of a young market. */
  public static final class Unknown extends RuntimeException {

    private static final long serialVersionUID = 1L;

    Unknown(String message) {
      super(message, null, false, false);
    }
  }

  private int[] ofPool(OfPool source, long asOf, long now) {
    V3Pool pool = market.pool(source.pool()).exact();
    try {
      return source
          .entry()
          .features(
              moment -> pool.observe(now, now - moment).tickCumulative(), asOf, source.inverted());
    } catch (Reverted e) {
      throw new IllegalArgumentException(
          "the pool's oldest observation is of %d; let it log for longer, or raise its cardinality"
              .formatted(pool.observationTime(pool.oldestObservation())),
          e);
    }
  }

  private int[] ofFeed(OfFeed source, long asOf) {
    OcrFeed feed = market.feed(source.proxy());
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
