package org.probity.agent.cli;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import org.probity.zk.Architecture;
import org.probity.zk.Dense;
import org.probity.zk.FeatureVector;
import org.probity.zk.Layer;
import org.probity.zk.Network;
import org.probity.zk.Readout;

/**
 * Random networks to measure proofs with. What they decide means nothing; a proof takes as long
 * whatever the weights are.
 */
final class BenchNetwork {

  private static final int INPUTS = 20;
  private static final int OUTPUTS = 3;
  private static final int MOST_HIDDEN = 5;

  private static final int FEATURE = 1_000;

  /** Activations are shifted down to at most this. */
  private static final long ACTIVATION = 2_048;

  private static final long MOST_WEIGHT = 127;

  /** No sum exceeds this, whatever the features. */
  private static final long REACH = 1L << 29;

  private BenchNetwork() {}

  /**
   * The widths of about so many parameters that waste the least in rounding up to powers of two, as
   * commitments do.
   *
   * @param parameters reached within a twentieth
   */
  static Architecture shape(long parameters) {
    int bestWidth = 0;
    int bestHidden = 0;
    long least = Long.MAX_VALUE;
    for (int hidden = 2; hidden <= MOST_HIDDEN; hidden++) {
      int width = width(parameters, hidden);
      // A little under a power of two is nearly half the work of a little over it.
      int below = Integer.highestOneBit(width);
      if (parameters(below, hidden) * 20 >= parameters * 19) {
        width = below;
      }
      long padded = parameters(Integer.highestOneBit(2 * width - 1), hidden);
      if (padded < least) {
        least = padded;
        bestWidth = width;
        bestHidden = hidden;
      }
    }
    List<Layer> layers = new ArrayList<>(Collections.nCopies(bestHidden, new Layer(bestWidth, 0)));
    layers.add(new Layer(OUTPUTS, 0));
    return new Architecture(INPUTS, layers, Readout.ARGMAX, RowsOption.MOST_LOG_ROWS);
  }

  /** The greatest width of hidden layers that does not exceed the number of parameters. */
  private static int width(long parameters, int hidden) {
    int low = 1;
    int high = 1 << 15;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (parameters(middle, hidden) <= parameters) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  private static long parameters(long width, int hidden) {
    return width * (INPUTS + 1) + (hidden - 1) * width * (width + 1) + OUTPUTS * (width + 1);
  }

  /**
   * A random network with the widths, readout and rows of {@code shape}, and shifts of its own: a
   * proof takes the same time and gas with any.
   */
  static Network like(Architecture shape, long seed) {
    var random = new SplittableRandom(seed);
    List<Layer> layers = new ArrayList<>();
    List<Dense> values = new ArrayList<>();
    int inputs = shape.inputs();
    long bound = FEATURE;
    for (int l = 0; l < shape.layers().size(); l++) {
      int width = shape.layers().get(l).width();
      int weight = (int) Math.clamp(REACH / ((bound + 1) * inputs), 1, MOST_WEIGHT);
      long reach = (bound + 1) * inputs * weight;
      boolean last = l == shape.layers().size() - 1;
      int shift =
          last && shape.readout() == Readout.ARGMAX
              ? 0
              : 64 - Long.numberOfLeadingZeros(reach / ACTIVATION);
      layers.add(new Layer(width, shift));
      values.add(
          new Dense(
              random.ints((long) width * inputs, -weight, weight + 1).toArray(),
              random.ints(width, -weight, weight + 1).toArray()));
      bound = reach >> shift;
      inputs = width;
    }
    return new Network(
        new Architecture(shape.inputs(), layers, shape.readout(), shape.logRows()), values);
  }

  static FeatureVector features(Architecture shape, long seed) {
    return FeatureVector.of(
        new SplittableRandom(seed).ints(shape.inputs(), -FEATURE, FEATURE + 1).toArray());
  }
}
