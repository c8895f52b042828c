package org.probity.agent;

import org.probity.intent.conduct.Notice;

/**
 * Watches the agents of a node. Called on an agent's own thread: an implementation must be quick,
 * must not throw, and must bear calls from several threads.
 */
@FunctionalInterface
public interface AgentListener {

  /** Hears nothing. */
  AgentListener NONE = (_, _) -> {};

  /**
   * @param agent its id
   */
  void on(String agent, Notice event);

  /** Calls this listener, then {@code next}. */
  default AgentListener and(AgentListener next) {
    return (agent, event) -> {
      on(agent, event);
      next.on(agent, event);
    };
  }
}
