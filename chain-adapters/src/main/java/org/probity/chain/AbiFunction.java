package org.probity.chain;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.probity.ground.Bytes32;
import org.probity.ground.Keccak;

/**
 * A function (or custom error) of a contract: turns arguments into call data and return data into
 * values.
 *
 * <p>Types of values: {@code intN} and {@code uintN} are {@code BigInteger} (arguments may also be
 * {@code Integer} or {@code Long}), {@code address} is {@link Address}, {@code bool} is {@code
 * Boolean}, {@code bytes32} is {@link Bytes32}, {@code bytes} and other {@code bytesN} are {@link
 * Bytes}, {@code string} is {@code String}; arrays are {@code List}, and so are structs, which are
 * read as {@link AbiValues}.
 */
public final class AbiFunction {

  private final String name;
  private final AbiType.Tuple inputs;
  private final AbiType.Tuple outputs;
  private final Bytes selector;

  AbiFunction(String name, AbiType.Tuple inputs, AbiType.Tuple outputs) {
    this.name = name;
    this.inputs = inputs;
    this.outputs =
        outputs.names().equals(List.of("")) // a getter's
            ? new AbiType.Tuple(outputs.members(), List.of(name))
            : outputs;
    this.selector = Bytes.of(Keccak.hash(name + inputs.canonical()).toByteArray()).slice(0, 4);
  }

  /**
   * Reads a declaration as Solidity writes it, structs as tuples: {@code "swap((address,uint256)
   * params) payable returns (uint256)"}.
   *
   * @throws IllegalArgumentException if it is malformed
   */
  public static AbiFunction parse(String declaration) {
    AbiSignature signature = new AbiSignature(declaration);
    String name = signature.name();
    AbiType.Tuple inputs = signature.tuple();
    AbiType.Tuple outputs =
        signature.skipToReturns() ? signature.tuple() : AbiSignature.tuple(List.of());
    signature.end();
    return new AbiFunction(name, inputs, outputs);
  }

  public String name() {
    return name;
  }

  /** The first four bytes of call data: the start of the signature's keccak hash. */
  public Bytes selector() {
    return selector;
  }

  /** A parameter by its name, and its type as it stands in a signature. */
  public record Parameter(String name, String type) {}

  /** What it takes, in order. */
  public List<Parameter> parameters() {
    return IntStream.range(0, inputs.members().size())
        .mapToObj(i -> new Parameter(inputs.names().get(i), inputs.members().get(i).canonical()))
        .toList();
  }

  /**
   * Call data for these arguments.
   *
   * @throws IllegalArgumentException if their number, types or ranges do not match
   */
  public Bytes encode(Object... arguments) {
    return selector.concat(Bytes.of(inputs.encode(Arrays.asList(arguments))));
  }

  /**
   * The values in return data.
   *
   * @throws IllegalArgumentException if the data is not an encoding of the return types
   */
  public AbiValues decode(Bytes returned) {
    return outputs.decode(returned.view(), 0);
  }

  /**
   * Return data of these values: {@code abi.encode} of what the function returns.
   *
   * @throws IllegalArgumentException if their number, types or ranges do not match
   */
  public Bytes encodeReturn(Object... values) {
    return Bytes.of(outputs.encode(Arrays.asList(values)));
  }

  /** The arguments in call data or revert data that starts with this selector. */
  public AbiValues decodeInput(Bytes data) {
    if (data.length() < 4 || !data.slice(0, 4).equals(selector)) {
      throw new IllegalArgumentException("Not a call of " + this);
    }
    return inputs.decode(data.slice(4, data.length()).view(), 0);
  }

  /** The canonical signature, {@code transfer(address,uint256)}. */
  @Override
  public String toString() {
    return name + inputs.canonical();
  }
}
