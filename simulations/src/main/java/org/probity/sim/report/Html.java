package org.probity.sim.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** The frame of a page, and text that is safe inside it. */
final class Html {

  @SuppressWarnings("InlineFormatString") // a page is read whole
  private static final String FRAME =
      """
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
      <title>%s</title>
      <style>
      %s</style>
      </head>
      <body>
      <main>
      %s</main>
      <script>
      %s</script>
      </body>
      </html>
      """;

  private Html() {}

  /** Whether text begins as every page does. */
  static boolean isPage(String head) {
    return head.startsWith(FRAME.substring(0, FRAME.indexOf("<title>")));
  }

  /** A whole page. */
  static String page(String title, String content) {
    return FRAME.formatted(text(title), resource("report.css"), content, resource("report.js"));
  }

  /** Text as content or inside a quoted attribute. */
  static String text(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }

  /**
   * Attributes of a box that scrolls by itself, so that the keyboard reaches it too.
   *
   * @param name what is in it, for those who do not see it; of no other box on the page
   */
  static String scrolling(String name) {
    return "class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"%s\""
        .formatted(text(name));
  }

  /** A string of JSON inside a script element. */
  static String json(String text) {
    var json = new StringBuilder("\"");
    text.chars()
        .forEach(c -> {
          if (c < 0x20 || c == '"' || c == '\\' || c == '<' || c == 0x2028 || c == 0x2029) {
            json.append(String.format(Locale.ROOT, "\\u%04x", c));
          } else {
            json.append((char) c);
          }
        });
    return json.append('"').toString();
  }

  /** A number of JSON with about six digits; null if it is none. */
  static String json(double value) {
    if (!Double.isFinite(value)) {
      return "null";
    }
    int digits = value == 0 ? 0 : 6 - (int) Math.floor(Math.log10(Math.abs(value)));
    String text = String.format(Locale.ROOT, "%." + Math.clamp(digits, 0, 12) + "f", value);
    return text.contains(".") ? text.replaceAll("0+$", "").replaceAll("\\.$", "") : text;
  }

  /** A whole number in groups of three digits. */
  static String whole(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  /** Percent of an axis, for attributes. */
  static String percent(double fraction) {
    return String.format(Locale.ROOT, "%.3f%%", fraction * 100);
  }

  /** A figure of half the page's width. */
  static String half(String figure) {
    return figure.replaceFirst("class=\"card", "class=\"half card");
  }

  /**
   * A number under its name.
   *
   * @param sign above 0 if it is good, below 0 if it is bad
   * @param more in small letters below
   */
  static String tile(String name, String value, double sign, String more) {
    String tone = sign > 0 ? " good" : sign < 0 ? " bad" : "";
    return "<div class=\"card tile\"><dt>%s</dt><dd class=\"value%s\">%s</dd><dd class=\"more\">%s</dd></div>"
        .formatted(text(name), tone, text(value), text(more));
  }

  private static String resource(String name) {
    try (InputStream in = Html.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(name + " is missing from the class path");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
