package org.probity.agent.checks;

import java.math.BigInteger;
import java.util.Collection;
import java.util.stream.Collectors;
import org.probity.agent.Token;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.ChainClient;
import org.probity.chain.Erc20;
import org.probity.intent.policy.PolicyBounds;

/** Whether an account can pay for what it is to do. */
public final class AccountChecks {

  private AccountChecks() {}

  /** An amount of a token, in its smallest unit. */
  public record Amount(Token token, BigInteger units) {

    @Override
    public String toString() {
      return token.amount(units);
    }
  }

  /**
   * Looks whether an owner has what is to be deposited.
   *
   * @param atOnce whether it must be there now, since the command deposits it
   */
  public static void deposit(
      Examination exam,
      ChainClient chain,
      Address owner,
      Collection<Amount> amounts,
      boolean atOnce) {
    exam.look(
        CheckName.DEPOSIT,
        () -> {
          for (Amount amount : amounts) {
            if (amount.units().compareTo(PolicyBounds.BOOK_MOST) > 0) {
              return Finding.wrong(
                  "The deposit of %s is more than a vault can count".formatted(amount),
                  "deposit less");
            }
            BigInteger held =
                new Erc20(amount.token().address()).balanceOf(chain, owner, BlockTag.LATEST);
            if (held.compareTo(amount.units()) < 0) {
              String seen =
                  "The owner %s has %s, less than the %s to be deposited"
                      .formatted(owner, amount.token().amount(held), amount);
              return atOnce
                  ? Finding.wrong(seen, "fund it, or deposit less")
                  : Finding.doubtful(seen, "fund it before it deposits");
            }
          }
          return Finding.fine(
              amounts.isEmpty()
                  ? "none"
                  : amounts.stream().map(Amount::toString).collect(Collectors.joining(", "))
                      + " is there");
        });
  }

  /**
   * Looks whether the account can pay for gas.
   *
   * @param now in wei, at what is offered at present
   * @param capped in wei, at the fee cap
   */
  public static void gas(
      Examination exam, ChainClient chain, Address account, BigInteger now, BigInteger capped) {
    exam.look(
        CheckName.GAS,
        () -> {
          BigInteger held = chain.balance(account);
          String has = "the account %s has %s".formatted(account, coins(held));
          if (held.compareTo(now) < 0) {
            return Finding.wrong(
                "The gas costs up to %s at present, and %s".formatted(coins(now), has), "fund it");
          }
          return held.compareTo(capped) < 0
              ? Finding.doubtful(
                  "At the fee cap the gas would cost %s, and %s".formatted(coins(capped), has),
                  "fund it, or lower the cap")
              : Finding.fine("%s; at the fee cap the gas costs %s".formatted(has, coins(capped)));
        });
  }

  /** Looks whether transactions of the account are waiting for a block. */
  public static void nonce(Examination exam, ChainClient chain, Address account) {
    exam.look(
        CheckName.NONCE,
        () -> {
          long mined = chain.transactionCount(account, BlockTag.LATEST);
          long sent = chain.transactionCount(account, BlockTag.PENDING);
          return sent > mined
              ? Finding.doubtful(
                  "%s of the transactions of account %s are waiting for a block (nonces %s to %s)"
                      .formatted(sent - mined, account, mined, sent - 1),
                  "wait until they are in one, and see that nothing else sends for this account")
              : Finding.fine("%s sent, none waiting".formatted(mined));
        });
  }

  /** An amount of the chain's own coin. */
  public static String coins(BigInteger wei) {
    return new Token(Address.ZERO, "coins", 18).amount(wei);
  }
}
