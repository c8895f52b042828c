package org.probity.zk;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.probity.ground.Bytes32;

/** Random small networks and features, by seed. */
final class Networks {
  private Networks() {}

  /**
   * Layers of the given widths, the inputs first, with shifts {@code 1, 2, 3, …} where a layer has
   * one.
   */
  static Network random(Random random, Readout readout, int logRows, int... widths) {
    var shapes = new ArrayList<Layer>();
    var layers = new ArrayList<Dense>();
    for (int l = 1; l < widths.length; l++) {
      boolean last = l == widths.length - 1;
      int shift = last && readout == Readout.ARGMAX ? 0 : 1 + (l - 1) % 5;
      shapes.add(new Layer(widths[l], shift));
      layers.add(
          new Dense(
              random.ints((long) widths[l] * widths[l - 1], -60, 61).toArray(),
              random.ints(widths[l], -5000, 5001).toArray()));
    }
    return new Network(new Architecture(widths[0], shapes, readout, logRows), layers);
  }

  static FeatureVector features(Random random, int count) {
    return FeatureVector.of(random.ints(count, -300, 301).toArray());
  }

  static Bytes32 context(Random random) {
    var bytes = new byte[32];
    random.nextBytes(bytes);
    return Bytes32.of(bytes);
  }

  static Entropy seeded(long seed) {
    return new Random(seed)::nextBytes;
  }

  /**
   * Shapes that reach every branch: one layer and many, unequal widths, both readouts, several
   * rows.
   */
  static List<Network> shapes(long seed) {
    var random = new Random(seed);
    return List.of(
        random(random, Readout.ARGMAX, 0, 3, 4),
        random(random, Readout.LINEAR, 0, 1, 1),
        random(random, Readout.ARGMAX, 0, 8, 8, 4),
        random(random, Readout.ARGMAX, 1, 5, 7, 3),
        random(random, Readout.LINEAR, 1, 6, 9, 2),
        random(random, Readout.LINEAR, 2, 4, 3, 17, 5),
        random(random, Readout.ARGMAX, 3, 2, 33, 4, 6, 10),
        random(random, Readout.ARGMAX, 2, 20, 16, 16, 3));
  }
}
