package org.probity.zk;

/**
 * The public shape of one dense layer.
 *
 * @param width number of outputs, 1 to 65536
 * @param shift right shift after the layer, 0 to 30: of the ReLU's result in a hidden layer, of the
 *     output of a {@link Readout#LINEAR} network; 0 in the last layer of an {@link Readout#ARGMAX}
 *     network
 */
public record Layer(int width, int shift) {
  static final int MAX_WIDTH = 1 << 16;
  static final int MAX_SHIFT = 30;

  public Layer {
    if (width < 1 || width > MAX_WIDTH) {
      throw new IllegalArgumentException(
          "A layer has 1 to %d outputs, not %d".formatted(MAX_WIDTH, width));
    }
    if (shift < 0 || shift > MAX_SHIFT) {
      throw new IllegalArgumentException(
          "A layer's shift is 0 to %d, not %d".formatted(MAX_SHIFT, shift));
    }
  }
}
