package org.probity.agent;

/** An agent cannot do what it is asked; the message says why and what to do. */
public final class AgentRefused extends RuntimeException {
  private static final long serialVersionUID = 1;

  public AgentRefused(String message) {
    super(message);
  }
}
