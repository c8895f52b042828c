package org.probity.agent.journal;

/** Names that the journal's rows go by. */
public final class AgentJournal {

  /** The kind of entity that agents are; their rows' persistence ids begin with it. */
  public static final String AGENTS = "agent";

  private AgentJournal() {}
}
