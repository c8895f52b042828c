package org.probity.cli.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.probity.cli.Ran;
import org.probity.ground.TestKind;

/** {@code probity backtest}: what it says is what its files hold. */
@TestKind.Acceptance
final class BacktestCommandTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final double CENT = 0.01;

  @TempDir private Path folder;
  private Path config = Path.of("");

  @BeforeEach
  void writeConfiguration() throws IOException {
    config = folder.resolve("run.conf");
    Files.writeString(
        config,
        """
        backtest {
          days = 2, seed = 5, gas.gwei = 2
          market { source = synthetic, process.volatility = 0.9 }
          policy.step = 10 min
        }
        """);
  }

  @Test
  void placeThatCannotBeWrittenIsToldBeforeTheRun() {
    Path never = Path.of("/proc");
    assumeThat(Files.isDirectory(never)).isTrue();
    Ran ran = Ran.of("backtest", config, "--out", never.resolve("out")).failed(2);
    ran.saying("Nothing can be written to the folder /proc", "Nothing was run");
    assertThat(ran.output()).doesNotContain("The strategy", "heads");
  }

  @Test
  void filesOfARunAgreeWithEachOtherAndWithTheLineThatItPrints() throws Exception {
    Path out = folder.resolve("out");
    JsonNode line = json("backtest", config, "--out", out, "--json");
    JsonNode summary = JSON.readTree(out.resolve("summary.json").toFile());
    for (String field : List.of("digest", "heads", "trades", "equityEnd", "books", "fees")) {
      assertThat(line.get(field)).as(field).isEqualTo(summary.get(field));
    }
    assertThat(summary.at("/stamp/seed").asLong()).isEqualTo(5);
    assertThat(summary.at("/stamp/configuration").toString()).contains("max-slippage");
    requireEquityOf(summary, out.resolve("equity.parquet"));
    requireTradesOf(summary, out.resolve("trades.csv"));
    assertThat(Files.readString(out.resolve("report.html")))
        .contains("<svg", summary.at("/stamp/configurationHash").asText(), "Sharpe")
        .doesNotContain("src=\"http", "href=\"http");
  }

  private static void requireEquityOf(JsonNode summary, Path parquet) throws SQLException {
    try (var connection = DriverManager.getConnection("jdbc:duckdb:");
        var statement = connection.createStatement();
        var row =
            statement.executeQuery(
                "SELECT count(*), min(time), max(time), arg_min(equity, time), arg_max(equity, time), arg_max(holding, time), min(exposure), max(exposure) FROM read_parquet('%s')"
                    .formatted(parquet))) {
      assertThat(row.next()).isTrue();
      assertThat(row.getInt(1)).isEqualTo(summary.get("heads").asInt());
      assertThat(Instant.ofEpochSecond(row.getLong(2))).hasToString(summary.get("from").asText());
      assertThat(Instant.ofEpochSecond(row.getLong(3))).hasToString(summary.get("to").asText());
      assertThat(row.getDouble(4)).isEqualTo(summary.get("equityStart").asDouble());
      assertThat(row.getDouble(5)).isCloseTo(summary.get("equityEnd").asDouble(), within(CENT));
      assertThat(row.getDouble(6)).isEqualTo(summary.get("holdingEnd").asDouble());
      assertThat(row.getDouble(7)).isNotNegative();
      assertThat(row.getDouble(8)).isLessThanOrEqualTo(1);
    }
  }

  private static void requireTradesOf(JsonNode summary, Path csv) throws IOException {
    List<String> lines = Files.readAllLines(csv);
    List<String> header = List.of(lines.getFirst().split(",", -1));
    List<String[]> trades = lines.stream().skip(1).map(l -> l.split(",", -1)).toList();
    assertThat(trades).hasSize(summary.get("trades").asInt()).isNotEmpty();
    double fees =
        trades.stream().mapToDouble(t -> Double.parseDouble(t[header.indexOf("fee")])).sum();
    assertThat(fees).isCloseTo(summary.get("fees").asDouble(), within(CENT));
    BigInteger moved =
        trades.stream()
            .map(t -> new BigInteger(t[header.indexOf("quote_delta")]))
            .reduce(BigInteger.ZERO, BigInteger::add);
    BigInteger end = new BigInteger(summary.at("/books/0/end").asText());
    assertThat(end.subtract(moved)).isEqualTo(new BigInteger("50000000000"));
  }

  @Test
  void settingsAreChangedFromTheLineAndTheSameSettingsGiveTheSameRun() throws IOException {
    String first = digest("one");
    assertThat(digest("same", "--set", "backtest.seed=5")).isEqualTo(first);
    assertThat(digest("other", "--set", "backtest.seed=6")).isNotEqualTo(first);
    JsonNode summary = JSON.readTree(folder.resolve("other").resolve("summary.json").toFile());
    assertThat(summary.at("/stamp/seed").asLong()).isEqualTo(6);
  }

  @Test
  void whatCannotBeRunIsNamed() throws IOException {
    Path out = folder.resolve("refused");
    Ran.of("backtest", folder.resolve("none.conf")).failed(1).saying("none.conf");
    refused(out, "backtest.gas.gwie=3").saying("backtest.gas.gwie", "backtest.gas.gwei");
    refused(out, "backtest.market.source=moon").saying("backtest.market.source", "moon");
    refused(out, "backtest.market.source=minutes").saying("backtest.market.store is missing");
    refused(out, "backtest.days=-1").saying("backtest.days");
    assertThat(out).doesNotExist();
    Path taken = Files.createDirectory(folder.resolve("taken"));
    Files.writeString(taken.resolve("letters.txt"), "dear");
    Ran.of("backtest", config, "--out", taken).failed(1).saying("something other than a backtest");
  }

  private Ran refused(Path out, String change) {
    return Ran.of("backtest", config, "--out", out, "--set", change).failed(1);
  }

  private String digest(String name, Object... more) throws IOException {
    Object[] line =
        java.util.stream.Stream.concat(
                java.util.stream.Stream.of(
                    "backtest", config, "--out", folder.resolve(name), "--json"),
                java.util.stream.Stream.of(more))
            .toArray();
    return json(line).get("digest").asText();
  }

  private static JsonNode json(Object... arguments) throws IOException {
    return JSON.readTree(Ran.of(arguments).succeeded().output());
  }
}
