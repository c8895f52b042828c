package org.probity.agent;

/** Told when a node cannot go on. */
@FunctionalInterface
public interface Fatal {

  /**
   * Ends the node, in good order as far as it can be, with an exit status other than 0. Returns at
   * once; more than one reason may come, and the first counts.
   *
   * @param sentence for standard error: the cause and the remedy
   */
  void because(String sentence);
}
