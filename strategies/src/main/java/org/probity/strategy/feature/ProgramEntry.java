package org.probity.strategy.feature;

import java.util.List;
import org.probity.ground.Printable;

/**
 * One source of a {@link FeatureProgram}, as far as a model knows it: what is computed, but not of
 * which pool, feed or signers. Each has the arithmetic of the contract of its name, bit for bit.
 */
public sealed interface ProgramEntry
    permits TwapReturns, ChainlinkReturns, SignedReport, OwnBooks, OwnLoans {

  /**
   * One feature.
   *
   * @param name unique within its entry
   * @param unit what one step of the integer means
   * @param min least value, inclusive
   * @param max greatest value, inclusive
   */
  record Input(String name, String unit, int min, int max) {

    private static final int LONGEST = 64;

    /** Refuses texts that no definition of features takes, and bounds that hold no value. */
    public Input {
      if (name.isBlank() || name.length() > LONGEST || !Printable.line(name).equals(name)) {
        throw new IllegalArgumentException(
            "A feature needs a name of 1 to %d printable characters: choose another one"
                .formatted(LONGEST));
      }
      if (unit.length() > LONGEST || !Printable.line(unit).equals(unit)) {
        throw new IllegalArgumentException(
            "The unit of feature \"%s\" must have at most %d printable characters: shorten it"
                .formatted(name, LONGEST));
      }
      if (min > max || min == Integer.MIN_VALUE) {
        throw new IllegalArgumentException(
            "Feature \"%s\" has the range %d..%d: the least value must not exceed the greatest, and both must lie in (-2^31, 2^31)"
                .formatted(name, min, max));
      }
    }
  }

  /** Its features, in the contract's order. The source keeps each within its range. */
  List<Input> inputs();

  /** How many features it has. */
  default int width() {
    return inputs().size();
  }

  /** How much history the source must hold before the moment of a decision, in seconds. */
  default int historySeconds() {
    return 0;
  }

  /** What is computed, in one line: two entries are alike if and only if this is. */
  String identity();
}
