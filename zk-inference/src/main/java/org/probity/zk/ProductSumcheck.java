package org.probity.zk;

import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.probity.zk.backend.ProductRounds;
import org.probity.zk.backend.ResidentVector;
import org.probity.zk.backend.Workspace;
import org.probity.zk.field.Fr;

/**
 * Sumcheck 1: all matrix-vector products at once (docs/protocol.md, section 6).
 *
 * <pre>  Σ_j [ Σ_{l≥2} γ^l·Ŵ_l(j)·Â_l(j) + g1(j) ] = S1</pre>
 *
 * <p>The sums run over the n inner variables only: the model was folded to one row a layer before.
 *
 * @param rho the outputs' point
 * @param gamma batches the layers
 * @param run from S1 to f_end, at s
 * @param weights {@code ŵ_2..ŵ_L}
 * @param inputs {@code â_2..â_L}
 */
record ProductSumcheck(List<Fr> rho, Fr gamma, Sumcheck run, List<Fr> weights, List<Fr> inputs) {

  /** What a network of one layer has in its place. */
  static ProductSumcheck none(List<Fr> rho, Fr gamma) {
    var nothing = new Sumcheck(Fr.ZERO, List.of(), Fr.ZERO);
    return new ProductSumcheck(rho, gamma, nothing, List.of(), List.of());
  }

  /**
   * Runs the sumcheck.
   *
   * @param rows {@code W_l(κ,·)} for l = 2..L, each of the padded width of layer l - 1
   * @param inputs {@code a_{l-1}} likewise
   */
  static ProductSumcheck prove(
      List<ResidentVector> rows,
      List<ResidentVector> inputs,
      List<Fr> rho,
      Fr gamma,
      Masks masks,
      Workspace work,
      Transcript transcript) {
    var powers = powers(gamma, rows.size() + 1);
    var products =
        IntStream.range(0, rows.size())
            .mapToObj(k -> new ProductRounds.Product(rows.get(k), inputs.get(k), powers.get(k + 2)))
            .toList();
    var rounds = work.products(products, ProductRounds.Extension.ZERO);
    var sum = new Sum(rounds, powers, masks);
    Fr start = rounds.sum().plus(masks.g1.sum());
    transcript.send(start);
    var run = Sumcheck.prove(start, sum, new Sumcheck.Rule.Plain(), transcript);
    var weights = sum.factors(sum::weight, run);
    var activations = sum.factors(sum::input, run);
    weights.forEach(transcript::send);
    activations.forEach(transcript::send);
    return new ProductSumcheck(rho, gamma, run, weights, activations);
  }

  /** {@code γ^0 .. γ^count}. */
  static List<Fr> powers(Fr gamma, int count) {
    return Stream.iterate(Fr.ONE, power -> power.times(gamma)).limit(count + 1L).toList();
  }

  private static final class Sum implements Sumcheck.Instance {
    private final ProductRounds rounds;
    private final List<Fr> powers;
    private final Masks masks;
    private final UnivariateMask g;

    /** The part of g in the bound variables, and its constant. */
    private Fr fixed;

    Sum(ProductRounds rounds, List<Fr> powers, Masks masks) {
      this.rounds = rounds;
      this.powers = powers;
      this.masks = masks;
      g = masks.g1;
      fixed = g.constant();
    }

    @Override
    public int rounds() {
      return g.rounds();
    }

    @Override
    public RoundPolynomial round(int t) {
      var out = g.sumOfRound(t, fixed);
      if (t < rounds()) {
        var quadratic = rounds.round();
        return out.plus(new RoundPolynomial(quadratic.c0(), Fr.ZERO, quadratic.c2()));
      }
      for (int l = 2; l < powers.size(); l++) {
        out = out.plus(weight(l).times(input(l)).times(powers.get(l)));
      }
      return out;
    }

    @Override
    public void bind(int t, Fr s) {
      fixed = fixed.plus(g.at(t, s));
      if (t < rounds()) {
        rounds.bind(s);
      }
    }

    /** {@code Ŵ_l} in the last variable. */
    RoundPolynomial weight(int l) {
      return last(rounds.left(l - 2), masks.u(l));
    }

    /** {@code Â_l} in the last variable. */
    RoundPolynomial input(int l) {
      return last(rounds.right(l - 2), masks.v(l));
    }

    /** Every layer's factor, at the end of the sumcheck. */
    List<Fr> factors(IntFunction<RoundPolynomial> factor, Sumcheck run) {
      Fr end = run.point().getLast();
      return IntStream.range(2, powers.size()).mapToObj(l -> factor.apply(l).at(end)).toList();
    }

    /** A factor in the last variable, with its mask; zero at 1 if that is not its own. */
    private static RoundPolynomial last(List<Fr> left, Fr mask) {
      return RoundPolynomial.masked(left.get(0), left.size() > 1 ? left.get(1) : Fr.ZERO, mask);
    }
  }
}
