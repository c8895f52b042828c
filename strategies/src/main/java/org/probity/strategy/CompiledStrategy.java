package org.probity.strategy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.probity.strategy.FeatureDefinition.Feature;
import org.probity.zk.Architecture;
import org.probity.zk.Decision;
import org.probity.zk.Dense;
import org.probity.zk.FeatureVector;
import org.probity.zk.Network;
import org.probity.zk.Readout;

/**
 * The network laid out for one decision after another, where each depends on what the one before
 * did: for backtests. Its decisions are those of {@link DjlStrategy} and of the network itself, bit
 * for bit.
 *
 * <p>Sums are kept in 32 bits and may wrap on the way. That is exact: additions and products modulo
 * 2^32 do not depend on their order, and {@link IntervalAnalysis} has shown that every finished sum
 * lies within (-2^31, 2^31). Weights lie input by input, so that the inner loop runs over outputs,
 * which the compiler turns into vector lanes; inputs that ReLU has set to zero are passed over.
 *
 * <p>Has scratch space of its own: one for each thread.
 */
public final class CompiledStrategy implements Strategy {

  private final FeatureDefinition features;
  private final Architecture architecture;
  private final int[] least;
  private final int[] greatest;

  /** For each layer the weights of input 0, of input 1, and so on. */
  private final List<int[][]> columns = new ArrayList<>();

  private final List<int[]> biases = new ArrayList<>();
  private final List<int[]> values = new ArrayList<>();

  /**
   * Lays out a network.
   *
   * @throws StrategyRefusedException if the network could overflow within the ranges of the
   *     features
   */
  public CompiledStrategy(Network network, FeatureDefinition features) {
    IntervalAnalysis.require(network, features);
    this.features = features;
    this.architecture = network.architecture();
    this.least = features.features().stream().mapToInt(Feature::min).toArray();
    this.greatest = features.features().stream().mapToInt(Feature::max).toArray();
    int inputs = architecture.inputs();
    values.add(new int[inputs]);
    for (Dense layer : network.layers()) {
      int[] offsets = layer.biases();
      columns.add(transposed(layer.weights(), offsets.length, inputs));
      biases.add(offsets);
      values.add(new int[offsets.length]);
      inputs = offsets.length;
    }
  }

  private static int[][] transposed(int[] rows, int outputs, int inputs) {
    int[][] turned = new int[inputs][outputs];
    for (int i = 0; i < outputs; i++) {
      for (int j = 0; j < inputs; j++) {
        turned[j][i] = rows[i * inputs + j];
      }
    }
    return turned;
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if a feature lies outside of its declared range, where
   *     exactness is not guaranteed
   */
  @Override
  public Decision decide(FeatureVector vector) {
    read(vector);
    int last = columns.size() - 1;
    for (int l = 0; l <= last; l++) {
      multiply(values.get(l), columns.get(l), biases.get(l), values.get(l + 1));
      if (l < last) {
        activate(values.get(l + 1), architecture.layers().get(l).shift());
      }
    }
    return decision(values.getLast());
  }

  private void read(FeatureVector vector) {
    int[] input = values.getFirst();
    boolean fits = vector.size() == input.length;
    for (int j = 0; fits && j < input.length; j++) {
      int value = vector.get(j);
      input[j] = value;
      fits = value >= least[j] && value <= greatest[j];
    }
    if (!fits) {
      throw new IllegalArgumentException(features.violation(vector).orElseThrow());
    }
  }

  private static void multiply(int[] input, int[][] columns, int[] biases, int[] output) {
    System.arraycopy(biases, 0, output, 0, output.length);
    for (int j = 0; j < input.length; j++) {
      if (input[j] != 0) {
        addColumn(output, columns[j], input[j]);
      }
    }
  }

  /** One index for both arrays, or the compiler would take them for one that overlaps. */
  private static void addColumn(int[] output, int[] column, int factor) {
    for (int i = 0; i < output.length; i++) {
      output[i] += factor * column[i];
    }
  }

  private static void activate(int[] values, int shift) {
    for (int i = 0; i < values.length; i++) {
      values[i] = Math.max(values[i], 0) >> shift;
    }
  }

  private Decision decision(int[] last) {
    if (architecture.readout() == Readout.ARGMAX) {
      int best = 0;
      for (int i = 1; i < last.length; i++) {
        best = last[i] > last[best] ? i : best;
      }
      return new Decision.Choice(best);
    }
    int shift = architecture.layers().getLast().shift();
    return new Decision.Outputs(Arrays.stream(last).map(v -> v >> shift).boxed().toList());
  }

  /** Shapes only: the weights are private. */
  @Override
  public String toString() {
    return "CompiledStrategy[" + architecture + "]";
  }
}
