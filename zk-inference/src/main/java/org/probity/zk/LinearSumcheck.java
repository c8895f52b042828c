package org.probity.zk;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.probity.zk.backend.ProductRounds;
import org.probity.zk.backend.ResidentVector;
import org.probity.zk.backend.Workspace;
import org.probity.zk.field.Fr;

/**
 * Sumcheck 3, the prover's side: a sum of products form times vector, shown at one random point
 * (docs/protocol.md, section 8).
 *
 * <pre>  Σ_x [ L_B·B + L_A·A + L_W·W' + L_Y·W^y + θ(L1·M1 + L2·M2) ](x) = e + θ·μ</pre>
 *
 * @param point {@code r_1..r_ℓ}
 * @param forms the forms at that point, in the order given
 * @param end the last claim, v
 */
record LinearSumcheck(List<Fr> point, List<Fr> forms, Fr end) {

  /**
   * One product: a form that does not depend on the variables beyond its vector's, and the vector.
   */
  record Term(ResidentVector form, ResidentVector vector) {
    Term {
      if (form.size() != vector.size()) {
        throw new IllegalArgumentException("a form is as long as its vector");
      }
    }
  }

  /**
   * Runs the sumcheck over {@code variables} variables.
   *
   * @param claim the sum
   */
  static LinearSumcheck prove(
      int variables,
      List<Term> terms,
      List<SparseMask> masks,
      Fr theta,
      Fr claim,
      Workspace work,
      Transcript transcript) {
    var products =
        work.products(
            terms.stream()
                .map(term -> new ProductRounds.Product(term.form(), term.vector(), Fr.ONE))
                .toList(),
            ProductRounds.Extension.FORM);
    var sparse = masks.stream().map(mask -> new FoldedMask(mask, theta)).toList();
    var point = new ArrayList<Fr>();
    Fr current = claim;
    for (int t = 0; t < variables; t++) {
      var quadratic = products.round();
      Fr c0 = quadratic.c0();
      Fr c2 = quadratic.c2();
      for (var mask : sparse) {
        var c = mask.round(t);
        c0 = c0.plus(c.coefficient(0));
        c2 = c2.plus(c.coefficient(2));
      }
      transcript.send(c0);
      transcript.send(c2);
      Fr r = transcript.challenge();
      point.add(r);
      Fr c1 = current.minus(c0.twice()).minus(c2);
      current = new RoundPolynomial(c0, c1, c2).at(r);
      products.bind(r);
      sparse.forEach(mask -> mask.bind(r));
    }
    var forms = IntStream.range(0, terms.size()).mapToObj(k -> products.left(k).getFirst());
    return new LinearSumcheck(point, forms.toList(), current);
  }

  /** A sparse mask and its linear form while the variables are bound one after another. */
  private static final class FoldedMask {
    private final SparseMask mask;
    private final Fr theta;
    private TreeMap<Integer, Fr> entries;

    /** The form's constant with the bound variables in it. */
    private Fr constant = Fr.ONE;

    private int bound;

    FoldedMask(SparseMask mask, Fr theta) {
      this.mask = mask;
      this.theta = theta;
      entries = new TreeMap<>(mask.entries());
    }

    RoundPolynomial round(int t) {
      var sum = RoundPolynomial.zero(2);
      var done = new java.util.HashSet<Integer>();
      for (int index : entries.keySet()) {
        int pair = index >>> 1;
        if (done.add(pair)) {
          Fr low = entries.getOrDefault(2 * pair, Fr.ZERO);
          Fr high = entries.getOrDefault(2 * pair + 1, Fr.ZERO);
          Fr base = constant;
          for (int u = 0; pair >>> u != 0; u++) {
            if ((pair >>> u & 1) != 0) {
              base = base.plus(mask.weight(t + 1 + u));
            }
          }
          sum =
              sum.plus(
                  new RoundPolynomial(base, mask.weight(t))
                      .times(new RoundPolynomial(low, high.minus(low))));
        }
      }
      return sum.times(theta);
    }

    void bind(Fr r) {
      var next = new TreeMap<Integer, Fr>();
      entries.forEach((index, value) -> {
        Fr weight = (index & 1) == 0 ? Fr.ONE.minus(r) : r;
        next.merge(index >>> 1, value.times(weight), Fr::plus);
      });
      entries = next;
      constant = constant.plus(mask.weight(bound).times(r));
      bound++;
    }
  }
}
