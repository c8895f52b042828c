package org.probity.agent.cli;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import org.probity.zk.Entropy;
import org.probity.zk.bench.ProverBenchmark;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "bench",
    description =
        "Measure proofs on this machine: time, memory, length, and the gas of their verification on a local chain.",
    mixinStandardHelpOptions = true,
    subcommands = BenchSimCommand.class)
final class BenchCommand implements Callable<Integer> {

  private static final int MOST_PROOFS = 10_000;

  @Option(
      names = "--sizes",
      paramLabel = "SIZE,…",
      description =
          "Which networks, by their parameters (default: 20k,100k,1m,10m, all there are).")
  private String sizes = String.join(",", ProverBenchmark.sizes());

  @Option(
      names = "--proofs",
      paramLabel = "N",
      description = "How many proofs of each to measure (default: 20).")
  private int proofs = 20;

  @Option(
      names = "--json",
      description =
          "Write the result as one JSON object to standard output, all else to standard error.")
  private boolean json;

  @Mixin private final BackendOption backend = new BackendOption();

  @Override
  public Integer call() {
    List<String> chosen =
        Arrays.stream(sizes.split(",", -1)).map(BenchCommand::known).distinct().toList();
    if (proofs < 1 || proofs > MOST_PROOFS) {
      throw new Complaint("--proofs is %d: it must be 1 to %d.".formatted(proofs, MOST_PROOFS));
    }
    try (Screen screen = Screen.open(json)) {
      BenchReport report = new Bench(screen, backend.start(), Entropy.secure()).run(chosen, proofs);
      if (json) {
        screen.result(report.toJson());
      }
      return 0;
    }
  }

  private static String known(String size) {
    String name = size.strip().toLowerCase(java.util.Locale.ROOT);
    if (!ProverBenchmark.sizes().contains(name)) {
      throw new Complaint(
          "--sizes has \"%s\": it must be some of %s, with commas between them."
              .formatted(size, String.join(", ", ProverBenchmark.sizes())));
    }
    return name;
  }
}
