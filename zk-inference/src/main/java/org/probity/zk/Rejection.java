package org.probity.zk;

/** Ends a verification at its first failed check. */
final class Rejection extends Exception {
  private static final long serialVersionUID = 1L;

  private final Verdict verdict;

  Rejection(Verdict verdict) {
    super(verdict.name(), null, false, false);
    this.verdict = verdict;
  }

  Verdict verdict() {
    return verdict;
  }

  static void unless(boolean holds, Verdict verdict) throws Rejection {
    if (!holds) {
      throw new Rejection(verdict);
    }
  }
}
