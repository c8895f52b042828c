package org.probity.zk.backend;

import java.util.List;

/**
 * The rows of a model, small integers that stay what they are from proof to proof. A backend may
 * keep a copy of its own for as long as it likes: it is known by this object's identity.
 */
public final class IntegerRows {
  private final List<int[]> rows;
  private final int width;

  /**
   * Rows of equal length, which nobody changes any more.
   *
   * @throws IllegalArgumentException if there is none, or lengths differ
   */
  public IntegerRows(List<int[]> rows) {
    this.rows = List.copyOf(rows);
    if (rows.isEmpty()) {
      throw new IllegalArgumentException("A model has at least one row");
    }
    width = this.rows.getFirst().length;
    if (this.rows.stream().anyMatch(row -> row.length != width)) {
      throw new IllegalArgumentException("The rows of a model have one length");
    }
  }

  /** The integers of row c. */
  public int[] get(int c) {
    return rows.get(c);
  }

  /** Number of rows. */
  public int count() {
    return rows.size();
  }

  /** Number of integers in a row. */
  public int width() {
    return width;
  }

  List<int[]> list() {
    return rows;
  }

  /** The shape only: the integers are secret. */
  @Override
  public String toString() {
    return "IntegerRows[" + count() + " x " + width + "]";
  }
}
