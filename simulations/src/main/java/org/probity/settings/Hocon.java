package org.probity.settings;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigResolveOptions;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Supplier;

/**
 * HOCON as this project reads it. The language can fetch, read any file, take any variable of the
 * environment and double a text with each line; a configuration that somebody hands on must not. So
 * here it
 *
 * <ul>
 *   <li>includes files only, relative to the including file; one that is not there is an error, and
 *       so is any address;
 *   <li>takes variables of the environment only if {@link Environment} permits their names;
 *   <li>has bounds: the size of each file, how many are included, how deep it nests and how much
 *       its substitutions may grow to.
 * </ul>
 */
public final class Hocon {

  private Hocon() {}

  /**
   * The content of {@code file} and what it includes, with its substitutions still open: {@link
   * #resolve} closes them.
   *
   * @throws BadSetting if there is no such file, it is not HOCON, or it breaks a rule above
   */
  public static Config parse(Path file) {
    return parse(file, System.getenv());
  }

  static Config parse(Path file, Map<String, String> environment) {
    Path absolute = file.toAbsolutePath().normalize();
    return guarded(
        "The configuration file %s is not valid HOCON: %%s.".formatted(escaped(file)),
        () -> {
          Config parsed = new Sources().read(absolute);
          Substitutions.check(parsed, new Environment(environment));
          return parsed;
        });
  }

  /**
   * {@code config} with all its substitutions replaced, from itself and from the permitted
   * environment.
   *
   * @throws BadSetting if one of them has no value
   */
  public static Config resolve(Config config) {
    return resolve(config, System.getenv());
  }

  static Config resolve(Config config, Map<String, String> environment) {
    Environment permitted = new Environment(environment);
    return guarded(
        "The configuration cannot be read: %s.",
        () -> {
          Substitutions.check(config, permitted);
          return config.resolve(ConfigResolveOptions.noSystem().appendResolver(permitted));
        });
  }

  /** The folder that relative paths in {@code file} start from. */
  public static Path folderOf(Path file) {
    Path folder = file.toAbsolutePath().normalize().getParent();
    return folder == null ? Path.of("") : folder;
  }

  /** The first line of what the parser says, without its full stop. */
  public static String firstLine(ConfigException e) {
    String message = String.valueOf(e.getMessage()).strip();
    String line = message.lines().findFirst().orElse(message);
    return line.endsWith(".") ? line.substring(0, line.length() - 1) : line;
  }

  private static Config guarded(String sentence, Supplier<Config> work) {
    try {
      return work.get();
    } catch (ConfigException e) {
      throw new BadSetting(sentence.formatted(firstLine(e)), e);
    } catch (StackOverflowError e) {
      throw new BadSetting(
          sentence.formatted("it nests too deeply: write its settings out in fewer levels"), e);
    }
  }

  private static String escaped(Path file) {
    return file.toString().replace("%", "%%");
  }
}
