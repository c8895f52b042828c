package org.probity.zk;

import java.util.ArrayList;
import java.util.Arrays;

/**
 * A prover's inference, written anew from docs/protocol.md, sections 2 and 4: honest as it stands;
 * a lie overrides one step, and everything after it follows from the lie.
 */
class Inference {
  private static final long OFFSET = 1L << 31;

  final Network network;
  final FeatureVector features;
  final Layout layout;

  Inference(Network network, FeatureVector features) {
    this.network = network;
    this.features = features;
    layout = network.architecture().layout();
  }

  /** z of one neuron; layers count from 1. */
  long preActivation(int layer, int neuron, long honest) {
    return honest;
  }

  /** a of one hidden neuron. */
  long activation(int layer, int neuron, long z, long honest) {
    return honest;
  }

  Decision decision(Decision honest) {
    return honest;
  }

  /** The last word on bits and activations. */
  void edit(Witness witness) {}

  /** The index of a neuron in the witness. */
  final int slot(int layer, int neuron) {
    return layout.neurons(layer).at() + neuron;
  }

  final Witness witness() {
    var values = new ArrayList<long[]>();
    var activations = new ArrayList<long[]>();
    var input = new long[features.size()];
    Arrays.setAll(input, features::get);
    for (int l = 1; l <= layout.layers; l++) {
      var layer = network.layers().get(l - 1);
      var z = new long[layer.outputs()];
      var a = new long[layer.outputs()];
      for (int i = 0; i < z.length; i++) {
        long sum = layer.bias(i);
        for (int j = 0; j < input.length; j++) {
          sum += layer.weight(i * input.length + j) * input[j];
        }
        z[i] = preActivation(l, i, sum);
        a[i] = activation(l, i, z[i], z[i] < 0 ? 0 : z[i] >> layout.shift(l));
      }
      values.add(z);
      activations.add(a);
      input = a;
    }

    var witness = new Witness(decision(network.decision(values.getLast())), layout);
    for (int l = 1; l <= layout.layers; l++) {
      var z = values.get(l - 1);
      boolean head = layout.isArgmaxHead(l);
      for (int i = 0; i < 1 << layout.logWidth[l]; i++) {
        long value = i < z.length ? z[i] : head ? Network.PADDING_LOGIT : 0;
        int y = head ? witness.decision.words()[0] : 0;
        value = head ? z[y] - value - (i < y ? 1 : 0) : value + OFFSET;
        for (int bit = 0; bit < Layout.BITS; bit++) {
          witness.bits[Layout.BITS * slot(l, i) + bit] = value >>> bit & 1;
        }
        long magnitude = (value & OFFSET) == 0 ? 0 : (value & (OFFSET - 1)) >> layout.shift(l);
        boolean hidden = l < layout.layers && i < z.length;
        witness.activations[slot(l, i)] = hidden ? activations.get(l - 1)[i] : magnitude;
      }
    }
    edit(witness);
    return witness;
  }
}
