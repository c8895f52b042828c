package org.probity.zk;

import java.util.Arrays;

/**
 * The public inputs of one decision: signed integers above -2^31, in the order of the model's
 * inputs.
 */
public final class FeatureVector {
  private final int[] values;

  private FeatureVector(int[] values) {
    this.values = values;
  }

  /**
   * A vector of these features.
   *
   * @throws IllegalArgumentException if there is none, or one is -2^31
   */
  public static FeatureVector of(int... values) {
    if (values.length == 0) {
      throw new IllegalArgumentException("A feature vector has at least one feature");
    }
    for (int value : values) {
      if (value == Integer.MIN_VALUE) {
        throw new IllegalArgumentException(
            "A feature is greater than -2^31: scale the features down");
      }
    }
    return new FeatureVector(values.clone());
  }

  public int size() {
    return values.length;
  }

  public int get(int index) {
    return values[index];
  }

  public int[] toArray() {
    return values.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof FeatureVector that && Arrays.equals(values, that.values);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(values);
  }

  @Override
  public String toString() {
    return Arrays.toString(values);
  }
}
