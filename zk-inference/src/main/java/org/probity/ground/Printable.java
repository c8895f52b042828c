package org.probity.ground;

import java.util.Locale;

/**
 * Text of others as one line of a terminal or a log: whoever wrote it can neither move the cursor,
 * colour or clear the screen, rename the window, begin a line that looks like ours, nor turn the
 * order of letters around.
 *
 * <p>Control characters (C0, C1, DEL), line and paragraph separators, formatting characters that
 * are not seen (Unicode category Cf, the bidirectional overrides among them), private and lone
 * surrogate code points stand as {@code \n}, {@code \t}, {@code \\u001b} and the like.
 */
public final class Printable {

  private Printable() {}

  /** All of {@code text}. */
  public static String line(String text) {
    return line(text, Integer.MAX_VALUE);
  }

  /**
   * The beginning of {@code text}.
   *
   * @param most characters of {@code text} to show; what is left out is told
   */
  public static String line(String text, int most) {
    StringBuilder shown = new StringBuilder(Math.min(text.length(), most) + 16);
    int at = 0;
    while (at < text.length() && at < most) {
      int point = text.codePointAt(at);
      append(shown, point);
      at += Character.charCount(point);
    }
    if (at < text.length()) {
      shown.append("… (").append(text.length() - at).append(" more characters)");
    }
    return shown.toString();
  }

  private static void append(StringBuilder shown, int point) {
    switch (point) {
      case '\n' -> shown.append("\\n");
      case '\r' -> shown.append("\\r");
      case '\t' -> shown.append("\\t");
      default -> {
        if (isSeen(point)) {
          shown.appendCodePoint(point);
        } else {
          for (char unit : Character.toChars(point)) {
            shown.append("\\u").append(String.format(Locale.ROOT, "%04x", (int) unit));
          }
        }
      }
    }
  }

  private static boolean isSeen(int point) {
    return switch (Character.getType(point)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED ->
          false;
      default -> true;
    };
  }
}
