package org.probity.strategy.feature;

import java.util.List;
import java.util.stream.Collectors;

/** Growing spans of time back from a moment, in seconds, as sources take them. */
final class Horizons {

  private Horizons() {}

  /** A copy, if there are so many and each lies beyond the one before. */
  static List<Integer> require(List<Integer> horizons, int least, int most) {
    if (horizons.size() < least || horizons.size() > most) {
      throw new IllegalArgumentException(
          "%d to %d horizons are needed, not %d: list fewer or more"
              .formatted(least, most, horizons.size()));
    }
    int last = 0;
    for (int horizon : horizons) {
      if (horizon <= last) {
        throw new IllegalArgumentException(
            "Each horizon must lie beyond the one before, and %d s follows %d s: list them in ascending order"
                .formatted(horizon, last));
      }
      last = horizon;
    }
    return List.copyOf(horizons);
  }

  /** The moment itself, then the one before each horizon, in seconds. */
  static long[] points(List<Integer> horizons, long asOf) {
    var points = new long[horizons.size() + 1];
    points[0] = asOf;
    for (int i = 1; i < points.length; i++) {
      points[i] = asOf - horizons.get(i - 1);
    }
    return points;
  }

  /** The first difference of two lists that differ, as a clause. */
  static String difference(List<Integer> ofStrategy, List<Integer> ofVault) {
    if (ofStrategy.size() != ofVault.size()) {
      return "it has %d horizons for the strategy and %d for the vault"
          .formatted(ofStrategy.size(), ofVault.size());
    }
    int i = 0;
    while (i < ofStrategy.size() - 1 && ofStrategy.get(i).equals(ofVault.get(i))) {
      i++;
    }
    return "horizon %d is %d s for the strategy and %d s for the vault"
        .formatted(i + 1, ofStrategy.get(i), ofVault.get(i));
  }

  static String joined(List<Integer> horizons) {
    return horizons.stream().map(String::valueOf).collect(Collectors.joining(","));
  }
}
