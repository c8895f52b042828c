package org.probity.sim.backtest;

import com.typesafe.config.ConfigFactory;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.function.LongSupplier;
import org.probity.sim.market.V3Pool;
import org.probity.sim.math.Word;

/**
 * Measures the simulator: swaps in the exact pool, and a year of minutes with a decision on each.
 * The clock is the caller's; a run reads none.
 */
public final class YearBenchmark {

  /** Heads of a year of minutes. */
  public static final int YEAR_HEADS = 365 * 1_440;

  private static final BigInteger ONE = BigInteger.ONE.shiftLeft(96);
  private static final BigInteger DEPTH = BigInteger.TEN.pow(24);
  private static final int WIDEST = 887_270;
  private static final int FEE = 500;
  private static final int SPACING = 10;
  private static final int BATCH = 200_000;
  private static final double SECONDS = 1e9;

  private final LongSupplier nanoTime;

  /**
   * @param nanoTime nanoseconds from any origin: {@code System::nanoTime}
   */
  public YearBenchmark(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /**
   * A year of minutes of an invented market.
   *
   * @param heads how many were decided on
   * @param seconds that they took, by the caller's clock
   */
  public record Year(int heads, double seconds) {
    /** Heads a second. */
    public double rate() {
      return heads / seconds;
    }
  }

  /** Swaps to and fro inside one tick range of the exact pool, a second, on one core. */
  public double swapsPerSecond(double seconds) {
    V3Pool pool = new V3Pool(FEE, SPACING);
    pool.initialize(1, ONE);
    pool.mint(1, "bench", -WIDEST, WIDEST, DEPTH);
    Word amount = Word.of(BigInteger.TEN.pow(15));
    Word down = Word.of(V3Pool.LEAST_LIMIT);
    Word up = Word.of(V3Pool.GREATEST_LIMIT);
    Word amount0 = new Word();
    Word amount1 = new Word();
    double best = 0;
    long time = 2;
    long started = nanoTime.getAsLong();
    while (nanoTime.getAsLong() - started < seconds * SECONDS) {
      long from = nanoTime.getAsLong();
      for (int i = 0; i < BATCH; i++) {
        boolean zeroForOne = (i & 1) == 0;
        pool.swap(time++, zeroForOne, amount, zeroForOne ? down : up, amount0, amount1);
      }
      best = Math.max(best, BATCH * SECONDS / (nanoTime.getAsLong() - from));
    }
    return best;
  }

  /**
   * A year of minutes, decided on one by one.
   *
   * @param strategy what decides
   */
  public Year year(StrategyUnderTest strategy, BacktestListener listener) {
    BacktestSettings settings =
        BacktestSettings.read(
            ConfigFactory.parseString(
                "backtest { days = 365, policy { step = 60 s }, market { process { kind = ou, volatility = 0.6 } } }"),
            Path.of(""));
    long from = nanoTime.getAsLong();
    BacktestResult result = Backtest.run(settings, strategy, listener);
    return new Year(result.curve().size() - 1, (nanoTime.getAsLong() - from) / SECONDS);
  }
}
