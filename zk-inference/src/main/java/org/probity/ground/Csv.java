package org.probity.ground;

/** Text of others as a cell of a CSV file (RFC 4180) that a spreadsheet shows and does not run. */
public final class Csv {

  /** The wide forms are as good to a spreadsheet of the Far East. */
  private static final String FORMULA = "=+-@＝＋－＠";

  private Csv() {}

  /**
   * A cell that reads as {@code text}, control characters as {@link Printable#line} shows them. One
   * that a spreadsheet would take for a formula begins with an apostrophe. For text only: a number
   * may begin with its sign.
   */
  public static String text(String text) {
    String line = Printable.line(text);
    String begin = line.strip();
    String plain = !begin.isEmpty() && FORMULA.indexOf(begin.charAt(0)) >= 0 ? "'" + line : line;
    return plain.chars().anyMatch(c -> c == ',' || c == '"' || c == ';')
        ? '"' + plain.replace("\"", "\"\"") + '"'
        : plain;
  }
}
