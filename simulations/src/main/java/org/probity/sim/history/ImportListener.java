package org.probity.sim.history;

/** Told how far an import has come. */
@FunctionalInterface
public interface ImportListener {

  /** Hears nothing. */
  ImportListener NONE = (_, _, _) -> {};

  /**
   * @param what is being done, in a few words
   * @param done of {@code total}
   */
  void progress(String what, long done, long total);

  /**
   * Told what was assumed or looks wrong, and was imported all the same.
   *
   * @param sentence without a full stop
   */
  default void doubt(String sentence) {}
}
