package org.probity.sim.metrics;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Resampling that keeps what neighbours have to do with each other: blocks of a series are drawn
 * and joined.
 *
 * <p>The <b>stationary</b> bootstrap (Politis and Romano 1994) draws blocks of geometric length, on
 * a circle, so that the resampled series is stationary; the <b>moving</b> block bootstrap (Künsch
 * 1989) draws blocks of one length. The same seed gives the same resamples.
 *
 * @param kind how blocks are drawn
 * @param blockLength mean length of a block, at least 1
 */
public record BlockBootstrap(Kind kind, double blockLength) {

  private static final int LEAST = 8;
  private static final int REPLICATIONS = 1_000;

  /** How blocks are drawn. */
  public enum Kind {
    STATIONARY,
    MOVING
  }

  public BlockBootstrap {
    if (!(blockLength >= 1)) {
      throw new IllegalArgumentException("A block has at least one element, not " + blockLength);
    }
  }

  /** The stationary bootstrap with the block length that {@link #suitingLength} finds. */
  public static BlockBootstrap suiting(double[] series) {
    return new BlockBootstrap(Kind.STATIONARY, suitingLength(series));
  }

  /**
   * Where the mean of a series may well lie: the 95 % of resamples in the middle. Unknown for fewer
   * than eight numbers.
   */
  public static Interval ofMean(double[] series, long seed) {
    if (series.length < LEAST) {
      return Interval.UNKNOWN;
    }
    BlockBootstrap bootstrap = suiting(series);
    var random = new SplittableRandom(seed);
    double[] means = new double[REPLICATIONS];
    for (int i = 0; i < means.length; i++) {
      means[i] =
          Arrays.stream(bootstrap.resample(series.length, random))
              .mapToDouble(at -> series[at])
              .average()
              .orElseThrow();
    }
    double[] sorted = Statistics.sortedNumbers(means);
    return new Interval(Statistics.quantile(sorted, 0.025), Statistics.quantile(sorted, 0.975));
  }

  /**
   * Indices of one resample.
   *
   * @param size of the series, and of the resample
   */
  public int[] resample(int size, SplittableRandom random) {
    int[] indices = new int[size];
    switch (kind) {
      case STATIONARY -> {
        double end = 1 / blockLength;
        int at = 0;
        for (int i = 0; i < size; i++) {
          at = i == 0 || random.nextDouble() < end ? random.nextInt(size) : (at + 1) % size;
          indices[i] = at;
        }
      }
      case MOVING -> {
        int length = Math.clamp(Math.round(blockLength), 1, size);
        for (int i = 0; i < size; i += length) {
          int from = random.nextInt(size - length + 1);
          for (int j = 0; j < length && i + j < size; j++) {
            indices[i + j] = from + j;
          }
        }
      }
    }
    return indices;
  }

  /**
   * The mean block length that keeps the error of the stationary bootstrap least, by the series'
   * own autocorrelation (Politis and White 2004, with the correction of Patton, Politis and White
   * 2009).
   */
  public static double suitingLength(double[] series) {
    int size = series.length;
    if (size < LEAST) {
      return 1;
    }
    int quiet = Math.max(5, (int) Math.ceil(Math.sqrt(StrictMath.log10(size))));
    int longest = Math.min(size - 1, (int) Math.ceil(Math.sqrt(size)) + quiet);
    double[] covariances = autocovariances(series, 2 * longest);
    if (!(covariances[0] > 0)) {
      return 1;
    }
    double band = 2 * Math.sqrt(StrictMath.log10(size) / size);
    int last = lastCorrelated(covariances, band, quiet, longest);
    int width = Math.min(2 * Math.max(1, last), covariances.length - 1);
    double spectrum = covariances[0];
    double slope = 0;
    for (int k = 1; k <= width; k++) {
      double taper = Math.min(1, 2 * (1 - (double) k / width));
      spectrum += 2 * taper * covariances[k];
      slope += 2 * taper * k * covariances[k];
    }
    if (spectrum == 0) {
      return 1;
    }
    double length = StrictMath.cbrt(slope * slope / (spectrum * spectrum) * size);
    return Math.clamp(length, 1, Math.ceil(Math.min(3 * Math.sqrt(size), size / 3.0)));
  }

  /** The lag after which {@code quiet} autocorrelations in a row are within the band. */
  private static int lastCorrelated(double[] covariances, double band, int quiet, int longest) {
    int run = 0;
    for (int lag = 1; lag <= longest && lag < covariances.length; lag++) {
      run = Math.abs(covariances[lag] / covariances[0]) < band ? run + 1 : 0;
      if (run == quiet) {
        return lag - quiet;
      }
    }
    return longest;
  }

  private static double[] autocovariances(double[] series, int lags) {
    int size = series.length;
    double mean = Statistics.mean(series);
    double[] covariances = new double[Math.min(lags, size - 1) + 1];
    for (int lag = 0; lag < covariances.length; lag++) {
      double sum = 0;
      for (int i = lag; i < size; i++) {
        sum += (series[i] - mean) * (series[i - lag] - mean);
      }
      covariances[lag] = sum / size;
    }
    return covariances;
  }
}
