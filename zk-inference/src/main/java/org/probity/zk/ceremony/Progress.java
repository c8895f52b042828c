package org.probity.zk.ceremony;

/** Hears how far a long import is. Called by the importing thread only, several times a second. */
@FunctionalInterface
public interface Progress {
  /** Hears nothing. */
  Progress NONE = (step, done, total) -> {};

  /**
   * @param step what is being done, in a few words
   * @param done of it, in the unit of {@code total}
   * @param total at least 1
   */
  void update(String step, long done, long total);
}
