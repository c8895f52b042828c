package org.probity.zk;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.probity.ground.Bytes32;
import org.probity.ground.Keccak;
import org.probity.zk.curve.G1;

/**
 * The public key of one model: its architecture and the commitments to its rows (docs/protocol.md,
 * section 3).
 */
public final class ModelKey {
  private final Architecture architecture;
  private final List<G1> rows;
  private final byte[] bytes;
  private final Bytes32 digest;
  private final Layout layout;

  ModelKey(Architecture architecture, List<G1> rows) {
    if (rows.size() != architecture.rows()) {
      throw new IllegalArgumentException(
          "A model key has %d row commitments, not %d".formatted(architecture.rows(), rows.size()));
    }
    this.architecture = architecture;
    this.rows = List.copyOf(rows);
    this.layout = architecture.layout();
    bytes =
        Arrays.copyOf(architecture.encode(), architecture.headerBytes() + G1.BYTES * rows.size());
    int at = architecture.headerBytes();
    for (var row : rows) {
      System.arraycopy(row.encode(), 0, bytes, at, G1.BYTES);
      at += G1.BYTES;
    }
    digest = Keccak.hash(bytes);
  }

  /**
   * Reads a model key.
   *
   * @throws IllegalArgumentException naming the first thing that is not admitted
   */
  public static ModelKey parse(byte[] bytes) {
    var architecture = Architecture.decode(bytes);
    int length = architecture.headerBytes() + G1.BYTES * architecture.rows();
    if (bytes.length != length) {
      throw new IllegalArgumentException(
          "This model key must have %d bytes, but has %d".formatted(length, bytes.length));
    }
    var rows = new ArrayList<G1>();
    for (int at = architecture.headerBytes(); at < length; at += G1.BYTES) {
      int row = rows.size();
      rows.add(
          G1.decode(bytes, at)
              .orElseThrow(() ->
                  new IllegalArgumentException(
                      "Row commitment %d of the model key is not a point".formatted(row))));
    }
    return new ModelKey(architecture, rows);
  }

  public Architecture architecture() {
    return architecture;
  }

  public byte[] bytes() {
    return bytes.clone();
  }

  /** Keccak-256 of the key's bytes: the model's name in every statement. */
  public Bytes32 digest() {
    return digest;
  }

  /** Length of this model's proofs in bytes. */
  public int proofBytes() {
    return layout.proofBytes();
  }

  List<G1> rows() {
    return rows;
  }

  Layout layout() {
    return layout;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ModelKey that && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return "ModelKey[" + digest + "]";
  }
}
