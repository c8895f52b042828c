package org.probity.zk;

/** What the number of model rows is chosen for. */
public enum Objective {
  /** The fewest rows among those that prove nearly as fast as any. */
  TIME,
  /** The cheapest verification. */
  GAS
}
