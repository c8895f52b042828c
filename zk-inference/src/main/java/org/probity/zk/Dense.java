package org.probity.zk;

/** The private integers of one dense layer, {@code z = W·a + b}. */
public final class Dense {
  private final int[] weights;
  private final int[] biases;

  /** The greatest {@code |b_i| + Σ_j |W_ij|} of an output. */
  private final long norm;

  /**
   * A layer of these integers.
   *
   * @param weights row by row: {@code weights[i * inputs + j]} is output i's weight of input j
   * @param biases one for each output
   */
  public Dense(int[] weights, int[] biases) {
    this.weights = weights.clone();
    this.biases = biases.clone();
    int inputs = biases.length == 0 ? 0 : weights.length / biases.length;
    long greatest = 0;
    for (int i = 0; i < biases.length; i++) {
      long sum = Math.abs((long) biases[i]);
      for (int j = 0; j < inputs; j++) {
        sum += Math.abs((long) weights[i * inputs + j]);
      }
      greatest = Math.max(greatest, sum);
    }
    norm = greatest;
  }

  /**
   * {@code z = W·a + b}.
   *
   * @throws ArithmeticException if a sum leaves 64 bits
   */
  long[] apply(long[] input) {
    long greatest = 1;
    for (long a : input) {
      greatest = Math.max(greatest, Math.abs(a));
    }
    boolean exact = Math.multiplyHigh(norm, greatest) == 0 && norm * greatest >= 0;
    var z = new long[biases.length];
    for (int i = 0; i < z.length; i++) {
      long sum = biases[i];
      int row = i * input.length;
      if (exact) {
        for (int j = 0; j < input.length; j++) {
          sum += input[j] * weights[row + j];
        }
      } else {
        for (int j = 0; j < input.length; j++) {
          sum = Math.addExact(sum, Math.multiplyExact(input[j], (long) weights[row + j]));
        }
      }
      z[i] = sum;
    }
    return z;
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
