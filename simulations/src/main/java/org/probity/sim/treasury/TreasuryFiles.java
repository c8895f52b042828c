package org.probity.sim.treasury;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedWriter;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.probity.ground.Csv;
import org.probity.ground.PlainFile;
import org.probity.ground.WholeFile;
import org.probity.intent.policy.Plan;
import org.probity.intent.policy.Refusal;
import org.probity.sim.backtest.BacktestRefused;
import org.probity.sim.treasury.TreasuryResult.Decided;
import org.probity.sim.treasury.TreasuryResult.Outcome;
import org.probity.sim.treasury.TreasuryResult.Point;

/**
 * A result as files: {@code decisions.csv} with a line for each moment, {@code equity.csv} with a
 * line for each point, {@code summary.json} with the rest. Amounts are in smallest units.
 */
public final class TreasuryFiles {

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private TreasuryFiles() {}

  /** Writes the lines of one file. */
  @FunctionalInterface
  private interface Lines {
    void to(BufferedWriter out) throws IOException;
  }

  /**
   * Writes the three files into {@code folder}, which is made if it is not there. All of them
   * appear, or none.
   *
   * @throws BacktestRefused if the folder holds anything, or the disk refuses
   */
  public static void write(TreasuryResult result, Path folder) {
    var files = new LinkedHashMap<Path, WholeFile.Writing<IOException>>();
    files.put(folder.resolve("decisions.csv"), csv(out -> writeDecisions(result, out)));
    files.put(folder.resolve("equity.csv"), csv(out -> writeEquity(result, out)));
    files.put(
        folder.resolve("summary.json"),
        file -> Files.writeString(file, JSON.writeValueAsString(summary(result)) + "\n"));
    try {
      boolean free =
          !Files.exists(folder, LinkOption.NOFOLLOW_LINKS)
              || (Files.isDirectory(folder) && PlainFile.isEmptyFolder(folder));
      if (!free) {
        throw new BacktestRefused(
            "The folder %s holds something already: name a new one, or an empty one."
                .formatted(folder));
      }
      Files.createDirectories(folder);
      WholeFile.replaceAll(files);
    } catch (IOException e) {
      throw new BacktestRefused(
          "The result cannot be written to %s (%s): check its permissions and the space on the disk."
              .formatted(folder, String.valueOf(e.getMessage()).lines().findFirst().orElse("")),
          e);
    }
  }

  private static WholeFile.Writing<IOException> csv(Lines lines) {
    return file -> {
      try (BufferedWriter out = Files.newBufferedWriter(file, StandardCharsets.UTF_8)) {
        lines.to(out);
      }
    };
  }

  private static void writeDecisions(TreasuryResult result, BufferedWriter out) throws IOException {
    int assets = result.end().policy().assets();
    out.write("as_of,head,outputs,outcome,why,block_time" + columns(",delta_", assets) + "\n");
    for (Decided decided : result.decisions()) {
      List<String> cells = new ArrayList<>();
      cells.add(Instant.ofEpochSecond(decided.asOf()).toString());
      cells.add(Instant.ofEpochSecond(decided.head()).toString());
      cells.add(decided.outputs().stream().map(String::valueOf).collect(Collectors.joining(" ")));
      cells.addAll(cells(decided.outcome(), assets));
      out.write(String.join(",", cells) + "\n");
    }
  }

  /** Outcome, reason, time, and a delta for each asset. */
  private static List<String> cells(Outcome outcome, int assets) {
    return switch (outcome) {
      case Outcome.Traded(long time, Plan _, List<BigInteger> deltas) -> {
        List<String> cells = head("traded", "", time, 0);
        deltas.forEach(delta -> cells.add(delta.toString()));
        yield cells;
      }
      case Outcome.Recorded(long time, Plan.Reason reason) ->
          head("recorded", reason.toString(), time, assets);
      case Outcome.Idle(Plan.Reason reason) -> head("idle", reason.toString(), 0, assets);
      case Outcome.Foreseen(Refusal refusal) -> head("foreseen", refusal.toString(), 0, assets);
      case Outcome.Refused(long time, Refusal refusal) ->
          head("refused", refusal.toString(), time, assets);
      case Outcome.Lost() -> head("lost", "", 0, assets);
      case Outcome.Undecided(String why) -> head("undecided", why, 0, assets);
    };
  }

  private static List<String> head(String outcome, String why, long time, int empty) {
    List<String> cells = new ArrayList<>();
    cells.add(outcome);
    cells.add(Csv.text(why));
    cells.add(time == 0 ? "" : Instant.ofEpochSecond(time).toString());
    for (int i = 0; i < empty; i++) {
      cells.add("");
    }
    return cells;
  }

  private static String columns(String prefix, int assets) {
    return IntStream.range(0, assets).mapToObj(i -> prefix + i).collect(Collectors.joining());
  }

  private static void writeEquity(TreasuryResult result, BufferedWriter out) throws IOException {
    int assets = result.end().policy().assets();
    out.write(
        "time,equity,holding" + columns(",value_", assets) + columns(",book_", assets) + "\n");
    for (Point point : result.curve()) {
      List<String> cells = new ArrayList<>();
      cells.add(Instant.ofEpochSecond(point.time()).toString());
      cells.add(point.equity().toString());
      cells.add(point.holding().toString());
      point.values().forEach(value -> cells.add(value.toString()));
      point.books().forEach(book -> cells.add(book.toString()));
      out.write(String.join(",", cells) + "\n");
    }
  }

  private static ObjectNode summary(TreasuryResult result) {
    ObjectNode root = JSON.createObjectNode();
    root.put("strategy", result.name());
    root.put("policy", result.end().policyHash().toString());
    root.put("model", result.end().policy().model().digest().toString());
    root.put("from", Instant.ofEpochSecond(result.curve().getFirst().time()).toString());
    root.put("to", Instant.ofEpochSecond(result.curve().getLast().time()).toString());
    root.put("decisions", result.decisions().size());
    ObjectNode outcomes = root.putObject("outcomes");
    result.outcomes().forEach(outcomes::put);
    ObjectNode refusals = root.putObject("refusals");
    result.refusals().forEach(refusals::put);
    root.put("equityStart", result.curve().getFirst().equity().toString());
    root.put("equityEnd", result.curve().getLast().equity().toString());
    root.put("holdingEnd", result.curve().getLast().holding().toString());
    root.put("costs", result.costs().toString());
    root.put("digest", result.digest());
    return root;
  }
}
