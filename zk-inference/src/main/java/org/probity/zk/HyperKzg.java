package org.probity.zk;

import java.util.ArrayList;
import java.util.List;
import org.probity.zk.backend.ComputeBackend;
import org.probity.zk.curve.PointVector;
import org.probity.zk.field.FieldVector;
import org.probity.zk.field.Fr;

/**
 * The opening, the prover's side: that the multilinear extension of P is v at r (docs/protocol.md,
 * section 9).
 *
 * <p>Gemini's folding (ePrint 2022/420; HyperKZG in Nova), three variables a step: {@code
 * P_{j+1}[k] = Σ_i eq(r_{3j+1..3j+3}, i)·P_j[8k+i]}. Where Gemini opens each fold at the roots of
 * {@code X^8 = z}, here it is opened modulo {@code X^8 - z}: the remainder's coefficients are the
 * eight interleaved parts of {@code P_j} at z (fflonk, ePrint 2021/1167), from which {@code
 * P_{j+1}(z)} is a plain inner product. The last fold is sent as it is. One Shplonk batch (ePrint
 * 2020/081) opens all.
 */
final class HyperKzg {
  /** Variables folded in one step. */
  static final int LOG_RADIX = 3;

  static final int RADIX = 1 << LOG_RADIX;

  private HyperKzg() {}

  /** Number of folds that are committed, beside P itself. */
  static int folds(int variables) {
    return variables / LOG_RADIX - 1;
  }

  /** Number of coefficients of the last fold, which is sent in clear; none if it is v itself. */
  static int remaining(int variables) {
    int rest = variables % LOG_RADIX;
    return rest == 0 ? 0 : 1 << rest;
  }

  /** Number of evaluations sent: the parts of P and of every fold, and P(z). */
  static int evaluations(int variables) {
    return RADIX * (folds(variables) + 1) + 1;
  }

  /**
   * Opens P.
   *
   * @param polynomial P, of {@code 2^|point|} coefficients
   * @param blinder β, what P's commitment carries of the blinding generator
   */
  static void prove(
      FieldVector polynomial,
      List<Fr> point,
      Fr blinder,
      PointVector bases,
      ComputeBackend backend,
      Transcript transcript) {
    int variables = point.size();
    var folds = new ArrayList<FieldVector>(List.of(polynomial));
    for (int j = 0; j < folds(variables); j++) {
      folds.add(fold(folds.getLast(), point, j, backend));
    }
    backend.msm(bases, folds.subList(1, folds.size())).forEach(transcript::send);
    if (remaining(variables) > 0) {
      var rest = fold(folds.getLast(), point, folds(variables), backend);
      for (int i = 0; i < rest.size(); i++) {
        transcript.send(rest.fr(i));
      }
    }
    transcript.send(blinder);

    Fr z = transcript.challenge();
    for (var fold : folds) {
      backend.parts(fold, RADIX, z).forEach(transcript::send);
    }
    transcript.send(backend.evaluate(polynomial, z));

    Fr kappa = transcript.challenge();
    var batch = polynomial.copy();
    Fr power = Fr.ONE;
    for (var fold : folds.subList(1, folds.size())) {
      power = power.times(kappa);
      backend.addScaled(batch, fold, power);
    }
    var quotient = backend.divide(backend.divide(batch, RADIX, z), 1, z);
    transcript.send(backend.msm(bases, quotient));

    Fr zeta = transcript.challenge();
    Fr eighth = zeta.square().square().square();
    Fr vanishing = eighth.minus(z).times(zeta.minus(z));
    // The constant I(ζ) is the remainder of this division, which is dropped.
    backend.addScaled(batch, quotient, vanishing.negate());
    transcript.send(backend.msm(bases, backend.divide(batch, 1, zeta)));
  }

  private static FieldVector fold(
      FieldVector polynomial, List<Fr> point, int step, ComputeBackend backend) {
    var out = polynomial;
    for (Fr r : point.subList(LOG_RADIX * step, LOG_RADIX * (step + 1))) {
      out = backend.bind(out, r);
    }
    return out;
  }
}
