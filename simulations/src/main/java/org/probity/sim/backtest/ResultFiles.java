package org.probity.sim.backtest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.Locale;
import org.duckdb.DuckDBAppender;
import org.duckdb.DuckDBConnection;
import org.probity.ground.Csv;
import org.probity.sim.scenario.MarketActivity;

/**
 * A result as files: {@code trades.csv} with a line for each trade, {@code equity.parquet} with a
 * row for each head, {@code summary.json} with the rest.
 */
public final class ResultFiles {

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
  private static final String TRADES = "trades.csv";
  private static final String EQUITY = "equity.parquet";
  private static final String SUMMARY = "summary.json";
  private static final String COLUMNS =
      "executed_at,decided_at,block,decision,base_delta,quote_delta,price,decision_price,mid,after,"
          + "reference,fee,slippage,gas_used,gas,proving,proving_millis,inclusion_millis";

  private ResultFiles() {}

  /**
   * Writes the three files into {@code folder}, which is made if it is not there. Each appears
   * whole or not at all.
   *
   * @throws BacktestRefused if the disk refuses
   */
  public static void write(BacktestResult result, Path folder) {
    try {
      Files.createDirectories(folder);
      replace(folder, TRADES, file -> writeTrades(result, file));
      replace(folder, EQUITY, file -> writeEquity(result, file));
      replace(
          folder,
          SUMMARY,
          file -> Files.writeString(file, JSON.writeValueAsString(summary(result)) + "\n"));
    } catch (IOException | SQLException e) {
      throw new BacktestRefused(
          "The result cannot be written to %s (%s): check its permissions and the space on the disk."
              .formatted(folder, String.valueOf(e.getMessage()).lines().findFirst().orElse("")),
          e);
    }
  }

  /** Writes one file. */
  private interface Writing {
    void to(Path file) throws IOException, SQLException;
  }

  private static void replace(Path folder, String name, Writing writing)
      throws IOException, SQLException {
    Path unfinished = folder.resolve("." + name);
    try {
      writing.to(unfinished);
      Files.move(unfinished, folder.resolve(name), StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(unfinished);
    }
  }

  private static void writeTrades(BacktestResult result, Path file) throws IOException {
    try (BufferedWriter out = Files.newBufferedWriter(file, StandardCharsets.UTF_8)) {
      out.write(COLUMNS + "\n");
      for (Trade trade : result.trades()) {
        out.write(
            String.join(
                ",",
                Instant.ofEpochSecond(trade.executedAt()).toString(),
                Instant.ofEpochSecond(trade.decidedAt()).toString(),
                Long.toString(trade.block()),
                Csv.text(result.market().decisions().get(trade.decision())),
                trade.baseDelta().toString(),
                trade.quoteDelta().toString(),
                Double.toString(trade.price()),
                Double.toString(trade.decisionPrice()),
                Double.toString(trade.mid()),
                Double.toString(trade.after()),
                Double.toString(trade.reference()),
                Double.toString(trade.fee()),
                Double.toString(trade.slippage()),
                Long.toString(trade.gasUsed()),
                Double.toString(trade.gas()),
                Double.toString(trade.proving()),
                Long.toString(trade.provingMillis()),
                Long.toString(trade.inclusionMillis())));
        out.write("\n");
      }
    }
  }

  private static void writeEquity(BacktestResult result, Path file) throws SQLException {
    EquityCurve curve = result.curve();
    try (DuckDBConnection connection =
            DriverManager.getConnection("jdbc:duckdb:").unwrap(DuckDBConnection.class);
        Statement statement = connection.createStatement()) {
      statement.execute(
          "CREATE TABLE equity (time BIGINT, price DOUBLE, equity DOUBLE, holding DOUBLE, exposure DOUBLE)");
      try (DuckDBAppender appender = connection.createAppender("main", "equity")) {
        for (int i = 0; i < curve.size(); i++) {
          appender.beginRow();
          appender.append(curve.time(i));
          appender.append(curve.price(i));
          appender.append(curve.equity(i));
          appender.append(curve.holding(i));
          appender.append(curve.exposure(i));
          appender.endRow();
        }
      }
      statement.execute(
          "COPY (SELECT * FROM equity ORDER BY time) TO '%s' (FORMAT PARQUET, COMPRESSION ZSTD)"
              .formatted(file.toAbsolutePath().toString().replace("'", "''")));
    }
  }

  /** The result without its curve and trades, as JSON. */
  public static JsonNode summary(BacktestResult result) {
    ObjectNode root = JSON.createObjectNode();
    Totals totals = result.totals();
    root.put("market", result.market().scenario());
    root.put("from", Instant.ofEpochSecond(result.curve().time(0)).toString());
    root.put(
        "to", Instant.ofEpochSecond(result.curve().time(result.curve().size() - 1)).toString());
    root.put("heads", result.curve().size());
    root.put("decisions", result.decisions().size());
    root.put("trades", result.trades().size());
    root.put("transactions", totals.transactions());
    root.put("proofs", totals.proofs());
    ObjectNode fates = root.putObject("fates");
    for (DecisionLog.Fate fate : DecisionLog.Fate.values()) {
      fates.put(fate.name().toLowerCase(Locale.ROOT), result.decisions().count(fate));
    }
    root.put("equityStart", totals.equityStart());
    root.put("equityEnd", totals.equityEnd());
    root.put("holdingEnd", result.curve().holding(result.curve().size() - 1));
    root.put("fees", totals.fees());
    root.put("slippage", totals.slippage());
    root.put("gas", totals.gas());
    root.put("proving", totals.proving());
    root.put("baseEnd", totals.baseEnd().toString());
    root.put("quoteEnd", totals.quoteEnd().toString());
    activity(root, result);
    ArrayNode warnings = root.putArray("warnings");
    for (DataWarning warning : result.warnings()) {
      warnings
          .addObject()
          .put("kind", warning.kind().name().toLowerCase(Locale.ROOT))
          .put("count", warning.count())
          .put("sentence", warning.sentence());
    }
    Stamp stamp = result.stamp();
    ObjectNode stamped = root.putObject("stamp");
    stamped.put("code", stamp.codeVersion());
    stamped.put("configurationHash", stamp.configurationHash());
    stamped.put("dataHash", stamp.dataHash());
    stamped.put("strategy", stamp.strategyDigest());
    stamped.put("seed", stamp.seed());
    try {
      stamped.set("configuration", JSON.readTree(stamp.configuration()));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("Canonical settings are JSON", e);
    }
    root.put("digest", result.digest());
    return root;
  }

  /** What others did, where the market has them: amounts of tokens in smallest units. */
  private static void activity(ObjectNode root, BacktestResult result) {
    MarketActivity activity = result.activity();
    activity
        .lending()
        .ifPresent(lending -> {
          ObjectNode node = root.putObject("lending");
          node.put("liquidations", activity.liquidations().size());
          node.put("debtRepaid", activity.debtRepaid());
          node.put("baseSold", activity.sold(true).toString());
          node.put("quoteSold", activity.sold(false).toString());
          node.put("liquidatorsProfit", activity.liquidatorsProfit());
          node.put("borrowers", lending.borrowers());
          node.put("collateral", lending.collateral());
          node.put("debt", lending.debt());
          node.put("underwater", lending.underwater());
          node.put("badDebt", lending.badDebt());
        });
    if (!activity.venues().isEmpty()) {
      ArrayNode venues = root.putArray("venues");
      for (MarketActivity.Venue venue : activity.venues()) {
        venues
            .addObject()
            .put("name", venue.name())
            .put("trades", venue.trades())
            .put("volume", venue.volume().toString());
      }
    }
  }
}
