package org.probity.chain;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.probity.ground.Bytes32;
import org.probity.ground.Keccak;

/**
 * A struct type of typed data (<a href="https://eips.ethereum.org/EIPS/eip-712">EIP-712</a>): what
 * wallets sign, and what contracts recompute from the fields.
 *
 * <p>A type is given by its {@code encodeType} string, as contracts print it: the struct itself,
 * then the structs it refers to, in the order of their names. Values are those of {@link
 * AbiFunction}; a struct is a map with a value for each member, an array a list.
 */
public final class Eip712 {

  private static final byte[] PREFIX = {0x19, 0x01};
  private static final Pattern STRUCT = Pattern.compile("(\\w+)\\(([^()]*)\\)");
  private static final Pattern MEMBER = Pattern.compile("(\\w+(?:\\[\\d*])*) (\\w+)");

  private final Map<String, Map<String, String>> structs;
  private final String name;
  private final Map<String, AbiType> atoms = new ConcurrentHashMap<>();
  private volatile @Nullable Bytes32 hash;

  private Eip712(Map<String, Map<String, String>> structs, String name) {
    this.structs = structs;
    this.name = name;
  }

  /**
   * Reads a type, such as {@code Mail(Person from,Person to)Person(string name,address wallet)}.
   *
   * @throws IllegalArgumentException if it is malformed, lacks a struct or is in another order than
   *     the standard's
   */
  public static Eip712 type(String encodeType) {
    Map<String, Map<String, String>> structs = new LinkedHashMap<>();
    Matcher struct = STRUCT.matcher(encodeType);
    while (struct.find()) {
      Map<String, String> members = new LinkedHashMap<>();
      for (String written : struct.group(2).isEmpty() ? List.<String>of() : commas(struct)) {
        Matcher member = MEMBER.matcher(written);
        if (!member.matches() || members.put(member.group(2), member.group(1)) != null) {
          throw new IllegalArgumentException(
              "The member '%s' of an EIP-712 type is malformed or said twice: %s"
                  .formatted(written, encodeType));
        }
      }
      structs.put(struct.group(1), members);
    }
    Eip712 type = new Eip712(structs, structs.isEmpty() ? "" : structs.keySet().iterator().next());
    structs.values().stream().flatMap(m -> m.values().stream()).forEach(type::requireKnown);
    if (structs.isEmpty() || !type.encodeType().equals(encodeType)) {
      throw new IllegalArgumentException(
          "Not the string of an EIP-712 type (the struct, then those it refers to by name): "
              + encodeType);
    }
    return type;
  }

  private static List<String> commas(Matcher struct) {
    return List.of(struct.group(2).split(",", -1));
  }

  private void requireKnown(String member) {
    String element = element(member);
    if (!structs.containsKey(element)
        && !new AbiSignature(element).type().canonical().equals(element)) {
      throw new IllegalArgumentException("EIP-712 knows no alias '" + element + "'");
    }
  }

  /** The text that the type's hash is of. */
  public String encodeType() {
    TreeSet<String> others = new TreeSet<>();
    collect(name, others);
    others.remove(name);
    return written(name) + others.stream().map(this::written).collect(Collectors.joining());
  }

  private void collect(String struct, Collection<String> seen) {
    if (structs.containsKey(struct) && seen.add(struct)) {
      structs.get(struct).values().forEach(member -> collect(element(member), seen));
    }
  }

  private String written(String struct) {
    return structs.getOrDefault(struct, Map.of()).entrySet().stream()
        .map(member -> member.getValue() + " " + member.getKey())
        .collect(Collectors.joining(",", struct + "(", ")"));
  }

  /** {@code typeHash}. */
  public Bytes32 hash() {
    Bytes32 known = hash;
    if (known == null) {
      known = Keccak.hash(encodeType());
      hash = known;
    }
    return known;
  }

  /**
   * {@code hashStruct}; of the type {@code EIP712Domain} it is the domain separator.
   *
   * @throws IllegalArgumentException if a member has no value or one that its type cannot have, or
   *     a value has no member
   */
  public Bytes32 hash(Map<String, ?> values) {
    Map<String, String> members = structs.getOrDefault(name, Map.of());
    if (!values.keySet().equals(members.keySet())) {
      throw new IllegalArgumentException(
          "The members of %s are %s, and values are given for %s"
              .formatted(name, members.keySet(), new TreeSet<>(values.keySet())));
    }
    ByteArrayOutputStream encoded = new ByteArrayOutputStream();
    encoded.writeBytes(hash().toByteArray());
    members.forEach((member, type) ->
        encoded.writeBytes(encode(type, Objects.requireNonNull(values.get(member)))));
    return Keccak.hash(encoded.toByteArray());
  }

  /** What is signed: the digest of {@code values} for one domain. */
  public Bytes32 digest(Bytes32 domainSeparator, Map<String, ?> values) {
    return Keccak.hash(PREFIX, domainSeparator.toByteArray(), hash(values).toByteArray());
  }

  /** {@code encodeData} of one value: 32 bytes. */
  private byte[] encode(String type, Object value) {
    if (type.endsWith("]")) {
      return array(type, value).toByteArray();
    }
    if (structs.containsKey(type)) {
      return new Eip712(structs, type).hash(struct(type, value)).toByteArray();
    }
    return switch (value) {
      case String text when type.equals("string") ->
          Keccak.hash(text.getBytes(StandardCharsets.UTF_8)).toByteArray();
      case Bytes bytes when type.equals("bytes") -> bytes.keccak().toByteArray();
      default -> atom(type).encode(value);
    };
  }

  /** Every decision is hashed: what its members are is read once. */
  private AbiType atom(String type) {
    return atoms.computeIfAbsent(type, text -> new AbiSignature(text).type());
  }

  private Bytes32 array(String type, Object value) {
    int open = type.lastIndexOf('[');
    String count = type.substring(open + 1, type.length() - 1);
    if (!(value instanceof List<?> list)
        || (!count.isEmpty() && list.size() != Integer.parseInt(count))) {
      throw new IllegalArgumentException("Not the values of " + type);
    }
    ByteArrayOutputStream encoded = new ByteArrayOutputStream();
    list.forEach(element -> encoded.writeBytes(encode(type.substring(0, open), element)));
    return Keccak.hash(encoded.toByteArray());
  }

  @SuppressWarnings("unchecked") // whatever the keys are, they are compared with the members' names
  private static Map<String, ?> struct(String type, Object value) {
    if (!(value instanceof Map<?, ?> members)) {
      throw new IllegalArgumentException("Not the members of " + type);
    }
    return (Map<String, ?>) members;
  }

  private static String element(String type) {
    int open = type.indexOf('[');
    return open < 0 ? type : type.substring(0, open);
  }
}
