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
import java.util.stream.Collectors;
import org.duckdb.DuckDBAppender;
import org.duckdb.DuckDBConnection;
import org.probity.sim.history.SeriesKind.Column;

/** Rows to and from Parquet files, by DuckDB in memory. */
final class Parquet {

  private static final String OFFLINE =
      "SET autoinstall_known_extensions = false; SET autoload_known_extensions = false";

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
          "COPY (SELECT %s FROM series ORDER BY place) TO '%s' (FORMAT PARQUET, COMPRESSION ZSTD)"
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

  /** Reads a file that {@link #write} wrote, in its order. */
  static List<Row> read(Path file, SeriesKind kind) throws SQLException {
    List<Column> columns = kind.columns();
    String names = columns.stream().map(Column::name).collect(Collectors.joining(", "));
    List<Row> rows = new ArrayList<>();
    try (DuckDBConnection connection = open();
        Statement statement = connection.createStatement();
        ResultSet result =
            statement.executeQuery(
                "SELECT %s FROM read_parquet('%s')".formatted(names, quoted(file)))) {
      while (result.next()) {
        Object[] values = new Object[columns.size()];
        for (int c = 0; c < values.length; c++) {
          values[c] =
              switch (columns.get(c).type()) {
                case WHOLE -> (Object) result.getLong(c + 1);
                case INTEGER -> new BigInteger(result.getString(c + 1));
                case REAL -> result.getDouble(c + 1);
                case TEXT -> result.getString(c + 1);
              };
        }
        rows.add(new Row(kind, values));
      }
    }
    return rows;
  }

  private static String quoted(Path file) {
    String path = file.toAbsolutePath().toString().replace("'", "''");
    if (Files.isDirectory(file)) {
      throw new HistoryRefused("%s is a folder where a file was due".formatted(file));
    }
    return path;
  }
}
