package org.probity.strategy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.probity.ground.Printable;
import org.probity.strategy.FeatureDefinition.Feature;
import org.probity.strategy.FloatNetwork.FloatLayer;
import org.probity.strategy.IntervalAnalysis.Bounds;
import org.probity.zk.Architecture;
import org.probity.zk.Dense;
import org.probity.zk.FeatureVector;
import org.probity.zk.Layer;
import org.probity.zk.Network;
import org.probity.zk.Readout;

/**
 * Turns a trained network into one of exact integers that can never overflow.
 *
 * <p>Layer {@code l} computes with {@code round(w * S_l)}; its activations are {@code A_l} times
 * the real ones, with {@code A_0 = 1} (features are integers already) and {@code A_l = A_{l-1} *
 * S_l / 2^shift_l}. All the numbers a layer can reach have to fit into 31 bits, so {@code S_l} is
 * as large as {@link IntervalAnalysis} allows; a real number, not a power of two, so that no part
 * of a bit is given away. What is left to choose is how the bits are shared between a layer's
 * activations and the next layer's weights: that is the shift. Each one is chosen by trial, as the
 * one whose next layer comes closest to the real network on sample vectors.
 *
 * <p>A head of weights is cut inside the network: its layer {@code z} computes with the steps of
 * weight times a power of two, rounds to the nearest step, and what lies below none or above all of
 * the vault is taken off by one layer more ({@link FloatNetwork#cut}). So the integers that are
 * proven are 0 to 10000 / step, and nothing finer leaves the network.
 */
public final class Quantisation {

  /** Outputs of a linear head are in units of 2^-16, or coarser ones if they would not fit. */
  private static final int LINEAR_FRACTION_BITS = 16;

  /**
   * A layer whose greatest weight has fewer levels than this is no longer the layer that was
   * trained.
   */
  private static final int LEAST_LEVELS = 32;

  private static final int GREATEST_SHIFT = 30;

  /** Vectors that steer the precision. */
  static final int MOST_SAMPLES = 256;

  /**
   * The result.
   *
   * @param network the integers; private
   * @param outputScale a logit or output of the integer network is this times the real one
   * @param rounding how far an output may lie from the real one for being a whole number alone, in
   *     the real one's unit; 0 if that is not worth a word
   */
  public record Quantised(Network network, double outputScale, double rounding) {}

  private Quantisation() {}

  /**
   * Quantises a network.
   *
   * @param network the trained network
   * @param features the ranges of its inputs, for all of which overflow is excluded
   * @param samples typical feature vectors; they steer the precision only, never the safety
   * @throws StrategyRefusedException if the network cannot be held in 31 bits with useful precision
   */
  public static Quantised quantise(
      FloatNetwork network, FeatureDefinition features, List<FeatureVector> samples) {
    return quantise(network, features, samples, 0);
  }

  /**
   * Quantises a network whose outputs are weights, 1 for all of a vault.
   *
   * @param cut the trained network, {@link FloatNetwork#cut}
   * @param steps how many units of output are all of a vault
   * @throws StrategyRefusedException if the network cannot be held in 31 bits with useful precision
   */
  static Quantised quantiseWeights(
      FloatNetwork cut, FeatureDefinition features, List<FeatureVector> samples, int steps) {
    return quantise(cut, features, samples, steps);
  }

  private static Quantised quantise(
      FloatNetwork network, FeatureDefinition features, List<FeatureVector> samples, int steps) {
    features.requireInputs(network.inputs());
    // Large networks are tried on fewer vectors, so that the time stays short.
    int trials = Math.clamp(4_000_000 / network.parameters(), 4, MOST_SAMPLES);
    var search =
        new Search(network, features, samples.subList(0, Math.min(trials, samples.size())), steps);
    Quantised result = search.run();
    IntervalAnalysis.require(result.network(), features);
    return result;
  }

  /** Vectors of all magnitudes inside the ranges, always the same ones. */
  static List<FeatureVector> spread(FeatureDefinition features, int count) {
    var random = new SplittableRandom(0x5EED);
    var vectors = new ArrayList<FeatureVector>();
    for (int n = 0; n < count; n++) {
      double magnitude = Math.scalb(1.0, -(n % 10));
      int[] x = new int[features.size()];
      for (int j = 0; j < x.length; j++) {
        Feature feature = features.features().get(j);
        double value =
            feature.min() + random.nextDouble() * ((double) feature.max() - feature.min());
        x[j] = Math.clamp(Math.round(value * magnitude), feature.min(), feature.max());
      }
      vectors.add(FeatureVector.of(x));
    }
    return vectors;
  }

  /** Vectors anywhere in the declared ranges, always the same ones. */
  static List<FeatureVector> overRanges(FeatureDefinition features, int count) {
    var random = new SplittableRandom(0xA11);
    return IntStream.range(0, count)
        .mapToObj(_ ->
            features.features().stream()
                .mapToInt(f -> (int) random.nextLong(f.min(), f.max() + 1L))
                .toArray())
        .map(FeatureVector::of)
        .toList();
  }

  /** W a + b; the caller has excluded overflow. */
  static long[] preActivations(int[] weights, int[] biases, long[] activations) {
    int width = activations.length;
    long[] z = new long[biases.length];
    for (int i = 0; i < z.length; i++) {
      long sum = biases[i];
      for (int j = 0, at = i * width; j < width; j++, at++) {
        sum += weights[at] * activations[j];
      }
      z[i] = sum;
    }
    return z;
  }

  /** max(z, 0) >> shift. */
  static long[] activated(long[] z, int shift) {
    long[] a = new long[z.length];
    for (int i = 0; i < a.length; i++) {
      a[i] = Math.max(z[i], 0) >> shift;
    }
    return a;
  }

  /** A layer in integers: {@code scale} is what its values before activation are multiplied by. */
  @SuppressWarnings("ArrayRecordComponent") // internal, never compared
  private record IntegerLayer(int[] weights, int[] biases, double scale, Bounds bounds) {}

  private static final class Search {
    private final FloatNetwork network;
    private final FeatureDefinition features;

    /** Of weights, how many are all of a vault; 0 where outputs are none. */
    private final int steps;

    /** The layer that is cut to steps; none without them. */
    private final int cut;

    /**
     * The real network's activations before the layer in hand, and the integer network's, for each
     * sample.
     */
    private List<double[]> real;

    private List<long[]> integer;

    Search(
        FloatNetwork network, FeatureDefinition features, List<FeatureVector> samples, int steps) {
      this.network = network;
      this.features = features;
      this.steps = steps;
      this.cut = steps == 0 ? -1 : network.layers().size() - 2;
      this.real =
          samples.stream().map(x -> Arrays.stream(x.toArray()).asDoubleStream().toArray()).toList();
      this.integer =
          samples.stream().map(x -> Arrays.stream(x.toArray()).asLongStream().toArray()).toList();
    }

    Quantised run() {
      List<FloatLayer> layers = network.layers();
      int last = layers.size() - 1;
      var shapes = new ArrayList<Layer>();
      var dense = new ArrayList<Dense>();
      double scale = 1;
      Bounds bounds = IntervalAnalysis.of(features);
      for (int l = 0; l < last; l++) {
        Candidate best = l == cut ? cutToSteps(scale, bounds, true) : bestShift(l, scale, bounds);
        if (best == null) {
          throw tooWide(l);
        }
        int shift = best.shift;
        shapes.add(new Layer(layers.get(l).biases().length, shift));
        dense.add(new Dense(best.layer.weights, best.layer.biases));
        scale = Math.scalb(best.layer.scale, -shift);
        bounds = best.layer.bounds.activated(shift);
        FloatLayer realLayer = layers.get(l);
        real = real.stream().map(a -> activated(realLayer, a)).toList();
        integer =
            integer.stream()
                .map(a ->
                    Quantisation.activated(
                        preActivations(best.layer.weights, best.layer.biases, a), shift))
                .toList();
      }
      // The difference of what the cut layer gives is taken as it is.
      IntegerLayer head =
          steps == 0 ? fit(last, scale, bounds, 0) : round(layers.get(last), 1, scale, bounds, 0);
      if (head == null) {
        throw tooWide(last);
      }
      int outputShift =
          network.readout() == Readout.LINEAR && steps == 0 ? linearShift(head.scale) : 0;
      shapes.add(new Layer(layers.get(last).biases().length, outputShift));
      dense.add(new Dense(head.weights, head.biases));
      return new Quantised(
          new Network(
              new Architecture(network.inputs(), shapes, network.readout(), 0).withBestRows(),
              dense),
          steps == 0 ? Math.scalb(head.scale, -outputShift) : steps,
          steps == 0 ? 0 : 0.5 / steps);
    }

    private record Candidate(int shift, IntegerLayer layer, double error) {}

    /** The shift of layer l after which layer l + 1 comes closest to the real network. */
    private Candidate bestShift(int l, double activationScale, Bounds inputs) {
      List<FloatLayer> layers = network.layers();
      List<double[]> wanted =
          real.stream()
              .map(a -> FloatNetwork.preActivations(layers.get(l + 1), activated(layers.get(l), a)))
              .toList();
      Candidate best = null;
      boolean fits = false;
      for (int shift = 0; shift <= GREATEST_SHIFT; shift++) {
        // Half of what the shift cuts off goes into the biases: then it rounds to the nearest
        // integer instead of down.
        IntegerLayer layer = fit(l, activationScale, inputs, shift == 0 ? 0 : 1 << (shift - 1));
        if (layer == null) {
          break;
        }
        fits = true;
        IntegerLayer next =
            next(l + 1, Math.scalb(layer.scale, -shift), layer.bounds.activated(shift));
        if (next != null) {
          double error = error(layer, shift, next, wanted);
          if (best == null || error < best.error) {
            best = new Candidate(shift, layer, error);
          }
        }
      }
      if (best == null) {
        throw tooWide(fits ? l + 1 : l);
      }
      return best;
    }

    private @Nullable IntegerLayer next(int l, double activationScale, Bounds inputs) {
      if (l != cut) {
        return fit(l, activationScale, inputs, 0);
      }
      // Not rounded to steps: it is compared with the real layer, which is not.
      Candidate found = cutToSteps(activationScale, inputs, false);
      return found == null ? null : found.layer;
    }

    /**
     * The layer whose values are steps of weight times the greatest power of two that cannot
     * overflow, or null if that leaves too few levels.
     *
     * @param activationScale what the layer's inputs are multiplied by
     * @param nearest whether half a step is added, so that what is cut off rounds to the nearest
     */
    private @Nullable Candidate cutToSteps(double activationScale, Bounds inputs, boolean nearest) {
      FloatLayer layer = network.layers().get(cut);
      double greatestWeight = Arrays.stream(layer.weights()).map(Math::abs).max().orElse(0);
      for (int shift = GREATEST_SHIFT; shift >= 0; shift--) {
        double scale = Math.scalb((double) steps, shift) / activationScale;
        if (!(greatestWeight * scale <= Integer.MAX_VALUE)) {
          continue;
        }
        if (greatestWeight > 0 && greatestWeight * scale < LEAST_LEVELS) {
          return null;
        }
        int offset = nearest && shift > 0 ? 1 << (shift - 1) : 0;
        IntegerLayer found = cutToSteps(layer, shift, scale, activationScale, inputs, offset);
        if (found != null) {
          return new Candidate(shift, found, 0);
        }
      }
      return null;
    }

    /** The second half of the rows is the first, less all steps: exactly, so that none is left. */
    private @Nullable IntegerLayer cutToSteps(
        FloatLayer layer,
        int shift,
        double scale,
        double activationScale,
        Bounds inputs,
        int offset) {
      int outputs = layer.biases().length / 2;
      int half = layer.weights().length / 2;
      var first =
          new FloatLayer(
              Arrays.copyOf(layer.weights(), half), Arrays.copyOf(layer.biases(), outputs));
      IntegerLayer rounded = round(first, scale, activationScale, inputs, offset);
      if (rounded == null) {
        return null;
      }
      int[] weights = Arrays.copyOf(rounded.weights, 2 * half);
      System.arraycopy(rounded.weights, 0, weights, half, half);
      int[] biases = Arrays.copyOf(rounded.biases, 2 * outputs);
      for (int i = 0; i < outputs; i++) {
        long bias = biases[i] - ((long) steps << shift);
        if (bias != (int) bias) {
          return null;
        }
        biases[outputs + i] = (int) bias;
      }
      Bounds bounds = IntervalAnalysis.ofLayer(weights, biases, inputs);
      return bounds == null || !IntervalAnalysis.withinLimits(bounds, false)
          ? null
          : new IntegerLayer(weights, biases, Math.scalb((double) steps, shift), bounds);
    }

    /**
     * The layer with the greatest scale that cannot overflow, or null if that leaves too few
     * levels.
     *
     * @param activationScale what the layer's inputs are multiplied by
     * @param offset added to the biases
     */
    private @Nullable IntegerLayer fit(int l, double activationScale, Bounds inputs, int offset) {
      FloatLayer layer = network.layers().get(l);
      boolean head = l == network.layers().size() - 1;
      boolean logits = head && network.readout() == Readout.ARGMAX;
      double limit = logits ? IntervalAnalysis.LOGIT_LIMIT : IntervalAnalysis.VALUE_LIMIT;
      int width = inputs.least().length;
      double reach = 0;
      double greatestWeight = 0;
      for (int i = 0; i < layer.biases().length; i++) {
        double low = layer.biases()[i] * activationScale;
        double high = low;
        for (int j = 0, at = i * width; j < width; j++, at++) {
          double weight = layer.weights()[at];
          greatestWeight = Math.max(greatestWeight, Math.abs(weight));
          double one = weight * inputs.least()[j];
          double other = weight * inputs.greatest()[j];
          low += Math.min(one, other);
          high += Math.max(one, other);
        }
        reach = Math.max(reach, Math.max(Math.abs(low), Math.abs(high)));
      }
      // A layer of zeros needs no scale; integers themselves must fit into 32 bits too.
      double scale = reach == 0 ? 1 : (limit - offset) / reach;
      if (greatestWeight > 0) {
        scale = Math.min(scale, Integer.MAX_VALUE / greatestWeight);
      }
      if (head && network.readout() == Readout.LINEAR) {
        // A power of two over all, so that outputs are plain fixed-point numbers.
        scale = Math.scalb(1.0, Math.getExponent(scale * activationScale)) / activationScale;
      }
      if (!Double.isFinite(scale) || scale * activationScale == 0) {
        return null;
      }
      for (int attempt = 0; attempt < 24; attempt++) {
        if (greatestWeight > 0 && greatestWeight * scale < LEAST_LEVELS) {
          return null;
        }
        IntegerLayer rounded = round(layer, scale, activationScale, inputs, offset);
        if (rounded != null && IntervalAnalysis.withinLimits(rounded.bounds, logits)) {
          return rounded;
        }
        // Rounding has carried a sum over the limit: step back by a little.
        scale *=
            head && network.readout() == Readout.LINEAR
                ? 0.5
                : 1 - Math.scalb(1.0, attempt / 2 - 12);
        if (scale <= 0) {
          return null;
        }
      }
      return null;
    }

    private static @Nullable IntegerLayer round(
        FloatLayer layer, double scale, double activationScale, Bounds inputs, int offset) {
      int[] weights = new int[layer.weights().length];
      int[] biases = new int[layer.biases().length];
      for (int i = 0; i < weights.length; i++) {
        weights[i] = Math.toIntExact(Math.round(layer.weights()[i] * scale));
      }
      for (int i = 0; i < biases.length; i++) {
        long bias = Math.round(layer.biases()[i] * scale * activationScale) + offset;
        if (bias != (int) bias) {
          return null;
        }
        biases[i] = (int) bias;
      }
      Bounds bounds = IntervalAnalysis.ofLayer(weights, biases, inputs);
      return bounds == null
          ? null
          : new IntegerLayer(weights, biases, scale * activationScale, bounds);
    }

    /** Square distance of the next layer's values from the real network's, over all samples. */
    private double error(IntegerLayer layer, int shift, IntegerLayer next, List<double[]> wanted) {
      double sum = 0;
      for (int n = 0; n < wanted.size(); n++) {
        long[] values = preActivations(layer.weights, layer.biases, integer.get(n));
        long[] z = preActivations(next.weights, next.biases, Quantisation.activated(values, shift));
        for (int i = 0; i < z.length; i++) {
          double distance = z[i] / next.scale - wanted.get(n)[i];
          sum += distance * distance;
        }
      }
      return sum;
    }

    private static double[] activated(FloatLayer layer, double[] activations) {
      return FloatNetwork.activated(FloatNetwork.preActivations(layer, activations));
    }

    /** The shift that brings outputs to {@link #LINEAR_FRACTION_BITS}, as far as shifts go. */
    private static int linearShift(double scale) {
      return Math.clamp(Math.getExponent(scale) - LINEAR_FRACTION_BITS, 0, GREATEST_SHIFT);
    }

    private StrategyRefusedException tooWide(int l) {
      return new StrategyRefusedException(
          "Layer %d of the network is too wide for exact 31-bit sums: within the declared feature ranges fewer than %d levels would remain for its weights%s."
              .formatted(l + 1, LEAST_LEVELS, cause(l)));
    }

    /** What takes up the bits: one bias, one input, or the layer as a whole. */
    private String cause(int l) {
      FloatLayer layer = network.layers().get(l);
      int width = layer.weights().length / layer.biases().length;
      double greatestBias = 0;
      int ofBias = 0;
      double[] reaches = new double[width];
      double greatestReach = 0;
      int outputs = l == cut ? layer.biases().length / 2 : layer.biases().length;
      for (int i = 0; i < outputs; i++) {
        if (Math.abs(layer.biases()[i]) > greatestBias) {
          greatestBias = Math.abs(layer.biases()[i]);
          ofBias = i;
        }
        double sum = 0;
        for (int j = 0; j < width; j++) {
          double reach = Math.abs(layer.weights()[i * width + j]) * reachOf(l, j);
          reaches[j] = Math.max(reaches[j], reach);
          sum += reach;
        }
        greatestReach = Math.max(greatestReach, sum);
      }
      if (greatestBias > 16 * greatestReach) {
        return ", for the bias of its output %d is far beyond all that its inputs add: take it out, or train with weight decay on the biases too"
            .formatted(ofBias);
      }
      for (int j = 0; l == 0 && width > 1 && j < width; j++) {
        double one = reaches[j];
        if (Arrays.stream(reaches).filter(r -> r > one / 16).count() == 1) {
          return ", for the input \"%s\" reaches far beyond the others: narrow its range, or give it in larger units"
              .formatted(Printable.line(features.features().get(j).name()));
        }
      }
      return "; make the network or the feature ranges narrower, or train with weight decay";
    }

    /** The greatest magnitude of an input of layer l on the samples, or by its range. */
    private double reachOf(int l, int j) {
      if (l == 0) {
        Feature feature = features.features().get(j);
        return Math.max(Math.abs((double) feature.min()), Math.abs((double) feature.max()));
      }
      return real.stream().mapToDouble(a -> j < a.length ? Math.abs(a[j]) : 0).max().orElse(0);
    }
  }
}
