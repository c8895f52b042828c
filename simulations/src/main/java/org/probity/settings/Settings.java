package org.probity.settings;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.probity.chain.Address;

/**
 * Settings read strictly: typed access by the full path of each, {@code probity.chain.id}. Whatever
 * cannot be used is a {@link BadSetting} that names the setting and what is admitted.
 *
 * @param folder what relative paths are relative to
 */
public record Settings(Config config, Path folder) {

  private static final int MOST_DIGITS = 100;
  private static final Pattern SECONDS =
      Pattern.compile("([0-9]{1,9}) *(s|seconds?|m|min|minutes?|h|hours?|d|days?)");
  private static final Pattern SHARE = Pattern.compile("([0-9]{1,6}(?:\\.[0-9]{1,6})?) *(%|bps)");

  /**
   * The sections {@code roots} of {@code written} on top of {@code defaults}, which also say what
   * settings there are. A section that is not written is that of the defaults.
   *
   * @throws BadSetting if a section has an unknown setting, or a substitution cannot be made
   */
  public static Settings of(Config written, Config defaults, Path folder, String... roots) {
    try {
      for (String root : roots) {
        if (written.hasPath(root)) {
          refuseUnknownKeys(written, defaults, root);
        }
      }
      return new Settings(Hocon.resolve(written.withFallback(defaults)), folder);
    } catch (ConfigException.NotResolved e) {
      throw new BadSetting(
          "The configuration puts a section together from a substitution and settings of its own: write all of them out.",
          e);
    }
  }

  /**
   * The one section {@code root} of {@code written}, which must be there; the others are for
   * others.
   *
   * @throws BadSetting as {@link #of}, or if there is no such section
   */
  public static Settings section(Config written, Config defaults, Path folder, String root) {
    if (!written.hasPath(root)) {
      throw new BadSetting(
          "The configuration has no section \"%s { … }\": put its settings into one."
              .formatted(root));
    }
    return of(written.withOnlyPath(root), defaults.withOnlyPath(root), folder, root);
  }

  /** A misspelt key would otherwise leave a default in force without a word. */
  private static void refuseUnknownKeys(Config written, Config defaults, String root) {
    if (written.getValue(root).valueType() != ConfigValueType.OBJECT) {
      throw BadSetting.value(root, written.getValue(root).unwrapped(), "a section \"{ … }\"");
    }
    Set<String> known = keys(defaults.getConfig(root));
    for (String key : keys(written.getConfig(root))) {
      if (!known.contains(key)) {
        String nearest =
            known.stream().min(Comparator.comparingInt(k -> distance(k, key))).orElse("");
        throw new BadSetting(
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

  /** Whether it has a value; a null is none, which is how defaults list what has no default. */
  public boolean isSet(String key) {
    return config.hasPath(key);
  }

  /** What {@code read} makes of it, if it is set. */
  public <T> Optional<T> optional(String key, Function<String, T> read) {
    return isSet(key) ? Optional.of(read.apply(key)) : Optional.empty();
  }

  /**
   * A word, a number or a truth value as text.
   *
   * @param admitted what it must be, for the one who reads that it is missing or is none
   */
  public String text(String key, String admitted) {
    if (!isSet(key)) {
      throw BadSetting.missing(key, admitted);
    }
    return switch (config.getValue(key).valueType()) {
      case STRING, NUMBER, BOOLEAN -> config.getString(key).strip();
      case OBJECT, LIST, NULL -> throw BadSetting.value(key, found(key), admitted);
    };
  }

  /** What a text comes to; null if it is nothing that is admitted. */
  private interface Parse<T> {
    @Nullable T of(String text);
  }

  /** What {@code parse} makes of the text; if it throws or gives null, that is not admitted. */
  private <T> T parsed(String key, String admitted, Parse<T> parse) {
    String text = text(key, admitted);
    @Nullable T value;
    try {
      value = parse.of(text);
    } catch (IllegalArgumentException
        | ArithmeticException
        | DateTimeException
        | ConfigException e) {
      throw BadSetting.value(key, text, admitted);
    }
    if (value == null) {
      throw BadSetting.value(key, text, admitted);
    }
    return value;
  }

  public long whole(String key, long least, long most) {
    String admitted =
        most == Long.MAX_VALUE
            ? "a whole number, at least " + least
            : "a whole number from %d to %d".formatted(least, most);
    return parsed(
        key,
        admitted,
        text -> {
          long value = new BigDecimal(text).longValueExact();
          return value < least || value > most ? null : value;
        });
  }

  public int integer(String key, int least, int most) {
    return (int) whole(key, least, most);
  }

  /** A finite number. */
  public double real(String key, double least, double most) {
    String admitted =
        Double.isInfinite(most)
            ? "a finite number" + (Double.isInfinite(least) ? "" : ", at least " + least)
            : "a number from %s to %s".formatted(least, most);
    return parsed(
        key,
        admitted,
        text -> {
          double value = Double.parseDouble(text);
          return value >= least && value <= most && Double.isFinite(value) ? value : null;
        });
  }

  /** Any finite number. */
  public double real(String key) {
    return real(key, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);
  }

  /** A finite number greater than 0. */
  public double positive(String key) {
    return parsed(
        key,
        "a finite and positive number",
        text -> {
          double value = Double.parseDouble(text);
          return value > 0 && Double.isFinite(value) ? value : null;
        });
  }

  /** An amount of whole tokens, which may have decimals. */
  public BigDecimal amount(String key) {
    return amount(key, "a positive amount", 1);
  }

  /** The same, or nothing of them. */
  public BigDecimal amountOrZero(String key) {
    return amount(key, "an amount, zero or more", 0);
  }

  private BigDecimal amount(String key, String kind, int leastSign) {
    return parsed(
        key,
        kind + ", such as 1000 or 0.5",
        text -> {
          var value = new BigDecimal(text);
          // A power of ten that nothing is worth would be written out digit by digit.
          boolean sane = Math.abs(value.scale()) <= MOST_DIGITS && value.precision() <= MOST_DIGITS;
          return sane && value.signum() >= leastSign ? value : null;
        });
  }

  public boolean flag(String key) {
    return this.<Boolean>parsed(
        key,
        "true or false",
        text ->
            switch (text) {
              case "true" -> true;
              case "false" -> false;
              default -> null;
            });
  }

  /** One of the constants of an enum, in small letters. */
  public <E extends Enum<E>> E oneOf(String key, Class<E> kind) {
    List<E> constants = List.of(kind.getEnumConstants());
    String admitted =
        constants.stream()
            .map(constant -> constant.name().toLowerCase(Locale.ROOT))
            .collect(Collectors.joining(", or "));
    return parsed(
        key,
        admitted,
        text ->
            constants.stream()
                .filter(constant -> constant.name().toLowerCase(Locale.ROOT).equals(text))
                .findFirst()
                .orElse(null));
  }

  /** A moment in seconds of Unix time. */
  public long moment(String key) {
    return parsed(
        key,
        "a moment in UTC, such as 2024-01-01 or 2024-01-01T12:00:00Z",
        text ->
            text.length() == 10
                ? LocalDate.parse(text).toEpochSecond(LocalTime.MIN, ZoneOffset.UTC)
                : Instant.parse(text).getEpochSecond());
  }

  public Duration duration(String key, Duration least, Duration most) {
    return parsed(
        key,
        "a duration from %s to %s, such as \"2 s\""
            .formatted(DurationWords.of(least), DurationWords.of(most)),
        _ -> {
          Duration value = config.getDuration(key);
          return value.compareTo(least) < 0 || value.compareTo(most) > 0 ? null : value;
        });
  }

  /** A duration of whole seconds, which needs its unit. */
  public long seconds(String key, long least, long most) {
    return parsed(
        key,
        "a duration from %s to %s with its unit, such as \"90 s\", \"10 min\" or \"1 d\""
            .formatted(
                DurationWords.of(Duration.ofSeconds(least)),
                DurationWords.of(Duration.ofSeconds(most))),
        text -> {
          Matcher parts = SECONDS.matcher(text);
          if (!parts.matches()) {
            return null;
          }
          long unit =
              switch (parts.group(2).charAt(0)) {
                case 'd' -> 86_400;
                case 'h' -> 3_600;
                case 'm' -> 60;
                default -> 1;
              };
          long value = Math.multiplyExact(Long.parseLong(parts.group(1)), unit);
          return value < least || value > most ? null : value;
        });
  }

  /** Durations of whole seconds. */
  public List<Integer> secondsList(String key, int most) {
    return words(key, "a list of durations, such as [1 min, 2 min, 1 h]").stream()
        .map(word -> (int) single(key, word).seconds(key, 1, most))
        .toList();
  }

  /** A part of a whole in basis points; what is written has its unit, so that nobody guesses. */
  public int share(String key, int least, int most) {
    return parsed(key, shares(least, most), text -> bps(text, least, most));
  }

  static String shares(int least, int most) {
    return "a share from %d to %d basis points with its unit, such as \"50 bps\" or \"0.5 %%\""
        .formatted(least, most);
  }

  /** In basis points; null if it is no such share. */
  static @Nullable Integer bps(String text, int least, int most) {
    Matcher parts = SHARE.matcher(text.strip());
    if (!parts.matches()) {
      return null;
    }
    BigDecimal written = new BigDecimal(parts.group(1));
    BigDecimal bps = parts.group(2).equals("%") ? written.movePointRight(2) : written;
    try {
      int value = bps.intValueExact();
      return value < least || value > most ? null : value;
    } catch (ArithmeticException e) {
      return null;
    }
  }

  /** Refuses whatever else stands in the section {@code at}. */
  public void only(String at, Set<String> known) {
    if (!isSet(at)) {
      return;
    }
    if (!(config.getValue(at) instanceof ConfigObject section)) {
      throw BadSetting.value(at, found(at), "a section { " + listed(known) + " }");
    }
    section.keySet().forEach(name -> requireKnown(at, name, known));
  }

  private static void requireKnown(String at, String name, Set<String> known) {
    if (!known.contains(name)) {
      throw new BadSetting(
          "There is no setting %s.%s: there are %s.".formatted(at, name, listed(known)));
    }
  }

  private static String listed(Set<String> known) {
    return String.join(", ", new TreeSet<>(known));
  }

  /** A number of bytes. */
  public long size(String key, long least) {
    return parsed(
        key,
        "a size of at least %d MB, such as \"8 GB\"".formatted(least >> 20),
        _ -> {
          long value = config.getBytes(key);
          return value < least ? null : value;
        });
  }

  public URI uri(String key, Set<String> schemes) {
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
  public List<URI> uris(String key, Set<String> schemes) {
    if (!isSet(key) || config.getValue(key).valueType() != ConfigValueType.LIST) {
      return List.of(uri(key, schemes));
    }
    List<String> all = words(key, "a list of addresses");
    if (all.isEmpty()) {
      throw BadSetting.value(key, "[]", "one address at least");
    }
    return all.stream().map(word -> single(key, word).uri(key, schemes)).toList();
  }

  public Address address(String key) {
    String admitted = "an address (0x and 40 hex digits)";
    String text = text(key, admitted);
    try {
      return new Address(text);
    } catch (IllegalArgumentException e) {
      throw BadSetting.value(key, text, admitted + ": " + e.getMessage());
    }
  }

  public Path path(String key) {
    return parsed(key, "a path", text -> text.isEmpty() ? null : folder.resolve(text).normalize());
  }

  private Object found(String key) {
    return config.getValue(key).unwrapped();
  }

  /** A list of words and numbers, as text. */
  public List<String> words(String key, String admitted) {
    return list(key, admitted).stream().map(value -> String.valueOf(value.unwrapped())).toList();
  }

  /** A list of whole numbers. */
  public List<Integer> integers(String key) {
    return words(key, "a list of whole numbers").stream()
        .map(word -> single(key, word).integer(key, Integer.MIN_VALUE, Integer.MAX_VALUE))
        .toList();
  }

  /** A list of anything, as the file has it. */
  public List<Object> values(String key) {
    return List.copyOf(list(key, "a list").unwrapped());
  }

  private ConfigList list(String key, String admitted) {
    if (!isSet(key)) {
      throw BadSetting.missing(key, admitted);
    }
    if (config.getValue(key).valueType() != ConfigValueType.LIST) {
      throw BadSetting.value(key, found(key), admitted);
    }
    return config.getList(key);
  }

  /** A list of paths. */
  public List<Path> paths(String key) {
    return words(key, "a list of paths").stream().map(word -> single(key, word).path(key)).toList();
  }

  /** This with one value of a list in the list's place. */
  private Settings single(String key, String value) {
    return new Settings(config.withValue(key, ConfigValueFactory.fromAnyRef(value)), folder);
  }

  /**
   * A list of sections, each to be read under {@code key.0}, {@code key.1} and so on.
   *
   * @param known what may stand in one
   */
  public List<Settings> sections(String key, Set<String> known) {
    String admitted = "a list of sections { " + listed(known) + " }";
    List<Settings> sections = new ArrayList<>();
    for (ConfigValue value : list(key, admitted)) {
      String at = key + "." + sections.size();
      if (!(value instanceof ConfigObject section)) {
        throw BadSetting.value(at, value.unwrapped(), "a section { … }");
      }
      section.keySet().forEach(name -> requireKnown(at, name, known));
      sections.add(new Settings(section.toConfig().atPath(at), folder));
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
