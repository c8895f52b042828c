package org.probity.sim.study;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.LongFunction;
import java.util.stream.IntStream;
import org.probity.sim.backtest.BacktestResult;
import org.probity.sim.backtest.DecisionLog;
import org.probity.sim.backtest.DecisionLog.Entry;

/**
 * Whether a run's decisions knew the future: it is run again on data that ends earlier, and no
 * decision before the end may be another. Cuts lie right after decisions to act, where knowing the
 * very next price would pay.
 *
 * @param cuts times at which the data ended, in seconds of Unix time
 * @param changed the first decision that was another one, if any
 * @param compared decisions that were compared, over all cuts
 */
public record LookAhead(List<Long> cuts, Optional<Change> changed, int compared) {

  public LookAhead {
    cuts = List.copyOf(cuts);
  }

  /**
   * A decision that depended on later data.
   *
   * @param time of the head that was decided on
   * @param cut where the data ended
   * @param sameFeatures whether the features were the same and only the decision was another
   */
  public record Change(long time, long cut, boolean sameFeatures) {}

  /** Whether no decision changed. */
  public boolean passed() {
    return changed.isEmpty();
  }

  /** What was found, in a sentence. */
  public String sentence() {
    return changed
        .map(change ->
            "The decision at %s changes when the data ends at %s: %s look into the future."
                .formatted(
                    Instant.ofEpochSecond(change.time),
                    Instant.ofEpochSecond(change.cut),
                    change.sameFeatures ? "the strategy must" : "its features must"))
        .orElseGet(() ->
            String.format(
                Locale.ROOT,
                "No decision changed when the data after it was removed (%d cuts, %,d decisions compared).",
                cuts.size(),
                compared));
  }

  /**
   * Checks a run.
   *
   * @param whole the run on all data
   * @param rerun the same run on data that ends at a time
   * @param count how many cuts, spread over the run
   */
  public static LookAhead check(
      BacktestResult whole, LongFunction<BacktestResult> rerun, int count) {
    DecisionLog all = whole.decisions();
    List<Long> cuts = cuts(whole, count);
    int compared = 0;
    for (long cut : cuts) {
      DecisionLog shorter = rerun.apply(cut).decisions();
      int size = Math.min(shorter.size(), all.size());
      for (int i = 0; i < size; i++) {
        Entry before = all.entry(i);
        Entry after = shorter.entry(i);
        if (after.time() > cut || before.time() > cut) {
          break;
        }
        compared++;
        boolean sameFeatures = before.featuresDigest() == after.featuresDigest();
        if (before.time() != after.time()
            || !before.outputs().equals(after.outputs())
            || !sameFeatures) {
          return new LookAhead(
              cuts,
              Optional.of(new Change(Math.min(before.time(), after.time()), cut, sameFeatures)),
              compared);
        }
      }
    }
    return new LookAhead(cuts, Optional.empty(), compared);
  }

  /** Times of decisions that acted, spread evenly; of any decisions where few did. */
  private static List<Long> cuts(BacktestResult whole, int count) {
    DecisionLog log = whole.decisions();
    List<Entry> acting =
        log.entries().stream().filter(entry -> whole.market().acts(entry.outputs())).toList();
    List<Entry> from = acting.size() >= count ? acting : log.entries();
    var times = new TreeSet<Long>();
    IntStream.rangeClosed(1, count)
        .map(i -> (int) ((long) from.size() * i / (count + 1)))
        .filter(i -> i > 0 && i < from.size())
        .forEach(i -> times.add(from.get(i).time()));
    return new ArrayList<>(times);
  }
}
