package org.probity.agent.record;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
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
final class BinaryReader {

  private final ByteBuffer in;

  BinaryReader(byte[] bytes) {
    this.in = ByteBuffer.wrap(bytes);
  }

  /** Refuses bytes that are left over. */
  void end() {
    if (in.hasRemaining()) {
      throw new IllegalArgumentException(in.remaining() + " bytes are left over");
    }
  }

  int octet() {
    return need(1).get() & 0xff;
  }

  boolean flag() {
    int value = octet();
    if (value > 1) {
      throw new IllegalArgumentException("A flag is 0 or 1, not " + value);
    }
    return value == 1;
  }

  int int32() {
    return need(4).getInt();
  }

  long int64() {
    return need(8).getLong();
  }

  byte[] bytes() {
    return fixed(int32());
  }

  String text() {
    return new String(bytes(), StandardCharsets.UTF_8);
  }

  BigInteger integer() {
    return new BigInteger(bytes());
  }

  Bytes32 word() {
    return Bytes32.of(fixed(Bytes32.SIZE));
  }

  Address address() {
    return new Address(Bytes.of(fixed(20)).toString());
  }

  Instant instant() {
    return Instant.ofEpochMilli(int64());
  }

  FeatureVector features() {
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
    return values;
  }

  /** One of the constants of {@code kind}, by its place. */
  <E> E constant(Class<E> kind) {
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
