package org.probity.agent.cli;

import org.probity.agent.ProverBackend;
import org.probity.zk.backend.ComputeBackend;
import picocli.CommandLine.Option;

/** The option {@code --backend} of the commands that compute proofs or commitments. */
final class BackendOption {

  @Option(
      names = "--backend",
      paramLabel = "NAME",
      description =
          "What to compute with: simd, scalar, or auto, the fastest that this machine has (the default). The proofs are the same.")
  private ProverBackend chosen = ProverBackend.AUTO;

  /**
   * The backend, on all processors.
   *
   * @throws Complaint if this machine cannot run it
   */
  ComputeBackend start() {
    try {
      return chosen.start();
    } catch (IllegalArgumentException e) {
      throw new Complaint(String.valueOf(e.getMessage()), e);
    }
  }
}
