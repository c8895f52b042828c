package org.probity.sim.scenario;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import org.probity.sim.scenario.LendingTerms.PriceSource;

/**
 * The price that a lending market goes by, with eight decimals as Aave's oracle has: a feed's last
 * report, or the pool's mean over time.
 */
final class LendingOracle {

  /** What one whole quote token is worth. */
  static final BigInteger ONE = BigInteger.valueOf(100_000_000);

  private static final int DECIMALS = 8;

  private final PriceSource source;
  private final PoolTerms terms;
  private final ExactPool pool;
  private double reported;
  private long reportedAt;
  private double coming;
  private long comingAt = Long.MAX_VALUE;

  LendingOracle(PriceSource source, PoolTerms terms, ExactPool pool, double price, long time) {
    this.source = source;
    this.terms = terms;
    this.pool = pool;
    this.reported = price;
    this.reportedAt = time;
  }

  /** A feed sees the other market's price, and sends a report off if one is due. */
  void see(double price, long time) {
    if (source instanceof PriceSource.Feed feed && comingAt == Long.MAX_VALUE) {
      boolean moved = Math.abs(price / reported - 1) >= feed.deviation();
      if (moved || time - reportedAt >= feed.heartbeatSeconds()) {
        coming = price;
        comingAt = time + feed.delaySeconds();
      }
    }
  }

  /** When the report that is under way is in a block; {@link Long#MAX_VALUE} without one. */
  long nextReport() {
    return comingAt;
  }

  /** That block has come. */
  void report() {
    reported = coming;
    reportedAt = comingAt;
    comingAt = Long.MAX_VALUE;
  }

  /** Worth of one whole base token now. */
  BigInteger price(long time) {
    double price =
        switch (source) {
          case PriceSource.Feed _ -> reported;
          case PriceSource.Twap(long seconds) -> {
            int tick = pool.meanTick(time, seconds);
            yield terms.priceOfTick(terms.baseIsToken0() ? tick : -tick);
          }
        };
    return BigDecimal.valueOf(price)
        .movePointRight(DECIMALS)
        .setScale(0, RoundingMode.HALF_EVEN)
        .toBigIntegerExact()
        .max(BigInteger.ONE);
  }
}
