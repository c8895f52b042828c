package org.probity.sim.history;

import java.math.BigInteger;
import java.util.Arrays;

/**
 * One row of a series: for each column of its kind a {@link Long}, {@link BigInteger}, {@link
 * Double} or {@link String}.
 */
final class Row implements Comparable<Row> {

  private final SeriesKind kind;
  private final Object[] values;

  Row(SeriesKind kind, Object... values) {
    if (values.length != kind.columns().size()) {
      throw new IllegalArgumentException(
          "%d values for the %d columns of %s"
              .formatted(values.length, kind.columns().size(), kind));
    }
    this.kind = kind;
    this.values = values;
  }

  long time() {
    return whole(0);
  }

  long whole(int column) {
    return (Long) values[column];
  }

  int small(int column) {
    return Math.toIntExact(whole(column));
  }

  BigInteger integer(int column) {
    return (BigInteger) values[column];
  }

  double real(int column) {
    return (Double) values[column];
  }

  String text(int column) {
    return (String) values[column];
  }

  Object value(int column) {
    return values[column];
  }

  /** The row as text, the same on every machine: what the series' hash is over. */
  String canonical() {
    var text = new StringBuilder(96);
    for (int i = 0; i < values.length; i++) {
      text.append(i == 0 ? "" : ",").append(values[i]);
    }
    return text.append('\n').toString();
  }

  boolean sameKey(Row other) {
    return compareTo(other) == 0;
  }

  /** By time, then block and log index. */
  @Override
  public int compareTo(Row other) {
    int order = 0;
    for (int i = 0; i < kind.keys() && order == 0; i++) {
      order = Long.compare(whole(i), other.whole(i));
    }
    return order;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Row that && kind == that.kind && Arrays.equals(values, that.values);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(values);
  }

  @Override
  public String toString() {
    return canonical().strip();
  }
}
