package org.probity.sim.report;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Lines over time. Lines are drawn in a stretched inner SVG, whose strokes keep their width; labels
 * and marks are placed by percent, so that they keep their size on every screen.
 */
final class TimeChart {

  /** Inner coordinates, each way. */
  private static final double INNER = 10_000;

  private static final int STRETCHES = 700;

  private enum Kind {
    LINE,
    AREA
  }

  @SuppressWarnings("ArrayRecordComponent") // compared by identity only
  private record Series(String name, String style, Kind kind, double[] values) {
    @Override
    public String toString() {
      return name;
    }
  }

  private record Band(String style, int low, int high) {}

  /** A kind of mark, as the legend has it. */
  enum Sign {
    BUY("buy", "▲", "M0-5 5 4H-5z"),
    SELL("sell", "▼", "M0 5 5-4H-5z"),
    LIQUIDATION("liquidation", "◆", "M0-4 4 0 0 4-4 0z");

    private final String word;
    private final String letter;
    private final String path;

    Sign(String word, String letter, String path) {
      this.word = word;
      this.letter = letter;
      this.path = path;
    }
  }

  /** A mark, as of a trade. */
  record Mark(long time, double value, Sign sign, String words) {}

  private final String id;
  private final String title;
  private final Axis.Numbers numbers;
  private final long[] times;
  private final List<Series> series = new ArrayList<>();
  private final List<Band> bands = new ArrayList<>();
  private final List<Mark> marks = new ArrayList<>();
  private String note = "";
  private boolean zero;
  private boolean small;

  TimeChart(String id, String title, Axis.Numbers numbers, long[] times) {
    this.id = id;
    this.title = title;
    this.numbers = numbers;
    this.times = times.clone();
  }

  /**
   * A line.
   *
   * @param style its class: one, two or three
   */
  TimeChart line(String name, String style, double[] values) {
    series.add(new Series(name, style, Kind.LINE, values));
    return this;
  }

  /** A line with the area between it and zero. */
  TimeChart area(String name, String style, double[] values) {
    series.add(new Series(name, style, Kind.AREA, values));
    zero = true;
    return this;
  }

  /** The area between the last two lines. */
  TimeChart band(String style) {
    bands.add(new Band(style, series.size() - 2, series.size() - 1));
    return this;
  }

  TimeChart marks(List<Mark> more) {
    marks.addAll(more);
    return this;
  }

  /** A sentence under the title. */
  TimeChart note(String sentence) {
    note = sentence;
    return this;
  }

  /** The axis includes zero. */
  TimeChart withZero() {
    zero = true;
    return this;
  }

  TimeChart small() {
    small = true;
    return this;
  }

  String html() {
    double[][] all = series.stream().map(Series::values).toArray(double[][]::new);
    int[] kept = Downsampling.keep(times.length, STRETCHES, all);
    double[] finite =
        DoubleStream.concat(
                series.stream().flatMapToDouble(s -> DoubleStream.of(s.values)),
                marks.stream().mapToDouble(Mark::value))
            .filter(Double::isFinite)
            .toArray();
    if (kept.length < 2 || finite.length == 0) {
      return figure("<p class=\"empty\">There are too few points to draw.</p>");
    }
    double low = DoubleStream.of(finite).min().orElse(0);
    double high = DoubleStream.of(finite).max().orElse(1);
    if (zero) {
      low = Math.min(low, 0);
      high = Math.max(high, 0);
    }
    double room = high > low ? (high - low) * 0.06 : Math.max(Math.abs(high) * 0.05, 1e-6);
    low -= zero && low == 0 ? 0 : room;
    high += zero && high == 0 ? 0 : room;
    return figure(plot(kept, low, high));
  }

  private String figure(String content) {
    String legend =
        series.stream()
            .filter(s -> !s.name.isEmpty() && !s.style.equals("edge"))
            .map(s ->
                "<span class=\"key %s\"><i></i>%s</span>".formatted(s.style, Html.text(s.name)))
            .collect(Collectors.joining());
    String markKeys =
        signs().stream()
            .map(sign ->
                "<span class=\"key %s\"><i>%s</i>%s</span>"
                    .formatted(sign.word, sign.letter, sign.word))
            .collect(Collectors.joining());
    return """
    <figure class="card chart%s" id="%s">
    <figcaption><h2>%s</h2><div class="legend">%s%s</div>%s</figcaption>
    %s
    </figure>
    """
        .formatted(
            small ? " small" : "",
            id,
            Html.text(title),
            legend,
            markKeys,
            note.isEmpty() ? "" : "<p>%s</p>".formatted(Html.text(note)),
            content);
  }

  /** Trades are shown as both kinds, whichever there are. */
  private List<Sign> signs() {
    var signs = EnumSet.noneOf(Sign.class);
    marks.forEach(mark -> signs.add(mark.sign));
    if (signs.contains(Sign.BUY) || signs.contains(Sign.SELL)) {
      signs.addAll(List.of(Sign.BUY, Sign.SELL));
    }
    return List.copyOf(signs);
  }

  private String plot(int[] kept, double low, double high) {
    long from = times[0];
    long to = times[times.length - 1];
    var svg = new StringBuilder();
    var labels = new StringBuilder();
    svg.append("<g class=\"grid\">");
    for (Axis.Tick tick : Axis.numbers(low, high, numbers)) {
      String y = Html.percent(1 - (tick.at() - low) / (high - low));
      svg.append(
          "<line%s x1=\"0\" x2=\"100%%\" y1=\"%s\" y2=\"%s\"/>"
              .formatted(Math.abs(tick.at()) < 1e-12 ? " class=\"zero\"" : "", y, y));
      labels.append("<span style=\"top:%s\">%s</span>".formatted(y, tick.label()));
    }
    svg.append("</g>");
    svg.append(
        "<svg class=\"lines\" viewBox=\"0 0 10000 10000\" preserveAspectRatio=\"none\""
            + " width=\"100%\" height=\"100%\">");
    for (Band band : bands) {
      svg.append(
          "<path class=\"band %s\" d=\"%s\"/>"
              .formatted(
                  band.style,
                  bandPath(
                      series.get(band.low).values, series.get(band.high).values, kept, low, high)));
    }
    for (Series s : series) {
      if (s.kind == Kind.AREA) {
        svg.append(
            "<path class=\"area %s\" d=\"%s\"/>"
                .formatted(s.style, bandPath(s.values, null, kept, low, high)));
      }
      svg.append(
          "<path class=\"line %s\" d=\"%s\"/>".formatted(s.style, path(s.values, kept, low, high)));
    }
    svg.append("</svg><g class=\"marks\">");
    for (Mark mark : marks) {
      svg.append(
          "<svg x=\"%s\" y=\"%s\"><path class=\"%s\" d=\"%s\" data-tip=\"%s\"/></svg>"
              .formatted(
                  Html.percent((double) (mark.time - from) / (to - from)),
                  Html.percent(1 - (mark.value - low) / (high - low)),
                  mark.sign.word,
                  mark.sign.path,
                  Html.text(mark.words)));
    }
    svg.append("</g><line class=\"cursor\" y1=\"0\" y2=\"100%\" hidden=\"\"/>");
    String timeLabels =
        Axis.times(from, to).stream()
            .map(tick ->
                "<span style=\"left:%s\">%s</span>"
                    .formatted(
                        Html.percent((tick.at() - from) / (double) (to - from)), tick.label()))
            .collect(Collectors.joining());
    return """
    <div class="plot" tabindex="0" role="group" aria-label="%s: arrow keys move the cursor">
    <div class="frame"><svg class="canvas" width="100%%" height="100%%" role="img" aria-label="%s">%s</svg></div>
    <div class="y">%s</div><div class="x">%s</div>
    </div>
    <script type="application/json">%s</script>\
    """
        .formatted(
            Html.text(title),
            Html.text(description()),
            svg,
            labels,
            timeLabels,
            json(kept, low, high));
  }

  private String description() {
    return title
        + ": "
        + series.stream()
            .filter(s -> !s.name.isEmpty())
            .map(Series::name)
            .collect(Collectors.joining(", "));
  }

  private String path(double[] values, int[] kept, double low, double high) {
    var path = new StringBuilder();
    boolean pen = false;
    for (int i : kept) {
      if (!Double.isFinite(values[i])) {
        pen = false;
        continue;
      }
      path.append(pen ? 'L' : 'M').append(place(i, values[i], low, high));
      pen = true;
    }
    return path.toString();
  }

  /** The area between two lines, or between one and zero if there is no other. */
  private String bandPath(
      double[] line, double @Nullable [] other, int[] kept, double low, double high) {
    int[] drawn = IntStream.of(kept).filter(i -> Double.isFinite(line[i])).toArray();
    if (drawn.length == 0) {
      return "";
    }
    var path = new StringBuilder("M");
    for (int i : drawn) {
      path.append(place(i, line[i], low, high)).append('L');
    }
    if (other == null) {
      path.append(place(drawn[drawn.length - 1], 0, low, high)).append('L');
      path.append(place(drawn[0], 0, low, high));
    } else {
      for (int j = drawn.length - 1; j >= 0; j--) {
        path.append(place(drawn[j], other[drawn[j]], low, high)).append(j > 0 ? "L" : "");
      }
    }
    return path.append('Z').toString();
  }

  private String place(int i, double value, double low, double high) {
    double x = (double) (times[i] - times[0]) / (times[times.length - 1] - times[0]);
    double y = 1 - (value - low) / (high - low);
    return Math.round(x * INNER) + " " + Math.round(y * INNER);
  }

  /** What the script reads: times from the first in seconds, and the values themselves. */
  private String json(int[] kept, double low, double high) {
    String t =
        IntStream.of(kept)
            .mapToObj(i -> Long.toString(times[i] - times[0]))
            .collect(Collectors.joining(","));
    String lines =
        series.stream()
            .map(s ->
                "{\"name\":%s,\"style\":\"%s\",\"v\":[%s]}"
                    .formatted(
                        Html.json(s.name),
                        s.style,
                        IntStream.of(kept)
                            .mapToObj(i -> Html.json(s.values[i]))
                            .collect(Collectors.joining(","))))
            .collect(Collectors.joining(","));
    String points =
        marks.stream()
            .map(m -> "[%s,%s]".formatted(m.time - times[0], Html.json(m.value)))
            .collect(Collectors.joining(","));
    return String.format(
        Locale.ROOT,
        "{\"kind\":\"%s\",\"from\":%s,\"to\":%s,\"low\":%s,\"high\":%s,\"zero\":%b,\"t\":[%s],\"lines\":[%s],\"marks\":[%s]}",
        numbers.word(),
        times[0],
        times[times.length - 1],
        Html.json(low),
        Html.json(high),
        zero,
        t,
        lines,
        points);
  }
}
