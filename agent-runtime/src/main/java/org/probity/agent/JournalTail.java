package org.probity.agent;

import java.util.List;

/**
 * The journal's lines from a place on, for one who takes them at his own pace: nothing waits for
 * him.
 */
public interface JournalTail {

  /**
   * The next lines, each agent's in their order; empty if there are none yet. Asks the database.
   *
   * @throws IllegalArgumentException with a sentence if a line cannot be read
   */
  List<JournalLine> next();

  /** Whether this node is about to end, so that whoever follows goes on elsewhere. */
  boolean isEnding();
}
