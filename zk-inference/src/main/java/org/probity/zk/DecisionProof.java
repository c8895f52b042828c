package org.probity.zk;

import java.util.Arrays;
import java.util.HexFormat;

/** The proof of one decision: the concatenated messages of docs/protocol.md, section 5. */
public final class DecisionProof {
  private final byte[] bytes;

  private DecisionProof(byte[] bytes) {
    this.bytes = bytes;
  }

  /** A copy of a proof's bytes; whether they prove anything is the verifier's to say. */
  public static DecisionProof of(byte[] bytes) {
    return new DecisionProof(bytes.clone());
  }

  public byte[] bytes() {
    return bytes.clone();
  }

  /** Length in bytes. */
  public int size() {
    return bytes.length;
  }

  /** {@code 0x} and lower-case digits. */
  public String hex() {
    return "0x" + HexFormat.of().formatHex(bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof DecisionProof that && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return "DecisionProof[" + bytes.length + " bytes]";
  }
}
