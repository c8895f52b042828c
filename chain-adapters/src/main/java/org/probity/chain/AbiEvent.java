package org.probity.chain;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.probity.ground.Bytes32;
import org.probity.ground.Keccak;

/**
 * An event of a contract: recognises its log entries and reads their values, in the order of the
 * declaration. Types of values as for {@link AbiFunction}; an indexed value of variable length is
 * the {@link Bytes32} that the log holds of it.
 */
public final class AbiEvent {

  private final List<AbiSignature.Parameter> parameters;
  private final Bytes32 topic;

  AbiEvent(String name, List<AbiSignature.Parameter> parameters) {
    this.parameters = List.copyOf(parameters);
    AbiType.Tuple all =
        new AbiType.Tuple(parameters.stream().map(AbiSignature.Parameter::type).toList());
    this.topic = Keccak.hash(name + all.canonical());
  }

  /**
   * Reads a declaration: {@code "Transfer(address indexed from, address indexed to, uint256
   * value)"}.
   *
   * @throws IllegalArgumentException if it is malformed
   */
  public static AbiEvent parse(String declaration) {
    AbiSignature signature = new AbiSignature(declaration);
    String name = signature.name();
    List<AbiSignature.Parameter> parameters = signature.parameters();
    signature.end();
    return new AbiEvent(name, parameters);
  }

  /** The hash of the signature, first topic of every entry of this event. */
  public Bytes32 topic() {
    return topic;
  }

  /** The values of {@code entry}, or empty if it is another event. */
  public Optional<List<Object>> decode(LogEntry entry) {
    long indexed = parameters.stream().filter(AbiSignature.Parameter::indexed).count();
    if (entry.topics().size() != indexed + 1 || !entry.topics().getFirst().equals(topic)) {
      return Optional.empty();
    }
    List<Object> plain =
        new AbiType.Tuple(
                parameters.stream()
                    .filter(p -> !p.indexed())
                    .map(AbiSignature.Parameter::type)
                    .toList())
            .decode(entry.data().view(), 0);
    List<Object> values = new ArrayList<>();
    int nextTopic = 1;
    int nextPlain = 0;
    for (AbiSignature.Parameter parameter : parameters) {
      values.add(
          parameter.indexed()
              ? ofTopic(parameter.type(), entry.topics().get(nextTopic++))
              : plain.get(nextPlain++));
    }
    return Optional.of(List.copyOf(values));
  }

  private static Object ofTopic(AbiType type, Bytes32 word) {
    boolean hashed = type.dynamic() || type.slotBytes() != 32 || type instanceof AbiType.Tuple;
    return hashed ? word : type.decode(word.toByteArray(), 0);
  }
}
