package org.probity.intent;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.Optional;
import org.probity.chain.AbiValues;
import org.probity.chain.ChainClient;
import org.probity.chain.Erc20;
import org.probity.chain.RevertReason;
import org.probity.intent.policy.Loan;
import org.probity.intent.policy.Policy;

/**
 * Why a vault refused, in amounts and per cents that people know. What is none of these reasons is
 * told as the contract names it.
 *
 * @param numeraire symbol of the asset that everything is measured in
 * @param decimals of the numeraire
 */
record RefusalWords(String numeraire, int decimals) {

  private static final BigDecimal TICK = new BigDecimal("1.0001");
  private static final MathContext DIGITS = new MathContext(40);
  private static final MathContext SHOWN = new MathContext(3);

  /** With the symbol of a policy's numeraire, as the chain tells it. */
  static RefusalWords of(ChainClient chain, Policy policy) {
    Policy.Asset numeraire = policy.parts().assets().getFirst();
    return new RefusalWords(new Erc20(numeraire.token()).symbol(chain), numeraire.decimals());
  }

  String of(RevertReason reason) {
    if (!(reason instanceof RevertReason.Custom(String name, AbiValues why))) {
      return reason.toString();
    }
    return switch (name) {
      case "MarketMoved" ->
          "the price at the start of the block lies %s %% from its mean, and the policy allows %s %%"
              .formatted(
                  percent(why.integer("tick").subtract(why.integer("mean"))),
                  percent(why.integer("most")));
      case "PriceBeyondLimit" ->
          beyond(why.integer("sqrtPriceX96"), why.integer("limitX96"))
              .map("the pool's price is %s %% beyond the worst that the policy accepts"::formatted)
              .orElse(reason.toString());
      case "PricesDisagree" ->
          "the pools say %s and the independent price says %s: they lie further apart than the policy's %s basis points"
              .formatted(
                  amount(why.integer("poolValue")),
                  amount(why.integer("otherValue")),
                  why.integer("mostBps"));
      case "TooLargeForDepth" ->
          "the pools bear a trade of %s now, less than the policy's smallest of %s"
              .formatted(amount(why.integer("bears")), amount(why.integer("minTrade")));
      case "DayLossReached" ->
          "losses of %s reach the day's allowance of %s"
              .formatted(amount(why.integer("loss")), amount(why.integer("capacity")));
      case "MonthLossReached" ->
          "losses of %s reach the month's allowance of %s"
              .formatted(amount(why.integer("loss")), amount(why.integer("capacity")));
      case "ActionLost" ->
          "the trades would lose %s, and the policy allows %s"
              .formatted(amount(why.integer("loss")), amount(why.integer("most")));
      case "LoanHindered" ->
          "the lending market lets the vault %s too little of %s now"
              .formatted(loan(why.int32("loan")), why.address("token"));
      case "HealthTooLow" ->
          "the health factor would be %s after %s, and the policy's floor is %s"
              .formatted(factor(why.get(1)), factor(why.get(0)), factor(why.get(2)));
      case "Expired" ->
          "its deadline is over since %s by the clock of the block"
              .formatted(ago(why.integer("nowSeconds").subtract(why.integer("deadline"))));
      case "TooSoon" ->
          "the policy allows the next trade in %s"
              .formatted(ago(why.integer("earliest").subtract(why.integer("nowSeconds"))));
      default -> reason.toString();
    };
  }

  /** What a number of ticks comes to. */
  private static String percent(BigInteger ticks) {
    BigDecimal ratio = TICK.pow(ticks.abs().intValueExact(), DIGITS);
    return plain(ratio.subtract(BigDecimal.ONE).movePointRight(2).round(SHOWN));
  }

  /** Of the square roots of two prices. */
  private static Optional<String> beyond(BigInteger now, BigInteger most) {
    if (now.signum() <= 0 || most.signum() <= 0) {
      return Optional.empty();
    }
    BigDecimal root = new BigDecimal(now.max(most)).divide(new BigDecimal(now.min(most)), DIGITS);
    return Optional.of(
        plain(root.pow(2, DIGITS).subtract(BigDecimal.ONE).movePointRight(2).round(SHOWN)));
  }

  private static String loan(int loan) {
    return switch (Loan.values()[loan]) {
      case WITHDRAW -> "take back";
      case BORROW -> "borrow";
      case REPAY -> "repay";
      case SUPPLY -> "supply";
    };
  }

  /** Of a number that the market gives times 10^18. */
  private static String factor(Object wad) {
    return plain(new BigDecimal((BigInteger) wad, 18).setScale(3, RoundingMode.DOWN));
  }

  private String amount(BigInteger units) {
    return plain(new BigDecimal(units).movePointLeft(decimals)) + " " + numeraire;
  }

  private static String plain(BigDecimal number) {
    return number.stripTrailingZeros().toPlainString();
  }

  static String ago(BigInteger seconds) {
    if (seconds.bitLength() > 50) {
      return "ages";
    }
    Duration time = Duration.ofSeconds(seconds.longValue());
    return time.toDays() > 1
        ? time.toDays() + " days"
        : time.toHours() > 1 ? time.toHours() + " hours" : time.toSeconds() + " s";
  }
}
