package org.probity.chain;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.probity.ground.Bytes32;

/**
 * A type of Solidity's contract ABI, able to write and read its values.
 *
 * <p>The encoding is a recursion over one idea: a sequence of values is a row of 32-byte slots, and
 * a value of variable length puts into its slot only its distance from the start of that row; its
 * bytes follow the row (https://docs.soliditylang.org/en/latest/abi-spec.html).
 */
sealed interface AbiType {

  /** The type as it stands in a signature. */
  String canonical();

  /** Whether values vary in length, and so stand behind the row of slots. */
  default boolean dynamic() {
    return false;
  }

  /** How many bytes of the row a value takes. */
  default int slotBytes() {
    return 32;
  }

  byte[] encode(Object value);

  /** Reads the value that starts at {@code at}. */
  Object decode(byte[] data, int at);

  /** An integer of {@code bits} bits, signed or not. Values are {@code BigInteger}. */
  record Int(int bits, boolean signed) implements AbiType {
    public Int {
      if (bits < 8 || bits > 256 || bits % 8 != 0) {
        throw new IllegalArgumentException("No ABI integer has " + bits + " bits");
      }
    }

    @Override
    public String canonical() {
      return (signed ? "int" : "uint") + bits;
    }

    @Override
    public byte[] encode(Object value) {
      BigInteger number =
          switch (value) {
            case BigInteger big -> big;
            case Integer small -> BigInteger.valueOf(small);
            case Long small -> BigInteger.valueOf(small);
            default -> throw mismatch(this, value);
          };
      requireRange(number);
      return (signed ? Bytes32.ofSigned(number) : Bytes32.ofUnsigned(number)).toByteArray();
    }

    @Override
    public Object decode(byte[] data, int at) {
      BigInteger number =
          signed ? new BigInteger(slice(data, at, 32)) : new BigInteger(1, slice(data, at, 32));
      requireRange(number);
      return number;
    }

    private void requireRange(BigInteger number) {
      boolean fits =
          signed ? number.bitLength() < bits : number.signum() >= 0 && number.bitLength() <= bits;
      if (!fits) {
        throw new IllegalArgumentException(number + " does not fit into " + canonical());
      }
    }
  }

  /** An {@link Address}. */
  record Account() implements AbiType {
    @Override
    public String canonical() {
      return "address";
    }

    @Override
    public byte[] encode(Object value) {
      if (!(value instanceof Address address)) {
        throw mismatch(this, value);
      }
      byte[] word = new byte[32];
      System.arraycopy(address.bytes(), 0, word, 12, 20);
      return word;
    }

    @Override
    public Object decode(byte[] data, int at) {
      requireZero(slice(data, at, 12));
      return Address.of(slice(data, at + 12, 20));
    }
  }

  /** A {@code Boolean}. */
  record Bool() implements AbiType {
    @Override
    public String canonical() {
      return "bool";
    }

    @Override
    public byte[] encode(Object value) {
      if (!(value instanceof Boolean truth)) {
        throw mismatch(this, value);
      }
      return word(truth ? 1 : 0);
    }

    @Override
    public Object decode(byte[] data, int at) {
      BigInteger number = new BigInteger(1, slice(data, at, 32));
      if (number.bitLength() > 1) {
        throw new IllegalArgumentException("Not a bool: " + number);
      }
      return number.signum() == 1;
    }
  }

  /** {@code bytesN}: a {@link Bytes32} if N is 32, otherwise {@link Bytes}. */
  record FixedBytes(int size) implements AbiType {
    public FixedBytes {
      if (size < 1 || size > 32) {
        throw new IllegalArgumentException("No ABI type is called bytes" + size);
      }
    }

    @Override
    public String canonical() {
      return "bytes" + size;
    }

    @Override
    public byte[] encode(Object value) {
      byte[] content =
          switch (value) {
            case Bytes32 hash -> hash.toByteArray();
            case Bytes bytes -> bytes.view();
            default -> throw mismatch(this, value);
          };
      if (content.length != size) {
        throw new IllegalArgumentException(content.length + " bytes given for " + canonical());
      }
      return Arrays.copyOf(content, 32);
    }

    @Override
    public Object decode(byte[] data, int at) {
      byte[] content = slice(data, at, size);
      requireZero(slice(data, at + size, 32 - size));
      return size == 32 ? Bytes32.of(content) : Bytes.of(content);
    }
  }

  /** {@code bytes} ({@link Bytes}) or {@code string} ({@code String}, UTF-8). */
  record Blob(boolean text) implements AbiType {
    @Override
    public String canonical() {
      return text ? "string" : "bytes";
    }

    @Override
    public boolean dynamic() {
      return true;
    }

    @Override
    public byte[] encode(Object value) {
      byte[] content =
          switch (value) {
            case Bytes bytes when !text -> bytes.view();
            case String string when text -> string.getBytes(StandardCharsets.UTF_8);
            default -> throw mismatch(this, value);
          };
      byte[] encoded = Arrays.copyOf(word(content.length), 32 + (content.length + 31) / 32 * 32);
      System.arraycopy(content, 0, encoded, 32, content.length);
      return encoded;
    }

    @Override
    public Object decode(byte[] data, int at) {
      byte[] content = slice(data, at + 32, size(data, at));
      return text ? new String(content, StandardCharsets.UTF_8) : Bytes.of(content);
    }
  }

  /** {@code T[]}: a {@code List}. */
  record ListOf(AbiType element) implements AbiType {
    @Override
    public String canonical() {
      return element.canonical() + "[]";
    }

    @Override
    public boolean dynamic() {
      return true;
    }

    @Override
    public byte[] encode(Object value) {
      if (!(value instanceof List<?> list)) {
        throw mismatch(this, value);
      }
      ByteArrayOutputStream encoded = new ByteArrayOutputStream();
      encoded.writeBytes(word(list.size()));
      encoded.writeBytes(new Tuple(element, list.size()).encode(list));
      return encoded.toByteArray();
    }

    @Override
    public Object decode(byte[] data, int at) {
      int count = size(data, at);
      // Bounds the allocation by what is there; every element takes some bytes of the row.
      if ((long) count * element.slotBytes() > data.length) {
        throw new IllegalArgumentException("ABI data of %d values is not there".formatted(count));
      }
      slice(data, at + 32, count * element.slotBytes());
      return new Tuple(element, count).decode(data, at + 32);
    }
  }

  /**
   * Structs, and what stands in the brackets of a declaration: {@link AbiValues}; arguments may be
   * any list.
   *
   * @param names of the members; empty where one has none
   */
  record Tuple(List<AbiType> members, List<String> names) implements AbiType {
    public Tuple {
      members = List.copyOf(members);
      names = List.copyOf(names);
    }

    /** {@code count} nameless ones. */
    Tuple(AbiType element, int count) {
      this(Collections.nCopies(count, element), Collections.nCopies(count, ""));
    }

    @Override
    public String canonical() {
      return "(" + String.join(",", members.stream().map(AbiType::canonical).toList()) + ")";
    }

    @Override
    public boolean dynamic() {
      return members.stream().anyMatch(AbiType::dynamic);
    }

    @Override
    public int slotBytes() {
      return dynamic() ? 32 : rowBytes();
    }

    @Override
    public byte[] encode(Object value) {
      if (!(value instanceof List<?> values)) {
        throw mismatch(this, value);
      }
      if (values.size() != members.size()) {
        throw new IllegalArgumentException(
            values.size() + " values given for the " + members.size() + " of " + canonical());
      }
      ByteArrayOutputStream row = new ByteArrayOutputStream();
      ByteArrayOutputStream behind = new ByteArrayOutputStream();
      int distance = rowBytes();
      for (int i = 0; i < members.size(); i++) {
        byte[] encoded = members.get(i).encode(values.get(i));
        if (members.get(i).dynamic()) {
          row.writeBytes(word(distance + behind.size()));
          behind.writeBytes(encoded);
        } else {
          row.writeBytes(encoded);
        }
      }
      row.writeBytes(behind.toByteArray());
      return row.toByteArray();
    }

    @Override
    public AbiValues decode(byte[] data, int at) {
      List<Object> values = new ArrayList<>(members.size());
      int slot = at;
      for (AbiType member : members) {
        values.add(member.decode(data, member.dynamic() ? at + size(data, slot) : slot));
        slot += member.slotBytes();
      }
      return new AbiValues(this, values);
    }

    private int rowBytes() {
      return members.stream().mapToInt(AbiType::slotBytes).sum();
    }
  }

  /** {@code T[n]}: like a tuple of n members, but with its own name. */
  record ArrayOf(AbiType element, int count) implements AbiType {
    @Override
    public String canonical() {
      return element.canonical() + "[" + count + "]";
    }

    @Override
    public boolean dynamic() {
      return element.dynamic();
    }

    @Override
    public int slotBytes() {
      return asTuple().slotBytes();
    }

    @Override
    public byte[] encode(Object value) {
      return asTuple().encode(value);
    }

    @Override
    public Object decode(byte[] data, int at) {
      return asTuple().decode(data, at);
    }

    private Tuple asTuple() {
      return new Tuple(element, count);
    }
  }

  /** The type that a JSON ABI describes: its {@code type}, and {@code components} of a struct. */
  static AbiType ofJson(JsonNode parameter) {
    String type = parameter.path("type").asText();
    if (!type.startsWith("tuple")) {
      return new AbiSignature(type).type();
    }
    AbiType struct = tupleOfJson(parameter.path("components"));
    return AbiSignature.withArraySuffix(struct, type.substring("tuple".length()));
  }

  static Tuple tupleOfJson(JsonNode parameters) {
    List<AbiType> members = new ArrayList<>();
    List<String> names = new ArrayList<>();
    for (JsonNode parameter : parameters) {
      members.add(ofJson(parameter));
      names.add(parameter.path("name").asText());
    }
    return new Tuple(members, names);
  }

  private static byte[] word(int number) {
    return Bytes32.of(number).toByteArray();
  }

  private static int size(byte[] data, int at) {
    BigInteger size = new BigInteger(1, slice(data, at, 32));
    if (size.bitLength() > 31) {
      throw new IllegalArgumentException("ABI data points outside itself");
    }
    return size.intValue();
  }

  private static byte[] slice(byte[] data, int at, int length) {
    if (at < 0 || length < 0 || (long) at + length > data.length) {
      throw new IllegalArgumentException(
          "ABI data of " + data.length + " bytes ends before byte " + ((long) at + length));
    }
    return Arrays.copyOfRange(data, at, at + length);
  }

  private static void requireZero(byte[] padding) {
    for (byte b : padding) {
      if (b != 0) {
        throw new IllegalArgumentException("ABI padding is not zero");
      }
    }
  }

  private static IllegalArgumentException mismatch(AbiType type, Object value) {
    return new IllegalArgumentException(
        "A " + value.getClass().getSimpleName() + " cannot be given for " + type.canonical());
  }
}
