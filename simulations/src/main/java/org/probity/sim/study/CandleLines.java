package org.probity.sim.study;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.probity.sim.history.Candle;

/** Candles as the lines of a CSV file. */
final class CandleLines {

  private CandleLines() {}

  static List<String> of(List<Candle> candles) {
    var lines = new ArrayList<String>();
    lines.add("time,open,high,low,close,volume");
    candles.forEach(c ->
        lines.add(
            String.format(
                Locale.ROOT,
                "%d,%.12g,%.12g,%.12g,%.12g,%.12g",
                c.time(),
                c.open(),
                Math.max(c.high(), Math.max(c.open(), c.close())),
                Math.min(c.low(), Math.min(c.open(), c.close())),
                c.close(),
                c.volume())));
    return lines;
  }
}
