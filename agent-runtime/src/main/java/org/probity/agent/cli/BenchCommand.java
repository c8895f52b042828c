package org.probity.agent.cli;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.probity.zk.Entropy;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "bench",
    description = {
      "Measure proofs on this machine: time, memory, length, and the gas of their verification on a local chain.",
      "Each size is a random network with that many parameters and 20 inputs."
    },
    mixinStandardHelpOptions = true)
final class BenchCommand implements Callable<Integer> {

  private static final Pattern SIZE = Pattern.compile("(\\d{1,9})([km]?)");
  private static final long LEAST_SIZE = 100;
  private static final long MOST_SIZE = 100_000_000;
  private static final int MOST_SECONDS = 3_600;

  @Option(
      names = "--sizes",
      paramLabel = "N,N,…",
      description = "Parameters of the networks (default: 20k,100k,1m,10m).")
  private String sizes = "20k,100k,1m,10m";

  @Option(
      names = "--seconds",
      paramLabel = "S",
      description = "How long to measure each size, after half as long to warm up (default: 10).")
  private int seconds = 10;

  @Option(
      names = "--json",
      description =
          "Write the result as one JSON object to standard output, all else to standard error.")
  private boolean json;

  @Mixin private final RowsOption rows = new RowsOption();

  @Mixin private final BackendOption backend = new BackendOption();

  @Override
  public Integer call() {
    List<Long> parameters = Arrays.stream(sizes.split(",", -1)).map(BenchCommand::size).toList();
    if (seconds < 1 || seconds > MOST_SECONDS) {
      throw new Complaint("--seconds is %d: it must be 1 to %d.".formatted(seconds, MOST_SECONDS));
    }
    try (Screen screen = Screen.open(json)) {
      BenchReport report =
          new Bench(
                  screen,
                  backend.start(),
                  Entropy.secure(),
                  rows.preference(),
                  Duration.ofSeconds(seconds))
              .run(parameters.stream().sorted().distinct().toList());
      if (json) {
        screen.result(report.toJson());
      }
      return 0;
    }
  }

  /** The parameters that {@code 20k} or {@code 1m} stand for. */
  private static long size(String text) {
    Matcher matcher = SIZE.matcher(text.strip().toLowerCase(Locale.ROOT));
    if (matcher.matches()) {
      long unit =
          switch (matcher.group(2)) {
            case "k" -> 1_000;
            case "m" -> 1_000_000;
            default -> 1;
          };
      long size = Long.parseLong(matcher.group(1)) * unit;
      if (size >= LEAST_SIZE && size <= MOST_SIZE) {
        return size;
      }
    }
    throw new Complaint(
        "--sizes has \"%s\": a size is %d to %dm parameters, such as 20k or 1m, with commas between several."
            .formatted(text, LEAST_SIZE, MOST_SIZE / 1_000_000));
  }
}
