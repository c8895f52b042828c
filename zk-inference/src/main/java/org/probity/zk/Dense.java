package org.probity.zk;

/** The private integers of one dense layer, {@code z = W·a + b}. */
public final class Dense {
  private final int[] weights;
  private final int[] biases;

  /**
   * A layer of these integers.
   *
   * @param weights row by row: {@code weights[i * inputs + j]} is output i's weight of input j
   * @param biases one for each output
   */
  public Dense(int[] weights, int[] biases) {
    this.weights = weights.clone();
    this.biases = biases.clone();
  }

  /** A copy of the weights, row by row. */
  public int[] weights() {
    return weights.clone();
  }

  /** A copy of the biases. */
  public int[] biases() {
    return biases.clone();
  }

  int outputs() {
    return biases.length;
  }

  long parameters() {
    return (long) weights.length + biases.length;
  }

  int weight(int index) {
    return weights[index];
  }

  int bias(int output) {
    return biases[output];
  }

  /** The layer's shape only: the integers are secret. */
  @Override
  public String toString() {
    return "Dense[" + biases.length + " outputs]";
  }
}
