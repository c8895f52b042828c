package org.probity.agent.record;

import org.probity.ground.Bytes32;
import org.probity.intent.conduct.AgentState;

/**
 * What an agent's journal adds up to.
 *
 * @param last hash of its last line
 * @param lines how many it has
 */
public record JournalState(AgentState agent, Bytes32 last, long lines) {

  /** The empty journal of agent {@code id}. */
  public static JournalState of(String id) {
    return new JournalState(AgentState.UNBORN, AgentRecord.origin(id), 0);
  }

  /** With one more line. */
  public JournalState after(AgentRecord line) {
    return new JournalState(agent.after(line.event()), line.hash(), lines + 1);
  }
}
