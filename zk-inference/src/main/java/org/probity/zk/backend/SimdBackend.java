package org.probity.zk.backend;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.probity.zk.curve.BaseTable;
import org.probity.zk.curve.G1;
import org.probity.zk.curve.LaneMsm;
import org.probity.zk.curve.PointVector;
import org.probity.zk.field.FieldVector;
import org.probity.zk.field.Fr;
import org.probity.zk.field.LaneField;
import org.probity.zk.field.PrimeField;

/**
 * The prover's operations on lanes ({@link LaneField}), on all threads. Every operation takes a
 * block of elements from memory, keeps it in lanes for all it has to do with them, and writes
 * canonical elements back; a sum stays unreduced in its lanes until its end. Vectors shorter than a
 * few blocks are the scalar backend's.
 *
 * <p>Multiplication by a constant c is by {@code c·2^261} and keeps the other factor's radix; a
 * product of two elements of memory is {@code ab·2^251}, which matters only where a sum of them
 * leaves the lanes.
 */
final class SimdBackend implements VectorBackend {
  private static final LaneField F = LaneField.FR;
  private static final PrimeField SCALAR = PrimeField.FR;
  private static final int L = LaneField.LANES;
  private static final int BLOCK = LaneField.BLOCK;

  /** Shorter vectors are left to scalar code. */
  private static final int LEAST = 4 * L;

  /** Bits of the radix of a product of two, and of three, elements in Montgomery form. */
  private static final int TWO = 251;

  private static final int THREE = 246;

  /** Products whose sum, reduced by one multiplication, still ends below 2p. */
  private static final int LAZY = 64;

  private static final long[] ONE = F.factor(Fr.ONE);

  /**
   * {@code 2^522}, for what overflows 2^261; and the Montgomery form of integers, {@code 2^517}.
   */
  private static final long[] OVERFLOW = F.constant(BigInteger.ONE.shiftLeft(522));

  private static final long[] INTEGER = F.constant(BigInteger.ONE.shiftLeft(517));

  /** -1 in Montgomery form. */
  private static final long[] MINUS_ONE = F.constant(BigInteger.ONE.shiftLeft(256).negate());

  private final Workers workers;
  private final ScalarBackend scalar;
  private final LaneMsm msm;

  /** Bases in the lanes' form, for as long as somebody uses them. */
  private final Map<PointVector, BaseTable> tables = new WeakHashMap<>();

  SimdBackend(int threads) {
    this(new Workers(threads));
  }

  SimdBackend(Workers workers) {
    this.workers = workers;
    scalar = new ScalarBackend(workers);
    msm = new LaneMsm(workers.pool());
  }

  @Override
  public String name() {
    return "simd";
  }

  @Override
  public void prepare(PointVector bases) {
    if (bases.size() >= LEAST) {
      var table = table(bases);
      if (!table.isPrepared()) {
        var prepared = table.prepared(msm);
        synchronized (tables) {
          tables.put(bases, prepared);
        }
      }
    }
  }

  private BaseTable table(PointVector bases) {
    synchronized (tables) {
      return tables.computeIfAbsent(bases, BaseTable::of);
    }
  }

  @Override
  public List<G1> msm(PointVector bases, List<FieldVector> scalars) {
    if (bases.size() < LEAST) {
      return scalar.msm(bases, scalars);
    }
    return msm.sums(table(bases), scalars.stream().map(LaneMsm.Elements::new).toList());
  }

  @Override
  public G1 msm(PointVector bases, long[] values) {
    if (bases.size() < LEAST) {
      return scalar.msm(bases, values);
    }
    return msm.sums(table(bases), List.of(new LaneMsm.Integers(values))).getFirst();
  }

  @Override
  public FieldVector vector(long[] values) {
    if (values.length < LEAST || values.length % L != 0) {
      return scalar.vector(values);
    }
    var out = FieldVector.ofFr(values.length);
    run(
        values.length,
        (from, to) -> {
          var x = new long[BLOCK];
          var signs = new long[L];
          for (int i = from; i < to; i += L) {
            LaneField.integers(values, i, x, 0, signs, 0);
            F.mul(x, 0, INTEGER, 0, x, 0);
            LaneField.negate(x, 0, signs, 0);
            F.pack(x, 0, out.limbs(), i, out.stride());
          }
        });
    return out;
  }

  @Override
  public FieldVector eq(List<Fr> point) {
    int small = Math.min(point.size(), Integer.numberOfTrailingZeros(L));
    var start = scalar.eq(point.subList(0, small));
    var out = FieldVector.ofFr(1 << point.size());
    var o = out.limbs();
    int stride = out.stride();
    out.put(0, start, start.size());
    for (int t = small; t < point.size(); t++) {
      int half = 1 << t;
      var p = F.factor(point.get(t));
      run(
          half,
          (from, to) -> {
            var x = new long[BLOCK];
            var y = new long[BLOCK];
            for (int i = from; i < to; i += L) {
              LaneField.unpack(o, i, stride, x, 0);
              F.mul(x, 0, p, 0, y, 0);
              F.pack(y, 0, o, i + half, stride);
              LaneField.minus(x, 0, y, 0, x, 0);
              F.pack(x, 0, o, i, stride);
            }
          });
    }
    return out;
  }

  @Override
  public FieldVector combine(List<int[]> rows, List<Fr> weights) {
    int n = rows.getFirst().length;
    if (n < LEAST) {
      return scalar.combine(rows, weights);
    }
    int count = rows.size();
    var spread = new long[count * BLOCK];
    Fr sum = Fr.ZERO;
    for (int c = 0; c < count; c++) {
      // The plain limbs of the weight in Montgomery form, the same in every lane.
      System.arraycopy(
          F.constant(weights.get(c).toBigInteger().shiftLeft(256)), 0, spread, c * BLOCK, BLOCK);
      sum = sum.plus(weights.get(c));
    }
    var offset = F.constant(sum.toBigInteger().shiftLeft(256 + 31));
    var out = FieldVector.ofFr(n);
    run(
        n,
        (from, to) -> {
          var x = new long[BLOCK];
          var low = new long[BLOCK];
          var high = new long[BLOCK];
          for (int i = from; i < to; i += L) {
            Arrays.fill(x, 0);
            for (int c = 0; c < count; c++) {
              LaneField.accumulate(rows.get(c), i, spread, c * BLOCK, x, 0);
              if (c % 7 == 6) {
                LaneField.carryUp(x, 0);
              }
            }
            LaneField.carryUp(x, 0);
            LaneField.split(x, 0, low, high);
            F.mul(low, 0, ONE, 0, low, 0);
            F.mul(high, 0, OVERFLOW, 0, high, 0);
            LaneField.add(low, 0, high, 0, low, 0);
            LaneField.minus(low, 0, offset, 0, low, 0);
            F.pack(low, 0, out.limbs(), i, out.stride());
          }
        });
    return out;
  }

  @Override
  public FieldVector vectorTimesMatrix(
      FieldVector left, FieldVector matrix, int offset, int width) {
    if (width < L) {
      return scalar.vectorTimesMatrix(left, matrix, offset, width);
    }
    int height = left.size();
    var factors = new long[height * BLOCK];
    for (int i = 0; i < height; i++) {
      F.spread(left.limbs(), i, left.stride(), factors, i * BLOCK);
    }
    var out = FieldVector.ofFr(width);
    workers.run(
        width,
        Math.max(1, Workers.GRAIN / height),
        L,
        (from, to) -> {
          var x = new long[BLOCK];
          var sum = new long[BLOCK];
          for (int j = from; j < to; j += L) {
            Arrays.fill(sum, 0);
            for (int i = 0; i < height; i++) {
              LaneField.unpack(matrix.limbs(), offset + i * width + j, matrix.stride(), x, 0);
              F.mul(x, 0, factors, i * BLOCK, x, 0);
              LaneField.add(sum, 0, x, 0, sum, 0);
              if (i % LAZY == LAZY - 1) {
                reduce(sum);
              }
            }
            reduce(sum);
            F.pack(sum, 0, out.limbs(), j, out.stride());
          }
        });
    return out;
  }

  /** Takes a sum of at most {@link #LAZY} products and a reduced one below 2p. */
  private static void reduce(long[] sum) {
    LaneField.carry(sum, 0, sum, 0);
    F.mul(sum, 0, ONE, 0, sum, 0);
  }

  @Override
  public void addOuter(FieldVector target, int at, FieldVector left, FieldVector right) {
    if (right.size() < L && left.size() >= L && right.size() == 1) {
      addOuter(target, at, right, left);
      return;
    }
    int width = right.size();
    if (width < L) {
      scalar.addOuter(target, at, left, right);
      return;
    }
    int whole = width - width % L;
    var t = target.limbs();
    int ts = target.stride();
    // One row is cut into parts itself; of many, each thread takes some.
    boolean cut = left.size() < 2 * Runtime.getRuntime().availableProcessors();
    for (int single = 0; single < (cut ? left.size() : 1); single++) {
      int row = single;
      workers.run(
          cut ? whole : left.size(),
          cut ? Workers.GRAIN : Math.max(1, Workers.GRAIN / width),
          cut ? L : 1,
          (from, to) -> {
            var factor = new long[BLOCK];
            var x = new long[BLOCK];
            var y = new long[BLOCK];
            for (int i = cut ? row : from; i < (cut ? row + 1 : to); i++) {
              F.spread(left.limbs(), i, left.stride(), factor, 0);
              int base = at + i * width;
              for (int j = cut ? from : 0; j < (cut ? to : whole); j += L) {
                LaneField.unpack(right.limbs(), j, right.stride(), x, 0);
                F.mul(x, 0, factor, 0, x, 0);
                LaneField.unpack(t, base + j, ts, y, 0);
                LaneField.add(x, 0, y, 0, x, 0);
                F.pack(x, 0, t, base + j, ts);
              }
            }
          });
    }
    var product = new long[4];
    for (int i = 0; i < left.size(); i++) {
      for (int j = whole; j < width; j++) {
        int to = at + i * width + j;
        SCALAR.mul(left.limbs(), i, left.stride(), right.limbs(), j, right.stride(), product, 0, 1);
        SCALAR.add(t, to, ts, product, 0, 1, t, to, ts);
      }
    }
  }

  @Override
  public Fr innerProduct(FieldVector a, FieldVector b) {
    if (a.size() < LEAST || a.size() % L != 0) {
      return scalar.innerProduct(a, b);
    }
    return sums(
            a.size(),
            1,
            (from, to, sums) -> {
              var x = new long[BLOCK];
              var y = new long[BLOCK];
              for (int i = from; i < to; i += L) {
                LaneField.unpack(a.limbs(), i, a.stride(), x, 0);
                LaneField.unpack(b.limbs(), i, b.stride(), y, 0);
                F.mul(x, 0, y, 0, x, 0);
                LaneField.add(sums, 0, x, 0, sums, 0);
              }
            },
            TWO)
        .getFirst();
  }

  @Override
  public FieldVector bind(FieldVector v, Fr r) {
    if (v.size() < 2 * LEAST) {
      return scalar.bind(v, r);
    }
    return halved(v, F.factor(r));
  }

  @Override
  public FieldVector sumOut(FieldVector v) {
    if (v.size() < 2 * LEAST) {
      return scalar.sumOut(v);
    }
    return halved(v, null);
  }

  /** {@code v[2i] + factor·(v[2i+1] - v[2i])}, or without a factor {@code v[2i] + v[2i+1]}. */
  private FieldVector halved(FieldVector v, long @Nullable [] factor) {
    var out = FieldVector.ofFr(v.size() / 2);
    run(
        out.size(),
        (from, to) -> {
          var even = new long[BLOCK];
          var odd = new long[BLOCK];
          var room = new long[8 * L];
          for (int i = from; i < to; i += L) {
            LaneField.unpackPairs(v.limbs(), 2 * i, v.stride(), even, 0, odd, 0, room);
            if (factor != null) {
              F.sub(odd, 0, even, 0, odd, 0);
              F.mul(odd, 0, factor, 0, odd, 0);
            }
            LaneField.add(even, 0, odd, 0, even, 0);
            F.pack(even, 0, out.limbs(), i, out.stride());
          }
        });
    return out;
  }

  @Override
  public List<Fr> productRound(FieldVector a, FieldVector b) {
    if (a.size() < 2 * LEAST) {
      return scalar.productRound(a, b);
    }
    return sums(
        a.size() / 2,
        2,
        (from, to, sums) -> {
          var x0 = new long[BLOCK];
          var x1 = new long[BLOCK];
          var y0 = new long[BLOCK];
          var y1 = new long[BLOCK];
          var room = new long[8 * L];
          for (int i = from; i < to; i += L) {
            LaneField.unpackPairs(a.limbs(), 2 * i, a.stride(), x0, 0, x1, 0, room);
            LaneField.unpackPairs(b.limbs(), 2 * i, b.stride(), y0, 0, y1, 0, room);
            F.sub(x1, 0, x0, 0, x1, 0);
            F.sub(y1, 0, y0, 0, y1, 0);
            LaneField.carry(y1, 0, y1, 0);
            F.mul(x0, 0, y0, 0, x0, 0);
            LaneField.add(sums, 0, x0, 0, sums, 0);
            F.mul(x1, 0, y1, 0, x1, 0);
            LaneField.add(sums, BLOCK, x1, 0, sums, BLOCK);
          }
        },
        TWO,
        TWO);
  }

  @Override
  public List<Fr> bitRound(FieldVector weight, FieldVector b) {
    if (b.size() < 2 * LEAST) {
      return scalar.bitRound(weight, b);
    }
    return sums(
        b.size() / 2,
        2,
        (from, to, sums) -> {
          var low = new long[BLOCK];
          var d = new long[BLOCK];
          var w = new long[BLOCK];
          var room = new long[8 * L];
          for (int i = from; i < to; i += L) {
            // b = low + d·X: q1 = w·d·(2·low - 1), q2 = w·d².
            LaneField.unpackPairs(b.limbs(), 2 * i, b.stride(), low, 0, d, 0, room);
            F.sub(d, 0, low, 0, d, 0);
            LaneField.unpack(weight.limbs(), i, weight.stride(), w, 0);
            F.mul(d, 0, w, 0, w, 0);
            LaneField.add(low, 0, low, 0, low, 0);
            LaneField.add(low, 0, MINUS_ONE, 0, low, 0);
            F.mul(low, 0, w, 0, low, 0);
            LaneField.add(sums, 0, low, 0, sums, 0);
            F.mul(d, 0, w, 0, d, 0);
            LaneField.add(sums, BLOCK, d, 0, sums, BLOCK);
          }
        },
        THREE,
        THREE);
  }

  @Override
  public List<Fr> activationRound(FieldVector weight, FieldVector s, FieldVector t, FieldVector a) {
    if (s.size() < 2 * LEAST) {
      return scalar.activationRound(weight, s, t, a);
    }
    var q =
        sums(
            s.size() / 2,
            3,
            (from, to, sums) -> {
              var s0 = new long[BLOCK];
              var ds = new long[BLOCK];
              var t0 = new long[BLOCK];
              var dt = new long[BLOCK];
              var a0 = new long[BLOCK];
              var da = new long[BLOCK];
              var w = new long[BLOCK];
              var room = new long[8 * L];
              for (int i = from; i < to; i += L) {
                // q1 = w·(s0·dt + ds·t0) - w·da, q2 = w·ds·dt.
                LaneField.unpackPairs(s.limbs(), 2 * i, s.stride(), s0, 0, ds, 0, room);
                LaneField.unpackPairs(t.limbs(), 2 * i, t.stride(), t0, 0, dt, 0, room);
                LaneField.unpackPairs(a.limbs(), 2 * i, a.stride(), a0, 0, da, 0, room);
                LaneField.unpack(weight.limbs(), i, weight.stride(), w, 0);
                F.sub(ds, 0, s0, 0, ds, 0);
                F.sub(dt, 0, t0, 0, dt, 0);
                F.sub(da, 0, a0, 0, da, 0);
                F.mul(da, 0, w, 0, da, 0);
                LaneField.add(sums, 2 * BLOCK, da, 0, sums, 2 * BLOCK);
                LaneField.carry(dt, 0, dt, 0);
                F.mul(s0, 0, dt, 0, s0, 0);
                F.mul(ds, 0, t0, 0, t0, 0);
                LaneField.add(s0, 0, t0, 0, s0, 0);
                F.mul(s0, 0, w, 0, s0, 0);
                LaneField.add(sums, 0, s0, 0, sums, 0);
                F.mul(ds, 0, dt, 0, ds, 0);
                F.mul(ds, 0, w, 0, ds, 0);
                LaneField.add(sums, BLOCK, ds, 0, sums, BLOCK);
              }
            },
            THREE,
            THREE,
            TWO);
    return List.of(q.get(0).minus(q.get(2)), q.get(1));
  }

  @Override
  public List<Fr> parts(FieldVector coefficients, int radix, Fr z) {
    int step = Math.max(radix, L);
    int n = coefficients.size();
    if (n < Math.max(LEAST, 4 * step) || n % step != 0 || step % radix != 0) {
      return scalar.parts(coefficients, radix, z);
    }
    // Horner on the residues modulo step, each thread on a range of coefficients.
    int blocks = step / L;
    int parts = workers.parts(n, Workers.GRAIN);
    Fr stride = power(z, step / radix);
    var factor = F.factor(stride);
    var sums = new FieldVector[parts];
    var starts = new int[parts];
    workers.run(
        parts,
        n,
        step,
        (part, from, to) -> {
          var sum = new long[blocks * BLOCK];
          var x = new long[BLOCK];
          for (int i = to - step; i >= from; i -= step) {
            for (int k = 0; k < blocks; k++) {
              LaneField.unpack(coefficients.limbs(), i + k * L, coefficients.stride(), x, 0);
              F.mul(sum, k * BLOCK, factor, 0, sum, k * BLOCK);
              LaneField.add(sum, k * BLOCK, x, 0, sum, k * BLOCK);
            }
          }
          var out = FieldVector.ofFr(step);
          for (int k = 0; k < blocks; k++) {
            F.pack(sum, k * BLOCK, out.limbs(), k * L, step);
          }
          sums[part] = out;
          starts[part] = from;
        });
    var out = new ArrayList<>(Collections.nCopies(radix, Fr.ZERO));
    for (int part = 0; part < parts; part++) {
      Fr power = power(z, starts[part] / radix);
      for (int k = 0; k < step; k++) {
        if (k > 0 && k % radix == 0) {
          power = power.times(z);
        }
        out.set(k % radix, out.get(k % radix).plus(sums[part].fr(k).times(power)));
      }
    }
    return out;
  }

  private static Fr power(Fr base, int exponent) {
    return base.power(BigInteger.valueOf(exponent));
  }

  @Override
  public FieldVector divide(FieldVector coefficients, int degree, Fr root) {
    int n = coefficients.size() - degree;
    if (n < Math.max(LEAST, 2 * degree) || (degree != 1 && degree % L != 0)) {
      return scalar.divide(coefficients, degree, root);
    }
    return degree == 1
        ? divideByLine(coefficients, root)
        : divideByPower(coefficients, degree, root);
  }

  /** {@code q_i = c_{i+degree} + root·q_{i+degree}}: lanes do not meet. */
  private static FieldVector divideByPower(FieldVector coefficients, int degree, Fr root) {
    int n = coefficients.size() - degree;
    var out = FieldVector.ofFr(n);
    var factor = F.factor(root);
    var carry = new long[degree / L * BLOCK];
    var x = new long[BLOCK];
    // Whole blocks from the top; the remainder at the bottom is scalar.
    int i = n;
    while (i >= L) {
      i -= L;
      int k = (n - i - L) / L % (degree / L) * BLOCK;
      LaneField.unpack(coefficients.limbs(), i + degree, coefficients.stride(), x, 0);
      F.mul(carry, k, factor, 0, carry, k);
      LaneField.add(carry, k, x, 0, carry, k);
      F.pack(carry, k, out.limbs(), i, n);
      LaneField.unpack(out.limbs(), i, n, carry, k);
    }
    var r = FieldVector.of(List.of(root)).limbs();
    var product = new long[4];
    while (--i >= 0) {
      SCALAR.mul(out.limbs(), i + degree, n, r, 0, 1, product, 0, 1);
      SCALAR.add(
          product,
          0,
          1,
          coefficients.limbs(),
          i + degree,
          coefficients.stride(),
          out.limbs(),
          i,
          n);
    }
    return out;
  }

  /**
   * {@code q_i = c_{i+1} + root·q_{i+1}}, a chain from the top: cut into as many segments as there
   * are lanes, each as if nothing came from above; then every segment gets what came, times the
   * powers of the root.
   */
  private FieldVector divideByLine(FieldVector coefficients, Fr root) {
    int n = coefficients.size() - 1;
    int length = n / L;
    int rest = n % L;
    var c = coefficients.limbs();
    int cs = coefficients.stride();
    var out = FieldVector.ofFr(n);
    var o = out.limbs();
    var r = FieldVector.of(List.of(root)).limbs();
    // The topmost few that do not fill a segment.
    var carry = new long[4];
    for (int i = n - 1; i >= n - rest; i--) {
      SCALAR.mul(carry, 0, 1, r, 0, 1, carry, 0, 1);
      SCALAR.add(carry, 0, 1, c, i + 1, cs, carry, 0, 1);
      PrimeField.copy(carry, 0, 1, o, i, n);
    }
    var factor = F.factor(root);
    var sum = new long[BLOCK];
    var x = new long[BLOCK];
    var words = new long[4 * L];
    for (int i = length - 1; i >= 0; i--) {
      for (int w = 0; w < 4; w++) {
        for (int lane = 0; lane < L; lane++) {
          words[w * L + lane] = c[w * cs + lane * length + i + 1];
        }
      }
      LaneField.unpack(words, 0, L, x, 0);
      F.mul(sum, 0, factor, 0, sum, 0);
      LaneField.add(sum, 0, x, 0, sum, 0);
      F.pack(sum, 0, words, 0, L);
      LaneField.unpack(words, 0, L, sum, 0);
      for (int w = 0; w < 4; w++) {
        for (int lane = 0; lane < L; lane++) {
          o[w * n + lane * length + i] = words[w * L + lane];
        }
      }
    }
    var powers = powers(root, length);
    Fr above = rest > 0 ? out.fr(n - rest) : Fr.ZERO;
    for (int lane = L - 1; lane >= 0; lane--) {
      addScaled(out, lane * length, powers, above);
      above = out.fr(lane * length);
    }
    return out;
  }

  /** {@code root^(count - i)} for {@code i < count}. */
  private FieldVector powers(Fr root, int count) {
    var out = FieldVector.ofFr(count);
    int top = Math.min(count, L);
    Fr power = Fr.ONE;
    for (int i = 1; i <= top; i++) {
      power = power.times(root);
      out.set(count - i, power);
    }
    var factor = F.factor(power(root, L));
    var x = new long[BLOCK];
    var o = out.limbs();
    int i = count - L;
    for (; i >= L; i -= L) {
      LaneField.unpack(o, i, count, x, 0);
      F.mul(x, 0, factor, 0, x, 0);
      F.pack(x, 0, o, i - L, count);
    }
    for (int j = i - 1; j >= 0; j--) {
      out.set(j, out.fr(j + 1).times(root));
    }
    return out;
  }

  private interface Sums {
    /** Adds to the sums, one block each. */
    void add(int from, int to, long[] sums);
  }

  private void run(int n, Workers.Range body) {
    workers.run(n, Workers.GRAIN, L, body);
  }

  private List<Fr> sums(int n, int count, Sums body, int... radices) {
    int parts = workers.parts(n, Workers.GRAIN);
    var sums = new long[parts][count * BLOCK];
    workers.run(parts, n, L, (part, from, to) -> body.add(from, to, sums[part]));
    for (int part = 1; part < parts; part++) {
      for (int i = 0; i < count * BLOCK; i++) {
        sums[0][i] += sums[part][i];
      }
    }
    return IntStream.range(0, count)
        .mapToObj(k -> LaneField.sum(sums[0], k * BLOCK, radices[k]))
        .toList();
  }
}
