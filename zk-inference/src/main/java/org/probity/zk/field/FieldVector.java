package org.probity.zk.field;

import java.util.Arrays;
import java.util.List;

/**
 * A mutable vector of field elements in Montgomery form, as a structure of arrays: limb {@code l}
 * of element {@code i} is at {@code limbs[l * capacity + i]}. So a kernel on many elements reads
 * each limb as one stream.
 *
 * <p>Folding a vector halves its {@link #size} in place; the {@link #stride} stays.
 */
public final class FieldVector {
  private final PrimeField field;
  private final long[] limbs;
  private final int stride;
  private int size;

  private FieldVector(PrimeField field, int size) {
    this.field = field;
    this.limbs = new long[Math.multiplyExact(PrimeField.LIMBS, size)];
    this.stride = size;
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
    return stride;
  }

  public int size() {
    return size;
  }

  /** Keeps only the first {@code size} elements. */
  public void truncate(int size) {
    if (size < 0 || size > this.size) {
      throw new IllegalArgumentException(
          "A vector of %d elements cannot be cut to %d".formatted(this.size, size));
    }
    this.size = size;
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
    PrimeField.copy(value.limbs, 0, 1, limbs, i, stride);
  }

  private long[] read(int i) {
    var out = new long[PrimeField.LIMBS];
    PrimeField.copy(limbs, i, stride, out, 0, 1);
    return out;
  }

  /** A copy with its own storage, exactly {@link #size} elements wide. */
  public FieldVector copy() {
    var out = new FieldVector(field, size);
    for (int l = 0; l < PrimeField.LIMBS; l++) {
      System.arraycopy(limbs, l * stride, out.limbs, l * size, size);
    }
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
      System.arraycopy(limbs, l * stride + from, out.limbs, l * out.stride, to - from);
    }
    return out;
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
