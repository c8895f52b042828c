package org.probity.sim.report;

import java.util.Locale;

/** A cell whose colour says how great its value is and on which side of zero. */
final class HeatCell {

  /** Of the full colour, so that text on it stays readable. */
  private static final double MOST_TINT = 42;

  private HeatCell() {}

  /**
   * A cell.
   *
   * @param value decides the colour; white if it is not a number
   * @param greatest the magnitude with the strongest colour
   */
  static String html(String text, double value, double greatest, String tip, boolean best) {
    double share =
        Double.isInfinite(value)
            ? MOST_TINT
            : greatest > 0 && Double.isFinite(value)
                ? Math.min(1, Math.abs(value) / greatest) * MOST_TINT
                : 0;
    return String.format(
        Locale.ROOT,
        "<td class=\"cell %s%s\" style=\"--share:%.0f\" data-tip=\"%s\">%s</td>",
        value < 0 ? "down" : "up",
        best ? " best" : "",
        share,
        Html.text(tip),
        Html.text(text));
  }
}
