package org.probity.intent.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.probity.chain.Address;
import org.probity.ground.Keccak;
import org.probity.intent.policy.Loan;
import org.probity.intent.policy.LoanBooks;
import org.probity.intent.policy.LoanStep;
import org.probity.intent.policy.Plan;
import org.probity.intent.policy.Plan.Reason;
import org.probity.intent.policy.PlanStep;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.Refusal;
import org.probity.intent.policy.VaultDecision;
import org.probity.intent.policy.VaultLedger;
import org.probity.intent.policy.VaultLedger.Moved;
import org.probity.intent.policy.VaultLedger.Told;
import org.probity.intent.policy.VaultLedger.Used;

/**
 * What an execution's events may say under a plan: one asset is sold at 2 and another bought at 4,
 * a quarter of a step at least, from 1,000 of the numeraire.
 */
class ConsequenceTest {

  private static final long NOW = 1_700_000_000;
  private static final BigInteger ONE = BigInteger.ONE.shiftLeft(96);
  private static final PlanStep SELL = step(1, true, 100, 200, 2);
  private static final PlanStep BUY = step(2, false, 300, 300, 4);
  private static final Plan PLAN = new Plan(List.of(SELL, BUY), List.of(0, 0, 0), Reason.NONE);

  /** Its worst price is a tenth beyond the price. */
  private static PlanStep step(int asset, boolean sell, long in, long notional, long price) {
    BigInteger worst = ONE.multiply(ONE).multiply(big(price * (sell ? 9 : 11))).divide(big(10));
    return new PlanStep(
        asset,
        sell,
        big(in),
        big(notional),
        BigInteger.ZERO,
        worst.sqrt(),
        ONE.multiply(big(price)),
        List.of(0));
  }

  private static BigInteger big(long value) {
    return BigInteger.valueOf(value);
  }

  private static Address token(int i) {
    return new Address("0x%040x".formatted(i + 1));
  }

  private static VaultLedger ledger(long funds) {
    BigInteger plenty = big(1_000_000);
    var numbers =
        new Policy.Numbers(
            60,
            60,
            60,
            60,
            60,
            1_000,
            50,
            5,
            5_000,
            2_500,
            0,
            0,
            BigInteger.ONE,
            plenty,
            plenty,
            60,
            plenty,
            plenty,
            plenty);
    var model =
        new Policy.Model(
            Keccak.hash("model"), token(8), token(9), List.of(), List.of(), 1, List.of());
    List<Policy.Asset> assets =
        List.of(0, 1, 2).stream()
            .map(i ->
                new Policy.Asset(token(i), 18, false, List.of(), Policy.Feed.NONE, false, 0, false))
            .toList();
    var policy =
        new Policy(
            new Policy.Limits(numbers, List.of(), List.of()),
            model,
            new Policy.Parts(assets, List.of(), token(7)));
    return VaultLedger.created(policy, NOW - 60)
        .deposited(token(0), big(funds), NOW - 50)
        .deposited(token(1), big(500), NOW - 50);
  }

  private static List<String> strays(VaultLedger before, Plan plan, Told told, Reason reason) {
    return Consequence.strays(before, plan, told, reason, NOW);
  }

  /** All is sold for 195 and 300 are given for 74: a loss of 5 and of 4. */
  private static Told told(
      long sold, long brought, long gave, long bought, long turned, long lost) {
    return new Told(
        0,
        NOW,
        List.of(big(brought - gave), big(-sold), big(bought)),
        List.of(0, 0, 0),
        Optional.of(new Used(big(turned), big(lost), big(lost))));
  }

  private static List<String> strays(Told told) {
    return strays(ledger(1_000), PLAN, told, Reason.NONE);
  }

  @Test
  void whatFollowsFromThePlanIsFine() {
    assertThat(strays(told(100, 195, 300, 74, 500, 9))).isEmpty();
    assertThat(strays(told(25, 50, 75, 18, 125, 3))).as("a quarter of each").isEmpty();
    assertThat(
            strays(
                ledger(1_000),
                new Plan(List.of(), List.of(0, 0, 0), Reason.HOLD),
                new Told(
                    0, NOW, List.of(big(0), big(0), big(0)), List.of(0, 0, 0), Optional.empty()),
                Reason.HOLD))
        .isEmpty();
  }

  @Test
  void buysShareWhatIsThere() {
    // 100 of the numeraire and 195 for what was sold.
    assertThat(strays(ledger(100), PLAN, told(100, 195, 295, 73, 495, 8), Reason.NONE)).isEmpty();
    assertThat(strays(ledger(100), PLAN, told(100, 195, 300, 74, 500, 9), Reason.NONE))
        .anyMatch(words -> words.contains("of 295 at most"));
  }

  @Test
  void whatDoesNotFollowIsNamed() {
    Map<Told, String> strays =
        Map.of(
            told(101, 197, 300, 74, 502, 9), "it gave 101 in the step of asset 1",
            told(24, 48, 300, 74, 348, 4), "it gave 24 in the step of asset 1",
            told(100, 179, 300, 74, 500, 25), "it received 179 for what it sold",
            told(100, 195, 301, 75, 501, 6), "it gave 301 for what it bought",
            told(100, 195, 74, 18, 274, 7), "it gave 74 in the step of asset 2",
            told(100, 195, 300, 68, 500, 33), "above its worst price",
            told(100, 195, 300, 74, 500, 8), "it counts a loss of 8",
            told(-100, -195, 300, 74, 500, 9), "changed the book of asset 1");
    strays.forEach((told, words) ->
        assertThat(strays(told)).as(words).anyMatch(stray -> stray.contains(words)));
  }

  /**
   * 40 of asset 1 come back, 30 of the numeraire are borrowed; more is to be supplied than is free.
   */
  private static final Plan LOANS =
      new Plan(
          List.of(),
          List.of(0, 0, 0),
          Reason.NONE,
          List.of(new LoanStep(1, Loan.WITHDRAW, big(40)), new LoanStep(0, Loan.BORROW, big(30))),
          List.of(
              new LoanStep(0, Loan.REPAY, big(20)),
              new LoanStep(1, Loan.SUPPLY, big(600)),
              new LoanStep(2, Loan.SUPPLY, big(5))),
          token(6));

  private static Moved moved(int asset, Loan loan, long amount) {
    return new Moved(
        new LoanBooks.Place(token(4), token(5), token(asset)), loan, big(amount), big(0), big(0));
  }

  private static List<String> lent(Moved... loans) {
    Told told =
        new Told(
            0,
            NOW,
            List.of(big(0), big(0), big(0)),
            List.of(0, 0, 0),
            Optional.empty(),
            List.of(loans));
    return strays(ledger(1_000), LOANS, told, Reason.NONE);
  }

  @Test
  void loansAreThoseOfThePlan() {
    Moved back = moved(1, Loan.WITHDRAW, 40);
    Moved borrowed = moved(0, Loan.BORROW, 30);
    Moved repaid = moved(0, Loan.REPAY, 20);
    // 500 were free, and nothing is of asset 2.
    Moved supplied = moved(1, Loan.SUPPLY, 540);
    assertThat(lent(back, borrowed, repaid, supplied)).isEmpty();
    assertThat(lent(back, borrowed, moved(0, Loan.REPAY, 7), supplied))
        .as("others repaid the rest")
        .isEmpty();
    assertThat(lent(moved(1, Loan.WITHDRAW, 41), borrowed, repaid, supplied))
        .contains("it moved 41 in a loan, and its plan 40");
    assertThat(lent(back, borrowed, moved(0, Loan.REPAY, 21), supplied))
        .containsExactly("it moved 21 in a loan, and its plan 20");
    assertThat(lent(back, borrowed, repaid, moved(1, Loan.SUPPLY, 539)))
        .containsExactly("it moved 539 in a loan, and its plan 540");
    assertThat(lent(back, borrowed, repaid)).contains("it left out a loan of its plan");
    assertThat(lent(back, borrowed, repaid, supplied, moved(2, Loan.SUPPLY, 5)))
        .containsExactly("it moved more loans than its plan has");
    assertThat(lent(moved(2, Loan.WITHDRAW, 40), borrowed, repaid, supplied))
        .anyMatch(words -> words.startsWith("it moved the loan WITHDRAW of " + token(2)));
    assertThat(lent(back, moved(0, Loan.WITHDRAW, 30), repaid, supplied))
        .anyMatch(words -> words.startsWith("it moved the loan WITHDRAW of " + token(0)));
  }

  @Test
  void anotherReasonAndARefusalAreNamed() {
    Told told = told(100, 195, 300, 74, 500, 9);
    assertThat(strays(ledger(1_000), PLAN, told, Reason.AT_TARGET))
        .containsExactly("it came to AT_TARGET, and its decision to a trade of 2 steps");
    var decision =
        new VaultDecision(Keccak.hash("model"), 0, big(NOW), NOW, token(9), 50, List.of());
    Refusal refusal =
        ledger(1_000).withPause(true).objection(decision, token(9), NOW, true).orElseThrow();
    assertThat(Consequence.strays(ledger(1_000), refusal, told, Reason.NONE, NOW))
        .containsExactly("its policy would have refused it: " + refusal);
  }
}
