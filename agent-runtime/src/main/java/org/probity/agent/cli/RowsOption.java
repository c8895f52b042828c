package org.probity.agent.cli;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.probity.zk.Architecture;
import picocli.CommandLine.Option;

/**
 * The option {@code --optimize}: into how many rows a model is cut when it is committed to. More
 * rows make its vectors shorter, and so its proofs quicker and its reference string smaller; each
 * is one more commitment that every verification pays for.
 */
final class RowsOption {

  /** Gas of one more row in a verification: a curve multiplication, and 64 bytes of call data. */
  private static final long GAS_OF_ROW = 7_600;

  /** Gas of one more variable: a round of the last sumcheck, and a third of a fold's opening. */
  private static final long GAS_OF_VARIABLE = 5_000;

  /** Shapes with so many variables more than the least take a multiple of the time. */
  private static final int REASONABLE = 2;

  /** The most that a model can have. */
  static final int MOST_LOG_ROWS = 10;

  @Option(
      names = "--optimize",
      paramLabel = "WHAT",
      description =
          "What to choose the number of the model's rows for: time (quick proofs, the default) or gas (cheap verification). `probity model cost` shows both.")
  private Preference preference = Preference.TIME;

  Preference preference() {
    return preference;
  }

  /** What is to be small. */
  enum Preference {
    TIME,
    GAS;

    /**
     * The shape with the best number of rows among those that a reference string is long enough
     * for.
     *
     * @param mostLogSize base-2 logarithm of its points
     * @throws Complaint if it is too short for any
     */
    Architecture choose(Architecture shape, int mostLogSize) {
      List<Architecture> fitting =
          candidates(shape).stream().filter(rows -> rows.logSize() <= mostLogSize).toList();
      if (fitting.isEmpty()) {
        throw new Complaint(
            "The model needs a reference string of 2^%d points or more, and this one has 2^%d: import a longer one."
                .formatted(quickest(shape).logSize(), mostLogSize));
      }
      return this == TIME
          ? fitting.getLast()
          : fitting.stream().min(Comparator.comparingLong(Preference::gas)).orElseThrow();
    }

    /** The same without a bound on the reference string, within reason. */
    Architecture choose(Architecture shape) {
      return choose(shape, quickest(shape).logSize() + REASONABLE);
    }

    private static long gas(Architecture shape) {
      return GAS_OF_ROW * shape.rows() + GAS_OF_VARIABLE * shape.logSize();
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * The shape with each number of rows that can pay: from one, as far as vectors of its size are
   * admitted, to where more of them no longer shorten anything.
   */
  static List<Architecture> candidates(Architecture shape) {
    List<Architecture> candidates = new ArrayList<>();
    for (int logRows = quickest(shape).logRows(); logRows >= 0; logRows--) {
      try {
        candidates.addFirst(withRows(shape, logRows));
      } catch (IllegalArgumentException e) {
        // Its vectors would be longer than any reference string.
        break;
      }
    }
    return candidates;
  }

  /** Those of {@link #candidates} whose proofs take no unreasonable time. */
  static List<Architecture> reasonable(Architecture shape) {
    int most = quickest(shape).logSize() + REASONABLE;
    return candidates(shape).stream().filter(rows -> rows.logSize() <= most).toList();
  }

  private static Architecture quickest(Architecture shape) {
    Architecture best = null;
    for (int logRows = 0; logRows <= MOST_LOG_ROWS; logRows++) {
      try {
        Architecture rows = withRows(shape, logRows);
        if (best != null && rows.logSize() >= best.logSize()) {
          return best;
        }
        best = rows;
      } catch (IllegalArgumentException e) {
        // Too large with so few rows.
        continue;
      }
    }
    if (best == null) {
      throw new Complaint(
          "The network is too large to be proven, with any number of rows: make it smaller.");
    }
    return best;
  }

  static Architecture withRows(Architecture shape, int logRows) {
    return new Architecture(shape.inputs(), shape.layers(), shape.readout(), logRows);
  }
}
