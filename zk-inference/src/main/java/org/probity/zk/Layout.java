package org.probity.zk;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Where everything stands in the committed vectors, derived from the architecture alone
 * (docs/protocol.md, section 3). Layers count from 1, as in the protocol; index 0 of {@link
 * #logWidth} is the inputs.
 */
final class Layout {
  /** Bits of one neuron. */
  static final int BITS = 32;

  static final int LOG_BITS = 5;

  private final List<Layer> shape;
  private final boolean argmax;
  final int layers;
  final int logRows;

  /** {@code n_l}: base-2 logarithm of layer l's padded width. */
  final int[] logWidth;

  /** Neurons, and weights and biases in a model row, of every layer. */
  private final List<Slice> neurons;

  private final List<Slice> rows;

  /** K, w, ν, n. */
  final int logNeurons;

  final int logRow;
  final int outputVariables;
  final int innerVariables;

  /** e: the mask block stands at 2^e in the aux vector. */
  final int logMaskOffset;

  final MaskBlock masks;

  /** ℓ. */
  final int logSize;

  Layout(int inputs, List<Layer> shape, Readout readout, int logRows) {
    this.shape = shape;
    this.argmax = readout == Readout.ARGMAX;
    this.layers = shape.size();
    this.logRows = logRows;
    logWidth = new int[layers + 1];
    logWidth[0] = log(inputs);
    for (int l = 1; l <= layers; l++) {
      logWidth[l] = Math.max(log(shape.get(l - 1).width()), Math.max(logRows, 1));
    }

    var neuronSlots = new int[layers];
    var rowSlots = new int[2 * layers];
    for (int l = 1; l <= layers; l++) {
      neuronSlots[l - 1] = logWidth[l];
      rowSlots[l - 1] = logWidth[l] - logRows + logWidth[l - 1];
      rowSlots[layers + l - 1] = logWidth[l] - logRows;
    }
    neurons = slots(Slice.Vector.AUX, neuronSlots);
    rows = slots(Slice.Vector.MODEL, rowSlots);
    logNeurons = logOfSum(neuronSlots);
    logRow = logOfSum(rowSlots);

    int outer = 0;
    int inner = 0;
    for (int l = 1; l <= layers; l++) {
      outer = Math.max(outer, logWidth[l]);
      inner = l < layers ? Math.max(inner, logWidth[l]) : inner;
    }
    outputVariables = outer;
    innerVariables = inner;

    masks = MaskBlock.of(layers, innerVariables, bitVariables());
    logMaskOffset = Math.max(logNeurons, log(masks.count()));
    logSize = Math.max(LOG_BITS + logNeurons, Math.max(logMaskOffset + 1, logRow));
  }

  /** {@code A(O_l+k)}: layer l's activations. */
  Slice neurons(int l) {
    return neurons.get(l - 1);
  }

  /** All activations, and what is unused between them. */
  Slice neurons() {
    return new Slice(Slice.Vector.AUX, 0, logNeurons);
  }

  /** {@code B(O_l+k,i)}: layer l's bits. */
  Slice bits(int l) {
    var slot = neurons(l);
    return new Slice(Slice.Vector.BITS, BITS * slot.start(), LOG_BITS + slot.variables());
  }

  Slice bits() {
    return new Slice(Slice.Vector.BITS, 0, bitVariables());
  }

  /** {@code OW_l}: layer l's weights in a model row. */
  Slice weights(int l) {
    return rows.get(l - 1);
  }

  /** {@code Ob_l}: layer l's biases in a model row. */
  Slice biases(int l) {
    return rows.get(layers + l - 1);
  }

  /** Variables of a committed vector; none for the chosen row where nothing is chosen. */
  int variables(Slice.Vector vector) {
    return switch (vector) {
      case BITS -> bitVariables();
      case AUX -> logMaskOffset + 1;
      case MODEL -> logRow;
      case CHOSEN -> argmax ? logRow : 0;
    };
  }

  /**
   * The shift that the activation of layer l's neurons has; the head's slot uses the first layer's.
   */
  int shift(int l) {
    return shape.get(l < layers ? l - 1 : 0).shift();
  }

  /** The shift of a LINEAR readout. */
  int outputShift() {
    return shape.getLast().shift();
  }

  /** {@code s(k)} for every neuron slot, unused ones too. */
  int[] shifts() {
    var shifts = new int[1 << logNeurons];
    Arrays.fill(shifts, shift(1));
    for (int l = 1; l <= layers; l++) {
      int from = neurons(l).at();
      Arrays.fill(shifts, from, from + neurons(l).size(), shift(l));
    }
    return shifts;
  }

  boolean argmax() {
    return argmax;
  }

  /** Whether layer l is the ARGMAX head, whose rows are differences. */
  boolean isArgmaxHead(int l) {
    return l == layers && argmax();
  }

  /** The model row, {@code y mod R}, that holds the chosen class of an ARGMAX readout. */
  int chosenRow(Decision decision) {
    return decision.words()[0] & ((1 << logRows) - 1);
  }

  boolean isChosenRow(int row, Decision decision) {
    return argmax && row == chosenRow(decision);
  }

  int bitVariables() {
    return LOG_BITS + logNeurons;
  }

  /** Proof points: four first commitments, the folds, two of the batch opening. */
  int points() {
    return 4 + HyperKzg.folds(logSize) + 2;
  }

  int scalars() {
    int product = masks.g1().count() + 2 * (layers - 1);
    int bits = masks.g2().count() + 3;
    int opening = HyperKzg.remaining(logSize) + 1 + HyperKzg.evaluations(logSize);
    return 1 + product + bits + 2 * logSize + opening;
  }

  int proofBytes() {
    return 64 * points() + 32 * scalars();
  }

  /** {@code ceil(log2 value)}. */
  static int log(long value) {
    return 64 - Long.numberOfLeadingZeros(value - 1);
  }

  /** Larger slots first, equal ones in their order: so every slot is aligned to its own size. */
  private static List<Slice> slots(Slice.Vector vector, int[] logs) {
    var slots = new ArrayList<Slice>();
    for (int a = 0; a < logs.length; a++) {
      long start = 0;
      for (int b = 0; b < logs.length; b++) {
        if (logs[b] > logs[a] || (logs[b] == logs[a] && b < a)) {
          start += 1L << logs[b];
        }
      }
      slots.add(new Slice(vector, start, logs[a]));
    }
    return slots;
  }

  private static int logOfSum(int[] logs) {
    return log(Arrays.stream(logs).mapToLong(log -> 1L << log).sum());
  }
}
