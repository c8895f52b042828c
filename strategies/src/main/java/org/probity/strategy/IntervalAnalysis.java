package org.probity.strategy;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.probity.strategy.FeatureDefinition.Feature;
import org.probity.zk.Dense;
import org.probity.zk.Layer;
import org.probity.zk.Network;
import org.probity.zk.Readout;

/**
 * Between which integers every value of a network lies, for all feature vectors in the declared
 * ranges at once. Exact interval arithmetic: a neuron's greatest value is its bias plus, for each
 * input, the greater of weight times least input and weight times greatest input. (Inputs are taken
 * as independent, so the true extremes may be less far out, never further.)
 *
 * <p>A network passes if every value before activation lies strictly between -2^31 and 2^31 and
 * every logit strictly above -2^30; then {@code D = z_y - z_k - [k < y]} of an argmax head lies in
 * [0, 2^32) too, and every decision within the ranges can be proven.
 */
final class IntervalAnalysis {

  /** Values before activation are strictly inside plus and minus this. */
  static final long VALUE_LIMIT = 1L << 31;

  /** Padding logits are minus this; real ones must be greater. */
  static final long LOGIT_LIMIT = 1L << 30;

  /** The bounds of one layer's neurons before activation. */
  @SuppressWarnings("ArrayRecordComponent") // internal, never compared
  record Bounds(long[] least, long[] greatest) {

    /** Bounds after ReLU and shift. */
    Bounds activated(int shift) {
      long[] low = new long[least.length];
      long[] high = new long[greatest.length];
      for (int i = 0; i < low.length; i++) {
        low[i] = Math.max(least[i], 0) >> shift;
        high[i] = Math.max(greatest[i], 0) >> shift;
      }
      return new Bounds(low, high);
    }
  }

  private IntervalAnalysis() {}

  /**
   * The bounds of every layer before activation.
   *
   * @throws StrategyRefusedException naming the first layer that could overflow
   */
  static List<Bounds> require(Network network, FeatureDefinition features) {
    features.requireInputs(network.architecture().inputs());
    var all = new ArrayList<Bounds>();
    Bounds inputs = of(features);
    List<Layer> shapes = network.architecture().layers();
    for (int l = 0; l < shapes.size(); l++) {
      boolean logits = l == shapes.size() - 1 && network.architecture().readout() == Readout.ARGMAX;
      Bounds bounds = ofLayer(network.layers().get(l), inputs);
      if (bounds == null || !withinLimits(bounds, logits)) {
        throw new StrategyRefusedException(
            "Layer %d can overflow: for some features in their declared ranges a value reaches %s; quantise the network again, with smaller weights or narrower feature ranges."
                .formatted(l + 1, logits ? "2^31 or falls to -2^30" : "2^31"));
      }
      all.add(bounds);
      inputs = bounds.activated(shapes.get(l).shift());
    }
    return all;
  }

  static Bounds of(FeatureDefinition features) {
    return new Bounds(
        features.features().stream().mapToLong(Feature::min).toArray(),
        features.features().stream().mapToLong(Feature::max).toArray());
  }

  /** Bounds before activation, or null if even the sums of bounds leave 64 bits. */
  static @Nullable Bounds ofLayer(Dense layer, Bounds inputs) {
    return ofLayer(layer.weights(), layer.biases(), inputs);
  }

  static @Nullable Bounds ofLayer(int[] weights, int[] biases, Bounds inputs) {
    int width = inputs.least.length;
    long[] least = new long[biases.length];
    long[] greatest = new long[biases.length];
    try {
      for (int i = 0; i < biases.length; i++) {
        long low = biases[i];
        long high = biases[i];
        for (int j = 0, at = i * width; j < width; j++, at++) {
          long one = Math.multiplyExact(inputs.least[j], weights[at]);
          long other = Math.multiplyExact(inputs.greatest[j], weights[at]);
          low = Math.addExact(low, Math.min(one, other));
          high = Math.addExact(high, Math.max(one, other));
        }
        least[i] = low;
        greatest[i] = high;
      }
    } catch (ArithmeticException e) {
      return null;
    }
    return new Bounds(least, greatest);
  }

  static boolean withinLimits(Bounds bounds, boolean logits) {
    long floor = logits ? -LOGIT_LIMIT : -VALUE_LIMIT;
    for (int i = 0; i < bounds.least.length; i++) {
      if (bounds.least[i] <= floor || bounds.greatest[i] >= VALUE_LIMIT) {
        return false;
      }
    }
    return true;
  }
}
