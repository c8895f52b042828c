package org.probity.intent.policy;

import java.math.BigInteger;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Why nothing is done: the custom error that the contract reverts with, and its arguments as the
 * ABI has them (integers as {@code BigInteger}). As text it reads like the source: {@code
 * MarketMoved(12, 80, 50)}. A failed assertion of Solidity's own is {@code Panic(code)}.
 */
public record Refusal(String error, List<Object> arguments)
    implements Planned, Execution, StepResult, LoanResult {

  /** What the contracts revert with and leave the nonce for, so that it can be asked again. */
  private static final Set<String> PASSING =
      Set.of(
          "ActionLost",
          "DayLossReached",
          "DepositInThisTransaction",
          "FilledInPart",
          "FilledTooLittle",
          "HealthTooLow",
          "HistoryTooShort",
          "LoanHindered",
          "MarketMoved",
          "MonthLossReached",
          "NoBlockStart",
          "NothingGot",
          "OracleOutOfBounds",
          "OracleStale",
          "PriceBeyondLimit",
          "PricesDisagree",
          "SequencerDown",
          "SlippageExceeded",
          "TooLargeForDepth",
          "TooLittleLiquidity",
          "TooSoon");

  /**
   * Whether the market or the clock is to blame for a refusal: the same decision may be taken in a
   * later block of its moment.
   *
   * @param error the name of the contract's error
   */
  public static boolean passes(String error) {
    return PASSING.contains(error);
  }

  public Refusal {
    arguments = List.copyOf(arguments);
  }

  /** With {@code int} and {@code long} arguments made {@code BigInteger}. */
  public static Refusal of(String error, Object... arguments) {
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
