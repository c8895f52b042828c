package org.probity.sim.backtest;

import java.util.List;
import java.util.stream.Collectors;
import org.probity.intent.policy.Policy;

/**
 * What was traded, and what the model's outputs meant.
 *
 * @param assets that the vault may have, the numeraire first, in which everything is counted
 * @param feePips the pools' fees, in hundredths of a basis point
 * @param headSeconds what lies between two points of the equity curve, in seconds of market time;
 *     the typical one where heads come irregularly
 * @param decisions label of each output of the model
 * @param targets for each class the weight of each asset but the numeraire in basis points, or
 *     {@link Policy#HOLD}; empty where the outputs are weights themselves
 * @param scenario the market in a few words, for a title
 */
public record MarketDescription(
    List<Asset> assets,
    List<Integer> feePips,
    long headSeconds,
    List<String> decisions,
    List<List<Integer>> targets,
    String scenario) {

  /**
   * One asset.
   *
   * @param decimals one whole token is {@code 10^decimals} of its smallest unit
   */
  public record Asset(String symbol, int decimals) {}

  public MarketDescription {
    assets = List.copyOf(assets);
    feePips = List.copyOf(feePips);
    decisions = List.copyOf(decisions);
    targets = targets.stream().map(List::copyOf).toList();
  }

  /** The asset that everything is counted in. */
  public Asset quote() {
    return assets.getFirst();
  }

  /** The first of the others; of a pair the only one. */
  public Asset base() {
    return assets.get(1);
  }

  /** Whether there are two assets, so that there is one price. */
  public boolean isPair() {
    return assets.size() == 2;
  }

  /** The assets but the numeraire, in words. */
  public String others() {
    return assets.stream().skip(1).map(Asset::symbol).collect(Collectors.joining(", "));
  }

  /** A decision in words: its class, or the outputs of a model that gives weights. */
  public String label(List<Integer> outputs) {
    if (!targets.isEmpty() && outputs.size() == 1) {
      int index = outputs.getFirst();
      return index >= 0 && index < decisions.size() ? decisions.get(index) : "class " + index;
    }
    return outputs.stream().map(String::valueOf).collect(Collectors.joining(" "));
  }

  /** Whether a decision asks for anything but to leave all as it is. */
  public boolean acts(List<Integer> outputs) {
    if (targets.isEmpty()) {
      return true;
    }
    int index = outputs.getFirst();
    return index >= 0
        && index < targets.size()
        && targets.get(index).stream().anyMatch(weight -> weight != Policy.HOLD);
  }
}
