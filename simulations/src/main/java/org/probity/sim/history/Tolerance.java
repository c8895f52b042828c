package org.probity.sim.history;

/**
 * What an import takes as it is, where it would otherwise refuse.
 *
 * @param gaps rows missing inside of what is imported, and long stretches between imports
 * @param duplicates rows that come twice with the same content; one of each is kept
 */
public record Tolerance(boolean gaps, boolean duplicates) {

  /** Nothing. */
  public static final Tolerance STRICT = new Tolerance(false, false);

  /**
   * Rows that may be missing between one import and the next: sources leave out the first minute of
   * a day in which nothing happened.
   */
  static final long SEAM_ROWS = 10;
}
