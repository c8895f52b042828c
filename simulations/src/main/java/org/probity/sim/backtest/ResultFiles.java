package org.probity.sim.backtest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedWriter;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.duckdb.DuckDBAppender;
import org.duckdb.DuckDBConnection;
import org.probity.ground.Csv;
import org.probity.ground.PlainFile;
import org.probity.ground.WholeFile;
import org.probity.sim.scenario.MarketActivity;

/**
 * A result as files: {@code trades.csv} with a line for each trade, {@code equity.parquet} with a
 * row for each head, {@code decisions.parquet} with one for each decision, {@code summary.json}
 * with the rest.
 */
public final class ResultFiles {

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
  private static final String TRADES = "trades.csv";
  private static final String EQUITY = "equity.parquet";
  private static final String DECISIONS = "decisions.parquet";
  private static final String SUMMARY = "summary.json";
  private static final String REPORT = "report.html";
  private static final long LARGEST_SUMMARY = 64L << 20;
  private static final String COLUMNS =
      "executed_at,decided_at,block,decision,asset,base_delta,quote_delta,price,decision_price,mid,after,"
          + "reference,fee,slippage,gas_used,gas,proving,proving_millis,inclusion_millis";

  private ResultFiles() {}

  /**
   * Refuses a folder that holds anything but a result of ours, before the work begins.
   *
   * @throws BacktestRefused if it does
   */
  public static void requireAlone(Path folder) {
    try {
      boolean free =
          !Files.exists(folder, LinkOption.NOFOLLOW_LINKS)
              || (Files.isDirectory(folder)
                  && (PlainFile.isEmptyFolder(folder) || isResult(folder)));
      if (!free) {
        throw notOurs(folder);
      }
    } catch (IOException e) {
      throw unwritable(folder, e);
    }
  }

  /**
   * Refuses a folder in which files that are not of ours would be replaced.
   *
   * @throws BacktestRefused if there is one
   */
  public static void requireOurs(Path folder) {
    try {
      boolean taken =
          Stream.of(TRADES, EQUITY, DECISIONS, SUMMARY, REPORT)
              .anyMatch(name -> Files.exists(folder.resolve(name), LinkOption.NOFOLLOW_LINKS));
      if (taken && !isResult(folder)) {
        throw notOurs(folder);
      }
    } catch (IOException e) {
      throw unwritable(folder, e);
    }
  }

  private static BacktestRefused notOurs(Path folder) {
    return new BacktestRefused(
        "The folder %s holds something other than a backtest: name another with --out."
            .formatted(folder));
  }

  private static boolean isResult(Path folder) throws IOException {
    if (!Files.isRegularFile(folder.resolve(SUMMARY))) {
      return false;
    }
    try {
      JsonNode summary = JSON.readTree(PlainFile.bytes(folder.resolve(SUMMARY), LARGEST_SUMMARY));
      return summary != null && summary.path("stamp").isObject() && summary.has("digest");
    } catch (JsonProcessingException e) {
      return false;
    }
  }

  /**
   * Writes the four files and the page {@code report.html} into {@code folder}, which is made if it
   * is not there. All of them appear, or none; an earlier result that was there is then as it was.
   *
   * @param report the page's text
   * @throws BacktestRefused if the folder holds something else, or the disk refuses
   */
  public static void write(BacktestResult result, Path folder, String report) {
    requireOurs(folder);
    var files = new LinkedHashMap<Path, WholeFile.Writing<SQLException>>();
    files.put(folder.resolve(TRADES), file -> writeTrades(result, file));
    files.put(folder.resolve(EQUITY), file -> writeEquity(result, file));
    files.put(folder.resolve(DECISIONS), file -> writeDecisions(result, file));
    files.put(folder.resolve(REPORT), file -> Files.writeString(file, report));
    // Last, for it is what tells a result of ours.
    files.put(
        folder.resolve(SUMMARY),
        file -> Files.writeString(file, JSON.writeValueAsString(summary(result)) + "\n"));
    boolean there = Files.exists(folder);
    boolean written = false;
    try {
      Files.createDirectories(folder);
      WholeFile.replaceAll(files);
      written = true;
    } catch (IOException | SQLException e) {
      throw unwritable(folder, e);
    } finally {
      if (!there && !written) {
        removeEmpty(folder);
      }
    }
  }

  private static void removeEmpty(Path folder) {
    try {
      if (Files.isDirectory(folder) && PlainFile.isEmptyFolder(folder)) {
        Files.delete(folder);
      }
    } catch (IOException e) {
      // What kept the result from being written is what is told.
    }
  }

  private static BacktestRefused unwritable(Path folder, Exception e) {
    return new BacktestRefused(
        "The result cannot be written to %s (%s): check its permissions and the space on the disk."
            .formatted(folder, String.valueOf(e.getMessage()).lines().findFirst().orElse("")),
        e);
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
                Csv.text(result.market().label(trade.outputs())),
                Csv.text(result.market().assets().get(trade.asset()).symbol()),
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
    List<MarketDescription.Asset> assets = result.market().assets();
    String amounts =
        IntStream.range(0, assets.size())
            .mapToObj(", amount_%s DOUBLE"::formatted)
            .collect(Collectors.joining());
    writeRows(
        "time BIGINT, price DOUBLE, equity DOUBLE, holding DOUBLE, exposure DOUBLE" + amounts,
        file,
        appender -> {
          for (EquityCurve.Point point : result.curve().points()) {
            appender.beginRow();
            appender.append(point.time());
            appender.append(point.price());
            appender.append(point.equity());
            appender.append(point.holding());
            appender.append(point.exposure());
            for (int i = 0; i < assets.size(); i++) {
              appender.append(
                  new BigDecimal(point.books().get(i), assets.get(i).decimals()).doubleValue());
            }
            appender.endRow();
          }
        });
  }

  private static void writeDecisions(BacktestResult result, Path file) throws SQLException {
    writeRows(
        "time BIGINT, decision VARCHAR, fate VARCHAR, why VARCHAR",
        file,
        appender -> {
          for (DecisionLog.Entry entry : result.decisions().entries()) {
            appender.beginRow();
            appender.append(entry.time());
            appender.append(result.market().label(entry.outputs()));
            appender.append(entry.fate().name().toLowerCase(Locale.ROOT));
            appender.append(entry.why());
            appender.endRow();
          }
        });
  }

  /** Appends the rows of a table, in their order. */
  private interface Rows {
    void to(DuckDBAppender appender) throws SQLException;
  }

  private static void writeRows(String columns, Path file, Rows rows) throws SQLException {
    try (DuckDBConnection connection =
            DriverManager.getConnection("jdbc:duckdb:").unwrap(DuckDBConnection.class);
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE result (%s)".formatted(columns));
      try (DuckDBAppender appender = connection.createAppender("main", "result")) {
        rows.to(appender);
      }
      statement.execute(
          "COPY (SELECT * FROM result ORDER BY rowid) TO '%s' (FORMAT PARQUET, COMPRESSION ZSTD, USE_TMP_FILE false)"
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
    root.putObject("idleWeek")
        .put("moments", result.idleWeek().moments())
        .put("executed", result.idleWeek().executed())
        .put("claimed", result.idleWeek().claimed());
    ArrayNode books = root.putArray("books");
    for (int i = 0; i < totals.booksEnd().size(); i++) {
      books
          .addObject()
          .put("asset", result.market().assets().get(i).symbol())
          .put("decimals", result.market().assets().get(i).decimals())
          .put("start", totals.booksStart().get(i).toString())
          .put("end", totals.booksEnd().get(i).toString());
    }
    ObjectNode reasons = root.putObject("reasons");
    result.reasons().forEach(reasons::put);
    activity(root, result);
    placesTaken(root, result);
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

  /** Where the vault traded, and what that earned against its routes in the same blocks. */
  private static void placesTaken(ObjectNode root, BacktestResult result) {
    if (result.venueTrades().isEmpty()) {
      return;
    }
    ObjectNode node = root.putObject("placesTaken");
    ObjectNode counts = node.putObject("executions");
    var taken = new TreeMap<String, Integer>();
    result.venueTrades().forEach(trade -> taken.merge(trade.place(), 1, Integer::sum));
    taken.forEach(counts::put);
    node.put(
        "earnedAgainstRoutes",
        result.venueTrades().stream().flatMapToDouble(trade -> trade.earned().stream()).sum());
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
