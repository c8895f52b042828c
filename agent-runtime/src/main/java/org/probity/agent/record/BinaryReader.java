package org.probity.agent.record;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.ground.Bytes32;
import org.probity.zk.FeatureVector;

/**
 * Reads what {@link BinaryWriter} wrote. Bytes that nobody wrote are refused by an {@link
 * IllegalArgumentException}; a length is believed only as far as there are bytes.
 */
public final class BinaryReader {

  private final ByteBuffer in;

  /** From the first of {@code bytes} on. */
  public BinaryReader(byte[] bytes) {
    this.in = ByteBuffer.wrap(bytes);
  }

  /** Refuses bytes that are left over. */
  public void end() {
    if (in.hasRemaining()) {
      throw new IllegalArgumentException(in.remaining() + " bytes are left over");
    }
  }

  int octet() {
    return need(1).get() & 0xff;
  }

  /** One octet, 0 or 1. */
  public boolean flag() {
    int value = octet();
    if (value > 1) {
      throw new IllegalArgumentException("A flag is 0 or 1, not " + value);
    }
    return value == 1;
  }

  /** Four octets. */
  public int int32() {
    return need(4).getInt();
  }

  /** Eight octets. */
  public long int64() {
    return need(8).getLong();
  }

  /** Octets after how many they are. */
  public byte[] bytes() {
    return fixed(int32());
  }

  Bytes hexBytes() {
    return Bytes.of(bytes());
  }

  /** UTF-8 after its length. */
  public String text() {
    return new String(bytes(), StandardCharsets.UTF_8);
  }

  /** Two's complement after its length. */
  public BigInteger integer() {
    return new BigInteger(bytes());
  }

  /** 32 octets. */
  public Bytes32 word() {
    return Bytes32.of(fixed(Bytes32.SIZE));
  }

  Address address() {
    return new Address(Bytes.of(fixed(20)).toString());
  }

  /** Milliseconds since 1970. */
  public Instant instant() {
    return Instant.ofEpochMilli(int64());
  }

  /** Nanoseconds. */
  public Duration duration() {
    return Duration.ofNanos(int64());
  }

  /** Features after how many they are. */
  public FeatureVector features() {
    int[] values = new int[length(4)];
    for (int i = 0; i < values.length; i++) {
      values[i] = int32();
    }
    return FeatureVector.of(values);
  }

  <T> List<T> all(Function<BinaryReader, T> read) {
    int size = length(1);
    List<T> values = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      values.add(read.apply(this));
    }
    return List.copyOf(values);
  }

  /** One of the constants of {@code kind}, by its place. */
  public <E extends Enum<E>> E constant(Class<E> kind) {
    E[] constants = kind.getEnumConstants();
    int ordinal = octet();
    if (ordinal >= constants.length) {
      throw new IllegalArgumentException(
          "There is no %s %d".formatted(kind.getSimpleName(), ordinal));
    }
    return constants[ordinal];
  }

  /** A number of elements of {@code each} bytes at least, of which all must be there. */
  private int length(int each) {
    int length = int32();
    if (length < 0 || (long) length * each > in.remaining()) {
      throw new IllegalArgumentException(
          "%d elements do not fit into %d bytes".formatted(length, in.remaining()));
    }
    return length;
  }

  private byte[] fixed(int length) {
    if (length < 0) {
      throw new IllegalArgumentException("A length cannot be negative: " + length);
    }
    byte[] value = new byte[length <= in.remaining() ? length : 0];
    need(length).get(value);
    return value;
  }

  private ByteBuffer need(int length) {
    if (length > in.remaining()) {
      throw new IllegalArgumentException(
          "%d bytes are needed, and %d are left".formatted(length, in.remaining()));
    }
    return in;
  }
}
