package org.probity.intent.policy;

import java.math.BigInteger;
import java.util.List;

/** A lending market in which a vault's account acts; what {@code ILendingAccount} is on chain. */
public interface LoanMarket {

  /** Of a vault whose policy names none. */
  LoanMarket NONE =
      new LoanMarket() {
        @Override
        public LoanResult move(LoanStep step, BigInteger amount) {
          throw new IllegalArgumentException(
              "This vault has no lending market: name one, or a policy without loans");
        }

        @Override
        public BigInteger health() {
          throw new IllegalArgumentException(
              "This vault has no lending market: name one, or a policy without loans");
        }

        @Override
        public List<LoanBooks.Checkpoint> indices() {
          return List.of();
        }
      };

  /**
   * Moves an amount between the vault and the market.
   *
   * @param amount what is to come to the vault, or the most that it gives: the step's own, or less
   *     where less was free
   */
  LoanResult move(LoanStep step, BigInteger amount);

  /**
   * The account's health factor by the market itself, times 10^18; the greatest number of 256 bits
   * without debt.
   */
  BigInteger health();

  /** What a checkpoint taken now would remember, one for each of the policy's reserves. */
  List<LoanBooks.Checkpoint> indices();
}
