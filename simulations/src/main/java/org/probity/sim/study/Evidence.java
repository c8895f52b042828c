package org.probity.sim.study;

import java.util.Optional;
import org.probity.sim.backtest.BacktestSettings;

/**
 * What a run depends on besides the code, as a node has it. Two nodes with the same evidence get
 * the same result.
 *
 * @param settings digest of the settings in force
 * @param model digest of the strategy's model
 * @param market hash of the market's series; empty if it is an invented one
 * @param gas hash of the gas prices' series; empty if there is none
 */
public record Evidence(String settings, String model, String market, String gas) {

  /** In words, what {@code other} has differently; empty if nothing. */
  public Optional<String> difference(Evidence other) {
    if (!model.equals(other.model)) {
      return Optional.of(
          "its strategy has the model %s, and ours is %s: give it the same bundle, at the same path"
              .formatted(shortened(other.model), shortened(model)));
    }
    if (!market.equals(other.market)) {
      return Optional.of(
          "its market series has the hash %s, and ours has %s: copy the history store to it"
              .formatted(shortened(other.market), shortened(market)));
    }
    if (!gas.equals(other.gas)) {
      return Optional.of(
          "its series of gas prices has the hash %s, and ours has %s: copy the history store to it"
              .formatted(shortened(other.gas), shortened(gas)));
    }
    return settings.equals(other.settings)
        ? Optional.empty()
        : Optional.of("it reads the settings differently");
  }

  static Evidence of(BacktestSettings settings, String model, String market, String gas) {
    return new Evidence(settings.digest(), model, market, gas);
  }

  /** What does not change from one run to the next of most studies. */
  public String subject() {
    return BacktestJobs.hash(model, market, gas);
  }

  private static String shortened(String hash) {
    return hash.isEmpty() ? "(none)" : hash.substring(0, Math.min(12, hash.length())) + "…";
  }
}
