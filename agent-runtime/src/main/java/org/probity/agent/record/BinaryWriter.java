package org.probity.agent.record;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import org.probity.ground.Bytes32;
import org.probity.zk.FeatureVector;

/**
 * Writes values one after the other: integers big-endian, everything of variable length after its
 * length. Each value has one encoding, so equal values have equal bytes.
 */
final class BinaryWriter {

  // A java.io stream takes a lock for every octet, and an agent writes hundreds with each head.
  private ByteBuffer buffer = ByteBuffer.allocate(1024);

  byte[] toByteArray() {
    return Arrays.copyOf(buffer.array(), buffer.position());
  }

  private ByteBuffer room(int octets) {
    if (buffer.remaining() < octets) {
      int needed = Math.addExact(buffer.position(), octets);
      buffer = ByteBuffer.allocate(Math.max(needed, 2 * buffer.capacity())).put(buffer.flip());
    }
    return buffer;
  }

  BinaryWriter raw(byte[] value) {
    room(value.length).put(value);
    return this;
  }

  /** The lowest eight bits. */
  BinaryWriter octet(int value) {
    room(1).put((byte) value);
    return this;
  }

  BinaryWriter flag(boolean value) {
    return octet(value ? 1 : 0);
  }

  BinaryWriter int32(int value) {
    room(Integer.BYTES).putInt(value);
    return this;
  }

  BinaryWriter int64(long value) {
    room(Long.BYTES).putLong(value);
    return this;
  }

  /** Octets after how many they are. */
  BinaryWriter bytes(byte[] value) {
    return int32(value.length).raw(value);
  }

  /** UTF-8 after its length. */
  BinaryWriter text(String value) {
    return bytes(value.getBytes(StandardCharsets.UTF_8));
  }

  /** The shortest two's complement, after its length. */
  BinaryWriter integer(BigInteger value) {
    return bytes(value.toByteArray());
  }

  BinaryWriter word(Bytes32 value) {
    return raw(value.toByteArray());
  }

  /** To the millisecond. */
  BinaryWriter instant(Instant value) {
    return int64(value.toEpochMilli());
  }

  /** Features after how many they are. */
  BinaryWriter features(FeatureVector value) {
    int32(value.size());
    for (int feature : value.toArray()) {
      int32(feature);
    }
    return this;
  }
}
