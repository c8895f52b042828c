package org.probity.sim.scenario;

import org.probity.sim.random.RandomStream;

/** Distributions that several scenarios draw from. */
final class Draws {

  private static final double LARGE_MEAN = 30;

  private Draws() {}

  /** Poisson: Knuth's product of uniforms, in pieces where the mean is large. */
  static int poisson(RandomStream random, double mean) {
    int count = 0;
    double left = mean;
    while (left > LARGE_MEAN) {
      count += poisson(random, LARGE_MEAN);
      left -= LARGE_MEAN;
    }
    double limit = StrictMath.exp(-left);
    double product = random.nextDouble();
    while (product > limit) {
      count++;
      product *= random.nextDouble();
    }
    return count;
  }
}
