package org.probity.zk;

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

  /** Degree of a round polynomial in the last variable, which carries the masks of the factors. */
  static final int LAST_DEGREE = 4;

  private final List<Layer> shape;
  private final boolean argmax;
  final int layers;
  final int logRows;

  /** {@code n_l}: base-2 logarithm of layer l's padded width. */
  final int[] logWidth;

  /** {@code O_l}: first neuron of layer l. */
  final long[] neurons;

  /** {@code OW_l}, {@code Ob_l}: first entry of layer l's weights and biases in a model row. */
  final long[] weights;

  final long[] biases;

  /** K, w, ν, n. */
  final int logNeurons;

  final int logRow;
  final int outputVariables;
  final int innerVariables;

  /** e: the mask block stands at 2^e in the aux vector. */
  final int logMaskOffset;

  final int logMasks;
  final int maskCount;

  /** ℓ. */
  final int logSize;

  /** Index, within the mask block, of {@code u_2}, {@code v_2}, g1, {@code w_B}, g2. */
  final int uMasks;

  final int vMasks;
  final int g1Masks;
  final int wMasks;
  final int g2Masks;

  Layout(Architecture architecture) {
    this(
        architecture.inputs(),
        architecture.layers(),
        architecture.readout() == Readout.ARGMAX,
        architecture.logRows());
  }

  /** ℓ of a shape that may be too large to be an {@link Architecture}. */
  static int logSize(int inputs, List<Layer> shape, int logRows) {
    return new Layout(inputs, shape, true, logRows).logSize;
  }

  private Layout(int inputs, List<Layer> shape, boolean argmax, int logRows) {
    this.shape = shape;
    this.argmax = argmax;
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
    neurons = shifted(offsets(neuronSlots), 0);
    weights = shifted(offsets(rowSlots), 0);
    biases = shifted(offsets(rowSlots), layers);
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

    uMasks = 0;
    vMasks = layers - 1;
    g1Masks = 2 * (layers - 1);
    wMasks = g1Masks + (layers > 1 ? 1 + 2 * (inner - 1) + LAST_DEGREE : 0);
    g2Masks = wMasks + 3;
    maskCount = g2Masks + 1 + 2 * (LOG_BITS + logNeurons - 1) + LAST_DEGREE;
    logMasks = log(maskCount);
    logMaskOffset = Math.max(logNeurons, logMasks);
    logSize = Math.max(LOG_BITS + logNeurons, Math.max(logMaskOffset + 1, logRow));
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
    java.util.Arrays.fill(shifts, shift(1));
    for (int l = 1; l <= layers; l++) {
      int from = (int) neurons[l];
      java.util.Arrays.fill(shifts, from, from + (1 << logWidth[l]), shift(l));
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

  /** Base-2 logarithm of the outputs of layer l in one model row. */
  int logRowWidth(int l) {
    return logWidth[l] - logRows;
  }

  int auxVariables() {
    return logMaskOffset + 1;
  }

  int bitVariables() {
    return LOG_BITS + logNeurons;
  }

  /** Degree of round t (counting from 1) of a sumcheck with the given number of rounds. */
  static int degree(int round, int rounds) {
    return round == rounds ? LAST_DEGREE : 2;
  }

  /** Proof points: four first commitments, the folds, two of the batch opening. */
  int points() {
    return 4 + HyperKzg.folds(logSize) + 2;
  }

  int scalars() {
    int product = layers > 1 ? 1 + 2 * (innerVariables - 1) + LAST_DEGREE + 2 * (layers - 1) : 0;
    int bits = 1 + 2 * (bitVariables() - 1) + LAST_DEGREE + 3;
    int opening = HyperKzg.remaining(logSize) + 1 + HyperKzg.evaluations(logSize);
    return 1 + product + bits + 2 * logSize + opening;
  }

  /** The proof's length in bytes. */
  int proofBytes() {
    return 64 * points() + 32 * scalars();
  }

  /** {@code ceil(log2 value)}. */
  static int log(long value) {
    return 64 - Long.numberOfLeadingZeros(value - 1);
  }

  /** Larger slots first, equal ones in their order: so every slot is aligned to its own size. */
  private static long[] offsets(int[] logs) {
    var offsets = new long[logs.length];
    for (int a = 0; a < logs.length; a++) {
      for (int b = 0; b < logs.length; b++) {
        if (logs[b] > logs[a] || (logs[b] == logs[a] && b < a)) {
          offsets[a] += 1L << logs[b];
        }
      }
    }
    return offsets;
  }

  private long[] shifted(long[] offsets, int from) {
    var out = new long[layers + 1];
    System.arraycopy(offsets, from, out, 1, layers);
    return out;
  }

  private static int logOfSum(int[] logs) {
    long sum = 0;
    for (int log : logs) {
      sum += 1L << log;
    }
    return log(sum);
  }
}
