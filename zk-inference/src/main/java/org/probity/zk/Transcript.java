package org.probity.zk;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.IntStream;
import org.probity.ground.Bytes32;
import org.probity.ground.Keccak;
import org.probity.zk.curve.G1;
import org.probity.zk.field.Fr;

/**
 * The Fiat-Shamir transcript (docs/protocol.md, section 5): a chain of Keccak digests over the
 * statement and every message. What is sent is also kept: all messages in order are the proof.
 */
class Transcript {
  private static final byte[] TAG = Keccak.hash("probity/decision/v1").toByteArray();

  private byte[] state;
  private final ByteArrayOutputStream messages = new ByteArrayOutputStream();

  /** What was sent since the last challenge. */
  private final ByteArrayOutputStream fresh = new ByteArrayOutputStream();

  /** A transcript that has absorbed the statement. */
  Transcript(
      Bytes32 modelDigest,
      Bytes32 srsDigest,
      FeatureVector features,
      Decision decision,
      Bytes32 context) {
    state =
        Keccak.hash(
                TAG,
                modelDigest.toByteArray(),
                srsDigest.toByteArray(),
                words(features.toArray()),
                words(decision.words()),
                context.toByteArray())
            .toByteArray();
  }

  /** Each integer as an EVM word in two's complement. */
  private static byte[] words(int[] values) {
    var out = ByteBuffer.allocate(Bytes32.SIZE * values.length);
    for (int value : values) {
      out.put(Bytes32.of(value).toByteArray());
    }
    return out.array();
  }

  void send(Fr scalar) {
    send(scalar.toBytes());
  }

  void send(G1 point) {
    send(point.encode());
  }

  private void send(byte[] message) {
    messages.writeBytes(message);
    fresh.writeBytes(message);
  }

  /** A challenge bound to everything sent so far. */
  Fr challenge() {
    state = Keccak.hash(state, fresh.toByteArray()).toByteArray();
    fresh.reset();
    return Fr.of(new BigInteger(1, state));
  }

  List<Fr> challenges(int count) {
    return IntStream.range(0, count).mapToObj(_ -> challenge()).toList();
  }

  /** Everything sent, in order. */
  byte[] messages() {
    return messages.toByteArray();
  }
}
