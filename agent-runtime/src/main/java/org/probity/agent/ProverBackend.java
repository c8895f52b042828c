package org.probity.agent;

import java.util.Locale;
import org.probity.zk.backend.ComputeBackend;

/** What proofs are computed with, as a user names it. The proofs are the same. */
public enum ProverBackend {
  /** The fastest that this machine has. */
  AUTO,
  /** The processor's vector lanes. */
  SIMD,
  /** Scalar code, which every machine runs. */
  SCALAR;

  /**
   * The backend itself, on all processors.
   *
   * @throws IllegalArgumentException if this machine cannot run it, with the remedy
   */
  public ComputeBackend start() {
    return this == AUTO ? ComputeBackend.best() : ComputeBackend.named(toString());
  }

  /** Its name on the command line and in the configuration. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
