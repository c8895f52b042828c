package org.probity.sim.study;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.probity.settings.BadSetting;
import org.probity.settings.Hocon;
import org.probity.settings.Settings;
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

  /** Where a sweep takes the values between two ends. */
  private enum Scale {
    LINEAR,
    LOG
  }

  private static final String PARAMETERS = "sweep.parameters";
  private static final Set<String> AXIS =
      Set.of("key", "values", "from", "to", "steps", "scale", "whole");

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
   * @throws BadSetting if it holds something that cannot be used
   */
  public static StudySettings load(Path file) {
    Config written = Hocon.parse(file);
    BacktestSettings backtest = BacktestSettings.read(written, Hocon.folderOf(file));
    try {
      return read(written, backtest);
    } catch (IllegalArgumentException e) {
      // A value that what it is for does not take.
      throw new BadSetting(
          "The configuration file %s cannot be used: %s".formatted(file, e.getMessage()), e);
    }
  }

  static StudySettings read(Config written, BacktestSettings backtest) {
    Settings all =
        Settings.of(
            written,
            ConfigFactory.parseResources(
                StudySettings.class.getClassLoader(), "study-reference.conf"),
            Path.of(""),
            "sweep",
            "walk-forward",
            "monte-carlo",
            "training");
    List<Settings> parameters = all.sections(PARAMETERS, AXIS);
    return new StudySettings(
        backtest,
        new Sweep(
            Measure.named(all.text("sweep.objective", "the name of a measure")),
            all.oneOf("sweep.search", Search.class),
            all.integer("sweep.runs", 1, 100_000),
            all.whole("sweep.seed", Long.MIN_VALUE, Long.MAX_VALUE),
            IntStream.range(0, parameters.size())
                .mapToObj(i -> axis(parameters.get(i), PARAMETERS + "." + i + "."))
                .toList()),
        new Windows(
            all.positive("walk-forward.train-days"),
            all.positive("walk-forward.test-days"),
            all.flag("walk-forward.anchored")),
        new Paths(
            all.integer("monte-carlo.runs", 1, 100_000), all.positive("monte-carlo.block-minutes")),
        written.hasPath("training") ? Optional.of(TrainingSettings.read(all)) : Optional.empty());
  }

  private static Axis axis(Settings one, String at) {
    String admitted = "a setting of the backtest, such as backtest.policy.step";
    String key = one.text(at + "key", admitted);
    if (!key.startsWith("backtest.")) {
      throw BadSetting.value(at + "key", key, admitted);
    }
    if (one.isSet(at + "values")) {
      return new SearchSpace.Choice(key, one.values(at + "values"));
    }
    if (!one.isSet(at + "from") || !one.isSet(at + "to")) {
      throw new BadSetting(
          "The parameter %s of sweep.parameters needs values = [ … ], or from and to."
              .formatted(key));
    }
    boolean whole =
        one.config().getValue(at + "from").unwrapped() instanceof Integer
            && one.config().getValue(at + "to").unwrapped() instanceof Integer;
    return new SearchSpace.Range(
        key,
        one.real(at + "from"),
        one.real(at + "to"),
        one.optional(at + "steps", steps -> one.integer(steps, 2, 10_000)).orElse(5),
        one.optional(at + "scale", scale -> one.oneOf(scale, Scale.class)).orElse(Scale.LINEAR)
            == Scale.LOG,
        one.optional(at + "whole", one::flag).orElse(whole));
  }
}
