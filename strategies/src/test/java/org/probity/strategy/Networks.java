package org.probity.strategy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.probity.strategy.FeatureDefinition.Feature;
import org.probity.strategy.FloatNetwork.FloatLayer;
import org.probity.strategy.Quantisation.Quantised;
import org.probity.zk.Architecture;
import org.probity.zk.Dense;
import org.probity.zk.FeatureVector;
import org.probity.zk.Layer;
import org.probity.zk.Network;
import org.probity.zk.Readout;

/** Networks and feature vectors for tests, drawn from a seed. */
final class Networks {

  private Networks() {}

  static FloatNetwork random(Random random, int inputs, List<Integer> widths, Readout readout) {
    var layers = new ArrayList<FloatLayer>();
    int width = inputs;
    for (int outputs : widths) {
      double deviation = Math.sqrt(2.0 / width) * Math.scalb(1.0, random.nextInt(12) - 6);
      double[] weights = random.doubles((long) outputs * width, -deviation, deviation).toArray();
      double[] biases = random.doubles(outputs, -1, 1).toArray();
      layers.add(new FloatLayer(weights, biases));
      width = outputs;
    }
    return new FloatNetwork(inputs, layers, readout);
  }

  /** Ranges of all sizes, some of them beside zero, some a single value. */
  static FeatureDefinition ranges(Random random, int inputs) {
    var features = new ArrayList<Feature>();
    for (int j = 0; j < inputs; j++) {
      int reach = 1 << random.nextInt(17);
      int least = random.nextInt(2 * reach) - reach;
      features.add(new Feature("x" + j, "", least, least + random.nextInt(2 * reach)));
    }
    return new FeatureDefinition(features);
  }

  /** Uniform in the ranges, or at one end of each. */
  static List<FeatureVector> vectors(Random random, FeatureDefinition features, int count) {
    var vectors = new ArrayList<>(AgreementReport.extremes(features, count / 2));
    while (vectors.size() < count) {
      int[] x = new int[features.size()];
      for (int j = 0; j < x.length; j++) {
        Feature feature = features.features().get(j);
        x[j] = (int) random.nextLong(feature.min(), feature.max() + 1L);
      }
      vectors.add(FeatureVector.of(x));
    }
    return vectors;
  }

  /** One layer of integers. */
  static Network single(Readout readout, int shift, int[] weights, int[] biases) {
    return new Network(
        new Architecture(
            weights.length / biases.length, List.of(new Layer(biases.length, shift)), readout, 0),
        List.of(new Dense(weights, biases)));
  }

  /**
   * A definition without meaning, for networks that come with ranges only: every input lies in the
   * same range.
   */
  static FeatureDefinition uniform(int count, int min, int max) {
    var features = new ArrayList<Feature>();
    for (int i = 0; i < count; i++) {
      features.add(new Feature("x" + i, "", min, max));
    }
    return new FeatureDefinition(features);
  }

  /** Quantised with sample vectors spread over the declared ranges. */
  static Quantised quantise(FloatNetwork network, FeatureDefinition features) {
    return Quantisation.quantise(
        network, features, Quantisation.spread(features, Quantisation.MOST_SAMPLES));
  }
}
