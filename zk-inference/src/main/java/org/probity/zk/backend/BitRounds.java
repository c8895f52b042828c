package org.probity.zk.backend;

import java.util.List;
import org.probity.zk.field.Fr;

/**
 * The sum {@code Σ eq(τ,·)·(b² - b) + δ·Σ eq(τ,·)·(s·t - a)} while a sumcheck binds its variables,
 * the lowest first; b has more of them than s, t and a, which join when b is as short as they are.
 * The kernel's part in bound variables and in the lowest one is left out (Gruen, ePrint 2024/108).
 */
public interface BitRounds {
  /** What is summed: b, one a bit; s, t and a, one a neuron. */
  record Neurons(
      ResidentVector bits,
      ResidentVector signs,
      ResidentVector magnitudes,
      ResidentVector activations) {}

  /**
   * Coefficients 1 and 2, in the lowest variable, of the sum over the others.
   *
   * @return {@code [q1, q2]}
   */
  List<Fr> round();

  /** Binds the lowest variable. Backends get the next round's polynomial ready. */
  void bind(Fr x);

  /** What is left when one variable is. */
  Ends ends();

  /** Two elements of each vector. */
  record Ends(List<Fr> bits, List<Fr> signs, List<Fr> magnitudes, List<Fr> activations) {
    /** No element: they are secret. */
    @Override
    public String toString() {
      return "Ends";
    }
  }
}
