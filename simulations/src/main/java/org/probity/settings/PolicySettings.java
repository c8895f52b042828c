package org.probity.settings;

import com.typesafe.config.ConfigFactory;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.probity.intent.VaultPolicy;

/**
 * A vault's policy as its owner writes it in a HOCON file; amounts are in whole units of the quote
 * asset.
 *
 * @param maxSlippageBps worst price accepted, fees included, against the reference price
 * @param maxAgeSeconds how old the features may be at execution
 * @param stepSeconds the moments that may be decided for are its multiples; with 1 any second is
 * @param epochSeconds length of the epochs that the budget is for
 * @param minTrade smallest trade
 * @param maxNotionalPerEpoch sum of the trades of one epoch
 * @param targets for each decision the weight of the base asset to trade to, in basis points; empty
 *     to hold
 */
public record PolicySettings(
    int maxSlippageBps,
    long maxAgeSeconds,
    long stepSeconds,
    long epochSeconds,
    BigDecimal minTrade,
    BigDecimal maxNotionalPerEpoch,
    List<OptionalInt> targets) {

  private static final String ROOT = "policy";
  private static final String TARGETS_ADMITTED =
      "a list with a word for each decision: a weight in basis points (0 to 10000) or \"hold\"";

  public PolicySettings {
    targets = List.copyOf(targets);
  }

  /**
   * Reads {@code file}, whose settings {@code policy-reference.conf} documents.
   *
   * @throws BadSetting if it cannot be used
   */
  public static PolicySettings load(Path file) {
    return read(
        Settings.section(
            Hocon.parse(file),
            ConfigFactory.parseResources(
                PolicySettings.class.getClassLoader(), "policy-reference.conf"),
            Hocon.folderOf(file),
            ROOT),
        ROOT);
  }

  /**
   * The policy in the section {@code at}.
   *
   * @throws BadSetting if it cannot be used
   */
  public static PolicySettings read(Settings settings, String at) {
    String targets = at + ".targets";
    return new PolicySettings(
        settings.integer(at + ".max-slippage-bps", 1, 2_000),
        settings.whole(at + ".max-age-seconds", 1, 86_400),
        settings.whole(at + ".step-seconds", 1, 86_400),
        settings.whole(at + ".epoch-seconds", 60, 366L * 86_400),
        settings.amount(at + ".min-trade"),
        settings.amount(at + ".max-notional-per-epoch"),
        settings.words(targets, TARGETS_ADMITTED).stream()
            .map(word -> target(targets, word))
            .toList());
  }

  private static OptionalInt target(String key, String word) {
    if (word.equals("hold")) {
      return OptionalInt.empty();
    }
    try {
      int bps = Integer.parseInt(word);
      if (bps < 0 || bps > 10_000) {
        throw BadSetting.value(key, word, TARGETS_ADMITTED);
      }
      return OptionalInt.of(bps);
    } catch (NumberFormatException e) {
      throw BadSetting.value(key, word, TARGETS_ADMITTED);
    }
  }

  /** The policy in the smallest units of a quote asset with this many decimals. */
  public VaultPolicy inUnits(int quoteDecimals) {
    return new VaultPolicy(
        maxSlippageBps,
        maxAgeSeconds,
        stepSeconds,
        epochSeconds,
        minTrade.movePointRight(quoteDecimals).toBigInteger(),
        maxNotionalPerEpoch.movePointRight(quoteDecimals).toBigInteger(),
        targets);
  }
}
