package org.probity.zk;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A private network in exact integers, and the reference for what is proven: {@code z_l =
 * W_l·a_{l-1} + b_l}, hidden {@code a_l = max(z_l, 0) >> shift_l}, then the readout
 * (docs/protocol.md, section 2).
 */
public final class Network {
  /** Bias of an ARGMAX head's padding outputs: real logits must stay above it. */
  static final int PADDING_LOGIT = -(1 << 30);

  private static final long LIMIT = 1L << 31;

  private final Architecture architecture;
  private final List<Dense> layers;

  /**
   * A network of these layers.
   *
   * @throws IllegalArgumentException if the layers' sizes are not the architecture's
   */
  public Network(Architecture architecture, List<Dense> layers) {
    this.architecture = architecture;
    this.layers = List.copyOf(layers);
    if (layers.size() != architecture.layers().size()) {
      throw new IllegalArgumentException(
          "The architecture has %d layers, but %d are given"
              .formatted(architecture.layers().size(), layers.size()));
    }
    int inputs = architecture.inputs();
    for (int l = 0; l < layers.size(); l++) {
      int width = architecture.layers().get(l).width();
      var layer = layers.get(l);
      if (layer.outputs() != width || layer.parameters() != (long) width * (inputs + 1)) {
        throw new IllegalArgumentException(
            "Layer %d must have %d biases and %dx%d weights"
                .formatted(l + 1, width, width, inputs));
      }
      inputs = width;
    }
  }

  public Architecture architecture() {
    return architecture;
  }

  public List<Dense> layers() {
    return layers;
  }

  /**
   * What the network decides.
   *
   * @throws IllegalArgumentException if the number of features is not the number of inputs
   * @throws ArithmeticException if a value leaves its range: such a network cannot be proven on
   *     these features
   */
  public Decision decide(FeatureVector features) {
    return decision(evaluate(features).getLast());
  }

  /** The values {@code z_l} before activation, layer by layer. */
  List<long[]> evaluate(FeatureVector features) {
    if (features.size() != architecture.inputs()) {
      throw new IllegalArgumentException(
          "The network has %d inputs, but %d features are given"
              .formatted(architecture.inputs(), features.size()));
    }
    var values = new ArrayList<long[]>();
    var input = Arrays.stream(features.toArray()).asLongStream().toArray();
    for (int l = 0; l < layers.size(); l++) {
      var z = apply(layers.get(l), input, l + 1);
      values.add(z);
      Arrays.fill(input, 0);
      input = new long[z.length];
      int shift = architecture.layers().get(l).shift();
      for (int i = 0; i < z.length; i++) {
        input[i] = Math.max(z[i], 0) >> shift;
      }
    }
    return values;
  }

  private static long[] apply(Dense layer, long[] input, int number) {
    long[] z;
    try {
      z = layer.apply(input);
    } catch (ArithmeticException e) {
      throw outOfRange(number);
    }
    for (long sum : z) {
      if (sum <= -LIMIT || sum >= LIMIT) {
        throw outOfRange(number);
      }
    }
    return z;
  }

  private static ArithmeticException outOfRange(int layer) {
    return new ArithmeticException(
        "A value of layer %d leaves (-2^31, 2^31): the features exceed the model's range"
            .formatted(layer));
  }

  Decision decision(long[] last) {
    return architecture.decision(last);
  }

  /** The network's shape only: its integers are secret. */
  @Override
  public String toString() {
    return "Network[" + architecture + "]";
  }
}
