package org.probity.agent;

import java.util.ArrayList;
import java.util.List;
import org.probity.zk.Bytes32;

/** A journal that no node is using, opened to see what it says. */
public final class RestingJournal implements AutoCloseable {

  private final JournalStore store;
  private final JournalRows rows;

  private RestingJournal(JournalStore store) {
    this.store = store;
    this.rows = new JournalRows(store.source());
  }

  /**
   * Opens it.
   *
   * @throws BadSetting if it cannot be used, a running node's among others
   */
  public static RestingJournal open(JournalSettings settings) {
    return new RestingJournal(JournalStore.open(settings));
  }

  /** The ids of all agents that it knows. */
  public List<String> agents() {
    return rows.agents();
  }

  /** Every decision of {@code agent}, the oldest first, and what became of it. */
  public List<DecisionRecord> decisions(String agent) {
    return rows.decisions(agent, Integer.MAX_VALUE).reversed();
  }

  /** How many lines it has. */
  public long lines() {
    return rows.count();
  }

  /** Every place where a line does not follow from the one before it, in words; none if all do. */
  public List<String> breaks() {
    List<String> breaks = new ArrayList<>();
    for (String agent : rows.agents()) {
      var last = new Bytes32[] {AgentRecord.origin(agent)};
      var next = new long[] {1};
      rows.each(
          agent,
          row -> {
            AgentRecord line = RecordCodec.decode(row.payload());
            if (row.sequence() != next[0] || !line.previous().equals(last[0])) {
              breaks.add("line %d of agent %s does not follow".formatted(row.sequence(), agent));
            }
            next[0] = row.sequence() + 1;
            last[0] = line.hash();
          });
    }
    return breaks;
  }

  @Override
  public void close() {
    store.close();
  }
}
