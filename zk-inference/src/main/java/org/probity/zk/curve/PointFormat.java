package org.probity.zk.curve;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.probity.zk.field.FieldElement;
import org.probity.zk.field.FieldVector;
import org.probity.zk.field.Fp;
import org.probity.zk.field.PrimeField;

/**
 * Points in files. A coordinate is four little-endian 64-bit limbs in Montgomery form, as in {@link
 * FieldVector}, so that nothing is converted; G1 is {@code x ‖ y}, G2 {@code x.c0 ‖ x.c1 ‖ y.c0 ‖
 * y.c1}. Ceremony files have this layout, and so have ours.
 *
 * <p>Reading checks nothing, since a file has millions of points: {@link #firstFault} does, on all
 * processors. Nothing may be computed with the points before.
 */
public final class PointFormat {
  /** Bytes of a point of G1. */
  public static final int G1_BYTES = 2 * FieldElement.BYTES;

  /** Bytes of a point of G2. */
  public static final int G2_BYTES = 4 * FieldElement.BYTES;

  private static final int LIMBS = 4;
  private static final int BLOCK = 256;
  private static final PrimeField F = PrimeField.FP;
  private static final long[] THREE = constant(Fp.of(3));

  private PointFormat() {}

  /** What keeps bytes from being a point that may be computed with. */
  public enum Flaw {
    NOT_REDUCED("has a coordinate that is not below the field's modulus"),
    INFINITY("is the point at infinity"),
    OFF_CURVE("is not on the curve"),
    OUTSIDE_GROUP("is on the curve but not in the group of order r");

    private final String sentence;

    Flaw(String sentence) {
      this.sentence = sentence;
    }

    @Override
    public String toString() {
      return sentence;
    }
  }

  /**
   * A flaw and where it is.
   *
   * @param index of the point in its vector
   */
  public record Fault(int index, Flaw flaw) {}

  /** The next n points of G1, unchecked. */
  public static PointVector readG1(ByteBuffer littleEndian, int n) {
    var points = new PointVector(FieldVector.ofFp(n), FieldVector.ofFp(n));
    readG1(littleEndian, points, 0, n);
    return points;
  }

  /** Overwrites the points {@code from .. from + n} with the next of the buffer, unchecked. */
  public static void readG1(ByteBuffer littleEndian, PointVector points, int from, int n) {
    for (int i = from; i < from + n; i++) {
      read(littleEndian, points.x(), i);
      read(littleEndian, points.y(), i);
    }
  }

  /** The next n points of G2, unchecked. */
  public static G2Vector readG2(ByteBuffer littleEndian, int n) {
    var coordinates = FieldVector.ofFp(4 * n);
    for (int i = 0; i < 4 * n; i++) {
      read(littleEndian, coordinates, i);
    }
    return new G2Vector(coordinates);
  }

  private static void read(ByteBuffer in, FieldVector out, int i) {
    for (int l = 0; l < LIMBS; l++) {
      out.limbs()[l * out.stride() + i] = in.getLong();
    }
  }

  /** Writes the points {@code from .. from + n}. */
  public static void writeG1(PointVector points, int from, int n, ByteBuffer littleEndian) {
    for (int i = from; i < from + n; i++) {
      write(points.x(), i, littleEndian);
      write(points.y(), i, littleEndian);
    }
  }

  private static void write(FieldVector in, int i, ByteBuffer out) {
    for (int l = 0; l < LIMBS; l++) {
      out.putLong(in.limbs()[l * in.stride() + i]);
    }
  }

  /** The first point that is not a finite point of G1, if there is one. */
  public static Optional<Fault> firstFault(PointVector points) {
    return firstFault(points.size(), i -> flaw(points, i));
  }

  /** The first point that is not a finite point of G2, of order r, if there is one. */
  public static Optional<Fault> firstFault(G2Vector points) {
    return firstFault(points.size(), i -> flaw(points, i));
  }

  private static Optional<Fault> firstFault(int n, IntFunction<Optional<Flaw>> flaw) {
    OptionalInt first =
        IntStream.range(0, (n + BLOCK - 1) / BLOCK)
            .parallel()
            .flatMap(b -> IntStream.range(b * BLOCK, Math.min(n, (b + 1) * BLOCK)))
            .filter(i -> flaw.apply(i).isPresent())
            .findFirst();
    return first.isPresent()
        ? flaw.apply(first.getAsInt()).map(f -> new Fault(first.getAsInt(), f))
        : Optional.empty();
  }

  private static Optional<Flaw> flaw(PointVector points, int i) {
    var x = points.x();
    var y = points.y();
    if (!isReduced(x, i) || !isReduced(y, i)) {
      return Optional.of(Flaw.NOT_REDUCED);
    }
    if (PrimeField.isZero(x.limbs(), i, x.stride())
        && PrimeField.isZero(y.limbs(), i, y.stride())) {
      return Optional.of(Flaw.INFINITY);
    }
    var t = new long[2 * LIMBS];
    F.mul(x.limbs(), i, x.stride(), x.limbs(), i, x.stride(), t, 0, 1);
    F.mul(t, 0, 1, x.limbs(), i, x.stride(), t, 0, 1);
    F.add(t, 0, 1, THREE, 0, 1, t, 0, 1);
    F.mul(y.limbs(), i, y.stride(), y.limbs(), i, y.stride(), t, LIMBS, 1);
    return Arrays.equals(t, 0, LIMBS, t, LIMBS, 2 * LIMBS)
        ? Optional.empty()
        : Optional.of(Flaw.OFF_CURVE);
  }

  private static Optional<Flaw> flaw(G2Vector points, int i) {
    for (int c = 0; c < 4; c++) {
      if (!isReduced(points.coordinates(), 4 * i + c)) {
        return Optional.of(Flaw.NOT_REDUCED);
      }
    }
    var point = points.get(i);
    if (point.isInfinity()) {
      return Optional.of(Flaw.INFINITY);
    }
    if (!point.isOnCurve()) {
      return Optional.of(Flaw.OFF_CURVE);
    }
    return point.isInSubgroup() ? Optional.empty() : Optional.of(Flaw.OUTSIDE_GROUP);
  }

  private static boolean isReduced(FieldVector v, int i) {
    var limbs = v.limbs();
    int stride = v.stride();
    int order = Long.compareUnsigned(limbs[i + 3 * stride], F.p3());
    order = order != 0 ? order : Long.compareUnsigned(limbs[i + 2 * stride], F.p2());
    order = order != 0 ? order : Long.compareUnsigned(limbs[i + stride], F.p1());
    order = order != 0 ? order : Long.compareUnsigned(limbs[i], F.p0());
    return order < 0;
  }

  /** All points as {@code x ‖ y} of canonical big-endian words: what ceremonies hash. */
  public static byte[] bigEndian(PointVector points) {
    var out = new byte[Math.multiplyExact(points.size(), G1_BYTES)];
    blocks(
        points.size(),
        i -> {
          canonical(points.x(), i, out, G1_BYTES * i);
          canonical(points.y(), i, out, G1_BYTES * i + FieldElement.BYTES);
        });
    return out;
  }

  /** All points as {@code x.c1 ‖ x.c0 ‖ y.c1 ‖ y.c0} of canonical big-endian words. */
  public static byte[] bigEndian(G2Vector points) {
    var out = new byte[Math.multiplyExact(points.size(), G2_BYTES)];
    blocks(
        points.size(),
        i -> {
          for (int c = 0; c < 4; c++) {
            canonical(
                points.coordinates(), 4 * i + (c ^ 1), out, G2_BYTES * i + FieldElement.BYTES * c);
          }
        });
    return out;
  }

  private static void blocks(int n, IntConsumer each) {
    IntStream.range(0, (n + BLOCK - 1) / BLOCK)
        .parallel()
        .forEach(b -> IntStream.range(b * BLOCK, Math.min(n, (b + 1) * BLOCK)).forEach(each));
  }

  private static void canonical(FieldVector v, int i, byte[] out, int at) {
    var canonical = new long[LIMBS];
    F.canonical(v.limbs(), i, v.stride(), canonical, 0, 1);
    var word = ByteBuffer.wrap(out, at, FieldElement.BYTES);
    for (int l = LIMBS - 1; l >= 0; l--) {
      word.putLong(canonical[l]);
    }
  }

  static long[] constant(Fp value) {
    var cell = FieldVector.ofFp(1);
    cell.set(0, value);
    return cell.limbs();
  }
}
