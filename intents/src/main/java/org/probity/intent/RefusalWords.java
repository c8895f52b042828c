package org.probity.intent;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.time.Duration;
import org.probity.chain.AbiValues;
import org.probity.chain.ChainClient;
import org.probity.chain.Erc20;
import org.probity.chain.RevertReason;

/**
 * Why a vault refused, in prices and amounts that people know: with symbols, decimals and per cent.
 * What is none of these reasons is told as the contract names it.
 *
 * @param base symbol of the base asset
 * @param quote symbol of the quote asset
 */
record RefusalWords(
    String base, int baseDecimals, String quote, int quoteDecimals, boolean inverted) {

  private static final MathContext DIGITS = new MathContext(60);
  private static final MathContext SHOWN = new MathContext(6);
  private static final BigDecimal Q96 = new BigDecimal(BigInteger.ONE.shiftLeft(96));

  /** With the symbols and decimals of a vault's two tokens, as the chain tells them. */
  static RefusalWords of(ChainClient chain, Vault.Parts parts) {
    Erc20 base = new Erc20(parts.base());
    Erc20 quote = new Erc20(parts.quote());
    return new RefusalWords(
        base.symbol(chain),
        base.decimals(chain),
        quote.symbol(chain),
        quote.decimals(chain),
        parts.inverted());
  }

  String of(RevertReason reason) {
    if (!(reason instanceof RevertReason.Custom(String name, AbiValues why))) {
      return reason.toString();
    }
    return switch (name) {
      case "PriceBeyondLimit" ->
          why.integer("sqrtPriceX96").signum() > 0 && why.integer("limitX96").signum() > 0
              ? beyondLimit(why.integer("sqrtPriceX96"), why.integer("limitX96"))
              : reason.toString();
      case "TradeTooSmall" ->
          "the trade of %s is below the policy's smallest of %s"
              .formatted(amount(why.integer("notional")), amount(why.integer("minimum")));
      case "BudgetSpent" ->
          "%s is left of the budget of epoch %s, less than the smallest trade"
              .formatted(amount(why.integer("left")), why.integer("epoch"));
      case "SlippageExceeded" ->
          "the swap would give %s, and the policy accepts no less than %s"
              .formatted(amount(why.integer("value")), amount(why.integer("minimum")));
      case "Expired" ->
          "its deadline is over since %s by the clock of the block"
              .formatted(ago(why.integer("nowSeconds").subtract(why.integer("deadline"))));
      default -> reason.toString();
    };
  }

  private String beyondLimit(BigInteger spot, BigInteger limit) {
    BigDecimal now = price(spot);
    BigDecimal most = price(limit);
    BigDecimal percent =
        now.subtract(most).abs().movePointRight(2).divide(most, DIGITS).round(new MathContext(3));
    return "the pool's price of %s %s a %s is %s %% beyond the policy's limit of %s"
        .formatted(plain(now.round(SHOWN)), quote, base, plain(percent), plain(most.round(SHOWN)));
  }

  /** Of the base asset in the quote asset, from the square root that pools hold. */
  private BigDecimal price(BigInteger sqrtPriceX96) {
    BigDecimal root = new BigDecimal(sqrtPriceX96).divide(Q96, DIGITS);
    BigDecimal ratio = root.multiply(root, DIGITS);
    BigDecimal price = inverted ? BigDecimal.ONE.divide(ratio, DIGITS) : ratio;
    return price.movePointRight(baseDecimals - quoteDecimals);
  }

  private String amount(BigInteger quoteUnits) {
    return plain(new BigDecimal(quoteUnits).movePointLeft(quoteDecimals)) + " " + quote;
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
