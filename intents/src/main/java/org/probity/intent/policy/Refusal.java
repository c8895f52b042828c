package org.probity.intent.policy;

import java.math.BigInteger;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Why nothing is done: the custom error that the contract reverts with, and its arguments as the
 * ABI has them (integers as {@code BigInteger}). As text it reads like the source: {@code
 * MarketMoved(12, 80, 50)}. A failed assertion of Solidity's own is {@code Panic(code)}.
 */
public record Refusal(String error, List<Object> arguments)
    implements Planned, Execution, StepResult {

  public Refusal {
    arguments = List.copyOf(arguments);
  }

  /** With {@code int} and {@code long} arguments made {@code BigInteger}. */
  static Refusal of(String error, Object... arguments) {
    return new Refusal(error, List.of(arguments).stream().map(Refusal::asOfTheAbi).toList());
  }

  private static Object asOfTheAbi(Object argument) {
    return switch (argument) {
      case Integer number -> BigInteger.valueOf(number);
      case Long number -> BigInteger.valueOf(number);
      default -> argument;
    };
  }

  @Override
  public String toString() {
    return arguments.stream()
        .map(Object::toString)
        .collect(Collectors.joining(", ", error + "(", ")"));
  }
}
