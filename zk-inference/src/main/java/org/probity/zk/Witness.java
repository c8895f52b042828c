package org.probity.zk;

import java.util.Arrays;

/**
 * Every private value of one inference, in the slots of docs/protocol.md, section 4: the bits of
 * each neuron and its activation.
 */
final class Witness {
  private static final long OFFSET = 1L << 31;

  final Decision decision;

  /** {@code B(k,i)} at {@code 32k + i}. */
  final long[] bits;

  /** {@code A(k)}. */
  final long[] activations;

  /** A witness of zeros: for {@link #of}, and for tests that fill in a false one. */
  Witness(Decision decision, Layout layout) {
    this.decision = decision;
    bits = new long[1 << layout.bitVariables()];
    activations = new long[1 << layout.logNeurons];
  }

  /**
   * Runs the network.
   *
   * @throws ArithmeticException if a value leaves the range that can be proven
   */
  static Witness of(Network network, FeatureVector features, Layout layout) {
    var values = network.evaluate(features);
    var decision = network.decision(values.getLast());
    var witness = new Witness(decision, layout);
    for (int l = 1; l <= layout.layers; l++) {
      var z = values.get(l - 1);
      for (int i = 0; i < layout.neurons(l).size(); i++) {
        long value = i < z.length ? z[i] : layout.isArgmaxHead(l) ? Network.PADDING_LOGIT : 0;
        if (layout.isArgmaxHead(l) && decision instanceof Decision.Choice(int best)) {
          value = z[best] - value - (i < best ? 1 : 0);
        } else {
          value += OFFSET;
        }
        witness.set(layout.neurons(l).at() + i, value, layout.shift(l));
      }
      Arrays.fill(z, 0);
    }
    return witness;
  }

  /** Overwrites every private value. */
  void clear() {
    Arrays.fill(bits, 0);
    Arrays.fill(activations, 0);
  }

  private void set(int neuron, long value, int shift) {
    if (value >>> Layout.BITS != 0) {
      throw new ArithmeticException("A value needs more than 32 bits");
    }
    for (int i = 0; i < Layout.BITS; i++) {
      bits[Layout.BITS * neuron + i] = value >>> i & 1;
    }
    boolean sign = value >>> 31 != 0;
    activations[neuron] = sign ? (value & (OFFSET - 1)) >>> shift : 0;
  }

  /** S: the sign bit of each neuron. */
  long[] signs() {
    var out = new long[activations.length];
    for (int k = 0; k < out.length; k++) {
      out[k] = bits[Layout.BITS * k + 31];
    }
    return out;
  }

  /** T: the other bits of each neuron, shifted. */
  long[] magnitudes(Layout layout) {
    var out = new long[activations.length];
    var shifts = layout.shifts();
    for (int k = 0; k < out.length; k++) {
      for (int i = shifts[k]; i < 31; i++) {
        out[k] |= bits[Layout.BITS * k + i] << (i - shifts[k]);
      }
    }
    return out;
  }
}
