package org.probity.zk.backend;

import java.util.List;
import java.util.stream.IntStream;
import org.probity.zk.curve.G1;
import org.probity.zk.curve.Msm;
import org.probity.zk.curve.PointVector;
import org.probity.zk.field.FieldVector;
import org.probity.zk.field.Fr;
import org.probity.zk.field.PrimeField;

/** Scalar Java: runs everywhere, and says what the other backends' results must be. */
final class ScalarBackend implements VectorBackend {
  private static final PrimeField F = PrimeField.FR;
  private static final long[] ZERO = new long[4];

  private final Workers workers;
  private final Msm msm;

  ScalarBackend(Workers workers) {
    this.workers = workers;
    this.msm = new Msm(workers.pool());
  }

  @Override
  public String name() {
    return "scalar";
  }

  @Override
  public List<G1> msm(PointVector bases, List<FieldVector> scalars) {
    return scalars.stream().map(list -> msm.sum(bases, list)).toList();
  }

  @Override
  public G1 msm(PointVector bases, long[] values) {
    return msm.sum(bases, values);
  }

  @Override
  public FieldVector eq(List<Fr> point) {
    var out = FieldVector.ofFr(1 << point.size());
    out.set(0, Fr.ONE);
    var limbs = out.limbs();
    int stride = out.stride();
    for (int t = 0; t < point.size(); t++) {
      int half = 1 << t;
      var p = FieldVector.of(List.of(point.get(t))).limbs();
      parallel(
          half,
          (from, to) -> {
            for (int i = from; i < to; i++) {
              F.mul(limbs, i, stride, p, 0, 1, limbs, i + half, stride);
              F.sub(limbs, i, stride, limbs, i + half, stride, limbs, i, stride);
            }
          });
    }
    return out;
  }

  @Override
  public FieldVector combine(List<int[]> rows, List<Fr> weights) {
    int n = rows.getFirst().length;
    var out = FieldVector.ofFr(n);
    var o = out.limbs();
    int os = out.stride();
    // A weight in Montgomery form twice over, times a plain integer, is in Montgomery form once.
    var twice = FieldVector.ofFr(weights.size());
    var square = F.square();
    for (int c = 0; c < weights.size(); c++) {
      twice.set(c, weights.get(c));
      F.mul(twice.limbs(), c, twice.stride(), square, 0, 1, twice.limbs(), c, twice.stride());
    }
    parallel(
        n,
        (from, to) -> {
          var integer = new long[4];
          var product = new long[4];
          for (int c = 0; c < rows.size(); c++) {
            var row = rows.get(c);
            for (int i = from; i < to; i++) {
              if (row[i] != 0) {
                integer[0] = Math.abs((long) row[i]);
                F.mul(twice.limbs(), c, twice.stride(), integer, 0, 1, product, 0, 1);
                if (row[i] > 0) {
                  F.add(o, i, os, product, 0, 1, o, i, os);
                } else {
                  F.sub(o, i, os, product, 0, 1, o, i, os);
                }
              }
            }
          }
        });
    return out;
  }

  @Override
  public FieldVector vectorTimesMatrix(
      FieldVector left, FieldVector matrix, int offset, int width) {
    var out = FieldVector.ofFr(width);
    var o = out.limbs();
    int os = out.stride();
    var l = left.limbs();
    int ls = left.stride();
    var m = matrix.limbs();
    int ms = matrix.stride();
    int height = left.size();
    workers.run(
        width,
        Math.max(1, Workers.GRAIN / height),
        1,
        (from, to) -> {
          var product = new long[4];
          for (int i = 0; i < height; i++) {
            int row = offset + i * width;
            for (int j = from; j < to; j++) {
              F.mul(l, i, ls, m, row + j, ms, product, 0, 1);
              F.add(o, j, os, product, 0, 1, o, j, os);
            }
          }
        });
    return out;
  }

  @Override
  public FieldVector vector(long[] values) {
    var out = FieldVector.ofFr(values.length);
    var o = out.limbs();
    int os = out.stride();
    var square = F.square();
    parallel(
        values.length,
        (from, to) -> {
          var integer = new long[4];
          for (int i = from; i < to; i++) {
            if (values[i] != 0) {
              integer[0] = Math.abs(values[i]);
              F.mul(integer, 0, 1, square, 0, 1, o, i, os);
              if (values[i] < 0) {
                F.sub(ZERO, 0, 1, o, i, os, o, i, os);
              }
            }
          }
        });
    return out;
  }

  @Override
  public void addOuter(FieldVector target, int at, FieldVector left, FieldVector right) {
    var t = target.limbs();
    int ts = target.stride();
    var l = left.limbs();
    int ls = left.stride();
    var r = right.limbs();
    int rs = right.stride();
    int width = right.size();
    parallel(
        Math.multiplyExact(left.size(), width),
        (from, to) -> {
          var product = new long[4];
          int i = from / width;
          int j = from % width;
          for (int k = from; k < to; k++) {
            F.mul(l, i, ls, r, j, rs, product, 0, 1);
            F.add(t, at + k, ts, product, 0, 1, t, at + k, ts);
            if (++j == width) {
              j = 0;
              i++;
            }
          }
        });
  }

  @Override
  public Fr innerProduct(FieldVector a, FieldVector b) {
    var x = a.limbs();
    int xs = a.stride();
    var y = b.limbs();
    int ys = b.stride();
    return sums(
            a.size(),
            (from, to, sums) -> {
              var product = new long[4];
              for (int i = from; i < to; i++) {
                F.mul(x, i, xs, y, i, ys, product, 0, 1);
                F.add(sums, 0, 1, product, 0, 1, sums, 0, 1);
              }
            })
        .getFirst();
  }

  @Override
  public FieldVector bind(FieldVector v, Fr r) {
    var out = FieldVector.ofFr(v.size() / 2);
    var o = out.limbs();
    int os = out.stride();
    var a = v.limbs();
    int as = v.stride();
    var k = FieldVector.of(List.of(r)).limbs();
    parallel(
        out.size(),
        (from, to) -> {
          var d = new long[4];
          for (int i = from; i < to; i++) {
            F.sub(a, 2 * i + 1, as, a, 2 * i, as, d, 0, 1);
            if (!PrimeField.isZero(d, 0, 1)) {
              F.mul(d, 0, 1, k, 0, 1, d, 0, 1);
            }
            F.add(a, 2 * i, as, d, 0, 1, o, i, os);
          }
        });
    return out;
  }

  @Override
  public FieldVector sumOut(FieldVector v) {
    var out = FieldVector.ofFr(v.size() / 2);
    var a = v.limbs();
    int as = v.stride();
    parallel(
        out.size(),
        (from, to) -> {
          for (int i = from; i < to; i++) {
            F.add(a, 2 * i, as, a, 2 * i + 1, as, out.limbs(), i, out.stride());
          }
        });
    return out;
  }

  @Override
  public List<Fr> productRound(FieldVector a, FieldVector b) {
    var x = a.limbs();
    int xs = a.stride();
    var y = b.limbs();
    int ys = b.stride();
    return sums(
        a.size() / 2,
        (from, to, sums) -> {
          var d = new long[12];
          for (int i = 2 * from; i < 2 * to; i += 2) {
            boolean evenZero = PrimeField.isZero(x, i, xs) || PrimeField.isZero(y, i, ys);
            if (!evenZero) {
              F.mul(x, i, xs, y, i, ys, d, 0, 1);
              F.add(sums, 0, 1, d, 0, 1, sums, 0, 1);
            }
            F.sub(x, i + 1, xs, x, i, xs, d, 0, 1);
            F.sub(y, i + 1, ys, y, i, ys, d, 4, 1);
            if (!PrimeField.isZero(d, 0, 1) && !PrimeField.isZero(d, 4, 1)) {
              F.mul(d, 0, 1, d, 4, 1, d, 8, 1);
              F.add(sums, 4, 1, d, 8, 1, sums, 4, 1);
            }
          }
        });
  }

  @Override
  public List<Fr> bitRound(FieldVector weight, FieldVector b) {
    var w = weight.limbs();
    int ws = weight.stride();
    var x = b.limbs();
    int xs = b.stride();
    var one = FieldVector.of(List.of(Fr.ONE)).limbs();
    return sums(
        b.size() / 2,
        (from, to, sums) -> {
          var d = new long[12];
          for (int i = from; i < to; i++) {
            // b = b0 + d·X: q1 = d·(2·b0 - 1), q2 = d².
            F.sub(x, 2 * i + 1, xs, x, 2 * i, xs, d, 0, 1);
            if (PrimeField.isZero(d, 0, 1)) {
              continue;
            }
            F.add(x, 2 * i, xs, x, 2 * i, xs, d, 4, 1);
            F.sub(d, 4, 1, one, 0, 1, d, 4, 1);
            F.mul(d, 0, 1, w, i, ws, d, 8, 1);
            F.mul(d, 8, 1, d, 4, 1, d, 4, 1);
            F.add(sums, 0, 1, d, 4, 1, sums, 0, 1);
            F.mul(d, 8, 1, d, 0, 1, d, 8, 1);
            F.add(sums, 4, 1, d, 8, 1, sums, 4, 1);
          }
        });
  }

  @Override
  public List<Fr> activationRound(FieldVector weight, FieldVector s, FieldVector t, FieldVector a) {
    var w = weight.limbs();
    int ws = weight.stride();
    var x = s.limbs();
    int xs = s.stride();
    var y = t.limbs();
    int ys = t.stride();
    var z = a.limbs();
    int zs = a.stride();
    return sums(
        s.size() / 2,
        (from, to, sums) -> {
          var d = new long[16];
          for (int i = from; i < to; i++) {
            // q1 = s0·dt + ds·t0 - da, q2 = ds·dt.
            F.sub(x, 2 * i + 1, xs, x, 2 * i, xs, d, 0, 1);
            F.sub(y, 2 * i + 1, ys, y, 2 * i, ys, d, 4, 1);
            F.mul(x, 2 * i, xs, d, 4, 1, d, 8, 1);
            F.mul(d, 0, 1, y, 2 * i, ys, d, 12, 1);
            F.add(d, 8, 1, d, 12, 1, d, 8, 1);
            F.sub(z, 2 * i + 1, zs, z, 2 * i, zs, d, 12, 1);
            F.sub(d, 8, 1, d, 12, 1, d, 8, 1);
            F.mul(d, 8, 1, w, i, ws, d, 8, 1);
            F.add(sums, 0, 1, d, 8, 1, sums, 0, 1);
            F.mul(d, 0, 1, d, 4, 1, d, 0, 1);
            F.mul(d, 0, 1, w, i, ws, d, 0, 1);
            F.add(sums, 4, 1, d, 0, 1, sums, 4, 1);
          }
        });
  }

  @Override
  public List<Fr> parts(FieldVector coefficients, int radix, Fr z) {
    var c = coefficients.limbs();
    int cs = coefficients.stride();
    var k = FieldVector.of(List.of(z)).limbs();
    var sums = FieldVector.ofFr(radix);
    var s = sums.limbs();
    for (int i = coefficients.size() - 1; i >= 0; i--) {
      int part = i % radix;
      F.mul(s, part, radix, k, 0, 1, s, part, radix);
      F.add(s, part, radix, c, i, cs, s, part, radix);
    }
    return IntStream.range(0, radix).mapToObj(sums::fr).toList();
  }

  @Override
  public FieldVector divide(FieldVector coefficients, int degree, Fr root) {
    int n = coefficients.size() - degree;
    var c = coefficients.limbs();
    int cs = coefficients.stride();
    var out = FieldVector.ofFr(n);
    var o = out.limbs();
    var k = FieldVector.of(List.of(root)).limbs();
    var carry = new long[4];
    for (int i = n - 1; i >= 0; i--) {
      if (i + degree < n) {
        F.mul(o, i + degree, n, k, 0, 1, carry, 0, 1);
        F.add(carry, 0, 1, c, i + degree, cs, o, i, n);
      } else {
        PrimeField.copy(c, i + degree, cs, o, i, n);
      }
    }
    return out;
  }

  private interface Sums {
    /** Adds to the two sums at limbs 0 and 4. */
    void add(int from, int to, long[] sums);
  }

  private void parallel(int n, Workers.Range body) {
    workers.run(n, Workers.GRAIN, 1, body);
  }

  private List<Fr> sums(int n, Sums body) {
    int parts = workers.parts(n, Workers.GRAIN);
    var sums = new long[parts][8];
    workers.run(parts, n, 1, (part, from, to) -> body.add(from, to, sums[part]));
    var total = FieldVector.ofFr(2);
    for (var part : sums) {
      F.add(part, 0, 1, total.limbs(), 0, 2, total.limbs(), 0, 2);
      F.add(part, 4, 1, total.limbs(), 1, 2, total.limbs(), 1, 2);
    }
    return List.of(total.fr(0), total.fr(1));
  }
}
