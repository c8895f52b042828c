package org.probity.zk;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.probity.zk.backend.Committed;
import org.probity.zk.backend.ResidentVector;
import org.probity.zk.backend.Workspace;
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
      ResidentVector polynomial,
      List<Fr> point,
      Fr blinder,
      Workspace work,
      Transcript transcript) {
    int variables = point.size();
    var polynomials = new ArrayList<ResidentVector>(List.of(polynomial));
    for (int j = 0; j < folds(variables); j++) {
      polynomials.add(fold(polynomials.getLast(), point, j, work));
    }
    var folds = polynomials.subList(1, polynomials.size());
    var message = folds.stream().<Committed>map(Committed.Dense::new).toList();
    work.commit(message).forEach(transcript::send);
    if (remaining(variables) > 0) {
      work.read(fold(polynomials.getLast(), point, folds(variables), work))
          .forEach(transcript::send);
    }
    transcript.send(blinder);

    Fr z = transcript.challenge();
    var opened = new ArrayList<>(polynomials);
    var radices = new ArrayList<>(Collections.nCopies(opened.size(), RADIX));
    opened.add(polynomial);
    radices.add(1);
    work.parts(opened, radices, z).forEach(parts -> parts.forEach(transcript::send));

    Fr kappa = transcript.challenge();
    var batch = work.slice(polynomial, 0, polynomial.size());
    Fr power = Fr.ONE;
    for (var fold : folds) {
      power = power.times(kappa);
      work.addScaled(batch, 0, fold, power);
    }
    var quotient = work.divide(work.divide(batch, RADIX, z), 1, z);
    work.commit(List.of(new Committed.Dense(quotient))).forEach(transcript::send);

    Fr zeta = transcript.challenge();
    Fr eighth = zeta.square().square().square();
    Fr vanishing = eighth.minus(z).times(zeta.minus(z));
    // The constant I(ζ) is the remainder of this division, which is dropped.
    work.addScaled(batch, 0, quotient, vanishing.negate());
    var last = work.divide(batch, 1, zeta);
    work.commit(List.of(new Committed.Dense(last))).forEach(transcript::send);
  }

  private static ResidentVector fold(
      ResidentVector polynomial, List<Fr> point, int step, Workspace work) {
    return work.fold(polynomial, point.subList(LOG_RADIX * step, LOG_RADIX * (step + 1)));
  }
}
