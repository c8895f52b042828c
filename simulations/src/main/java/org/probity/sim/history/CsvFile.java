package org.probity.sim.history;

import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.nio.charset.CharacterCodingException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.probity.ground.LineReader;
import org.probity.ground.Printable;

/**
 * One CSV file of history. Its columns are told by its line of names, or by their values where a
 * vendor is known to leave that line out; lines of a vendor's own before it are passed over. Fields
 * may be quoted, and separated by commas, semicolons or tabs; numbers have a decimal point.
 */
final class CsvFile {

  private static final int LONGEST_LINE = 1 << 20;
  private static final int LONGEST_SHOWN = 300;
  private static final int RAY_DIGITS = 27;
  private static final int GWEI_DIGITS = 9;

  /** Digits that a number of these files can have: 256 bits, and a fraction. */
  private static final int MOST_DIGITS = 120;

  private final Path path;
  private final LineReader lines;
  private final List<String> doubts = new ArrayList<>();
  private boolean zoneless;

  /** Prices that are written as 2.307 is, which is 2307 where a point separates thousands. */
  private boolean inThrees;

  private boolean notInThrees;

  /**
   * What a file holds.
   *
   * @param rows in the file's order
   * @param zoned whether every time said its zone
   * @param doubts sentences about what was assumed
   */
  record Content(SeriesKind kind, List<Row> rows, boolean zoned, List<String> doubts) {
    Content {
      doubts = List.copyOf(doubts);
    }
  }

  private CsvFile(Path path, LineReader lines) {
    this.path = path;
    this.lines = lines;
  }

  /**
   * Reads a file.
   *
   * @throws HistoryRefused naming the file, the line and the reason
   */
  static Content read(Path path) {
    try (LineReader lines = LineReader.open(path, LONGEST_LINE)) {
      return new CsvFile(path, lines).content();
    } catch (NoSuchFileException e) {
      throw new HistoryRefused("There is no file %s: check the path.".formatted(named(path)), e);
    } catch (CharacterCodingException e) {
      throw new HistoryRefused(
          "%s cannot be read as text (its bytes are no UTF-8): check that it is a CSV file, unpacked and saved as UTF-8."
              .formatted(named(path)),
          e);
    } catch (FileSystemException e) {
      throw new HistoryRefused(
          "%s cannot be read (%s): check that it is a CSV file."
              .formatted(
                  named(path),
                  e.getReason() == null ? e.getClass().getSimpleName() : e.getReason()),
          e);
    } catch (IOException e) {
      throw new HistoryRefused(
          "%s cannot be read (%s): check that it is a CSV file."
              .formatted(named(path), shown(String.valueOf(e.getMessage()))),
          e);
    }
  }

  /** Text of the file, for a message. */
  static String shown(String text) {
    return Printable.line(text, 60);
  }

  private static String named(Path path) {
    return Printable.line(path.toString());
  }

  private Content content() throws IOException {
    String first = firstLine();
    char separator = separator(first);
    List<String> header = fields(first, separator);
    List<Row> rows = new ArrayList<>();
    CsvLayout layout;
    if (header.stream().noneMatch(CsvFile::isName)) {
      layout = CsvLayout.ofValues(header).orElseThrow(() -> noNames(header));
      doubts.add(
          "%s has no line of names: its %d columns are taken for those of %s"
              .formatted(named(path), header.size(), layout.vendor()));
      rows.add(row(layout, header));
    } else {
      layout = CsvLayout.of(header).orElseThrow(() -> unknown(header));
    }
    boolean above = true;
    for (String line = lines.next(); line != null; line = lines.next()) {
      List<String> fields = line.isBlank() ? List.of() : fields(line, separator);
      // yfinance puts the symbols and the index' name into two lines of their own.
      above = above && lines.number() <= 3 && !fields.isEmpty() && isAbove(fields.getFirst());
      // Files that were put together with their lines of names.
      boolean again = fields.equals(header) && header.stream().anyMatch(CsvFile::isName);
      if (!fields.isEmpty() && !above && !again) {
        rows.add(row(layout, fields));
      }
    }
    if (zoneless && layout.kind() == SeriesKind.CANDLES) {
      doubts.add(
          layout.ofBroker()
              ? "%s has times of a broker's server, as MetaTrader writes them, and they are taken for UTC: shift them if that server keeps another time"
                  .formatted(named(path))
              : "The times of %s name no zone and are taken for UTC".formatted(named(path)));
    }
    if (inThrees && !notInThrees && separator == ';') {
      doubts.add(
          "Every price of %s has three digits behind its point: look whether the point separates thousands, and export it without separators if it does"
              .formatted(named(path)));
    }
    if (layout.kind() == SeriesKind.CANDLES && layout.columns().getLast() < 0) {
      doubts.add("%s has no column of volumes: they are taken for 0".formatted(named(path)));
    }
    return new Content(layout.kind(), rows, !zoneless, doubts);
  }

  private static boolean isAbove(String first) {
    return first.equalsIgnoreCase("ticker")
        || first.equalsIgnoreCase("date")
        || first.equalsIgnoreCase("datetime");
  }

  /** The first line that is not blank, a comment or a vendor's address. */
  private String firstLine() throws IOException {
    for (String line = lines.next(); line != null; line = lines.next()) {
      String text = line.strip();
      if (text.startsWith("\ufeff")) {
        text = text.substring(1);
      }
      boolean remark =
          text.isBlank()
              || text.startsWith("#")
              || (text.matches("(?i)(https?://|www\\.).*") && text.indexOf(',') < 0);
      if (!remark) {
        return text;
      }
    }
    throw new HistoryRefused(
        "%s is empty: fetch it again, or check that it is the right file.".formatted(named(path)));
  }

  private static char separator(String line) {
    char best = ',';
    for (char candidate : new char[] {';', '\t'}) {
      best = count(line, candidate) > count(line, best) ? candidate : best;
    }
    return best;
  }

  private static long count(String line, char one) {
    return line.chars().filter(c -> c == one).count();
  }

  /** A field that no number and no time is, and so a name. */
  private static boolean isName(String field) {
    return field.chars().anyMatch(Character::isLetter)
        && !field.matches("(?i)[0-9].*|nan|-?inf(inity)?|true|false|null");
  }

  private List<String> fields(String line, char separator) {
    List<String> fields = new ArrayList<>();
    var field = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (quoted) {
        if (c != '"') {
          field.append(c);
        } else if (i + 1 < line.length() && line.charAt(i + 1) == '"') {
          field.append(line.charAt(++i));
        } else {
          quoted = false;
        }
      } else if (c == '"' && field.toString().isBlank()) {
        field.setLength(0);
        quoted = true;
      } else if (c == separator) {
        fields.add(field.toString());
        field.setLength(0);
      } else {
        field.append(c);
      }
    }
    if (quoted) {
      throw refused("has a quotation mark that is not closed: the file is cut off or damaged");
    }
    fields.add(field.toString());
    return fields;
  }

  private Row row(CsvLayout layout, List<String> fields) {
    if (fields.size() != layout.names().size()) {
      throw refused(
          "has %d fields and not %d as the names: the file is cut off, or a name is missing"
              .formatted(fields.size(), layout.names().size()));
    }
    List<SeriesKind.Column> columns = layout.kind().columns();
    Object[] values = new Object[columns.size()];
    values[0] = time(layout, fields);
    for (int c = 1; c < values.length; c++) {
      values[c] = value(layout, fields, c, columns.get(c).type());
    }
    return new Row(layout.kind(), values);
  }

  private Object value(CsvLayout layout, List<String> fields, int column, SeriesKind.Type type) {
    int from = layout.columns().get(column - 1);
    if (from < 0) {
      return 0.0;
    }
    String name = layout.names().get(from);
    BigDecimal number = decimal(fields.get(from), name);
    if (layout.kind() == SeriesKind.CANDLES && column <= 4) {
      boolean three = number.scale() == 3 && number.precision() >= 4 && number.precision() <= 6;
      inThrees |= three;
      notInThrees |= !three;
    }
    return switch (layout.kind()) {
      case POOL_MINUTES ->
          type == SeriesKind.Type.WHOLE
              ? (Object) whole(number, name)
              : integer(number, fields.get(from), name);
      case AAVE_MINUTES -> scaled(number, RAY_DIGITS);
      case GAS_MINUTES -> scaled(number, GWEI_DIGITS);
      case CANDLES -> number.doubleValue();
      case POOL_EVENTS, AAVE_EVENTS -> throw new IllegalStateException("Events come from a node");
    };
  }

  private long time(CsvLayout layout, List<String> fields) {
    String text = fields.get(layout.time());
    try {
      CsvTime time =
          CsvTime.parse(layout.clock() < 0 ? text : text + " " + fields.get(layout.clock()));
      zoneless |= !time.zoned();
      return time.seconds();
    } catch (CsvTime.NoTime e) {
      throw refused(e.reason());
    }
  }

  private BigDecimal decimal(String field, String name) {
    String text = field.strip();
    try {
      BigDecimal number = new BigDecimal(text.length() > MOST_DIGITS ? "" : text);
      if (Math.abs((long) number.scale()) + number.precision() <= 2L * MOST_DIGITS) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Told below.
    }
    throw refused(
        "has \"%s\" for %s, which is no number%s"
            .formatted(shown(text), shown(name), remedy(text)));
  }

  private static String remedy(String text) {
    if (text.matches("(?i)|null|none|nan|n/?a|-")) {
      return ": fill it in, or leave the line out, which makes a gap";
    }
    if (text.matches("-?[0-9]{1,3}([,' ][0-9]{3})+\\.[0-9]*|-?[0-9]{1,3}([,' ][0-9]{3}){2,}")) {
      return ": export the file without separators of thousands";
    }
    return text.matches("-?[0-9.]*,[0-9]+")
        ? " with a decimal point: export the file with one"
        : "";
  }

  private BigInteger integer(BigDecimal number, String field, String name) {
    try {
      return number.toBigIntegerExact();
    } catch (ArithmeticException e) {
      throw refused(
          "has %s for %s, which is no whole number: amounts must be in smallest units, by each token's own decimals"
              .formatted(shown(field.strip()), name));
    }
  }

  private long whole(BigDecimal number, String name) {
    try {
      return integer(number, number.toString(), name).longValueExact();
    } catch (ArithmeticException e) {
      throw refused("has %s out of range".formatted(name));
    }
  }

  private static BigInteger scaled(BigDecimal number, int digits) {
    return number.movePointRight(digits).setScale(0, RoundingMode.HALF_EVEN).toBigIntegerExact();
  }

  private HistoryRefused noNames(List<String> values) {
    return new HistoryRefused(
        "%s has no line of names: its first line is %s; write above it the names of all its columns, in their own order, of which date and time, or time, open, high, low, close and volume are read."
            .formatted(named(path), Printable.line(String.join(", ", values), LONGEST_SHOWN)));
  }

  private HistoryRefused unknown(List<String> header) {
    @Nullable String why = CsvLayout.whyNoCandles(header).orElse(null);
    String names =
        Printable.line(
            String.join(", ", header.stream().map(String::strip).toList()), LONGEST_SHOWN);
    return new HistoryRefused(
        why == null
            ? "%s begins with the columns %s, which are none that can be imported: pool minutes, Aave minutes, gas prices or candles (time, open, high, low, close, volume)."
                .formatted(named(path), names)
            : "%s begins with the columns %s, which cannot be imported: %s."
                .formatted(named(path), names, why));
  }

  private HistoryRefused refused(String reason) {
    return new HistoryRefused(
        "%s cannot be used: line %d %s. Nothing was imported."
            .formatted(named(path), lines.number(), reason));
  }
}
