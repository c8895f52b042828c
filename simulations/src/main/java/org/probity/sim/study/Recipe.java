package org.probity.sim.study;

import com.typesafe.config.ConfigException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.probity.settings.BadSetting;
import org.probity.sim.backtest.BacktestSettings;

/**
 * What another node needs to make the same job, besides its own copy of what the settings name: a
 * strategy's bundle, a history store. Neither is in it, so neither travels.
 *
 * @param settings the settings in force, as {@link BacktestSettings#canonical} writes them
 * @param assets which of the assets' keys the file has
 * @param resampling how the path is made, where the market is a resampled one
 */
public record Recipe(String settings, Set<String> assets, Optional<Resampling> resampling) {

  /**
   * A path of a resampled market.
   *
   * @param blockMinutes mean length of a block
   */
  public record Resampling(double blockMinutes, long seed) {}

  public Recipe {
    assets = Collections.unmodifiableSet(new TreeSet<>(assets));
  }

  static Recipe of(BacktestSettings settings) {
    return new Recipe(settings.canonical(), settings.market().written(), Optional.empty());
  }

  Recipe with(Resampling path) {
    return new Recipe(settings, assets, Optional.of(path));
  }

  /**
   * The settings again.
   *
   * @param folder what relative paths in them are relative to on this node
   * @throws BadSetting if they cannot be used here
   */
  BacktestSettings settings(Path folder) {
    try {
      return BacktestSettings.restore(settings, assets, folder);
    } catch (ConfigException e) {
      throw new BadSetting("The settings of a run cannot be read: " + e.getMessage(), e);
    }
  }
}
