package org.probity.strategy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.probity.zk.Architecture;
import org.probity.zk.Decision;
import org.probity.zk.Dense;
import org.probity.zk.FeatureVector;
import org.probity.zk.Network;

/**
 * The network on PyTorch, through DJL, in exactly the integers that the prover proves: 64-bit
 * matrix products on the CPU, which PyTorch computes without rounding. The shift divides by a power
 * of two in float64 and rounds down: exact too, since every value is below 2^31.
 *
 * <p>Safe to share between threads. Holds native memory until closed.
 */
public final class DjlStrategy implements Strategy, AutoCloseable {

  /**
   * Vectors in one matrix product: enough to use the processor well, little enough to stay in its
   * cache.
   */
  private static final int BATCH = 2048;

  private final FeatureDefinition features;
  private final Architecture architecture;
  private final NDManager manager;
  private final List<NDArray> weights = new ArrayList<>();
  private final List<NDArray> biases = new ArrayList<>();

  /**
   * Loads a network into PyTorch.
   *
   * @throws StrategyRefusedException if the network could overflow within the ranges of the
   *     features
   */
  public DjlStrategy(Network network, FeatureDefinition features) {
    IntervalAnalysis.require(network, features);
    this.features = features;
    this.architecture = network.architecture();
    this.manager = Torch.newManager();
    int width = architecture.inputs();
    for (Dense layer : network.layers()) {
      long[] offsets = widen(layer.biases());
      weights.add(
          manager.create(widen(layer.weights()), new Shape(offsets.length, width)).transpose());
      biases.add(manager.create(offsets));
      width = offsets.length;
    }
  }

  @Override
  public Decision decide(FeatureVector vector) {
    return decideAll(List.of(vector)).getFirst();
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if a feature lies outside of its declared range, where
   *     exactness is not guaranteed
   */
  @Override
  public List<Decision> decideAll(List<FeatureVector> vectors) {
    var decisions = new ArrayList<Decision>(vectors.size());
    for (int from = 0; from < vectors.size(); from += BATCH) {
      List<FeatureVector> batch = vectors.subList(from, Math.min(from + BATCH, vectors.size()));
      long[] outputs = outputs(batch);
      int width = outputs.length / batch.size();
      for (int n = 0; n < batch.size(); n++) {
        decisions.add(
            architecture.decision(Arrays.copyOfRange(outputs, n * width, (n + 1) * width)));
      }
    }
    return decisions;
  }

  /** The last layer's values before the readout, a row for each vector. */
  private long[] outputs(List<FeatureVector> batch) {
    int inputs = architecture.inputs();
    long[] x = new long[batch.size() * inputs];
    for (int n = 0; n < batch.size(); n++) {
      FeatureVector vector = batch.get(n);
      features
          .violation(vector)
          .ifPresent(reason -> {
            throw new IllegalArgumentException(reason);
          });
      for (int j = 0; j < inputs; j++) {
        x[n * inputs + j] = vector.get(j);
      }
    }
    // Every intermediate array belongs to this scope and is freed at its end.
    try (NDManager scope = manager.newSubManager()) {
      NDArray activations = scope.create(x, new Shape(batch.size(), inputs));
      int last = weights.size() - 1;
      for (int l = 0; l < last; l++) {
        NDArray values = activations.matMul(weights.get(l)).add(biases.get(l));
        activations = shifted(values.maximum(0L), architecture.layers().get(l).shift());
      }
      return activations.matMul(weights.get(last)).add(biases.get(last)).toLongArray();
    }
  }

  private static NDArray shifted(NDArray values, int shift) {
    if (shift == 0) {
      return values;
    }
    return values
        .toType(DataType.FLOAT64, true)
        .mul(Math.scalb(1.0, -shift))
        .floor()
        .toType(DataType.INT64, true);
  }

  private static long[] widen(int[] values) {
    return Arrays.stream(values).asLongStream().toArray();
  }

  /** Native arrays held now: the weights and biases, and nothing else between two calls. */
  int heldArrays() {
    return manager.getManagedArrays().size();
  }

  /** Frees the native memory. */
  @Override
  public void close() {
    manager.close();
  }

  /** Shapes only: the weights are private. */
  @Override
  public String toString() {
    return "DjlStrategy[" + architecture + "]";
  }
}
