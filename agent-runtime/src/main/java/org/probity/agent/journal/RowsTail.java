package org.probity.agent.journal;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.probity.agent.JournalLine;
import org.probity.agent.JournalTail;

/**
 * Follows the journal by asking it: whichever node writes a line, it is there. Per agent it knows
 * the number of the last line that it gave, and nothing else.
 */
public final class RowsTail implements JournalTail {

  /**
   * Lines of different agents have no common order. Whoever goes on after a line has had, of other
   * agents, those that are older than it by more than clocks differ and a write takes.
   */
  static final Duration OVERLAP = Duration.ofMinutes(1);

  private static final int MOST = 256;

  private final JournalRows rows;
  private final Optional<String> only;
  private final BooleanSupplier ending;
  private final SortedMap<String, Long> given = new TreeMap<>();

  private RowsTail(JournalRows rows, Optional<String> only, BooleanSupplier ending) {
    this.rows = rows;
    this.only = only;
    this.ending = ending;
  }

  /** The lines of {@code agent} after the one with number {@code after}. */
  public static RowsTail of(JournalRows rows, String agent, long after, BooleanSupplier ending) {
    RowsTail tail = new RowsTail(rows, Optional.of(agent), ending);
    tail.given.put(agent, after);
    return tail;
  }

  /** The lines of all agents that are written from now on. */
  public static RowsTail ofAll(JournalRows rows, BooleanSupplier ending) {
    RowsTail tail = new RowsTail(rows, Optional.empty(), ending);
    rows.agents().forEach(agent -> tail.given.put(agent, rows.highest(agent)));
    return tail;
  }

  /**
   * The lines of {@code agent} after the one with number {@code after}, and of the others those
   * since {@link #OVERLAP} before it.
   */
  public static RowsTail ofAll(JournalRows rows, String agent, long after, BooleanSupplier ending) {
    RowsTail tail = new RowsTail(rows, Optional.empty(), ending);
    Instant since = rows.time(agent, after).orElse(Instant.MIN.plus(OVERLAP)).minus(OVERLAP);
    rows.agents().forEach(other -> tail.given.put(other, rows.lastBefore(other, since)));
    tail.given.put(agent, after);
    return tail;
  }

  @Override
  public List<JournalLine> next() {
    List<JournalLine> lines = new ArrayList<>();
    if (only.isEmpty()) {
      rows.agents().forEach(agent -> given.putIfAbsent(agent, 0L));
    }
    for (JournalSource.Row row :
        only.map(agent -> rows.after(agent, given.getOrDefault(agent, 0L), MOST))
            .orElseGet(() -> rows.following(given))) {
      lines.add(Journal.line(row));
      given.put(row.agent(), row.sequence());
    }
    return lines;
  }

  @Override
  public boolean isEnding() {
    return ending.getAsBoolean();
  }
}
