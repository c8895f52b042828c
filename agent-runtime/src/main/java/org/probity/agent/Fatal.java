package org.probity.agent;

/** Is told that a node cannot go on, by whatever part of it finds out. */
@FunctionalInterface
public interface Fatal {

  /**
   * Ends the node, in good order as far as it can be, with a status other than 0. Returns at once;
   * of several reasons the first counts.
   *
   * @param sentence for the user: what happened, and what to do
   */
  void because(String sentence);
}
