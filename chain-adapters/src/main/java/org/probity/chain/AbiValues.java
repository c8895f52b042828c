package org.probity.chain;

import java.math.BigInteger;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import java.util.RandomAccess;
import org.probity.ground.Bytes32;

/**
 * Values that a contract gave, by their names in its ABI: what a function returned, an event told,
 * a struct holds. As a list they stand in the order of the declaration.
 *
 * <p>A function's only value may have no name there, as a getter's; it is called as the function.
 *
 * <p>Each reader throws an {@code IllegalArgumentException} if there is no value of that name, or
 * it is of another type.
 */
public final class AbiValues extends AbstractList<Object> implements RandomAccess {

  private final AbiType.Tuple shape;
  private final List<Object> values;

  AbiValues(AbiType.Tuple shape, List<Object> values) {
    this.shape = shape;
    this.values = List.copyOf(values);
  }

  /** All of these under one roof. */
  static AbiValues joined(List<AbiValues> parts) {
    List<AbiType> types = new ArrayList<>();
    List<String> names = new ArrayList<>();
    List<Object> values = new ArrayList<>();
    for (AbiValues part : parts) {
      types.addAll(part.shape.members());
      names.addAll(part.shape.names());
      values.addAll(part.values);
    }
    return new AbiValues(new AbiType.Tuple(types, names), values);
  }

  /** Whether there is a value of this name. */
  public boolean has(String name) {
    return shape.names().contains(name);
  }

  /** An {@code intN} or {@code uintN}. */
  public BigInteger integer(String name) {
    return read(name, BigInteger.class, "an integer");
  }

  /**
   * The same as an {@code int}.
   *
   * @throws ArithmeticException if it does not fit
   */
  public int int32(String name) {
    return integer(name).intValueExact();
  }

  /**
   * The same as a {@code long}.
   *
   * @throws ArithmeticException if it does not fit
   */
  public long int64(String name) {
    return integer(name).longValueExact();
  }

  /** An array of {@code intN} or {@code uintN}. */
  public List<BigInteger> integers(String name) {
    List<?> list = read(name, List.class, "a list of integers");
    return list.stream().map(BigInteger.class::cast).toList();
  }

  public boolean bool(String name) {
    return read(name, Boolean.class, "a bool");
  }

  public Address address(String name) {
    return read(name, Address.class, "an address");
  }

  /** A {@code bytes32}. */
  public Bytes32 word(String name) {
    return read(name, Bytes32.class, "a bytes32");
  }

  /** {@code bytes}, or a {@code bytesN} shorter than 32. */
  public Bytes bytes(String name) {
    return read(name, Bytes.class, "bytes");
  }

  public String string(String name) {
    return read(name, String.class, "a string");
  }

  public AbiValues struct(String name) {
    return read(name, AbiValues.class, "a struct");
  }

  /** An array of addresses. */
  public List<Address> addresses(String name) {
    List<?> list = read(name, List.class, "a list of addresses");
    return list.stream().map(Address.class::cast).toList();
  }

  /** An array of structs. */
  public List<AbiValues> structs(String name) {
    List<?> list = read(name, List.class, "a list of structs");
    return list.stream().map(AbiValues.class::cast).toList();
  }

  private <T> T read(String name, Class<T> type, String what) {
    int at = shape.names().indexOf(name);
    if (at < 0) {
      throw new IllegalArgumentException(
          "There is no value %s among %s: look at the contract's ABI"
              .formatted(name, shape.names()));
    }
    Object value = values.get(at);
    if (!type.isInstance(value)) {
      throw new IllegalArgumentException(
          "The value %s is %s in the contract's ABI, and is read as %s"
              .formatted(name, shape.members().get(at).canonical(), what));
    }
    return type.cast(value);
  }

  @Override
  public Object get(int index) {
    return values.get(index);
  }

  @Override
  public int size() {
    return values.size();
  }
}
