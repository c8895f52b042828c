package org.probity.agent;

/** Is told that a node cannot go on, by whatever part of it finds out. */
public interface Fatal {

  /**
   * The node ends, with a status other than 0.
   *
   * @param sentence for the user: what happened, and what to do
   */
  void because(String sentence);
}
