package org.probity.agent;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.probity.chain.Address;
import org.probity.settings.Hocon;
import org.probity.settings.HoconRefused;

/**
 * A HOCON file read strictly and with sentences of our own: typed access to the settings of one
 * section, each failure a {@link BadSetting}.
 */
record SettingsFile(Config config, Path folder) {

  /** The content of {@code file}, unresolved. */
  static Config parse(Path file) {
    try {
      return Hocon.parse(file);
    } catch (HoconRefused e) {
      throw new BadSetting("", String.valueOf(e.getMessage()));
    }
  }

  /**
   * The section {@code root} of {@code written}, on top of {@code defaults}, which also say what
   * keys there are.
   */
  static SettingsFile of(Config written, Config defaults, String root, Path folder) {
    try {
      refuseUnknownKeys(written, defaults, root);
      return new SettingsFile(
          Hocon.resolve(written.withOnlyPath(root).withFallback(defaults.withOnlyPath(root))),
          folder);
    } catch (HoconRefused e) {
      throw new BadSetting(root, String.valueOf(e.getMessage()));
    } catch (ConfigException.NotResolved e) {
      throw new BadSetting(
          root,
          "The configuration puts a section together from a substitution and settings of its own: write all of them out.");
    }
  }

  /** A misspelt key would otherwise leave a default in force without a word. */
  private static void refuseUnknownKeys(Config written, Config defaults, String root) {
    if (!written.hasPath(root)) {
      throw new BadSetting(
          root,
          "The configuration has no section \"%s { … }\": put its settings into one."
              .formatted(root));
    }
    if (written.getValue(root).valueType() != ConfigValueType.OBJECT) {
      throw BadSetting.value(root, written.getValue(root).unwrapped(), "a section \"{ … }\"");
    }
    Set<String> known = keys(defaults.getConfig(root));
    for (String key : keys(written.getConfig(root))) {
      if (!known.contains(key)) {
        String nearest =
            known.stream().min(Comparator.comparingInt(k -> distance(k, key))).orElse("");
        throw new BadSetting(
            root + "." + key,
            "There is no setting %s.%s: the nearest one is %s.%s."
                .formatted(root, key, root, nearest));
      }
    }
  }

  /** Every key that leads to a value, a null included: those say that a setting exists. */
  private static Set<String> keys(Config section) {
    Set<String> keys = new TreeSet<>();
    collect(section.root(), "", keys);
    return keys;
  }

  private static void collect(ConfigObject section, String prefix, Set<String> keys) {
    section.forEach((name, value) -> {
      if (value instanceof ConfigObject inner && !inner.isEmpty()) {
        collect(inner, prefix + name + ".", keys);
      } else {
        keys.add(prefix + name);
      }
    });
  }

  /** The number of single-character edits from {@code a} to {@code b} (Levenshtein). */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substituted, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }

  <T> Optional<T> optional(String key, Function<String, T> read) {
    return isSet(key) ? Optional.of(read.apply(key)) : Optional.empty();
  }

  String text(String key, String admitted) {
    if (!isSet(key)) {
      throw BadSetting.missing(key, admitted);
    }
    return switch (config.getValue(key).valueType()) {
      case STRING, NUMBER, BOOLEAN -> config.getString(key).strip();
      case OBJECT, LIST, NULL -> throw BadSetting.value(key, found(key), admitted);
    };
  }

  long whole(String key, long least, long most) {
    String admitted =
        most == Long.MAX_VALUE
            ? "a whole number, at least " + least
            : "a whole number from %d to %d".formatted(least, most);
    String text = text(key, admitted);
    try {
      long value = Long.parseLong(text);
      if (value < least || value > most) {
        throw BadSetting.value(key, text, admitted);
      }
      return value;
    } catch (NumberFormatException e) {
      throw BadSetting.value(key, text, admitted);
    }
  }

  boolean flag(String key) {
    String admitted = "true or false";
    return switch (text(key, admitted)) {
      case "true" -> true;
      case "false" -> false;
      default -> throw BadSetting.value(key, found(key), admitted);
    };
  }

  /** One of the constants of an enum, in small letters. */
  <E extends Enum<E>> E oneOf(String key, Class<E> kind) {
    List<E> constants = List.of(kind.getEnumConstants());
    String admitted =
        constants.stream()
            .map(constant -> constant.name().toLowerCase(Locale.ROOT))
            .collect(Collectors.joining(", or "));
    String text = text(key, admitted);
    return constants.stream()
        .filter(constant -> constant.name().toLowerCase(Locale.ROOT).equals(text))
        .findFirst()
        .orElseThrow(() -> BadSetting.value(key, text, admitted));
  }

  Duration duration(String key, Duration least, Duration most) {
    String admitted =
        "a duration from %s to %s, such as \"2 s\""
            .formatted(DurationWords.of(least), DurationWords.of(most));
    String text = text(key, admitted);
    try {
      Duration value = config.getDuration(key);
      if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
        throw BadSetting.value(key, text, admitted);
      }
      return value;
    } catch (ConfigException e) {
      throw BadSetting.value(key, text, admitted);
    }
  }

  /** A number of bytes. */
  long size(String key, long least) {
    String admitted = "a size of at least %d MB, such as \"8 GB\"".formatted(least >> 20);
    String text = text(key, admitted);
    try {
      long value = config.getBytes(key);
      if (value < least) {
        throw BadSetting.value(key, text, admitted);
      }
      return value;
    } catch (ConfigException e) {
      throw BadSetting.value(key, text, admitted);
    }
  }

  URI uri(String key, Set<String> schemes) {
    String admitted =
        schemes.stream().sorted().map(s -> s + "://").collect(Collectors.joining(" or "))
            + " and a host, such as \"%s://127.0.0.1:8545\""
                .formatted(schemes.stream().sorted().toList().getFirst());
    String text = text(key, admitted);
    try {
      URI uri = URI.create(text);
      String scheme = uri.getScheme();
      if (scheme == null
          || !schemes.contains(scheme.toLowerCase(Locale.ROOT))
          || uri.getHost() == null) {
        throw BadSetting.address(key, text, admitted);
      }
      return uri;
    } catch (IllegalArgumentException e) {
      throw BadSetting.address(key, text, admitted);
    }
  }

  /** One URI, or a list of them. */
  List<URI> uris(String key, Set<String> schemes) {
    if (!isSet(key) || config.getValue(key).valueType() != ConfigValueType.LIST) {
      return List.of(uri(key, schemes));
    }
    List<String> all = words(key, "a list of addresses");
    if (all.isEmpty()) {
      throw BadSetting.value(key, "[]", "one address at least");
    }
    return all.stream()
        .map(word ->
            new SettingsFile(config.withValue(key, ConfigValueFactory.fromAnyRef(word)), folder)
                .uri(key, schemes))
        .toList();
  }

  Address address(String key) {
    String admitted = "an address (0x and 40 hex digits)";
    String text = text(key, admitted);
    try {
      return new Address(text);
    } catch (IllegalArgumentException e) {
      throw BadSetting.value(key, text, admitted + ": " + e.getMessage());
    }
  }

  Path path(String key) {
    String admitted = "a path";
    String text = text(key, admitted);
    if (text.isEmpty()) {
      throw BadSetting.value(key, text, admitted);
    }
    try {
      return folder.resolve(text).normalize();
    } catch (InvalidPathException e) {
      throw BadSetting.value(key, text, admitted);
    }
  }

  private boolean isSet(String key) {
    // hasPath answers false for a null, which is how reference.conf lists settings without default.
    return config.hasPath(key);
  }

  private Object found(String key) {
    return config.getValue(key).unwrapped();
  }

  /** An amount of whole tokens, which may have decimals. */
  BigDecimal amount(String key) {
    String admitted = "a positive amount, such as 1000 or 0.5";
    String text = text(key, admitted);
    try {
      BigDecimal value = new BigDecimal(text);
      if (value.signum() <= 0) {
        throw BadSetting.value(key, text, admitted);
      }
      return value;
    } catch (NumberFormatException e) {
      throw BadSetting.value(key, text, admitted);
    }
  }

  /** A list of words and numbers, as text. */
  List<String> words(String key, String admitted) {
    if (!isSet(key)) {
      throw BadSetting.missing(key, admitted);
    }
    if (config.getValue(key).valueType() != ConfigValueType.LIST) {
      throw BadSetting.value(key, found(key), admitted);
    }
    return config.getList(key).stream().map(value -> String.valueOf(value.unwrapped())).toList();
  }

  /** A list of paths. */
  List<Path> paths(String key) {
    return words(key, "a list of paths").stream()
        .map(word -> folder.resolve(word).normalize())
        .toList();
  }

  /**
   * A list of sections, each to be read under {@code key.0}, {@code key.1} and so on.
   *
   * @param known what may stand in one
   */
  List<SettingsFile> sections(String key, Set<String> known) {
    String admitted = "a list of sections { " + String.join(", ", new TreeSet<>(known)) + " }";
    if (config.getValue(key).valueType() != ConfigValueType.LIST) {
      throw BadSetting.value(key, found(key), admitted);
    }
    List<SettingsFile> sections = new ArrayList<>();
    for (ConfigValue value : config.getList(key)) {
      String at = key + "." + sections.size();
      if (!(value instanceof ConfigObject section)) {
        throw BadSetting.value(at, value.unwrapped(), "a section { … }");
      }
      for (String name : section.keySet()) {
        if (!known.contains(name)) {
          throw new BadSetting(
              at + "." + name,
              "There is no setting %s.%s: there are %s."
                  .formatted(at, name, String.join(", ", new TreeSet<>(known))));
        }
      }
      sections.add(new SettingsFile(section.toConfig().atPath(at), folder));
    }
    return sections;
  }

  /** Durations as a person writes them. */
  private static final class DurationWords {
    private DurationWords() {}

    static String of(Duration duration) {
      return List.of(
              new Unit(3_600_000, "h"),
              new Unit(60_000, "min"),
              new Unit(1_000, "s"),
              new Unit(1, "ms"))
          .stream()
          .filter(unit -> duration.toMillis() % unit.millis == 0)
          .findFirst()
          .map(unit -> duration.toMillis() / unit.millis + " " + unit.name)
          .orElse(duration.toString());
    }

    private record Unit(long millis, String name) {}
  }
}
