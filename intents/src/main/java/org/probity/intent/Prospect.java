package org.probity.intent;

import java.math.BigInteger;
import java.util.List;
import org.probity.chain.Address;
import org.probity.intent.policy.Loan;
import org.probity.intent.policy.Plan;

/** What the execution of a decision would come to. */
public sealed interface Prospect {

  /**
   * Trades, each of one asset against the numeraire, and what moves between the vault and its
   * lending market, all in the vault's order. There is at least one of either.
   *
   * @param loans what comes before the steps and what follows them
   */
  record Trade(List<Step> steps, List<Move> loans) implements Prospect {
    public Trade {
      steps = List.copyOf(steps);
      loans = List.copyOf(loans);
    }

    /** Without loans. */
    public Trade(List<Step> steps) {
      this(steps, List.of());
    }
  }

  /**
   * One movement between the vault and its lending market.
   *
   * @param amount in the token's smallest unit; of a repayment or a supply the most
   */
  record Move(Address asset, Loan loan, BigInteger amount) {}

  /**
   * One trade.
   *
   * @param asset the token that is bought or sold
   * @param notional in units of the numeraire at the reference price; positive buys the asset,
   *     negative sells it
   */
  record Step(Address asset, BigInteger notional) {}

  /**
   * No trade: executing the decision records it, with the reason, and moves nothing.
   *
   * @param reason never {@link Plan.Reason#NONE}
   */
  record Hold(Plan.Reason reason) implements Prospect {

    /** Why nothing is traded, as a clause. */
    public String words() {
      return switch (reason) {
        case NONE, HOLD -> "a hold";
        case AT_TARGET -> "nothing to trade: the vault is at its target";
        case DIRECTION -> "nothing to trade: the policy allows no trade that way";
        case ALLOWANCE -> "nothing to trade: the allowance for trades is used up for now";
        case EXPOSURE -> "nothing to trade: as much is held as the policy allows";
        case FUNDS -> "nothing to trade: there is nothing to buy with";
      };
    }
  }

  /** Nothing would be executed. */
  sealed interface Nothing extends Prospect {
    String reason();
  }

  /**
   * The market or the clock is against it ({@link org.probity.intent.policy.Refusal#passes}): a
   * later block of the same moment may have it.
   */
  record NotNow(String reason) implements Nothing {}

  /** The vault would refuse it for as long as its moment lasts. */
  record Refused(String reason) implements Nothing {}

  /**
   * Nothing is executed whatever is decided, on later heads too, until the reason is over: it is
   * told once.
   */
  record Hindered(String reason) implements Nothing {}
}
