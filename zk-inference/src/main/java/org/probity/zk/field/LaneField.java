package org.probity.zk.field;

import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.I2L;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.LT;
import static jdk.incubator.vector.VectorOperators.MAX;
import static jdk.incubator.vector.VectorOperators.XOR;

import java.math.BigInteger;
import java.util.Arrays;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Arithmetic modulo a 254-bit prime on as many elements at once as the processor has 64-bit lanes.
 *
 * <p>An element is nine limbs of 29 bits, each limb in a lane of its own register. Processors
 * multiply 32-bit halves of 64-bit lanes (vpmuludq), so that a product of limbs has 58 bits and
 * eighteen of them can be summed in a lane before anything overflows: one multiplication needs no
 * carry until its end. A <em>block</em> is {@link #LANES} elements; limb l of lane j is at {@code l
 * · LANES + j}. Like {@link PrimeField}'s, the kernels read and write places inside arrays; they
 * stay in the first level cache.
 *
 * <p>A multiplication gives {@code a·b·2^-261}, in {@code [0, 2p)}, with normal limbs (below 2^29),
 * if {@code a·b < 2^7·p²}, the limbs of one factor are normal and those of the other at most
 * 3·2^30. So sums and differences of a few elements are factors without any reduction. Memory,
 * shared with the scalar kernels, holds {@code a·2^256} in four words: a constant factor of 32 in
 * one operand makes up for the difference of the radices ({@link #factor}), and sums of products
 * take it once, at their end.
 *
 * <p>Reduction needs neither the product {@code t0·(-1/p)} nor {@code m·p0} of Montgomery's method
 * in its first eight steps: the low limb m of a sum t leaves as {@code t/2^29 = ⌊t/2^29⌋ + m·(2^-29
 * mod p)}, which costs nine products and has no multiplication on the way to the next m. Only the
 * last step, which must end below 2p, is Montgomery's.
 *
 * <p>The JIT compiles a kernel after a few thousand calls, and until then every vector is an object
 * and a call a hundred times slower. Options that cut that down, for whoever starts a process that
 * proves once:
 *
 * <pre>
 * -XX:CompileCommand=quiet
 * -XX:CompileCommand=CompileThresholdScaling,org.probity.zk.field.LaneField::*,0.02
 * -XX:CompileCommand=BackgroundCompilation,org.probity.zk.field.LaneField::*,false
 * </pre>
 *
 * <p>The multiplication is a loop, although a straight line would be as fast: a kernel of a few
 * thousand bytecodes takes seconds to compile, and runs boxed until then. The masks before
 * multiplications are how the JIT is told that the upper halves are zero; they must be literals.
 * Kernels call none of our own methods, for only the vector library's are inlined without limit.
 */
public final class LaneField {
  private static final VectorSpecies<Long> S = LongVector.SPECIES_PREFERRED;

  private static final VectorSpecies<Integer> HALF =
      VectorSpecies.of(int.class, VectorShape.forBitSize(S.vectorBitSize() / 2));

  /** Elements in a block. */
  public static final int LANES = S.length();

  static final int LIMBS = 9;
  static final int BITS = 29;

  /** Longs in a block of elements. */
  public static final int BLOCK = LIMBS * LANES;

  /** Words of a record. */
  static final int RECORD = 8;

  private static final int L = LANES;
  private static final long LIMB = 0x1fffffffL;
  private static final long WORD = 0xffffffffL;

  /** Sums that are made canonical may be this many moduli below zero, and above. */
  private static final int SLACK = 8;

  private static final VectorShuffle<Long> EVEN = VectorShuffle.makeUnzip(S, 0);
  private static final VectorShuffle<Long> ODD = VectorShuffle.makeUnzip(S, 1);

  public static final LaneField FR = new LaneField(PrimeField.FR);
  public static final LaneField FP = new LaneField(PrimeField.FP);

  private final PrimeField scalar;
  private final long[] p;

  /** 2^-29 mod p. */
  private final long[] shifted;

  /** -1/p mod 2^29. */
  private final long inverse;

  /** A multiple of p whose limbs exceed those of normal elements: 2p, and one more digit each. */
  private final long[] twice;

  /** SLACK·p. */
  private final long[] slack;

  /** 2^261, for scalar kernels: turns {@code a·2^256} into {@code a·2^261}. */
  private final long[] enter;

  /** 2^32/(p's highest limb + 1). */
  private final long quotient;

  private LaneField(PrimeField scalar) {
    this.scalar = scalar;
    var modulus = scalar.modulus();
    var radix = BigInteger.ONE.shiftLeft(BITS);
    p = limbs(modulus);
    shifted = limbs(radix.modInverse(modulus));
    inverse = radix.subtract(modulus.modInverse(radix)).longValueExact();
    twice = limbs(modulus.shiftLeft(1));
    for (int l = 0; l < LIMBS - 1; l++) {
      twice[l] += 1L << BITS;
      twice[l + 1]--;
    }
    slack = limbs(modulus.multiply(BigInteger.valueOf(SLACK)));
    quotient = (1L << 32) / (p[LIMBS - 1] + 1);
    enter = PrimeField.limbs(BigInteger.ONE.shiftLeft(BITS * LIMBS).mod(modulus));
  }

  private static long[] limbs(BigInteger value) {
    var out = new long[LIMBS];
    for (int l = 0; l < LIMBS; l++) {
      out[l] = value.shiftRight(BITS * l).longValue();
      out[l] &= l < LIMBS - 1 ? LIMB : -1;
    }
    return out;
  }

  /** The field's scalar kernels. */
  public PrimeField scalar() {
    return scalar;
  }

  /** {@code out = a · b · 2^-261}. Places may coincide. */
  public void mul(long[] a, int ai, long[] b, int bi, long[] out, int oi) {
    mul(a, ai, b, bi, out, oi, 1);
  }

  /** The same for several blocks, each directly after the one before. */
  public void mul(long[] a, int ai, long[] b, int bi, long[] out, int oi, int blocks) {
    for (int k = 0; k < blocks; k++) {
      product(a, ai + k * BLOCK, b, bi + k * BLOCK, out, oi + k * BLOCK);
    }
  }

  private void product(long[] a, int ai, long[] b, int bi, long[] out, int oi) {
    var a0 = LongVector.fromArray(S, a, ai).and(WORD);
    var a1 = LongVector.fromArray(S, a, ai + L).and(WORD);
    var a2 = LongVector.fromArray(S, a, ai + 2 * L).and(WORD);
    var a3 = LongVector.fromArray(S, a, ai + 3 * L).and(WORD);
    var a4 = LongVector.fromArray(S, a, ai + 4 * L).and(WORD);
    var a5 = LongVector.fromArray(S, a, ai + 5 * L).and(WORD);
    var a6 = LongVector.fromArray(S, a, ai + 6 * L).and(WORD);
    var a7 = LongVector.fromArray(S, a, ai + 7 * L).and(WORD);
    var a8 = LongVector.fromArray(S, a, ai + 8 * L).and(WORD);
    var q = shifted;
    var q0 = LongVector.broadcast(S, q[0]).and(WORD);
    var q1 = LongVector.broadcast(S, q[1]).and(WORD);
    var q2 = LongVector.broadcast(S, q[2]).and(WORD);
    var q3 = LongVector.broadcast(S, q[3]).and(WORD);
    var q4 = LongVector.broadcast(S, q[4]).and(WORD);
    var q5 = LongVector.broadcast(S, q[5]).and(WORD);
    var q6 = LongVector.broadcast(S, q[6]).and(WORD);
    var q7 = LongVector.broadcast(S, q[7]).and(WORD);
    var q8 = LongVector.broadcast(S, q[8]).and(WORD);
    var t0 = LongVector.zero(S);
    var t1 = t0;
    var t2 = t0;
    var t3 = t0;
    var t4 = t0;
    var t5 = t0;
    var t6 = t0;
    var t7 = t0;
    var t8 = t0;
    for (int i = 0; i < 8; i++) {
      var y = LongVector.fromArray(S, b, bi + i * L).and(WORD);
      t0 = t0.add(a0.mul(y));
      var m = t0.and(LIMB);
      var c = t0.lanewise(LSHR, BITS);
      t0 = t1.add(a1.mul(y)).add(c).add(m.mul(q0));
      t1 = t2.add(a2.mul(y)).add(m.mul(q1));
      t2 = t3.add(a3.mul(y)).add(m.mul(q2));
      t3 = t4.add(a4.mul(y)).add(m.mul(q3));
      t4 = t5.add(a5.mul(y)).add(m.mul(q4));
      t5 = t6.add(a6.mul(y)).add(m.mul(q5));
      t6 = t7.add(a7.mul(y)).add(m.mul(q6));
      t7 = t8.add(a8.mul(y)).add(m.mul(q7));
      t8 = m.mul(q8);
    }
    var y = LongVector.fromArray(S, b, bi + 8 * L).and(WORD);
    t0 = t0.add(a0.mul(y));
    var m = t0.and(LIMB).mul(LongVector.broadcast(S, inverse).and(WORD)).and(LIMB);
    var r = p;
    var c = t0.add(m.mul(LongVector.broadcast(S, r[0]).and(WORD))).lanewise(LSHR, BITS);
    c = c.add(t1).add(a1.mul(y)).add(m.mul(LongVector.broadcast(S, r[1]).and(WORD)));
    c.and(LIMB).intoArray(out, oi);
    c = c.lanewise(LSHR, BITS);
    c = c.add(t2).add(a2.mul(y)).add(m.mul(LongVector.broadcast(S, r[2]).and(WORD)));
    c.and(LIMB).intoArray(out, oi + L);
    c = c.lanewise(LSHR, BITS);
    c = c.add(t3).add(a3.mul(y)).add(m.mul(LongVector.broadcast(S, r[3]).and(WORD)));
    c.and(LIMB).intoArray(out, oi + 2 * L);
    c = c.lanewise(LSHR, BITS);
    c = c.add(t4).add(a4.mul(y)).add(m.mul(LongVector.broadcast(S, r[4]).and(WORD)));
    c.and(LIMB).intoArray(out, oi + 3 * L);
    c = c.lanewise(LSHR, BITS);
    c = c.add(t5).add(a5.mul(y)).add(m.mul(LongVector.broadcast(S, r[5]).and(WORD)));
    c.and(LIMB).intoArray(out, oi + 4 * L);
    c = c.lanewise(LSHR, BITS);
    c = c.add(t6).add(a6.mul(y)).add(m.mul(LongVector.broadcast(S, r[6]).and(WORD)));
    c.and(LIMB).intoArray(out, oi + 5 * L);
    c = c.lanewise(LSHR, BITS);
    c = c.add(t7).add(a7.mul(y)).add(m.mul(LongVector.broadcast(S, r[7]).and(WORD)));
    c.and(LIMB).intoArray(out, oi + 6 * L);
    c = c.lanewise(LSHR, BITS);
    c = c.add(t8).add(a8.mul(y)).add(m.mul(LongVector.broadcast(S, r[8]).and(WORD)));
    c.and(LIMB).intoArray(out, oi + 7 * L);
    c.lanewise(LSHR, BITS).intoArray(out, oi + 8 * L);
  }

  /**
   * {@code out = a - b + 2p}: a factor, with limbs below 2^30.6 and above 0, for normal a below 8p
   * and normal b below 1.9p.
   */
  public void sub(long[] a, int ai, long[] b, int bi, long[] out, int oi) {
    for (int l = 0; l < LIMBS; l++) {
      LongVector.fromArray(S, a, ai + l * L)
          .sub(LongVector.fromArray(S, b, bi + l * L))
          .add(twice[l])
          .intoArray(out, oi + l * L);
    }
  }

  /** {@code out = a + b}, limb by limb. */
  public static void add(long[] a, int ai, long[] b, int bi, long[] out, int oi) {
    for (int l = 0; l < LIMBS; l++) {
      LongVector.fromArray(S, a, ai + l * L)
          .add(LongVector.fromArray(S, b, bi + l * L))
          .intoArray(out, oi + l * L);
    }
  }

  /** {@code out = a - b}, limb by limb; limbs may become negative: for {@link #pack} only. */
  public static void minus(long[] a, int ai, long[] b, int bi, long[] out, int oi) {
    for (int l = 0; l < LIMBS; l++) {
      LongVector.fromArray(S, a, ai + l * L)
          .sub(LongVector.fromArray(S, b, bi + l * L))
          .intoArray(out, oi + l * L);
    }
  }

  /** Copies a record of eight words. */
  public static void copyRecord(long[] from, int fi, long[] to, int ti) {
    for (int w = 0; w < RECORD; w += Math.min(L, RECORD)) {
      LongVector.fromArray(S, from, fi + w).intoArray(to, ti + w);
    }
  }

  /**
   * Turns a block of {@link #LANES} records into columns, or back, in place: word w of record j is
   * at {@code 8·j + w} before and at {@code w·LANES + j} after.
   */
  public static void columns(long[] a, int at) {
    if (L == 8) {
      // Three perfect shuffles of the 64 words.
      var x0 = LongVector.fromArray(S, a, at);
      var x1 = LongVector.fromArray(S, a, at + 8);
      var x2 = LongVector.fromArray(S, a, at + 16);
      var x3 = LongVector.fromArray(S, a, at + 24);
      var x4 = LongVector.fromArray(S, a, at + 32);
      var x5 = LongVector.fromArray(S, a, at + 40);
      var x6 = LongVector.fromArray(S, a, at + 48);
      var x7 = LongVector.fromArray(S, a, at + 56);
      var low = LongVector.fromArray(S, ZIP, 0);
      var high = LongVector.fromArray(S, ZIP, 8);
      var y0 = low.selectFrom(x0, x4);
      var y1 = high.selectFrom(x0, x4);
      var y2 = low.selectFrom(x1, x5);
      var y3 = high.selectFrom(x1, x5);
      var y4 = low.selectFrom(x2, x6);
      var y5 = high.selectFrom(x2, x6);
      var y6 = low.selectFrom(x3, x7);
      var y7 = high.selectFrom(x3, x7);
      x0 = low.selectFrom(y0, y4);
      x1 = high.selectFrom(y0, y4);
      x2 = low.selectFrom(y1, y5);
      x3 = high.selectFrom(y1, y5);
      x4 = low.selectFrom(y2, y6);
      x5 = high.selectFrom(y2, y6);
      x6 = low.selectFrom(y3, y7);
      x7 = high.selectFrom(y3, y7);
      low.selectFrom(x0, x4).intoArray(a, at);
      high.selectFrom(x0, x4).intoArray(a, at + 8);
      low.selectFrom(x1, x5).intoArray(a, at + 16);
      high.selectFrom(x1, x5).intoArray(a, at + 24);
      low.selectFrom(x2, x6).intoArray(a, at + 32);
      high.selectFrom(x2, x6).intoArray(a, at + 40);
      low.selectFrom(x3, x7).intoArray(a, at + 48);
      high.selectFrom(x3, x7).intoArray(a, at + 56);
    } else {
      transpose(a, at, L, RECORD);
    }
  }

  /** The inverse of {@link #columns}. */
  public static void records(long[] a, int at) {
    if (L == 8) {
      columns(a, at);
    } else {
      transpose(a, at, RECORD, L);
    }
  }

  private static void transpose(long[] a, int at, int rows, int columns) {
    var copy = Arrays.copyOfRange(a, at, at + rows * columns);
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        a[at + j * rows + i] = copy[i * columns + j];
      }
    }
  }

  private static final long[] ZIP = {0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15};

  /** A block from the four words of consecutive elements; word w is at {@code at + w · stride}. */
  public static void unpack(long[] words, int at, int stride, long[] out, int oi) {
    var w0 = LongVector.fromArray(S, words, at);
    var w1 = LongVector.fromArray(S, words, at + stride);
    var w2 = LongVector.fromArray(S, words, at + 2 * stride);
    var w3 = LongVector.fromArray(S, words, at + 3 * stride);
    w0.and(LIMB).intoArray(out, oi);
    w0.lanewise(LSHR, 29).and(LIMB).intoArray(out, oi + L);
    w0.lanewise(LSHR, 58).or(w1.lanewise(LSHL, 6)).and(LIMB).intoArray(out, oi + 2 * L);
    w1.lanewise(LSHR, 23).and(LIMB).intoArray(out, oi + 3 * L);
    w1.lanewise(LSHR, 52).or(w2.lanewise(LSHL, 12)).and(LIMB).intoArray(out, oi + 4 * L);
    w2.lanewise(LSHR, 17).and(LIMB).intoArray(out, oi + 5 * L);
    w2.lanewise(LSHR, 46).or(w3.lanewise(LSHL, 18)).and(LIMB).intoArray(out, oi + 6 * L);
    w3.lanewise(LSHR, 11).and(LIMB).intoArray(out, oi + 7 * L);
    w3.lanewise(LSHR, 40).intoArray(out, oi + 8 * L);
  }

  /** {@code out = a - b + 2p} of packed elements: a factor, as by {@link #sub}. */
  public void difference(long[] a, int ai, long[] b, int bi, int stride, long[] out, int oi) {
    var a0 = LongVector.fromArray(S, a, ai);
    var a1 = LongVector.fromArray(S, a, ai + stride);
    var a2 = LongVector.fromArray(S, a, ai + 2 * stride);
    var a3 = LongVector.fromArray(S, a, ai + 3 * stride);
    var b0 = LongVector.fromArray(S, b, bi);
    var b1 = LongVector.fromArray(S, b, bi + stride);
    var b2 = LongVector.fromArray(S, b, bi + 2 * stride);
    var b3 = LongVector.fromArray(S, b, bi + 3 * stride);
    var k = twice;
    a0.and(LIMB).sub(b0.and(LIMB)).add(k[0]).intoArray(out, oi);
    a0.lanewise(LSHR, 29)
        .and(LIMB)
        .sub(b0.lanewise(LSHR, 29).and(LIMB))
        .add(k[1])
        .intoArray(out, oi + L);
    a0.lanewise(LSHR, 58)
        .or(a1.lanewise(LSHL, 6))
        .and(LIMB)
        .sub(b0.lanewise(LSHR, 58).or(b1.lanewise(LSHL, 6)).and(LIMB))
        .add(k[2])
        .intoArray(out, oi + 2 * L);
    a1.lanewise(LSHR, 23)
        .and(LIMB)
        .sub(b1.lanewise(LSHR, 23).and(LIMB))
        .add(k[3])
        .intoArray(out, oi + 3 * L);
    a1.lanewise(LSHR, 52)
        .or(a2.lanewise(LSHL, 12))
        .and(LIMB)
        .sub(b1.lanewise(LSHR, 52).or(b2.lanewise(LSHL, 12)).and(LIMB))
        .add(k[4])
        .intoArray(out, oi + 4 * L);
    a2.lanewise(LSHR, 17)
        .and(LIMB)
        .sub(b2.lanewise(LSHR, 17).and(LIMB))
        .add(k[5])
        .intoArray(out, oi + 5 * L);
    a2.lanewise(LSHR, 46)
        .or(a3.lanewise(LSHL, 18))
        .and(LIMB)
        .sub(b2.lanewise(LSHR, 46).or(b3.lanewise(LSHL, 18)).and(LIMB))
        .add(k[6])
        .intoArray(out, oi + 6 * L);
    a3.lanewise(LSHR, 11)
        .and(LIMB)
        .sub(b3.lanewise(LSHR, 11).and(LIMB))
        .add(k[7])
        .intoArray(out, oi + 7 * L);
    a3.lanewise(LSHR, 40).sub(b3.lanewise(LSHR, 40)).add(k[8]).intoArray(out, oi + 8 * L);
  }

  /**
   * {@code out = ±a ∓ b + 4p} of packed elements, where a sign of -1 negates and 0 does not: a
   * factor, with limbs at most 3·2^30.
   */
  public void difference(
      long[] a,
      int ai,
      long[] as,
      int asi,
      long[] b,
      int bi,
      long[] bs,
      int bsi,
      int stride,
      long[] out,
      int oi) {
    var a0 = LongVector.fromArray(S, a, ai);
    var a1 = LongVector.fromArray(S, a, ai + stride);
    var a2 = LongVector.fromArray(S, a, ai + 2 * stride);
    var a3 = LongVector.fromArray(S, a, ai + 3 * stride);
    var b0 = LongVector.fromArray(S, b, bi);
    var b1 = LongVector.fromArray(S, b, bi + stride);
    var b2 = LongVector.fromArray(S, b, bi + 2 * stride);
    var b3 = LongVector.fromArray(S, b, bi + 3 * stride);
    var s = LongVector.fromArray(S, as, asi);
    var t = LongVector.fromArray(S, bs, bsi);
    var c = t.sub(s);
    var k = twice;
    a0.and(LIMB)
        .lanewise(XOR, s)
        .sub(b0.and(LIMB).lanewise(XOR, t))
        .add(c)
        .add(2 * k[0])
        .intoArray(out, oi);
    a0.lanewise(LSHR, 29)
        .and(LIMB)
        .lanewise(XOR, s)
        .sub(b0.lanewise(LSHR, 29).and(LIMB).lanewise(XOR, t))
        .add(c)
        .add(2 * k[1])
        .intoArray(out, oi + L);
    a0.lanewise(LSHR, 58)
        .or(a1.lanewise(LSHL, 6))
        .and(LIMB)
        .lanewise(XOR, s)
        .sub(b0.lanewise(LSHR, 58).or(b1.lanewise(LSHL, 6)).and(LIMB).lanewise(XOR, t))
        .add(c)
        .add(2 * k[2])
        .intoArray(out, oi + 2 * L);
    a1.lanewise(LSHR, 23)
        .and(LIMB)
        .lanewise(XOR, s)
        .sub(b1.lanewise(LSHR, 23).and(LIMB).lanewise(XOR, t))
        .add(c)
        .add(2 * k[3])
        .intoArray(out, oi + 3 * L);
    a1.lanewise(LSHR, 52)
        .or(a2.lanewise(LSHL, 12))
        .and(LIMB)
        .lanewise(XOR, s)
        .sub(b1.lanewise(LSHR, 52).or(b2.lanewise(LSHL, 12)).and(LIMB).lanewise(XOR, t))
        .add(c)
        .add(2 * k[4])
        .intoArray(out, oi + 4 * L);
    a2.lanewise(LSHR, 17)
        .and(LIMB)
        .lanewise(XOR, s)
        .sub(b2.lanewise(LSHR, 17).and(LIMB).lanewise(XOR, t))
        .add(c)
        .add(2 * k[5])
        .intoArray(out, oi + 5 * L);
    a2.lanewise(LSHR, 46)
        .or(a3.lanewise(LSHL, 18))
        .and(LIMB)
        .lanewise(XOR, s)
        .sub(b2.lanewise(LSHR, 46).or(b3.lanewise(LSHL, 18)).and(LIMB).lanewise(XOR, t))
        .add(c)
        .add(2 * k[6])
        .intoArray(out, oi + 6 * L);
    a3.lanewise(LSHR, 11)
        .and(LIMB)
        .lanewise(XOR, s)
        .sub(b3.lanewise(LSHR, 11).and(LIMB).lanewise(XOR, t))
        .add(c)
        .add(2 * k[7])
        .intoArray(out, oi + 7 * L);
    a3.lanewise(LSHR, 40)
        .lanewise(XOR, s)
        .sub(b3.lanewise(LSHR, 40).lanewise(XOR, t))
        .add(c)
        .add(2 * k[8])
        .intoArray(out, oi + 8 * L);
  }

  /**
   * {@code out = a ∓ b}, of a block and packed elements, where a sign of -1 negates b; limbs may
   * become negative: for {@link #pack} only.
   */
  public static void minus(
      long[] a, int ai, long[] b, int bi, int stride, long[] signs, int si, long[] out, int oi) {
    var b0 = LongVector.fromArray(S, b, bi);
    var b1 = LongVector.fromArray(S, b, bi + stride);
    var b2 = LongVector.fromArray(S, b, bi + 2 * stride);
    var b3 = LongVector.fromArray(S, b, bi + 3 * stride);
    var s = LongVector.fromArray(S, signs, si);
    LongVector.fromArray(S, a, ai).sub(b0.and(LIMB).lanewise(XOR, s)).add(s).intoArray(out, oi);
    LongVector.fromArray(S, a, ai + L)
        .sub(b0.lanewise(LSHR, 29).and(LIMB).lanewise(XOR, s))
        .add(s)
        .intoArray(out, oi + L);
    LongVector.fromArray(S, a, ai + 2 * L)
        .sub(b0.lanewise(LSHR, 58).or(b1.lanewise(LSHL, 6)).and(LIMB).lanewise(XOR, s))
        .add(s)
        .intoArray(out, oi + 2 * L);
    LongVector.fromArray(S, a, ai + 3 * L)
        .sub(b1.lanewise(LSHR, 23).and(LIMB).lanewise(XOR, s))
        .add(s)
        .intoArray(out, oi + 3 * L);
    LongVector.fromArray(S, a, ai + 4 * L)
        .sub(b1.lanewise(LSHR, 52).or(b2.lanewise(LSHL, 12)).and(LIMB).lanewise(XOR, s))
        .add(s)
        .intoArray(out, oi + 4 * L);
    LongVector.fromArray(S, a, ai + 5 * L)
        .sub(b2.lanewise(LSHR, 17).and(LIMB).lanewise(XOR, s))
        .add(s)
        .intoArray(out, oi + 5 * L);
    LongVector.fromArray(S, a, ai + 6 * L)
        .sub(b2.lanewise(LSHR, 46).or(b3.lanewise(LSHL, 18)).and(LIMB).lanewise(XOR, s))
        .add(s)
        .intoArray(out, oi + 6 * L);
    LongVector.fromArray(S, a, ai + 7 * L)
        .sub(b3.lanewise(LSHR, 11).and(LIMB).lanewise(XOR, s))
        .add(s)
        .intoArray(out, oi + 7 * L);
    LongVector.fromArray(S, a, ai + 8 * L)
        .sub(b3.lanewise(LSHR, 40).lanewise(XOR, s))
        .add(s)
        .intoArray(out, oi + 8 * L);
  }

  /**
   * {@code out = a - 2b - c + 2p}, of blocks a and c and packed elements b; limbs may become
   * negative: for {@link #pack} only.
   */
  public void minusTwice(
      long[] a, int ai, long[] b, int bi, int stride, long[] c, int ci, long[] out, int oi) {
    var b0 = LongVector.fromArray(S, b, bi);
    var b1 = LongVector.fromArray(S, b, bi + stride);
    var b2 = LongVector.fromArray(S, b, bi + 2 * stride);
    var b3 = LongVector.fromArray(S, b, bi + 3 * stride);
    var k = twice;
    LongVector.fromArray(S, a, ai)
        .sub(b0.and(LIMB).lanewise(LSHL, 1))
        .sub(LongVector.fromArray(S, c, ci))
        .add(k[0])
        .intoArray(out, oi);
    LongVector.fromArray(S, a, ai + L)
        .sub(b0.lanewise(LSHR, 29).and(LIMB).lanewise(LSHL, 1))
        .sub(LongVector.fromArray(S, c, ci + L))
        .add(k[1])
        .intoArray(out, oi + L);
    LongVector.fromArray(S, a, ai + 2 * L)
        .sub(b0.lanewise(LSHR, 58).or(b1.lanewise(LSHL, 6)).and(LIMB).lanewise(LSHL, 1))
        .sub(LongVector.fromArray(S, c, ci + 2 * L))
        .add(k[2])
        .intoArray(out, oi + 2 * L);
    LongVector.fromArray(S, a, ai + 3 * L)
        .sub(b1.lanewise(LSHR, 23).and(LIMB).lanewise(LSHL, 1))
        .sub(LongVector.fromArray(S, c, ci + 3 * L))
        .add(k[3])
        .intoArray(out, oi + 3 * L);
    LongVector.fromArray(S, a, ai + 4 * L)
        .sub(b1.lanewise(LSHR, 52).or(b2.lanewise(LSHL, 12)).and(LIMB).lanewise(LSHL, 1))
        .sub(LongVector.fromArray(S, c, ci + 4 * L))
        .add(k[4])
        .intoArray(out, oi + 4 * L);
    LongVector.fromArray(S, a, ai + 5 * L)
        .sub(b2.lanewise(LSHR, 17).and(LIMB).lanewise(LSHL, 1))
        .sub(LongVector.fromArray(S, c, ci + 5 * L))
        .add(k[5])
        .intoArray(out, oi + 5 * L);
    LongVector.fromArray(S, a, ai + 6 * L)
        .sub(b2.lanewise(LSHR, 46).or(b3.lanewise(LSHL, 18)).and(LIMB).lanewise(LSHL, 1))
        .sub(LongVector.fromArray(S, c, ci + 6 * L))
        .add(k[6])
        .intoArray(out, oi + 6 * L);
    LongVector.fromArray(S, a, ai + 7 * L)
        .sub(b3.lanewise(LSHR, 11).and(LIMB).lanewise(LSHL, 1))
        .sub(LongVector.fromArray(S, c, ci + 7 * L))
        .add(k[7])
        .intoArray(out, oi + 7 * L);
    LongVector.fromArray(S, a, ai + 8 * L)
        .sub(b3.lanewise(LSHR, 40).lanewise(LSHL, 1))
        .sub(LongVector.fromArray(S, c, ci + 8 * L))
        .add(k[8])
        .intoArray(out, oi + 8 * L);
  }

  /** Two blocks from the words of 2·LANES consecutive elements: the even ones and the odd ones. */
  public static void unpackPairs(
      long[] words, int at, int stride, long[] even, int ei, long[] odd, int oi, long[] scratch) {
    for (int w = 0; w < 4; w++) {
      var low = LongVector.fromArray(S, words, at + w * stride);
      var high = LongVector.fromArray(S, words, at + w * stride + L);
      low.rearrange(EVEN, high).intoArray(scratch, w * L);
      low.rearrange(ODD, high).intoArray(scratch, (4 + w) * L);
    }
    unpack(scratch, 0, L, even, ei);
    unpack(scratch, 4 * L, L, odd, oi);
  }

  /**
   * The canonical words of a block whose limbs may have either sign, of magnitude below 2^33, its
   * elements of magnitude below 8p. The quotient by p is estimated from the highest limb, low by at
   * most one; a last comparison decides.
   */
  public void pack(long[] a, int ai, long[] words, int at, int stride) {
    var t0 = LongVector.fromArray(S, a, ai).add(slack[0]);
    var t1 = LongVector.fromArray(S, a, ai + L).add(slack[1]);
    var t2 = LongVector.fromArray(S, a, ai + 2 * L).add(slack[2]);
    var t3 = LongVector.fromArray(S, a, ai + 3 * L).add(slack[3]);
    var t4 = LongVector.fromArray(S, a, ai + 4 * L).add(slack[4]);
    var t5 = LongVector.fromArray(S, a, ai + 5 * L).add(slack[5]);
    var t6 = LongVector.fromArray(S, a, ai + 6 * L).add(slack[6]);
    var t7 = LongVector.fromArray(S, a, ai + 7 * L).add(slack[7]);
    var t8 = LongVector.fromArray(S, a, ai + 8 * L).add(slack[8]);
    var q =
        t8.sub(32)
            .lanewise(MAX, 0)
            .and(WORD)
            .mul(LongVector.broadcast(S, quotient).and(WORD))
            .lanewise(LSHR, 32);
    var r = p;
    t0 = t0.sub(q.mul(LongVector.broadcast(S, r[0]).and(WORD)));
    t1 = t1.sub(q.mul(LongVector.broadcast(S, r[1]).and(WORD))).add(t0.lanewise(ASHR, BITS));
    t2 = t2.sub(q.mul(LongVector.broadcast(S, r[2]).and(WORD))).add(t1.lanewise(ASHR, BITS));
    t3 = t3.sub(q.mul(LongVector.broadcast(S, r[3]).and(WORD))).add(t2.lanewise(ASHR, BITS));
    t4 = t4.sub(q.mul(LongVector.broadcast(S, r[4]).and(WORD))).add(t3.lanewise(ASHR, BITS));
    t5 = t5.sub(q.mul(LongVector.broadcast(S, r[5]).and(WORD))).add(t4.lanewise(ASHR, BITS));
    t6 = t6.sub(q.mul(LongVector.broadcast(S, r[6]).and(WORD))).add(t5.lanewise(ASHR, BITS));
    t7 = t7.sub(q.mul(LongVector.broadcast(S, r[7]).and(WORD))).add(t6.lanewise(ASHR, BITS));
    t8 = t8.sub(q.mul(LongVector.broadcast(S, r[8]).and(WORD))).add(t7.lanewise(ASHR, BITS));
    // Now in [0, 2p), the lower 29 bits of each t.
    var d0 = t0.and(LIMB).sub(r[0]);
    var d1 = t1.and(LIMB).sub(r[1]).add(d0.lanewise(ASHR, BITS));
    var d2 = t2.and(LIMB).sub(r[2]).add(d1.lanewise(ASHR, BITS));
    var d3 = t3.and(LIMB).sub(r[3]).add(d2.lanewise(ASHR, BITS));
    var d4 = t4.and(LIMB).sub(r[4]).add(d3.lanewise(ASHR, BITS));
    var d5 = t5.and(LIMB).sub(r[5]).add(d4.lanewise(ASHR, BITS));
    var d6 = t6.and(LIMB).sub(r[6]).add(d5.lanewise(ASHR, BITS));
    var d7 = t7.and(LIMB).sub(r[7]).add(d6.lanewise(ASHR, BITS));
    var d8 = t8.sub(r[8]).add(d7.lanewise(ASHR, BITS));
    var keep = d8.compare(LT, 0);
    d0 = d0.blend(t0, keep).and(LIMB);
    d1 = d1.blend(t1, keep).and(LIMB);
    d2 = d2.blend(t2, keep).and(LIMB);
    d3 = d3.blend(t3, keep).and(LIMB);
    d4 = d4.blend(t4, keep).and(LIMB);
    d5 = d5.blend(t5, keep).and(LIMB);
    d6 = d6.blend(t6, keep).and(LIMB);
    d7 = d7.blend(t7, keep).and(LIMB);
    d8 = d8.blend(t8, keep);
    d0.or(d1.lanewise(LSHL, 29)).or(d2.lanewise(LSHL, 58)).intoArray(words, at);
    d2.lanewise(LSHR, 6)
        .or(d3.lanewise(LSHL, 23))
        .or(d4.lanewise(LSHL, 52))
        .intoArray(words, at + stride);
    d4.lanewise(LSHR, 12)
        .or(d5.lanewise(LSHL, 17))
        .or(d6.lanewise(LSHL, 46))
        .intoArray(words, at + 2 * stride);
    d6.lanewise(LSHR, 18)
        .or(d7.lanewise(LSHL, 11))
        .or(d8.lanewise(LSHL, 40))
        .intoArray(words, at + 3 * stride);
  }

  /**
   * A block of one element in every lane as a constant factor: {@code element·2^261}, so that a
   * product has the radix of its other factor.
   */
  public long[] factor(FieldElement<?> element) {
    if (element.field() != scalar) {
      throw new IllegalArgumentException(
          "An element of the other field does not go into these lanes");
    }
    return constant(element.toBigInteger().shiftLeft(BITS * LIMBS));
  }

  /** A block of one integer, reduced, in every lane. */
  public long[] constant(BigInteger value) {
    var limbs = limbs(value.mod(scalar.modulus()));
    var out = new long[BLOCK];
    for (int i = 0; i < BLOCK; i++) {
      out[i] = limbs[i / L];
    }
    return out;
  }

  /** The integer that is the sum of a block's lanes, whose limbs may be sums of products. */
  public static BigInteger total(long[] block, int at) {
    var total = BigInteger.ZERO;
    for (int l = LIMBS - 1; l >= 0; l--) {
      total = total.shiftLeft(BITS);
      for (int j = 0; j < L; j++) {
        total = total.add(BigInteger.valueOf(block[at + l * L + j]));
      }
    }
    return total;
  }

  /**
   * The sum of a block's lanes as a scalar.
   *
   * @param radix the block holds its elements times {@code 2^radix}
   */
  public static Fr sum(long[] block, int at, int radix) {
    var modulus = PrimeField.FR.modulus();
    return Fr.of(
        total(block, at).multiply(BigInteger.TWO.modPow(BigInteger.valueOf(-radix), modulus)));
  }

  /** Carries: normal limbs of the same elements, which are not negative and below 2^8·p. */
  public static void carry(long[] a, int ai, long[] out, int oi) {
    var c = LongVector.fromArray(S, a, ai);
    for (int l = 0; l < LIMBS - 1; l++) {
      c.and(LIMB).intoArray(out, oi + l * L);
      c = c.lanewise(ASHR, BITS).add(LongVector.fromArray(S, a, ai + (l + 1) * L));
    }
    c.intoArray(out, oi + (LIMBS - 1) * L);
  }

  /** Writes an element of four words, as a factor, into every lane of a block. */
  public void spread(long[] words, int at, int stride, long[] out, int oi) {
    var word = new long[4];
    scalar.mul(words, at, stride, enter, 0, 1, word, 0, 1);
    for (int l = 0; l < LIMBS; l++) {
      int from = BITS * l;
      long limb = word[from >>> 6] >>> (from & 63);
      if ((from & 63) > 64 - BITS && from >>> 6 < 3) {
        limb |= word[(from >>> 6) + 1] << (64 - (from & 63));
      }
      LongVector.broadcast(S, limb & LIMB).intoArray(out, oi + l * L);
    }
  }

  /**
   * {@code out += a·b}, unreduced, of signed 32-bit integers and elements: {@code integers[at + j]}
   * times the element that is in all lanes of b. To keep limbs positive 2^31 is added to the
   * integer; whoever calls takes 2^31 times the sum of the elements off again. Seven times at most
   * between two {@link #carryUp}.
   */
  public static void accumulate(int[] integers, int at, long[] b, int bi, long[] out, int oi) {
    var a =
        ((LongVector) IntVector.fromArray(HALF, integers, at).convertShape(I2L, S, 0))
            .add(1L << 31)
            .and(WORD);
    for (int l = 0; l < LIMBS; l++) {
      LongVector.fromArray(S, out, oi + l * L)
          .add(LongVector.fromArray(S, b, bi + l * L).and(WORD).mul(a))
          .intoArray(out, oi + l * L);
    }
  }

  /** Carries in place; the highest limb takes what is left. */
  public static void carryUp(long[] a, int ai) {
    var c = LongVector.zero(S);
    for (int l = 0; l < LIMBS - 1; l++) {
      c = c.add(LongVector.fromArray(S, a, ai + l * L));
      c.and(LIMB).intoArray(a, ai + l * L);
      c = c.lanewise(LSHR, BITS);
    }
    c.add(LongVector.fromArray(S, a, ai + 8 * L)).intoArray(a, ai + 8 * L);
  }

  /** Splits a block after {@link #carryUp} at 2^261: {@code a = low + high·2^261}. */
  public static void split(long[] a, int ai, long[] low, long[] high) {
    System.arraycopy(a, ai, low, 0, BLOCK);
    var top = LongVector.fromArray(S, a, ai + 8 * L);
    top.and(LIMB).intoArray(low, 8 * L);
    var above = top.lanewise(LSHR, BITS);
    above.and(LIMB).intoArray(high, 0);
    above.lanewise(LSHR, BITS).intoArray(high, L);
    Arrays.fill(high, 2 * L, BLOCK, 0);
  }

  /** Negates, limb by limb, the lanes whose sign is -1; for {@link #pack} only. */
  public static void negate(long[] a, int ai, long[] signs, int si) {
    var s = LongVector.fromArray(S, signs, si);
    for (int l = 0; l < LIMBS; l++) {
      LongVector.fromArray(S, a, ai + l * L).lanewise(XOR, s).sub(s).intoArray(a, ai + l * L);
    }
  }

  /** A block from integers, each greater than -2^63: their magnitudes, and 0 or -1 as signs. */
  public static void integers(long[] values, int at, long[] out, int oi, long[] signs, int si) {
    var v = LongVector.fromArray(S, values, at);
    var s = v.lanewise(ASHR, 63);
    v = v.lanewise(XOR, s).sub(s);
    s.intoArray(signs, si);
    v.and(LIMB).intoArray(out, oi);
    v.lanewise(LSHR, BITS).and(LIMB).intoArray(out, oi + L);
    v.lanewise(LSHR, 2 * BITS).intoArray(out, oi + 2 * L);
    Arrays.fill(out, oi + 3 * L, oi + BLOCK, 0);
  }
}
