package org.probity.sim.report;

import java.util.ArrayList;
import java.util.List;

/**
 * Bars side by side: of a histogram, or of the parts of a sum, each beginning where the last ended.
 */
final class BarChart {

  private record Bar(String label, double from, double to, String style, String tip) {}

  private final String id;
  private final String title;
  private final Axis.Numbers numbers;
  private final List<Bar> bars = new ArrayList<>();
  private final List<Axis.Tick> ticks = new ArrayList<>();
  private String note = "";

  BarChart(String id, String title, Axis.Numbers numbers) {
    this.id = id;
    this.title = title;
    this.numbers = numbers;
  }

  /**
   * A bar.
   *
   * @param label under it; may be empty
   */
  BarChart bar(String label, double from, double to, String style, String tip) {
    bars.add(new Bar(label, from, to, style, tip));
    return this;
  }

  /** A label at a place between the first bar's left side, 0, and the last one's right side, 1. */
  BarChart tick(double at, String label) {
    ticks.add(new Axis.Tick(at, label));
    return this;
  }

  BarChart note(String sentence) {
    note = sentence;
    return this;
  }

  String html() {
    double low = bars.stream().mapToDouble(b -> Math.min(b.from, b.to)).min().orElse(0);
    double high = bars.stream().mapToDouble(b -> Math.max(b.from, b.to)).max().orElse(0);
    String content =
        bars.isEmpty() || high <= low
            ? "<p class=\"empty\">There is nothing to draw.</p>"
            : plot(Math.min(low, 0), Math.max(high, 0));
    return """
    <figure class="card bars" id="%s">
    <figcaption><h2>%s</h2>%s</figcaption>
    %s
    </figure>
    """
        .formatted(
            id,
            Html.text(title),
            note.isEmpty() ? "" : "<p>%s</p>".formatted(Html.text(note)),
            content);
  }

  private String plot(double least, double greatest) {
    double room = (greatest - least) * 0.06;
    double low = least < 0 ? least - room : 0;
    double high = greatest > 0 ? greatest + room : 0;
    var svg = new StringBuilder("<g class=\"grid\">");
    var y = new StringBuilder();
    for (Axis.Tick tick : Axis.numbers(low, high, numbers)) {
      String at = Html.percent(1 - (tick.at() - low) / (high - low));
      svg.append(
          "<line%s x1=\"0\" x2=\"100%%\" y1=\"%s\" y2=\"%s\"/>"
              .formatted(Math.abs(tick.at()) < 1e-12 ? " class=\"zero\"" : "", at, at));
      y.append("<span style=\"top:%s\">%s</span>".formatted(at, tick.label()));
    }
    svg.append("</g>");
    var x = new StringBuilder();
    double slot = 1.0 / bars.size();
    double width = slot * (ticks.isEmpty() ? 0.64 : 0.9);
    for (int i = 0; i < bars.size(); i++) {
      Bar bar = bars.get(i);
      double top = Math.max(bar.from, bar.to);
      double bottom = Math.min(bar.from, bar.to);
      svg.append(
          "<rect class=\"%s\" x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\" rx=\"1.5\" data-tip=\"%s\"/>"
              .formatted(
                  bar.style,
                  Html.percent(i * slot + (slot - width) / 2),
                  Html.percent(1 - (top - low) / (high - low)),
                  Html.percent(width),
                  Html.percent((top - bottom) / (high - low)),
                  Html.text(bar.tip)));
      if (!bar.label.isEmpty()) {
        x.append(
            "<span style=\"left:%s\">%s</span>"
                .formatted(Html.percent((i + 0.5) * slot), Html.text(bar.label)));
      }
    }
    for (Axis.Tick tick : ticks) {
      x.append(
          "<span style=\"left:%s\">%s</span>"
              .formatted(Html.percent(tick.at()), Html.text(tick.label())));
    }
    return """
    <div class="plot">
    <div class="frame"><svg class="canvas" width="100%%" height="100%%" role="img" aria-label="%s">%s</svg></div>
    <div class="y">%s</div><div class="x%s">%s</div>
    </div>\
    """
        .formatted(Html.text(title), svg, y, ticks.isEmpty() ? " all" : "", x);
  }
}
