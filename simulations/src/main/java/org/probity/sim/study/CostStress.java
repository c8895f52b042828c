package org.probity.sim.study;

import java.util.ArrayList;
import java.util.List;
import org.probity.sim.backtest.BacktestSettings;

/** The same run at higher costs: whether an edge survives them. */
public final class CostStress {

  private static final int LATER_BLOCKS = 2;

  private CostStress() {}

  /**
   * A run under stress.
   *
   * @param name of what is changed, in words
   */
  public record Variant(String name, BacktestSettings settings) {}

  /** As it is, each cost doubled, and all of them together. */
  public static List<Variant> variants(BacktestSettings settings) {
    var variants = new ArrayList<Variant>();
    variants.add(new Variant("as configured", settings));
    variants.add(new Variant("pool fee doubled", dearer(settings)));
    variants.add(new Variant("gas doubled", gas(settings)));
    variants.add(
        new Variant(
            "proofs twice as slow, %s blocks later".formatted(LATER_BLOCKS), later(settings)));
    variants.add(new Variant("all of these", later(gas(dearer(settings)))));
    return variants;
  }

  private static BacktestSettings dearer(BacktestSettings settings) {
    PinnedAssets assets = PinnedAssets.of(settings);
    return assets.in(settings).with("backtest.market.fee-pips", 2 * assets.assets().feePips());
  }

  private static BacktestSettings gas(BacktestSettings settings) {
    return settings.with("backtest.gas.scale", 2 * settings.gas().scale());
  }

  private static BacktestSettings later(BacktestSettings settings) {
    return settings
        .with("backtest.proving.scale", 2 * settings.proving().scale())
        .with(
            "backtest.chain.inclusion-delay-blocks",
            settings.chain().inclusionDelayBlocks() + LATER_BLOCKS);
  }
}
