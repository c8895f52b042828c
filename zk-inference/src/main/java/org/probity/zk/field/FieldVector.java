package org.probity.zk.field;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * A mutable vector of field elements in Montgomery form, as a structure of arrays: limb {@code l}
 * of element {@code i} is at {@code limbs[l * size + i]}. So a kernel on many elements reads each
 * limb as one stream.
 */
public final class FieldVector {
  private final PrimeField field;
  private final long[] limbs;
  private final int size;

  private FieldVector(PrimeField field, int size) {
    this.field = field;
    this.limbs = new long[Math.multiplyExact(PrimeField.LIMBS, size)];
    this.size = size;
  }

  /** A vector of {@code size} zeros of the scalar field. */
  public static FieldVector ofFr(int size) {
    return new FieldVector(PrimeField.FR, size);
  }

  /** A vector of {@code size} zeros of the base field. */
  public static FieldVector ofFp(int size) {
    return new FieldVector(PrimeField.FP, size);
  }

  /** A vector of the given scalars. */
  public static FieldVector of(List<Fr> values) {
    var vector = ofFr(values.size());
    for (int i = 0; i < values.size(); i++) {
      vector.set(i, values.get(i));
    }
    return vector;
  }

  public PrimeField field() {
    return field;
  }

  /** The backing limbs, for kernels. */
  public long[] limbs() {
    return limbs;
  }

  /** The distance from one limb of an element to its next. */
  public int stride() {
    return size;
  }

  public int size() {
    return size;
  }

  /** Element {@code i} of a vector over the scalar field. */
  public Fr fr(int i) {
    return new Fr(read(i));
  }

  /** Element {@code i} of a vector over the base field. */
  public Fp fp(int i) {
    return new Fp(read(i));
  }

  public void set(int i, FieldElement<?> value) {
    if (value.field() != field) {
      throw new IllegalArgumentException(
          "An element of the other field does not go into this vector");
    }
    PrimeField.copy(value.limbs, 0, 1, limbs, i, size);
  }

  private long[] read(int i) {
    var out = new long[PrimeField.LIMBS];
    PrimeField.copy(limbs, i, size, out, 0, 1);
    return out;
  }

  /** A copy of the elements {@code [from, to)}. */
  public FieldVector slice(int from, int to) {
    if (from < 0 || to < from || to > size) {
      throw new IllegalArgumentException(
          "A vector of %d elements has no elements %d to %d".formatted(size, from, to));
    }
    var out = new FieldVector(field, to - from);
    for (int l = 0; l < PrimeField.LIMBS; l++) {
      System.arraycopy(limbs, l * size + from, out.limbs, l * out.size, out.size);
    }
    return out;
  }

  /**
   * Writes the first {@code count} elements of another vector over those from {@code at} on.
   *
   * @throws IndexOutOfBoundsException if one of the two has not so many
   */
  public void put(int at, FieldVector source, int count) {
    Objects.checkFromIndexSize(at, count, size);
    Objects.checkFromIndexSize(0, count, source.size);
    for (int l = 0; l < PrimeField.LIMBS; l++) {
      System.arraycopy(source.limbs, l * source.size, limbs, l * size + at, count);
    }
  }

  /** Overwrites every element with zero: for vectors that held secrets. */
  public void clear() {
    Arrays.fill(limbs, 0);
  }

  /** The vector's shape only: the elements may be secret. */
  @Override
  public String toString() {
    return "FieldVector[" + size + "]";
  }
}
