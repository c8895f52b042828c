package org.probity.agent.record;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.math.BigInteger;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.function.BiConsumer;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.ground.Bytes32;
import org.probity.zk.FeatureVector;

/**
 * Writes values one after the other: integers big-endian, everything of variable length after its
 * length. Each value has one encoding, so equal values have equal bytes.
 */
public final class BinaryWriter {

  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  // A java.io stream takes a lock for every octet, and an agent writes hundreds with each head.
  private byte[] buffer = new byte[1024];
  private int size;

  /** What was written so far. */
  public byte[] toByteArray() {
    return Arrays.copyOf(buffer, size);
  }

  /** Makes room for so many octets and gives the place of the first. */
  private int take(int octets) {
    int at = size;
    size = Math.addExact(at, octets);
    if (size > buffer.length) {
      buffer = Arrays.copyOf(buffer, Math.max(size, 2 * buffer.length));
    }
    return at;
  }

  private BinaryWriter raw(byte[] value) {
    int at = take(value.length);
    System.arraycopy(value, 0, buffer, at, value.length);
    return this;
  }

  /** The lowest eight bits. */
  public BinaryWriter octet(int value) {
    int at = take(1);
    buffer[at] = (byte) value;
    return this;
  }

  /** One octet, 0 or 1. */
  public BinaryWriter flag(boolean value) {
    return octet(value ? 1 : 0);
  }

  /** Four octets. */
  public BinaryWriter int32(int value) {
    int at = take(Integer.BYTES);
    INT.set(buffer, at, value);
    return this;
  }

  /** Eight octets. */
  public BinaryWriter int64(long value) {
    int at = take(Long.BYTES);
    LONG.set(buffer, at, value);
    return this;
  }

  /** Octets after how many they are. */
  public BinaryWriter bytes(byte[] value) {
    return int32(value.length).raw(value);
  }

  /** UTF-8 after its length. */
  public BinaryWriter text(String value) {
    return bytes(value.getBytes(StandardCharsets.UTF_8));
  }

  /** The shortest two's complement, after its length. */
  public BinaryWriter integer(BigInteger value) {
    return bytes(value.toByteArray());
  }

  /** 32 octets. */
  public BinaryWriter word(Bytes32 value) {
    return raw(value.toByteArray());
  }

  BinaryWriter address(Address value) {
    return raw(value.bytes());
  }

  /** Octets after how many they are. */
  public BinaryWriter bytes(Bytes value) {
    return bytes(value.toArray());
  }

  /** To the millisecond. */
  public BinaryWriter instant(Instant value) {
    return int64(value.toEpochMilli());
  }

  /** Nanoseconds. */
  public BinaryWriter duration(Duration value) {
    return int64(value.toNanos());
  }

  /** Features after how many they are. */
  public BinaryWriter features(FeatureVector value) {
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
