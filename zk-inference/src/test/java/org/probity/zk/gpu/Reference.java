package org.probity.zk.gpu;

import java.util.ArrayList;
import java.util.List;
import org.probity.zk.field.FieldVector;
import org.probity.zk.field.Fr;

/** What kernels must compute, by definition: element by element, on the processor's fields. */
final class Reference {
  private static final Fr TWO = Fr.of(2);

  private interface Element {
    Fr at(int i);
  }

  private static FieldVector vector(int size, Element element) {
    var out = FieldVector.ofFr(size);
    for (int i = 0; i < size; i++) {
      out.set(i, element.at(i));
    }
    return out;
  }

  private static Fr sum(int size, Element element) {
    Fr sum = Fr.ZERO;
    for (int i = 0; i < size; i++) {
      sum = sum.plus(element.at(i));
    }
    return sum;
  }

  FieldVector vector(long[] values) {
    return vector(values.length, i -> Fr.of(values[i]));
  }

  FieldVector eq(List<Fr> point) {
    var out = FieldVector.ofFr(1 << point.size());
    out.set(0, Fr.ONE);
    for (int t = 0; t < point.size(); t++) {
      for (int i = 0; i < 1 << t; i++) {
        Fr upper = out.fr(i).times(point.get(t));
        out.set(i + (1 << t), upper);
        out.set(i, out.fr(i).minus(upper));
      }
    }
    return out;
  }

  FieldVector combine(List<int[]> rows, List<Fr> weights) {
    return vector(
        rows.getFirst().length,
        i -> sum(rows.size(), c -> weights.get(c).times(Fr.of(rows.get(c)[i]))));
  }

  FieldVector vectorTimesMatrix(FieldVector left, FieldVector matrix, int offset, int width) {
    return vector(
        width, j -> sum(left.size(), i -> left.fr(i).times(matrix.fr(offset + i * width + j))));
  }

  void addScaled(FieldVector target, FieldVector source, Fr scale) {
    for (int i = 0; i < source.size(); i++) {
      target.set(i, target.fr(i).plus(source.fr(i).times(scale)));
    }
  }

  void addOuter(FieldVector target, int at, FieldVector left, FieldVector right, Fr scale) {
    for (int k = 0; k < left.size() * right.size(); k++) {
      Fr product = left.fr(k / right.size()).times(right.fr(k % right.size())).times(scale);
      target.set(at + k, target.fr(at + k).plus(product));
    }
  }

  Fr innerProduct(FieldVector a, FieldVector b) {
    return sum(a.size(), i -> a.fr(i).times(b.fr(i)));
  }

  FieldVector bind(FieldVector v, Fr r) {
    return vector(v.size() / 2, i -> v.fr(2 * i).plus(r.times(difference(v, i))));
  }

  FieldVector sumOut(FieldVector v) {
    return vector(v.size() / 2, i -> v.fr(2 * i).plus(v.fr(2 * i + 1)));
  }

  private static Fr difference(FieldVector v, int pair) {
    return v.fr(2 * pair + 1).minus(v.fr(2 * pair));
  }

  List<Fr> productRound(FieldVector a, FieldVector b) {
    int pairs = a.size() / 2;
    return List.of(
        sum(pairs, i -> a.fr(2 * i).times(b.fr(2 * i))),
        sum(pairs, i -> difference(a, i).times(difference(b, i))));
  }

  /** Coefficients 1 and 2 of {@code Σ weight·(b² - b)}. */
  List<Fr> bitRound(FieldVector weight, FieldVector b) {
    return List.of(
        sum(
            weight.size(),
            i -> weight.fr(i).times(difference(b, i).times(TWO.times(b.fr(2 * i)).minus(Fr.ONE)))),
        sum(weight.size(), i -> weight.fr(i).times(difference(b, i).square())));
  }

  /** Coefficients 1 and 2 of {@code Σ weight·(s·t - a)}. */
  List<Fr> activationRound(FieldVector weight, FieldVector s, FieldVector t, FieldVector a) {
    return List.of(
        sum(
            weight.size(),
            i ->
                weight
                    .fr(i)
                    .times(
                        s.fr(2 * i)
                            .times(difference(t, i))
                            .plus(difference(s, i).times(t.fr(2 * i)))
                            .minus(difference(a, i)))),
        sum(weight.size(), i -> weight.fr(i).times(difference(s, i).times(difference(t, i)))));
  }

  List<Fr> parts(FieldVector coefficients, int radix, Fr z) {
    var out = new ArrayList<Fr>();
    for (int part = 0; part < radix; part++) {
      Fr value = Fr.ZERO;
      for (int k = coefficients.size() / radix - 1; k >= 0; k--) {
        value = value.times(z).plus(coefficients.fr(radix * k + part));
      }
      out.add(value);
    }
    return out;
  }

  FieldVector divide(FieldVector coefficients, int degree, Fr root) {
    int n = coefficients.size() - degree;
    var out = FieldVector.ofFr(n);
    for (int i = n - 1; i >= 0; i--) {
      Fr above = i + degree < n ? out.fr(i + degree).times(root) : Fr.ZERO;
      out.set(i, above.plus(coefficients.fr(i + degree)));
    }
    return out;
  }
}
