package org.probity.agent;

/**
 * Watches an agent. Called on the agent's own thread: an implementation must be quick and must not
 * throw.
 */
@FunctionalInterface
public interface AgentListener {
  void on(AgentEvent event);

  /** Calls this listener, then {@code next}. */
  default AgentListener and(AgentListener next) {
    return event -> {
      on(event);
      next.on(event);
    };
  }
}
