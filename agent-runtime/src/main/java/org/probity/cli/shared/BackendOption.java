package org.probity.cli.shared;

import org.probity.agent.settings.ProverBackend;
import org.probity.terminal.Complaint;
import org.probity.zk.backend.ComputeBackend;
import org.probity.zk.gpu.CudaBackend;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Option;

/** The option {@code --backend} of the commands that compute proofs or commitments. */
public final class BackendOption {

  private static final Logger LOG = LoggerFactory.getLogger(BackendOption.class);

  @Option(
      names = "--backend",
      paramLabel = "NAME",
      description =
          "What to compute with: cuda, simd, scalar, or auto, the fastest that this machine has (the default). The proofs are the same.")
  private ProverBackend chosen = ProverBackend.AUTO;

  /**
   * The backend, on all processors.
   *
   * @throws Complaint if this machine cannot run it
   */
  public ComputeBackend start() {
    try {
      return chosen.start(CudaBackend.Settings.DEFAULT, chosen.loggedBy(LOG));
    } catch (IllegalArgumentException e) {
      throw new Complaint(String.valueOf(e.getMessage()), e);
    }
  }
}
