package org.probity.agent;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.function.BiConsumer;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.chain.Hash;
import org.probity.zk.Bytes32;
import org.probity.zk.FeatureVector;

/**
 * Writes values one after the other: integers big-endian, everything of variable length after its
 * length. Each value has one encoding, so equal values have equal bytes.
 */
final class BinaryWriter {

  private final ByteArrayOutputStream out = new ByteArrayOutputStream(512);

  byte[] toByteArray() {
    return out.toByteArray();
  }

  BinaryWriter octet(int value) {
    out.write(value);
    return this;
  }

  BinaryWriter flag(boolean value) {
    return octet(value ? 1 : 0);
  }

  BinaryWriter int32(int value) {
    for (int shift = 24; shift >= 0; shift -= 8) {
      out.write(value >>> shift);
    }
    return this;
  }

  BinaryWriter int64(long value) {
    return int32((int) (value >>> 32)).int32((int) value);
  }

  BinaryWriter bytes(byte[] value) {
    int32(value.length);
    out.writeBytes(value);
    return this;
  }

  BinaryWriter text(String value) {
    return bytes(value.getBytes(StandardCharsets.UTF_8));
  }

  BinaryWriter integer(BigInteger value) {
    return bytes(value.toByteArray());
  }

  BinaryWriter word(Bytes32 value) {
    out.writeBytes(value.toByteArray());
    return this;
  }

  BinaryWriter hash(Hash value) {
    out.writeBytes(value.bytes());
    return this;
  }

  BinaryWriter address(Address value) {
    out.writeBytes(value.bytes());
    return this;
  }

  BinaryWriter bytes(Bytes value) {
    return bytes(value.toArray());
  }

  /** To the millisecond. */
  BinaryWriter instant(Instant value) {
    return int64(value.toEpochMilli());
  }

  BinaryWriter duration(Duration value) {
    return int64(value.toNanos());
  }

  BinaryWriter features(FeatureVector value) {
    int32(value.size());
    for (int feature : value.toArray()) {
      int32(feature);
    }
    return this;
  }

  <T> BinaryWriter all(Collection<T> values, BiConsumer<BinaryWriter, T> write) {
    int32(values.size());
    values.forEach(value -> write.accept(this, value));
    return this;
  }
}
