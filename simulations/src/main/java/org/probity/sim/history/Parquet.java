package org.probity.sim.history;

import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.duckdb.DuckDBAppender;
import org.duckdb.DuckDBConnection;
import org.jspecify.annotations.Nullable;
import org.probity.sim.history.SeriesKind.Column;

/** Rows to and from Parquet files, by DuckDB in memory. */
final class Parquet {

  private static final String OFFLINE =
      "SET autoinstall_known_extensions = false; SET autoload_known_extensions = false";

  /** 256 bits have 78 digits. */
  private static final Pattern INTEGER = Pattern.compile("-?[0-9]{1,78}");

  private Parquet() {}

  static DuckDBConnection open() throws SQLException {
    Connection connection = DriverManager.getConnection("jdbc:duckdb:");
    try (Statement statement = connection.createStatement()) {
      statement.execute(OFFLINE);
    }
    return connection.unwrap(DuckDBConnection.class);
  }

  /** Writes a new file. */
  static void write(Path file, SeriesKind kind, List<Row> rows) throws SQLException {
    String columns = kind.columns().stream().map(Column::name).collect(Collectors.joining(", "));
    String types =
        kind.columns().stream()
            .map(c -> c.name() + " " + c.type().sql())
            .collect(Collectors.joining(", "));
    try (DuckDBConnection connection = open();
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE series (place BIGINT, " + types + ")");
      append(connection, kind, rows);
      statement.execute(
          "COPY (SELECT %s FROM series ORDER BY place) TO '%s' (FORMAT PARQUET, COMPRESSION ZSTD, USE_TMP_FILE false)"
              .formatted(columns, quoted(file)));
    }
  }

  private static void append(DuckDBConnection connection, SeriesKind kind, List<Row> rows)
      throws SQLException {
    try (DuckDBAppender appender = connection.createAppender("main", "series")) {
      for (int i = 0; i < rows.size(); i++) {
        appender.beginRow();
        appender.append((long) i);
        for (int c = 0; c < kind.columns().size(); c++) {
          switch (rows.get(i).value(c)) {
            case Long value -> appender.append(value.longValue());
            case Double value -> appender.append(value.doubleValue());
            case Object value -> appender.append(value.toString());
          }
        }
        appender.endRow();
      }
    }
  }

  /**
   * Reads a file that {@link #write} wrote, in its order.
   *
   * @param most rows; a file of few bytes may claim any number of them
   * @throws HistoryRefused if it has more, or a value that is none of its column's
   */
  static List<Row> read(Path file, SeriesKind kind, long most) throws SQLException {
    List<Column> columns = kind.columns();
    String names =
        columns.stream()
            .map(c -> "CAST(%s AS %s)".formatted(c.name(), c.type().sql()))
            .collect(Collectors.joining(", "));
    List<Row> rows = new ArrayList<>();
    try (DuckDBConnection connection = open();
        Statement statement = connection.createStatement();
        ResultSet result =
            statement.executeQuery(
                "SELECT %s FROM read_parquet('%s', hive_partitioning = false)"
                    .formatted(names, literal(quoted(file))))) {
      while (result.next()) {
        if (rows.size() >= most) {
          throw new HistoryRefused(
              "%s has more rows than its manifest says: import the series again.".formatted(file));
        }
        Object[] values = new Object[columns.size()];
        for (int c = 0; c < values.length; c++) {
          values[c] = value(result, c + 1, columns.get(c), file);
        }
        rows.add(new Row(kind, values));
      }
    }
    return rows;
  }

  private static Object value(ResultSet result, int place, Column column, Path file)
      throws SQLException {
    Object value =
        switch (column.type()) {
          case WHOLE -> result.getLong(place);
          case INTEGER -> integer(result.getString(place));
          case REAL -> result.getDouble(place);
          case TEXT -> result.getString(place);
        };
    if (value == null || result.wasNull()) {
      throw new HistoryRefused(
          "%s has no usable value for %s in some row: import the series again."
              .formatted(file, column.name()));
    }
    return value;
  }

  private static @Nullable Object integer(@Nullable String digits) {
    return digits != null && INTEGER.matcher(digits).matches() ? new BigInteger(digits) : null;
  }

  /** A path in which what would be a pattern of many files stands for itself. */
  private static String literal(String path) {
    return path.replaceAll("[\\[*?]", "[$0]");
  }

  private static String quoted(Path file) {
    String path = file.toAbsolutePath().toString().replace("'", "''");
    if (Files.isDirectory(file)) {
      throw new HistoryRefused("%s is a folder where a file was due".formatted(file));
    }
    return path;
  }
}
