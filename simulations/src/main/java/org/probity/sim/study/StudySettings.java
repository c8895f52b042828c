package org.probity.sim.study;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigValueType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.probity.settings.Hocon;
import org.probity.settings.HoconRefused;
import org.probity.sim.backtest.BacktestRefused;
import org.probity.sim.backtest.BacktestSettings;
import org.probity.sim.metrics.Measure;
import org.probity.sim.study.SearchSpace.Axis;

/**
 * A configuration file with the sections of studies beside {@code backtest}; {@code
 * study-reference.conf} documents each setting.
 *
 * @param backtest the run that everything starts from
 */
public record StudySettings(
    BacktestSettings backtest,
    Sweep sweep,
    Windows walkForward,
    Paths monteCarlo,
    Optional<TrainingSettings> training) {

  /** How a sweep searches. */
  public enum Search {
    GRID,
    RANDOM
  }

  /**
   * A sweep.
   *
   * @param axes empty if the file has none
   * @param runs of a search at random
   */
  public record Sweep(Measure objective, Search search, int runs, long seed, List<Axis> axes) {
    public Sweep {
      axes = List.copyOf(axes);
    }

    /** The points to try. */
    public List<java.util.Map<String, Object>> points() {
      var space = new SearchSpace(axes);
      return search == Search.GRID ? space.grid() : space.random(runs, seed);
    }
  }

  /** The windows of a walk-forward, in days. */
  public record Windows(double trainDays, double testDays, boolean anchored) {}

  /**
   * Random paths.
   *
   * @param blockMinutes mean length of a block where history is resampled
   */
  public record Paths(int runs, double blockMinutes) {}

  /** The same studies of another run. */
  public StudySettings with(BacktestSettings other) {
    return new StudySettings(other, sweep, walkForward, monteCarlo, training);
  }

  /**
   * Reads {@code file}.
   *
   * @throws BacktestRefused if it holds something that cannot be used
   */
  public static StudySettings load(Path file) {
    Config written = BacktestSettings.parse(file);
    BacktestSettings backtest = BacktestSettings.read(written, Hocon.folderOf(file));
    try {
      return read(written, backtest);
    } catch (HoconRefused e) {
      throw new BacktestRefused(String.valueOf(e.getMessage()), e);
    } catch (ConfigException e) {
      throw new BacktestRefused(
          "The configuration file %s cannot be used: %s.".formatted(file, Hocon.firstLine(e)), e);
    } catch (IllegalArgumentException e) {
      // A value that what it is for does not take.
      throw new BacktestRefused(
          "The configuration file %s cannot be used: %s".formatted(file, e.getMessage()), e);
    }
  }

  static StudySettings read(Config written, BacktestSettings backtest) {
    Config defaults =
        ConfigFactory.parseResources(StudySettings.class.getClassLoader(), "study-reference.conf");
    for (String section : List.of("sweep", "walk-forward", "monte-carlo", "training")) {
      refuseUnknown(written, defaults, section);
    }
    Config all = Hocon.resolve(written.withFallback(defaults));
    return new StudySettings(
        backtest,
        new Sweep(
            Measure.named(all.getString("sweep.objective")),
            search(all.getString("sweep.search")),
            whole(all, "sweep.runs", 1, 100_000),
            all.getLong("sweep.seed"),
            all.getConfigList("sweep.parameters").stream().map(StudySettings::axis).toList()),
        new Windows(
            days(all, "walk-forward.train-days"),
            days(all, "walk-forward.test-days"),
            all.getBoolean("walk-forward.anchored")),
        new Paths(
            whole(all, "monte-carlo.runs", 1, 100_000), positive(all, "monte-carlo.block-minutes")),
        written.hasPath("training") ? Optional.of(TrainingSettings.read(all)) : Optional.empty());
  }

  private static void refuseUnknown(Config written, Config defaults, String section) {
    if (!written.hasPath(section)) {
      return;
    }
    if (written.getValue(section).valueType() != ConfigValueType.OBJECT) {
      throw new BacktestRefused(
          "The setting %s is not a section: write \"%s { … }\".".formatted(section, section));
    }
    Set<String> known = new TreeSet<>(defaults.getConfig(section).root().keySet());
    for (String key : written.getConfig(section).root().keySet()) {
      if (!known.contains(key)) {
        throw new BacktestRefused(
            "There is no setting %s.%s: there are %s."
                .formatted(section, key, String.join(", ", known)));
      }
    }
  }

  private static Search search(String word) {
    return switch (word.toLowerCase(Locale.ROOT)) {
      case "grid" -> Search.GRID;
      case "random" -> Search.RANDOM;
      default -> throw value("sweep.search", word, "grid or random");
    };
  }

  private static Axis axis(Config one) {
    String key = one.hasPath("key") ? one.getString("key") : "";
    if (!key.startsWith("backtest.")) {
      throw value(
          "sweep.parameters.key",
          key,
          "a setting of the backtest, such as backtest.policy.step-seconds");
    }
    if (one.hasPath("values")) {
      return new SearchSpace.Choice(key, new ArrayList<>(one.getAnyRefList("values")));
    }
    if (!one.hasPath("from") || !one.hasPath("to")) {
      throw new BacktestRefused(
          "The parameter %s of sweep.parameters needs values = [ … ], or from and to."
              .formatted(key));
    }
    boolean logarithmic = one.hasPath("scale") && one.getString("scale").equals("log");
    boolean whole =
        one.getValue("from").unwrapped() instanceof Integer
            && one.getValue("to").unwrapped() instanceof Integer;
    return new SearchSpace.Range(
        key,
        real(one, "from"),
        real(one, "to"),
        one.hasPath("steps") ? whole(one, "steps", 2, 10_000) : 5,
        logarithmic,
        one.hasPath("whole") ? one.getBoolean("whole") : whole);
  }

  static int whole(Config config, String key, int least, int most) {
    int value = config.getInt(key);
    if (value < least || value > most) {
      throw value(key, value, "a whole number from %d to %d".formatted(least, most));
    }
    return value;
  }

  static double positive(Config config, String key) {
    double value = real(config, key);
    if (!(value > 0)) {
      throw value(key, value, "a positive number");
    }
    return value;
  }

  /** The library takes "NaN" and "Infinity" for numbers. */
  static double real(Config config, String key) {
    double value = config.getDouble(key);
    if (!Double.isFinite(value)) {
      throw value(key, value, "a finite number");
    }
    return value;
  }

  private static double days(Config config, String key) {
    return positive(config, key);
  }

  static BacktestRefused value(String key, Object found, String admitted) {
    return new BacktestRefused(
        "The setting %s is \"%s\": it must be %s.".formatted(key, found, admitted));
  }
}
