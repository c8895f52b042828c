package org.probity.cli;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.probity.bench.Bench;
import org.probity.bench.BenchReport;
import org.probity.bench.ProofsOnChain;
import org.probity.cli.shared.BackendOption;
import org.probity.cli.shared.JsonOption;
import org.probity.terminal.Complaint;
import org.probity.terminal.Screen;
import org.probity.zk.Entropy;
import org.probity.zk.backend.ComputeBackend;
import org.probity.zk.bench.ProverBenchmark;
import org.probity.zk.gpu.CudaBackend;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "bench",
    description =
        "Measure proofs on this machine: time, memory, length, and the gas of their verification on a local chain.",
    subcommands = BenchSimCommand.class)
final class BenchCommand implements Callable<Integer> {

  private static final int MOST_PROOFS = 10_000;

  /** Needs more memory and patience than a laptop has. */
  private static final String LARGEST = "50m";

  @Option(
      names = "--sizes",
      paramLabel = "SIZE,…",
      description =
          "Which networks, by their parameters: 20k,100k,1m,10m,50m (default: all, but 50m only on a card).")
  private @Nullable String sizes;

  @Option(
      names = "--proofs",
      paramLabel = "N",
      description = "How many proofs of each to measure (default: 20).")
  private int proofs = 20;

  @Mixin private final JsonOption json = new JsonOption();

  @Option(
      names = "--compare",
      description =
          "With the cuda backend: let the processor prove large networks too, for comparison, however long that takes.")
  private boolean compares;

  @Option(
      names = "--verify-on-chain",
      paramLabel = "FILE",
      description =
          "Measure nothing: let the contract verify the proofs that gpu-check wrote into this file, each as it is and with one bit turned over.")
  private @Nullable Path proven;

  @Mixin private final BackendOption backend = new BackendOption();

  @Override
  public Integer call() {
    if (proven != null) {
      try (Screen screen = Screen.open(false)) {
        return ProofsOnChain.verify(screen, proven) ? 0 : 1;
      }
    }
    Complaint.unlessWithin("--proofs", proofs, 1, MOST_PROOFS);
    List<String> named =
        sizes == null
            ? List.of()
            : Arrays.stream(sizes.split(",", -1)).map(BenchCommand::known).distinct().toList();
    try (Screen screen = json.open()) {
      ComputeBackend computing = backend.start();
      List<String> chosen = named.isEmpty() ? usual(computing) : named;
      BenchReport report =
          new Bench(screen, computing, Entropy.secure(), compares).run(chosen, proofs);
      screen.result(report.toJson());
      return 0;
    }
  }

  private static List<String> usual(ComputeBackend computing) {
    return ProverBenchmark.sizes().stream()
        .filter(size -> computing instanceof CudaBackend || !size.equals(LARGEST))
        .toList();
  }

  private static String known(String size) {
    String name = size.strip().toLowerCase(Locale.ROOT);
    if (!ProverBenchmark.sizes().contains(name)) {
      throw new Complaint(
          "--sizes has \"%s\": it must be some of %s, with commas between them."
              .formatted(size, String.join(", ", ProverBenchmark.sizes())));
    }
    return name;
  }
}
