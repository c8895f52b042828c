package org.probity.zk;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.probity.zk.backend.ProductRounds;
import org.probity.zk.backend.ResidentVector;
import org.probity.zk.backend.Workspace;
import org.probity.zk.field.Fr;

/**
 * Sumcheck 1, the prover's side: all matrix-vector products at once (docs/protocol.md, section 6).
 *
 * <pre>  Σ_j [ Σ_{l≥2} γ^l·Ŵ_l(j)·Â_l(j) + g1(j) ] = S1</pre>
 *
 * <p>The sums run over the n inner variables only: the model was folded to one row a layer before.
 *
 * @param start S1
 * @param point {@code s_1..s_n}
 * @param end the last claim
 * @param weights {@code ŵ_2..ŵ_L}
 * @param activations {@code â_2..â_L}
 */
record ProductSumcheck(Fr start, List<Fr> point, Fr end, List<Fr> weights, List<Fr> activations) {

  /** What a network of one layer has in its place: nothing. */
  static final ProductSumcheck NONE =
      new ProductSumcheck(Fr.ZERO, List.of(), Fr.ZERO, List.of(), List.of());

  /**
   * Runs the sumcheck.
   *
   * @param rows {@code W_l(κ,·)} for l = 2..L, each of the padded width of layer l - 1
   * @param inputs {@code a_{l-1}} likewise
   */
  static ProductSumcheck prove(
      Layout layout,
      List<ResidentVector> rows,
      List<ResidentVector> inputs,
      Fr gamma,
      Masks masks,
      Workspace work,
      Transcript transcript) {
    int n = layout.innerVariables;
    var g = masks.g1;
    var powers = powers(gamma, layout.layers);
    var products =
        work.products(
            IntStream.range(0, rows.size())
                .mapToObj(
                    k -> new ProductRounds.Product(rows.get(k), inputs.get(k), powers.get(k + 2)))
                .toList(),
            ProductRounds.Extension.ZERO);
    Fr start = products.sum().plus(maskSum(g));
    transcript.send(start);

    var point = new ArrayList<Fr>();
    Fr fixed = g.constant();
    Fr claim = start;
    for (int t = 1; t <= n; t++) {
      RoundPolynomial round;
      if (t < n) {
        // Coefficient 1 is not sent; the claim gives it.
        var quadratic = products.round();
        round = new RoundPolynomial(quadratic.c0(), Fr.ZERO, quadratic.c2());
      } else {
        round = RoundPolynomial.zero(Layout.LAST_DEGREE);
        for (int l = 2; l <= layout.layers; l++) {
          var weight = last(products.left(l - 2), masks.u(l));
          var activation = last(products.right(l - 2), masks.v(l));
          round = round.plus(weight.times(activation).times(powers.get(l)));
        }
      }
      round = round.plus(maskRound(g, t, n, fixed));
      round.coefficients()[1] = omitted(round, claim);
      transcript.send(round.coefficient(0));
      for (int e = 2; e <= round.degree(); e++) {
        transcript.send(round.coefficient(e));
      }
      Fr s = transcript.challenge();
      point.add(s);
      claim = round.at(s);
      fixed = fixed.plus(g.at(t, s));
      if (t < n) {
        products.bind(s);
      }
    }

    var weights = new ArrayList<Fr>();
    var activations = new ArrayList<Fr>();
    Fr end = point.getLast();
    for (int l = 2; l <= layout.layers; l++) {
      weights.add(last(products.left(l - 2), masks.u(l)).at(end));
      activations.add(last(products.right(l - 2), masks.v(l)).at(end));
    }
    weights.forEach(transcript::send);
    activations.forEach(transcript::send);
    return new ProductSumcheck(start, point, claim, weights, activations);
  }

  /** {@code c_1 = claim - 2c_0 - Σ_{e≥2} c_e}. */
  private static Fr omitted(RoundPolynomial round, Fr claim) {
    Fr rest = claim.minus(round.coefficient(0).twice());
    for (int e = 2; e <= round.degree(); e++) {
      rest = rest.minus(round.coefficient(e));
    }
    return rest;
  }

  /**
   * Round t of {@code Σ g1}, with the variables before t bound: {@code fixed} is their part and the
   * constant.
   */
  private static RoundPolynomial maskRound(UnivariateMask g, int t, int n, Fr fixed) {
    Fr rest = power(2, n - t);
    Fr constant = fixed.times(rest);
    for (int u = t + 1; u <= n; u++) {
      constant = constant.plus(g.atOne(u).times(power(2, n - t - 1)));
    }
    var out = RoundPolynomial.zero(Layout.degree(t, n));
    out.coefficients()[0] = constant;
    for (int e = 1; e <= out.degree(); e++) {
      out.coefficients()[e] = g.coefficient(t, e).times(rest);
    }
    return out;
  }

  /** {@code Σ_j g1(j)}. */
  private static Fr maskSum(UnivariateMask g) {
    Fr sum = g.constant().times(power(2, g.rounds()));
    for (int t = 1; t <= g.rounds(); t++) {
      sum = sum.plus(g.atOne(t).times(power(2, g.rounds() - 1)));
    }
    return sum;
  }

  static Fr power(long base, int exponent) {
    return Fr.of(base).power(java.math.BigInteger.valueOf(exponent));
  }

  /** {@code γ^0 .. γ^count}. */
  static List<Fr> powers(Fr gamma, int count) {
    var out = new ArrayList<Fr>(List.of(Fr.ONE));
    for (int i = 0; i < count; i++) {
      out.add(out.getLast().times(gamma));
    }
    return out;
  }

  /** A factor in the last variable, with its mask; zero at 1 if that is not its own. */
  private static RoundPolynomial last(List<Fr> left, Fr mask) {
    return RoundPolynomial.masked(left.get(0), left.size() > 1 ? left.get(1) : Fr.ZERO, mask);
  }
}
