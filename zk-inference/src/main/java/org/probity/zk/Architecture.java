package org.probity.zk;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The public shape of a network: everything a verifier knows of it besides its commitments.
 *
 * @param inputs number of features, 1 to 65536
 * @param layers the dense layers, 1 to 32, the output layer last
 * @param readout how the last layer's values become a decision
 * @param logRows base-2 logarithm of the number of model rows, 0 to 10: more rows make proving
 *     cheaper and cost one curve multiplication each in verification
 */
public record Architecture(int inputs, List<Layer> layers, Readout readout, int logRows) {
  static final int MAX_LAYERS = 32;
  static final int MAX_LOG_ROWS = 10;
  static final int MAX_LOG_SIZE = 28;
  private static final byte VERSION = 1;

  public Architecture {
    layers = List.copyOf(layers);
    if (inputs < 1 || inputs > Layer.MAX_WIDTH) {
      throw new IllegalArgumentException(
          "A network has 1 to %d inputs, not %d".formatted(Layer.MAX_WIDTH, inputs));
    }
    if (layers.isEmpty() || layers.size() > MAX_LAYERS) {
      throw new IllegalArgumentException(
          "A network has 1 to %d layers, not %d".formatted(MAX_LAYERS, layers.size()));
    }
    if (logRows < 0 || logRows > MAX_LOG_ROWS) {
      throw new IllegalArgumentException(
          "A model has 2^0 to 2^%d rows, not 2^%d".formatted(MAX_LOG_ROWS, logRows));
    }
    if (readout == Readout.ARGMAX && layers.getLast().shift() != 0) {
      throw new IllegalArgumentException(
          "The last layer of an ARGMAX network has shift 0, not %d"
              .formatted(layers.getLast().shift()));
    }
    int logSize = new Layout(inputs, layers, readout, logRows).logSize;
    if (logSize > MAX_LOG_SIZE) {
      throw new IllegalArgumentException(
          "The network needs vectors of 2^%d entries, more than 2^%d: make it smaller or give it more rows"
              .formatted(logSize, MAX_LOG_SIZE));
    }
  }

  /**
   * The same shape with the fewest rows that do not make any proof longer than the bits already do.
   */
  public Architecture withBestRows() {
    Architecture best = new Architecture(inputs, layers, readout, 0);
    for (int rows = 1; rows <= MAX_LOG_ROWS; rows++) {
      var candidate = new Architecture(inputs, layers, readout, rows);
      if (candidate.logSize() >= best.logSize()) {
        break;
      }
      best = candidate;
    }
    return best;
  }

  /** ℓ, the base-2 logarithm of the longest committed vector; the SRS must have 2^ℓ points. */
  public int logSize() {
    return layout().logSize;
  }

  Layout layout() {
    return new Layout(inputs, layers, readout, logRows);
  }

  /** Number of model rows. */
  public int rows() {
    return 1 << logRows;
  }

  /** Number of outputs of the last layer: classes, for ARGMAX. */
  public int outputs() {
    return layers.getLast().width();
  }

  /** Number of weights and biases. */
  public long parameters() {
    long count = 0;
    int width = inputs;
    for (var layer : layers) {
      count += (long) layer.width() * (width + 1);
      width = layer.width();
    }
    return count;
  }

  /**
   * What the last layer's values before the readout decide.
   *
   * @throws ArithmeticException if a logit of an ARGMAX readout is not above -2^30
   */
  public Decision decision(long[] last) {
    return switch (readout) {
      case ARGMAX -> {
        int best = 0;
        for (int i = 0; i < last.length; i++) {
          if (last[i] <= Network.PADDING_LOGIT) {
            throw new ArithmeticException(
                "A logit is not above -2^30: the features exceed the model's range");
          }
          best = last[i] > last[best] ? i : best;
        }
        yield new Decision.Choice(best);
      }
      case LINEAR -> {
        int shift = layers.getLast().shift();
        yield new Decision.Outputs(
            Arrays.stream(last).mapToObj(value -> (int) (value >> shift)).toList());
      }
    };
  }

  /** Words of a decision in a statement: 1 for ARGMAX, one an output for LINEAR. */
  public int decisionWords() {
    return readout == Readout.ARGMAX ? 1 : outputs();
  }

  int headerBytes() {
    return 8 + 4 * layers.size();
  }

  /** The header of the model key (docs/protocol.md, section 3). */
  byte[] encode() {
    var out = ByteBuffer.allocate(headerBytes());
    out.put(VERSION).put((byte) readout.ordinal()).put((byte) logRows).put((byte) layers.size());
    out.putInt(inputs);
    for (var layer : layers) {
      out.putInt(layer.width() << 8 | layer.shift());
    }
    return out.array();
  }

  /**
   * Reads the header at the start of {@code bytes}, of which more may follow.
   *
   * @throws IllegalArgumentException if it is not one
   */
  static Architecture decode(byte[] bytes) {
    if (bytes.length < 8) {
      throw new IllegalArgumentException(
          "A model key has at least 8 bytes, not %d".formatted(bytes.length));
    }
    var in = ByteBuffer.wrap(bytes);
    if (in.get() != VERSION) {
      throw new IllegalArgumentException("Not a model key of version %d".formatted(VERSION));
    }
    int readout = in.get() & 0xff;
    if (readout >= Readout.values().length) {
      throw new IllegalArgumentException(
          "The model key asks for readout %d; known are 0 (ARGMAX) and 1 (LINEAR)"
              .formatted(readout));
    }
    int logRows = in.get() & 0xff;
    int count = in.get() & 0xff;
    int inputs = in.getInt();
    if (in.remaining() < 4 * count) {
      throw new IllegalArgumentException("The model key ends within its layers");
    }
    var layers = new ArrayList<Layer>();
    for (int i = 0; i < count; i++) {
      int word = in.getInt();
      layers.add(new Layer(word >>> 8, word & 0xff));
    }
    return new Architecture(inputs, layers, Readout.values()[readout], logRows);
  }
}
