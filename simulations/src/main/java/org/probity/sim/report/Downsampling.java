package org.probity.sim.report;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Fewer points that draw the same line: of each stretch, the points where any of the series is
 * least or greatest, and the first and the last (the M4 aggregation of Jugel, Jerzak, Hackenbroich
 * and Markl, VLDB 2014). So no spike and no trough is lost.
 */
final class Downsampling {

  private Downsampling() {}

  /**
   * Indices to keep, in order: all if there are few.
   *
   * @param size of each series
   * @param stretches how many the series are cut into
   */
  static int[] keep(int size, int stretches, double[]... series) {
    if (size <= stretches * 4L) {
      return IntStream.range(0, size).toArray();
    }
    int[] kept = new int[stretches * (2 + 2 * series.length)];
    int count = 0;
    for (int stretch = 0; stretch < stretches; stretch++) {
      int from = (int) ((long) size * stretch / stretches);
      int to = (int) ((long) size * (stretch + 1) / stretches);
      kept[count++] = from;
      kept[count++] = to - 1;
      for (double[] values : series) {
        int least = from;
        int greatest = from;
        for (int i = from; i < to; i++) {
          least = values[i] < values[least] ? i : least;
          greatest = values[i] > values[greatest] ? i : greatest;
        }
        kept[count++] = least;
        kept[count++] = greatest;
      }
    }
    return Arrays.stream(kept, 0, count).sorted().distinct().toArray();
  }
}
