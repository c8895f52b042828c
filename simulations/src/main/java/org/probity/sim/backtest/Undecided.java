package org.probity.sim.backtest;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.probity.sim.market.V3Pool;

/** Why a run decided nothing, or seldom, or traded nothing. */
final class Undecided {

  private Undecided() {}

  /**
   * The reason; empty if more was decided than could not be.
   *
   * @param beyond moments for which the pool's history did not reach back far enough
   * @param seconds length of the run
   * @param pools at its end
   * @param needed seconds that features and prices look back
   */
  static Optional<DataWarning> of(
      int decisions, long beyond, long seconds, List<V3Pool> pools, long needed) {
    if (decisions > beyond) {
      return Optional.empty();
    }
    String what =
        decisions == 0
            ? "Nothing was decided"
            : "At %s moments nothing could be decided, and at %s something was"
                .formatted(beyond, decisions);
    return Optional.of(
        new DataWarning(
            DataWarning.Kind.UNDECIDED,
            beyond,
            "%s: %s.".formatted(what, why(beyond, seconds, pools, needed))));
  }

  /** Why decisions came to no trade; empty if one did, or none was made. */
  static Optional<DataWarning> untraded(DecisionLog decisions) {
    if (decisions.size() == 0 || decisions.count(DecisionLog.Fate.TRADED) > 0) {
      return Optional.empty();
    }
    String fates =
        Arrays.stream(DecisionLog.Fate.values())
            .filter(fate -> decisions.count(fate) > 0)
            .map(fate -> decisions.count(fate) + " " + words(decisions, fate))
            .collect(Collectors.joining(", "));
    return Optional.of(
        new DataWarning(
            DataWarning.Kind.UNTRADED,
            decisions.size(),
            "No decision came to a trade, so every figure is of what the vault held: %s."
                .formatted(fates)));
  }

  private static String words(DecisionLog decisions, DecisionLog.Fate fate) {
    return switch (fate) {
      case TRADED -> "traded";
      case RECORDED, HELD -> "said to hold";
      case IDLE ->
          "had nothing to do (the vault was at its target, empty, or its allowance used up)";
      case FORESEEN ->
          "would have been refused by the vault (mostly \"%s\")".formatted(mostly(decisions, fate));
      case REFUSED ->
          "were refused by the vault (mostly \"%s\")".formatted(mostly(decisions, fate));
      case LOST -> "reached no block in time";
      case PENDING -> "were under way at the end";
    };
  }

  /** The reason that came most often, without its numbers. */
  private static String mostly(DecisionLog decisions, DecisionLog.Fate fate) {
    return decisions.entries().stream()
        .filter(entry -> entry.fate() == fate)
        .map(DecisionLog.Entry::reason)
        .collect(Collectors.groupingBy(why -> why, TreeMap::new, Collectors.counting()))
        .entrySet()
        .stream()
        .max(Map.Entry.comparingByValue())
        .map(Map.Entry::getKey)
        .orElse("");
  }

  private static String why(long beyond, long seconds, List<V3Pool> pools, long needed) {
    if (beyond == 0) {
      return "no head of the run came later than the vault's beginning; choose a longer period";
    }
    if (seconds < needed) {
      return "the run is %s s long, and the features look %s s back; choose a longer period"
          .formatted(seconds, needed);
    }
    V3Pool pool = pools.stream().min(Comparator.comparingLong(Undecided::reached)).orElseThrow();
    int kept = pool.observationCardinality();
    long reached = reached(pool);
    return "the pool keeps %s %s (its observation cardinality), the oldest %s s before the newest at the end, and the features look %s s back; take a pool whose cardinality was raised, or, where the record begins with the pool, import its events from a later block, so that backtest.market.observations says how many it keeps"
        .formatted(kept, kept == 1 ? "observation" : "observations", reached, needed);
  }

  private static long reached(V3Pool pool) {
    return pool.observationTime(pool.observationIndex())
        - pool.observationTime(pool.oldestObservation());
  }
}
