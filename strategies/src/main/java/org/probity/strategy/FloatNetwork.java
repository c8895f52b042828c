package org.probity.strategy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.probity.zk.Decision;
import org.probity.zk.FeatureVector;
import org.probity.zk.Readout;

/**
 * A trained network before quantisation: dense layers with ReLU between them, in double precision,
 * on the raw integer features (any scaling of the inputs is part of the first layer). Its weights
 * are private: {@link #toString} shows shapes only.
 */
public final class FloatNetwork {

  /** The most layers that a model key can describe. */
  static final int MOST_LAYERS = 32;

  /** The most neurons of a layer that a model key can describe. */
  static final int MOST_NEURONS = 65_536;

  /**
   * One dense layer.
   *
   * @param weights row-major, {@code weights[i * inputs + j]} from input j to output i
   * @param biases one for each output
   */
  @SuppressWarnings(
      "ArrayRecordComponent") // compared by identity only, and copied in and out by FloatNetwork
  public record FloatLayer(double[] weights, double[] biases) {
    @Override
    public String toString() {
      return "FloatLayer[" + biases.length + " outputs, " + weights.length + " weights]";
    }
  }

  private final int inputs;
  private final List<FloatLayer> layers;
  private final Readout readout;

  /**
   * A network of the given layers.
   *
   * @throws StrategyRefusedException if shapes do not chain, or a number is not finite
   */
  public FloatNetwork(int inputs, List<FloatLayer> layers, Readout readout) {
    if (inputs < 1 || inputs > FeatureDefinition.MOST_FEATURES) {
      throw new StrategyRefusedException(
          "A network needs 1 to %d inputs, not %d."
              .formatted(FeatureDefinition.MOST_FEATURES, inputs));
    }
    if (layers.isEmpty() || layers.size() > MOST_LAYERS) {
      throw new StrategyRefusedException(
          "A network needs 1 to %d layers, not %d: only dense layers with ReLU between them can be proven."
              .formatted(MOST_LAYERS, layers.size()));
    }
    var copies = new ArrayList<FloatLayer>();
    int width = inputs;
    for (int l = 0; l < layers.size(); l++) {
      FloatLayer layer = layers.get(l);
      int outputs = layer.biases().length;
      if (outputs < 1 || outputs > MOST_NEURONS) {
        throw new StrategyRefusedException(
            "Layer %d has %d outputs: a layer needs 1 to %d of them."
                .formatted(l + 1, outputs, MOST_NEURONS));
      }
      if (layer.weights().length != (long) outputs * width) {
        throw new StrategyRefusedException(
            "Layer %d has %d weights for %d inputs and %d outputs: it needs %d, one row of %d for each output."
                .formatted(
                    l + 1, layer.weights().length, width, outputs, (long) outputs * width, width));
      }
      requireFinite(layer.weights(), l, "weight");
      requireFinite(layer.biases(), l, "bias");
      copies.add(new FloatLayer(layer.weights().clone(), layer.biases().clone()));
      width = outputs;
    }
    this.inputs = inputs;
    this.layers = List.copyOf(copies);
    this.readout = readout;
  }

  private static void requireFinite(double[] values, int layer, String what) {
    for (int i = 0; i < values.length; i++) {
      if (!Double.isFinite(values[i])) {
        throw new StrategyRefusedException(
            "Layer %d: %s %d is not a finite number: the training diverged or the file is damaged; train or export again."
                .formatted(layer + 1, what, i));
      }
    }
  }

  /** Number of inputs. */
  public int inputs() {
    return inputs;
  }

  /** The head. */
  public Readout readout() {
    return readout;
  }

  /** Outputs of each layer, the head's last. */
  public List<Integer> widths() {
    return layers.stream().map(layer -> layer.biases().length).toList();
  }

  /** Number of weights and biases. */
  public long parameters() {
    return layers.stream().mapToLong(l -> (long) l.weights().length + l.biases().length).sum();
  }

  /**
   * The same with each output cut to [0, 1], by a layer more: {@code max(z, 0) - max(z - 1, 0)}.
   * The last layer but one has a row for each {@code z}, then one for each {@code z - 1}.
   */
  FloatNetwork cut() {
    FloatLayer head = layers.getLast();
    int outputs = head.biases().length;
    double[] weights = Arrays.copyOf(head.weights(), 2 * head.weights().length);
    System.arraycopy(head.weights(), 0, weights, head.weights().length, head.weights().length);
    double[] biases = Arrays.copyOf(head.biases(), 2 * outputs);
    double[] difference = new double[2 * outputs * outputs];
    for (int i = 0; i < outputs; i++) {
      biases[outputs + i] = biases[i] - 1;
      difference[2 * outputs * i + i] = 1;
      difference[2 * outputs * i + outputs + i] = -1;
    }
    var all = new ArrayList<>(layers.subList(0, layers.size() - 1));
    all.add(new FloatLayer(weights, biases));
    all.add(new FloatLayer(difference, new double[outputs]));
    return new FloatNetwork(inputs, all, readout);
  }

  /** The layers themselves, without copies: not to be written to. */
  List<FloatLayer> layers() {
    return layers;
  }

  /** The head's values before its readout: logits, or the outputs of a linear head. */
  public double[] outputs(FeatureVector features) {
    if (features.size() != inputs) {
      throw new IllegalArgumentException(
          "The network takes %d features, not %d.".formatted(inputs, features.size()));
    }
    double[] activations = Arrays.stream(features.toArray()).asDoubleStream().toArray();
    for (int l = 0; l < layers.size(); l++) {
      activations = preActivations(layers.get(l), l == 0 ? activations : activated(activations));
    }
    return activations;
  }

  /** Index of the greatest output, the lowest index on a tie. */
  public Decision.Choice choose(FeatureVector features) {
    return new Decision.Choice(greatestAt(outputs(features)));
  }

  /** Where the greatest output is, the first of equal ones: what an argmax head decides. */
  static int greatestAt(double[] outputs) {
    int best = 0;
    for (int i = 1; i < outputs.length; i++) {
      best = outputs[i] > outputs[best] ? i : best;
    }
    return best;
  }

  /** max(z, 0), in place. */
  static double[] activated(double[] z) {
    for (int i = 0; i < z.length; i++) {
      z[i] = Math.max(z[i], 0);
    }
    return z;
  }

  /** W a + b. */
  static double[] preActivations(FloatLayer layer, double[] activations) {
    double[] result = layer.biases().clone();
    int width = activations.length;
    for (int i = 0; i < result.length; i++) {
      double sum = 0;
      for (int j = 0, at = i * width; j < width; j++, at++) {
        sum += layer.weights()[at] * activations[j];
      }
      result[i] += sum;
    }
    return result;
  }

  @Override
  public String toString() {
    return "FloatNetwork[" + inputs + " -> " + widths() + ", " + readout + "]";
  }
}
