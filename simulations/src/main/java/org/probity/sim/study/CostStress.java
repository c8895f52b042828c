package org.probity.sim.study;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.probity.sim.backtest.BacktestSettings;

/** The same run at higher costs: whether an edge survives them. */
public final class CostStress {

  private static final int LATER_BLOCKS = 2;
  private static final String POOLS = "backtest.market.basket.pools";
  private static final String FEE = "fee-pips";

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
    if (settings.market().isBasket()) {
      return settings.with(POOLS, dearer(settings.written().values(POOLS)));
    }
    PinnedAssets assets = PinnedAssets.of(settings);
    return assets.in(settings).with("backtest.market.fee-pips", 2 * assets.assets().feePips());
  }

  /** The pools as the file has them. */
  private static List<Object> dearer(List<Object> pools) {
    var dearer = new ArrayList<Object>();
    for (Object pool : pools) {
      var one = new TreeMap<String, Object>();
      ((Map<?, ?>) pool).forEach((key, value) -> one.put(key.toString(), value));
      one.computeIfPresent(FEE, (_, fee) -> 2 * Integer.parseInt(fee.toString()));
      dearer.add(one);
    }
    return dearer;
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
