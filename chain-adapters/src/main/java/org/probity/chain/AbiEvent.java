package org.probity.chain;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.probity.ground.Bytes32;
import org.probity.ground.Keccak;

/**
 * An event of a contract: recognises its log entries and reads their values. Types of values as for
 * {@link AbiFunction}; an indexed value of variable length is the {@link Bytes32} that the log
 * holds of it.
 */
public final class AbiEvent {

  private final List<AbiSignature.Parameter> parameters;
  private final AbiType.Tuple shape;
  private final AbiType.Tuple plain;
  private final Bytes32 topic;

  AbiEvent(String name, List<AbiSignature.Parameter> parameters) {
    this.parameters = List.copyOf(parameters);
    this.shape = AbiSignature.tuple(parameters);
    this.plain = AbiSignature.tuple(parameters.stream().filter(p -> !p.indexed()).toList());
    this.topic = Keccak.hash(name + shape.canonical());
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
  public Optional<AbiValues> decode(LogEntry entry) {
    int indexed = parameters.size() - plain.members().size();
    if (entry.topics().size() != indexed + 1 || !entry.topics().getFirst().equals(topic)) {
      return Optional.empty();
    }
    Iterator<Object> inData = plain.decode(entry.data().view(), 0).iterator();
    List<Object> values = new ArrayList<>();
    int nextTopic = 1;
    for (AbiSignature.Parameter parameter : parameters) {
      values.add(
          parameter.indexed()
              ? ofTopic(parameter.type(), entry.topics().get(nextTopic++))
              : inData.next());
    }
    return Optional.of(new AbiValues(shape, values));
  }

  private static Object ofTopic(AbiType type, Bytes32 word) {
    boolean hashed = type.dynamic() || type.slotBytes() != 32 || type instanceof AbiType.Tuple;
    return hashed ? word : type.decode(word.toByteArray(), 0);
  }
}
