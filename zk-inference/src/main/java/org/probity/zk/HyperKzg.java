package org.probity.zk;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.probity.zk.backend.ComputeBackend;
import org.probity.zk.curve.PointVector;
import org.probity.zk.field.FieldVector;
import org.probity.zk.field.Fr;

/**
 * The opening, the prover's side: that the multilinear extension of P is v at r, by Gemini's
 * folding with one batched KZG opening (docs/protocol.md, section 9; Gemini, ePrint 2022/420;
 * HyperKZG in Nova; Shplonk, ePrint 2020/081).
 *
 * <p>A fold here binds two variables, not one. Its check then needs four evaluations at the fourth
 * roots of {@code q⁴} where two folds need two each: the same number, but half as many commitments,
 * which are what a verifier pays most for; and the prover never commits to the largest fold.
 */
final class HyperKzg {
  /** The smaller square root of -1. */
  static final Fr IMAGINARY =
      Fr.of(new BigInteger("4407920970296243842541313971887945403937097133418418784715"));

  private HyperKzg() {}

  /**
   * Opens P.
   *
   * @param polynomial P, of {@code 2^|point|} coefficients, at least 8
   * @param blinder β, what P's commitment carries of the blinding generator
   */
  static void prove(
      FieldVector polynomial,
      List<Fr> point,
      Fr blinder,
      PointVector bases,
      ComputeBackend backend,
      Transcript transcript) {
    var folds = new ArrayList<FieldVector>(List.of(polynomial));
    for (int t = 0; t + 2 < point.size(); t += 2) {
      folds.add(backend.bind(backend.bind(folds.getLast(), point.get(t)), point.get(t + 1)));
    }
    for (var fold : folds.subList(1, folds.size())) {
      transcript.send(backend.msm(bases, fold));
    }
    transcript.send(blinder);

    Fr q = transcript.challenge();
    var roots = roots(q);
    for (var fold : folds) {
      for (Fr root : roots) {
        transcript.send(backend.evaluate(fold, root));
      }
    }
    Fr fourth = q.square().square();
    transcript.send(backend.evaluate(polynomial, fourth));

    Fr kappa = transcript.challenge();
    var batch = polynomial.copy();
    Fr power = Fr.ONE;
    for (var fold : folds.subList(1, folds.size())) {
      power = power.times(kappa);
      backend.addScaled(batch, fold, power);
    }
    var quotient = backend.divide(batch, fourth);
    for (Fr root : roots) {
      quotient = backend.divide(quotient, root);
    }
    transcript.send(backend.msm(bases, quotient));

    Fr zeta = transcript.challenge();
    Fr vanishing = zeta.square().square().minus(fourth).times(zeta.minus(fourth));
    // The constant I(ζ) is the remainder of this division, which is dropped.
    backend.addScaled(batch, quotient, vanishing.negate());
    transcript.send(backend.msm(bases, backend.divide(batch, zeta)));
  }

  /** The fourth roots of {@code q⁴}: {@code q, -q, iq, -iq}. */
  static List<Fr> roots(Fr q) {
    Fr turned = IMAGINARY.times(q);
    return List.of(q, q.negate(), turned, turned.negate());
  }
}
