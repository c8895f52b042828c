package org.probity.zk;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.probity.ground.Keccak;
import org.probity.zk.backend.ComputeBackend;
import org.probity.zk.backend.IntegerRows;
import org.probity.zk.curve.G1;
import org.probity.zk.field.FieldElement;
import org.probity.zk.field.Fr;

/**
 * A private network with the blinders of its row commitments: what a prover needs and nobody else
 * may see. {@link #key()} is its public side.
 */
public final class CommittedModel {
  private static final byte[] MAGIC =
      "PROBITY-PRIVATE-MODEL-1\n".getBytes(StandardCharsets.US_ASCII);

  /** A row in memory may have so many integers for each parameter, beyond a few kilobytes. */
  private static final long MOST_PADDING = 64;

  private static final long SMALL = 1 << 13;

  private final Network network;
  private final List<Fr> blinders;
  private final ModelKey key;
  private final IntegerRows rows;

  private CommittedModel(Network network, List<Fr> blinders, ModelKey key, List<int[]> rows) {
    this.network = network;
    this.blinders = List.copyOf(blinders);
    this.key = key;
    this.rows = new IntegerRows(rows);
  }

  /**
   * Commits to a network with fresh blinders: two commitments of one network have different,
   * unlinkable keys.
   *
   * @throws IllegalArgumentException if the SRS is too short for the network
   */
  public static CommittedModel commit(
      Network network, Srs srs, ComputeBackend backend, Entropy entropy) {
    var layout = network.architecture().layout();
    var bases = srs.powers(layout.logSize);
    var rows = rows(network, layout);
    var blinders = new ArrayList<Fr>();
    var commitments = new ArrayList<G1>();
    for (var row : rows) {
      Fr blinder = entropy.nextFr();
      blinders.add(blinder);
      var values = Arrays.stream(row).asLongStream().toArray();
      commitments.add(backend.msm(bases, values).plus(G1.BLINDING.times(blinder)));
    }
    var key = new ModelKey(network.architecture(), commitments);
    return new CommittedModel(network, blinders, key, rows);
  }

  public ModelKey key() {
    return key;
  }

  /** The private network. */
  public Network network() {
    return network;
  }

  List<Fr> blinders() {
    return blinders;
  }

  /** The integers of the model rows, each 2^w long. */
  IntegerRows rows() {
    return rows;
  }

  private static List<int[]> rows(Network network, Layout layout) {
    requireLittlePadding(network.architecture(), layout);
    var rows =
        IntStream.range(0, 1 << layout.logRows).mapToObj(_ -> new int[1 << layout.logRow]).toList();
    int inputs = network.architecture().inputs();
    for (int l = 1; l <= layout.layers; l++) {
      var layer = network.layers().get(l - 1);
      boolean padded = layout.isArgmaxHead(l);
      for (int i = 0; i < 1 << layout.logWidth[l]; i++) {
        var row = rows.get(i & ((1 << layout.logRows) - 1));
        int high = i >> layout.logRows;
        int bias = layout.biases(l).at() + high;
        if (i >= layer.outputs()) {
          row[bias] = padded ? Network.PADDING_LOGIT : 0;
          continue;
        }
        row[bias] = layer.bias(i);
        int at = layout.weights(l).at() + (high << layout.logWidth[l - 1]);
        for (int j = 0; j < inputs; j++) {
          row[at + j] = layer.weight(i * inputs + j);
        }
      }
      inputs = layer.outputs();
    }
    return rows;
  }

  /** Widths far below their number of rows, or just above a power of two, are mostly padding. */
  private static void requireLittlePadding(Architecture architecture, Layout layout) {
    long integers = 1L << layout.logRow + layout.logRows;
    if (integers > MOST_PADDING * architecture.parameters() + SMALL) {
      throw new IllegalArgumentException(
          "A model of %d parameters in %d rows would be padded to %d: choose fewer rows"
              .formatted(architecture.parameters(), architecture.rows(), integers));
    }
  }

  /**
   * Everything, secrets included, for the owner's own storage: magic, model key length and bytes,
   * blinders, then each layer's weights and biases as big-endian 32-bit integers, then Keccak-256
   * of all that.
   */
  public byte[] encode() {
    var keyBytes = key.bytes();
    long integers = network.architecture().parameters();
    var out =
        ByteBuffer.allocate(
            Math.toIntExact(
                MAGIC.length + 4 + keyBytes.length + 32L * blinders.size() + 4 * integers + 32));
    out.put(MAGIC).putInt(keyBytes.length).put(keyBytes);
    blinders.forEach(blinder -> out.put(blinder.toBytes()));
    for (var layer : network.layers()) {
      for (int weight : layer.weights()) {
        out.putInt(weight);
      }
      for (int bias : layer.biases()) {
        out.putInt(bias);
      }
    }
    var body = Arrays.copyOf(out.array(), out.position());
    var checksum = Keccak.hash(body);
    Arrays.fill(body, (byte) 0);
    return out.put(checksum.toByteArray()).array();
  }

  /**
   * Reads what {@link #encode} wrote.
   *
   * @throws IllegalArgumentException if the bytes are not whole, naming what is wrong and no secret
   */
  public static CommittedModel decode(byte[] bytes) {
    try {
      return read(bytes);
    } catch (BufferUnderflowException e) {
      throw new IllegalArgumentException(
          "The private model ends too early: restore it from a copy", e);
    }
  }

  private static CommittedModel read(byte[] bytes) {
    var in = ByteBuffer.wrap(bytes);
    var magic = new byte[MAGIC.length];
    in.get(magic);
    if (!Arrays.equals(magic, MAGIC)) {
      throw new IllegalArgumentException(
          "This is not a private model of version 1: take one that this program made");
    }
    int keyLength = in.getInt();
    if (keyLength < 0 || keyLength > in.remaining()) {
      throw new BufferUnderflowException();
    }
    var keyBytes = new byte[keyLength];
    in.get(keyBytes);
    var key = ModelKey.parse(keyBytes);
    var architecture = key.architecture();
    long expected = 32L * architecture.rows() + 4 * architecture.parameters() + 32;
    if (in.remaining() != expected) {
      throw new IllegalArgumentException(
          "The private model must have %d bytes after its key, but has %d: restore it from a copy"
              .formatted(expected, in.remaining()));
    }
    var body = Arrays.copyOf(bytes, bytes.length - 32);
    var checksum = Keccak.hash(body).toByteArray();
    Arrays.fill(body, (byte) 0);
    if (!Arrays.equals(checksum, Arrays.copyOfRange(bytes, body.length, bytes.length))) {
      throw new IllegalArgumentException(
          "The private model's checksum does not match: restore it from a copy");
    }
    var blinders = new ArrayList<Fr>();
    var word = new byte[FieldElement.BYTES];
    for (int c = 0; c < architecture.rows(); c++) {
      in.get(word);
      if (!Fr.isCanonical(word, 0)) {
        throw new IllegalArgumentException(
            "A blinder of the private model is out of range: restore it from a copy");
      }
      blinders.add(Fr.ofBytes(word, 0));
    }
    Arrays.fill(word, (byte) 0);
    var layers = new ArrayList<Dense>();
    int inputs = architecture.inputs();
    for (var layer : architecture.layers()) {
      var weights = new int[layer.width() * inputs];
      var biases = new int[layer.width()];
      for (int i = 0; i < weights.length; i++) {
        weights[i] = in.getInt();
      }
      for (int i = 0; i < biases.length; i++) {
        biases[i] = in.getInt();
      }
      layers.add(new Dense(weights, biases));
      inputs = layer.width();
    }
    var network = new Network(architecture, layers);
    return new CommittedModel(network, blinders, key, rows(network, architecture.layout()));
  }

  /** The public key only: the rest is secret. */
  @Override
  public String toString() {
    return "CommittedModel[" + key.digest() + "]";
  }
}
