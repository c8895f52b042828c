package org.probity.intent.policy;

import java.math.BigInteger;
import java.util.Collections;
import java.util.List;

/**
 * What a plan is made from, besides the market; the {@code PlanInput} of {@code PolicyEngine.sol}.
 *
 * @param asOf the decision's moment
 * @param slippageBps the worst price that the decision accepts
 * @param outputs the model's
 * @param books what the vault has of each asset
 * @param turnoverLeft of the allowance
 * @param choices where each asset but the numeraire is traded, the executor's to choose: 0 along
 *     its route, k at the policy's venue k - 1; the last part of the contract's hints
 */
public record PlanInput(
    Policy policy,
    long asOf,
    int slippageBps,
    List<BigInteger> outputs,
    List<BigInteger> books,
    BigInteger turnoverLeft,
    List<Integer> choices) {

  private static final int MOST_CHOICE = 0xff;

  /** Along the routes. */
  public PlanInput(
      Policy policy,
      long asOf,
      int slippageBps,
      List<BigInteger> outputs,
      List<BigInteger> books,
      BigInteger turnoverLeft) {
    this(policy, asOf, slippageBps, outputs, books, turnoverLeft, routes(policy));
  }

  /** Each asset along its route. */
  public static List<Integer> routes(Policy policy) {
    return Collections.nCopies(policy.assets() - 1, 0);
  }

  /**
   * Checks what a vault never asks otherwise.
   *
   * @throws IllegalArgumentException if there is not one book for each asset, or one is of no size
   *     that books have; or if there is not one choice for each asset but the numeraire, or one is
   *     no byte
   */
  public PlanInput {
    outputs = List.copyOf(outputs);
    books = List.copyOf(books);
    choices = List.copyOf(choices);
    if (choices.size() != policy.assets() - 1) {
      throw new IllegalArgumentException(
          "There are %s assets to trade and %s choices of where: name one for each asset but the numeraire, 0 for its route"
              .formatted(policy.assets() - 1, choices.size()));
    }
    if (books.size() != policy.assets()) {
      throw new IllegalArgumentException(
          "A vault of %s assets has as many books, not %s: name each, with 0 where there is nothing"
              .formatted(policy.assets(), books.size()));
    }
    for (int choice : choices) {
      if (choice < 0 || choice > MOST_CHOICE) {
        throw new IllegalArgumentException(
            "A choice of where to trade is one byte, not %s: 0 for the route, or a venue's number"
                .formatted(choice));
      }
    }
    for (BigInteger book : books) {
      if (book.signum() < 0 || book.compareTo(PolicyBounds.BOOK_MOST) > 0) {
        throw new IllegalArgumentException(
            "A book holds 0 to 2^112 - 1 smallest units, not %s: such an amount was never deposited"
                .formatted(book));
      }
    }
  }
}
