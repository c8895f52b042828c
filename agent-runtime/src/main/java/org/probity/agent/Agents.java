package org.probity.agent;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.probity.intent.conduct.AgentSpec;

/**
 * All agents of a cluster, from any of its nodes. Every call answers asynchronously: with an {@link
 * AgentRefused} where an agent cannot do what it is asked, and with a {@link
 * java.util.concurrent.TimeoutException} where its node does not answer in time; what was asked may
 * have been done then, and asking again does no harm.
 */
public interface Agents {

  /**
   * Creates an agent; it begins with the next head. Refused if another agent that is not retired
   * acts for its vault.
   */
  CompletionStage<AgentStatus> create(AgentSpec spec);

  /**
   * Creates an agent, or has one that acts for the same vault take over model, payer and pace of
   * {@code spec}.
   */
  CompletionStage<AgentStatus> ensure(AgentSpec spec);

  /** It decides nothing new; what it has sent is followed to its end. */
  CompletionStage<AgentStatus> pause(String id, String reason);

  CompletionStage<AgentStatus> resume(String id);

  /** For good. */
  CompletionStage<AgentStatus> retire(String id, String reason);

  CompletionStage<AgentStatus> status(String id);

  /** Every agent that was ever created and answers in time, by id. */
  CompletionStage<List<AgentStatus>> list();

  /**
   * A stretch of all agents that were ever created, by id, whether they answer or not.
   *
   * @param after the id that they come after; empty to begin
   * @param most how many
   */
  CompletionStage<List<Listed>> list(String after, int most);

  /**
   * An agent of a list.
   *
   * @param status empty if it does not answer in time
   */
  record Listed(String id, Optional<AgentStatus> status) {}

  /**
   * Decisions of an agent with their proofs, as its journal has them, back to its first one. Its
   * node is not asked.
   */
  CompletionStage<List<DecisionRecord>> decisions(String id, DecisionSlice slice);

  /** One decision, by its place in the agent's journal; empty if there is none. */
  CompletionStage<Optional<DecisionRecord>> decision(String id, long sequence);

  /**
   * The journal of an agent from a place on. Asks the database.
   *
   * @param after the number of the line that they come after; -1 for those from now on
   * @throws AgentRefused if there is no such agent
   */
  JournalTail events(String id, long after);

  /** The journal of all agents from now on. Asks the database. */
  JournalTail events();

  /**
   * The journal of all agents after a line of one of them. Of that one exactly from there on; of
   * the others from a minute before it, so that lines may come twice, and none is missed.
   *
   * @throws AgentRefused if there is no such agent
   */
  JournalTail eventsAfter(String id, long sequence);
}
