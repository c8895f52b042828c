package org.probity.sim.scenario;

import java.util.ArrayList;
import java.util.List;
import org.probity.sim.random.RandomStream;

/**
 * Prices that move together: geometric Brownian motions whose increments have a given correlation,
 * and on top of each, independent of all others, regimes of its own.
 *
 * <p>With {@code L} the lower triangle of {@code L L^T = C} (Cholesky), asset {@code i} moves by
 * {@code sum over j <= i of L[i][j] g[j]}, and {@code g[j]} comes from a stream of its own: an
 * asset more at the end changes nothing in those before it.
 */
final class CorrelatedPrices {

  private final List<Walk> walks;
  private final double[][] factor;
  private final double years;
  private final List<RandomStream> streams = new ArrayList<>();
  private final List<PriceProcess> regimes = new ArrayList<>();
  private final double[] logs;

  /**
   * One price.
   *
   * @param price at the beginning
   * @param volatility of the logarithm, a year
   * @param drift of the price, a year
   * @param regimes volatility of its own regimes, a year; 0 for none
   */
  record Walk(double price, double volatility, double drift, double regimes) {}

  /**
   * @param correlation of the increments: symmetric, with ones in its diagonal
   * @param seconds of a step
   * @throws IllegalArgumentException if no increments have such a correlation
   */
  CorrelatedPrices(
      List<Walk> walks, List<List<Double>> correlation, double seconds, RandomStream random) {
    this.walks = List.copyOf(walks);
    this.factor = cholesky(correlation, walks.size());
    this.years = seconds / PriceProcess.YEAR;
    this.logs = new double[walks.size()];
    for (int i = 0; i < walks.size(); i++) {
      logs[i] = StrictMath.log(walks.get(i).price);
      RandomStream stream = random.named("asset " + i);
      streams.add(stream);
      double own = walks.get(i).regimes;
      regimes.add(
          own > 0 ? PriceProcess.regimes(0, own, seconds, stream.named("regimes")) : () -> 0);
    }
  }

  /** The prices one step later. */
  double[] next() {
    double[] drawn = new double[logs.length];
    for (int i = 0; i < drawn.length; i++) {
      drawn[i] = streams.get(i).nextGaussian();
    }
    double[] prices = new double[logs.length];
    for (int i = 0; i < prices.length; i++) {
      Walk walk = walks.get(i);
      double shock = 0;
      for (int j = 0; j <= i; j++) {
        shock += factor[i][j] * drawn[j];
      }
      logs[i] +=
          (walk.drift - walk.volatility * walk.volatility / 2) * years
              + walk.volatility * Math.sqrt(years) * shock;
      prices[i] = StrictMath.exp(logs[i] + regimes.get(i).next());
    }
    return prices;
  }

  /** The lower triangle of a matrix's square root. */
  static double[][] cholesky(List<List<Double>> matrix, int size) {
    if (matrix.size() != size || matrix.stream().anyMatch(row -> row.size() != size)) {
      throw new IllegalArgumentException(
          "The correlations of %d assets are a matrix of as many rows and columns: give one for each pair"
              .formatted(size));
    }
    double[][] lower = new double[size][size];
    for (int i = 0; i < size; i++) {
      for (int j = 0; j <= i; j++) {
        double value = matrix.get(i).get(j);
        if (value != matrix.get(j).get(i) || (i == j && value != 1)) {
          throw new IllegalArgumentException(
              "The correlations of assets %d and %d are not symmetric with ones in the diagonal: correct them"
                  .formatted(j + 1, i + 1));
        }
        for (int k = 0; k < j; k++) {
          value -= lower[i][k] * lower[j][k];
        }
        if (i == j && !(value > 0)) {
          throw new IllegalArgumentException(
              "The correlations contradict one another at asset %d: no prices move like that; bring them nearer to 0"
                  .formatted(i + 1));
        }
        lower[i][j] = i == j ? Math.sqrt(value) : value / lower[j][j];
      }
    }
    return lower;
  }
}
