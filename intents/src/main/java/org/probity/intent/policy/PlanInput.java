package org.probity.intent.policy;

import java.math.BigInteger;
import java.util.List;

/**
 * What a plan is made from, besides the market; the {@code PlanInput} of {@code PolicyEngine.sol}.
 *
 * @param asOf the decision's moment
 * @param slippageBps the worst price that the decision accepts
 * @param outputs the model's
 * @param books what the vault has of each asset
 * @param turnoverLeft of the allowance
 */
public record PlanInput(
    Policy policy,
    long asOf,
    int slippageBps,
    List<BigInteger> outputs,
    List<BigInteger> books,
    BigInteger turnoverLeft) {

  /**
   * Checks what a vault never asks otherwise.
   *
   * @throws IllegalArgumentException if there is not one book for each asset, or one is of no size
   *     that books have
   */
  public PlanInput {
    outputs = List.copyOf(outputs);
    books = List.copyOf(books);
    if (books.size() != policy.assets()) {
      throw new IllegalArgumentException(
          "A vault of %s assets has as many books, not %s: name each, with 0 where there is nothing"
              .formatted(policy.assets(), books.size()));
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
