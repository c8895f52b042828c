package org.probity.zk;

import java.util.Arrays;
import java.util.List;
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
 * @param run from the sum to v, at {@code r_1..r_ℓ}
 * @param forms the forms at that point, in the order given
 */
record LinearSumcheck(Sumcheck run, List<Fr> forms) {

  /**
   * One product: a form that does not depend on the variables beyond its vector's, and the vector.
   */
  record Term(ResidentVector form, ResidentVector vector) {
    Term {
      if (form.size() != vector.size()) {
        throw new IllegalArgumentException(
            "A form is as long as its vector, so one of %d entries does not fit one of %d"
                .formatted(form.size(), vector.size()));
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
    var sum = new Sum(variables, products, sparse);
    var run = Sumcheck.prove(claim, sum, new Sumcheck.Rule.Plain(), transcript);
    var forms = IntStream.range(0, terms.size()).mapToObj(k -> products.left(k).getFirst());
    return new LinearSumcheck(run, forms.toList());
  }

  private record Sum(int rounds, ProductRounds products, List<FoldedMask> masks)
      implements Sumcheck.Instance {
    @Override
    public RoundPolynomial round(int t) {
      var quadratic = products.round();
      var out = new RoundPolynomial(quadratic.c0(), Fr.ZERO, quadratic.c2());
      for (var mask : masks) {
        out = out.plus(mask.round());
      }
      return out;
    }

    @Override
    public void bind(int t, Fr r) {
      products.bind(r);
      masks.forEach(mask -> mask.bind(r));
    }
  }

  /**
   * {@code θ·L·M} of a sparse mask while the variables are bound one after another. What is left of
   * L at a vertex is a small integer beside what the bound variables made of it.
   */
  private static final class FoldedMask {
    private final SparseMask mask;
    private final Fr theta;

    /** The mask's entries, by ascending index. */
    private int[] indices;

    private Fr[] values;

    /** The form's constant with the bound variables in it. */
    private Fr constant = Fr.ONE;

    private int bound;

    FoldedMask(SparseMask mask, Fr theta) {
      this.mask = mask;
      this.theta = theta;
      indices = mask.entries().keySet().stream().mapToInt(Integer::intValue).toArray();
      values = mask.entries().values().toArray(Fr[]::new);
    }

    /** In the lowest variable; the coefficient that the claim gives is left out. */
    RoundPolynomial round() {
      Fr c0 = Fr.ZERO;
      Fr slopes = Fr.ZERO;
      for (int i = 0; i < indices.length; i = next(i)) {
        Fr base = constant.plus(Fr.of(mask.integerForm(bound + 1, indices[i] >>> 1)));
        c0 = c0.plus(base.times(low(i)));
        slopes = slopes.plus(high(i).minus(low(i)));
      }
      Fr c2 = slopes.times(mask.weight(bound));
      return new RoundPolynomial(c0.times(theta), Fr.ZERO, c2.times(theta));
    }

    void bind(Fr r) {
      int[] folded = new int[indices.length];
      var elements = new Fr[indices.length];
      int count = 0;
      for (int i = 0; i < indices.length; i = next(i)) {
        folded[count] = indices[i] >>> 1;
        elements[count++] = low(i).plus(r.times(high(i).minus(low(i))));
      }
      indices = Arrays.copyOf(folded, count);
      values = Arrays.copyOf(elements, count);
      constant = constant.plus(mask.weight(bound).times(r));
      bound++;
    }

    /** The entry after the pair that entry i begins. */
    private int next(int i) {
      return paired(i) ? i + 2 : i + 1;
    }

    private boolean paired(int i) {
      return i + 1 < indices.length && indices[i] >>> 1 == indices[i + 1] >>> 1;
    }

    private Fr low(int i) {
      return (indices[i] & 1) == 0 ? values[i] : Fr.ZERO;
    }

    private Fr high(int i) {
      if (paired(i)) {
        return values[i + 1];
      }
      return (indices[i] & 1) == 0 ? Fr.ZERO : values[i];
    }
  }
}
