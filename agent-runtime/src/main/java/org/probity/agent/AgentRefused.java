package org.probity.agent;

/** An agent cannot do what it is asked; the message says why and what to do. */
public final class AgentRefused extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final boolean unknown;

  public AgentRefused(String message) {
    this(message, false);
  }

  private AgentRefused(String message, boolean unknown) {
    super(message);
    this.unknown = unknown;
  }

  /** Nobody has created agent {@code id}. */
  public static AgentRefused unknown(String id) {
    return new AgentRefused(
        "There is no agent %s: list the agents to see which there are.".formatted(id), true);
  }

  /** Whether there is no such agent. */
  public boolean isUnknown() {
    return unknown;
  }
}
