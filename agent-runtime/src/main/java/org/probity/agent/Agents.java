package org.probity.agent;

import java.util.List;
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

  /** Every agent that was ever created, by id; those that do not answer in time are left out. */
  CompletionStage<List<AgentStatus>> list();

  /**
   * The latest decisions of an agent with their proofs, as its journal has them, newest first.
   *
   * @param most how many
   */
  CompletionStage<List<DecisionRecord>> decisions(String id, int most);
}
