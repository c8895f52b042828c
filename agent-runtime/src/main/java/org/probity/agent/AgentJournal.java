package org.probity.agent;

/** Names that the journal's rows go by. */
final class AgentJournal {

  /** The kind of entity that agents are; their rows' persistence ids begin with it. */
  static final String AGENTS = "agent";

  private AgentJournal() {}
}
