package org.probity.sim.backtest;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValueType;
import java.math.BigDecimal;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.probity.chain.Address;

/**
 * Typed, strict reading of settings; each failure is a sentence with the key and what it may be.
 */
record Keys(Config config, Path folder) {

  /** A misspelt key would otherwise leave a default in force without a word. */
  static void refuseUnknown(Config written, Config defaults, String root) {
    Set<String> known = paths(defaults.getConfig(root));
    for (String key : paths(written.getConfig(root))) {
      if (!known.contains(key)) {
        String nearest =
            known.stream().min(Comparator.comparingInt(k -> distance(k, key))).orElse("");
        throw new BacktestRefused(
            "There is no setting %s.%s: the nearest one is %s.%s."
                .formatted(root, key, root, nearest));
      }
    }
  }

  /** Every key that leads to a value, a null included: those say that a setting exists. */
  private static Set<String> paths(Config section) {
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

  /** Single-character edits from {@code a} to {@code b} (Levenshtein). */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    Arrays.setAll(row, j -> j);
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

  /** The section as JSON with sorted keys, nulls included. */
  static String canonical(ConfigObject section) {
    var text = new StringBuilder("{");
    var sorted = new TreeMap<>(section);
    sorted.forEach((key, value) -> {
      text.append(text.length() == 1 ? "" : ",").append('"').append(key).append("\":");
      text.append(
          value instanceof ConfigObject inner
              ? canonical(inner)
              : value.render(ConfigRenderOptions.concise()));
    });
    return text.append('}').toString();
  }

  boolean isSet(String key) {
    return config.hasPath(key);
  }

  String text(String key, String admitted) {
    if (!isSet(key)) {
      throw BacktestRefused.missing(key, admitted);
    }
    return switch (config.getValue(key).valueType()) {
      case STRING, NUMBER, BOOLEAN -> config.getString(key).strip();
      case OBJECT, LIST, NULL ->
          throw BacktestRefused.value(key, config.getValue(key).unwrapped(), admitted);
    };
  }

  Optional<String> text(String key) {
    return isSet(key) ? Optional.of(text(key, "a word")) : Optional.empty();
  }

  long whole(String key, long least, long most) {
    String admitted =
        most == Long.MAX_VALUE
            ? "a whole number, at least " + least
            : "a whole number from %d to %d".formatted(least, most);
    String text = text(key, admitted);
    try {
      long value = new BigDecimal(text).longValueExact();
      if (value >= least && value <= most) {
        return value;
      }
    } catch (ArithmeticException | NumberFormatException e) {
      throw BacktestRefused.value(key, text, admitted);
    }
    throw BacktestRefused.value(key, text, admitted);
  }

  double real(String key, double least, double most) {
    String admitted =
        Double.isInfinite(most)
            ? "a number, at least " + least
            : "a number from %s to %s".formatted(least, most);
    String text = text(key, admitted);
    try {
      double value = Double.parseDouble(text);
      if (value >= least && value <= most && !Double.isInfinite(value)) {
        return value;
      }
    } catch (NumberFormatException e) {
      throw BacktestRefused.value(key, text, admitted);
    }
    throw BacktestRefused.value(key, text, admitted);
  }

  BigDecimal amount(String key, boolean orZero) {
    String admitted =
        (orZero ? "an amount, zero or more," : "a positive amount,") + " such as 1000 or 0.5";
    String text = text(key, admitted);
    try {
      BigDecimal value = new BigDecimal(text);
      if (value.signum() > 0 || (orZero && value.signum() == 0)) {
        return value;
      }
    } catch (NumberFormatException e) {
      throw BacktestRefused.value(key, text, admitted);
    }
    throw BacktestRefused.value(key, text, admitted);
  }

  boolean flag(String key) {
    return switch (text(key, "true or false")) {
      case "true" -> true;
      case "false" -> false;
      case String other -> throw BacktestRefused.value(key, other, "true or false");
    };
  }

  <E extends Enum<E>> E oneOf(String key, Class<E> kind) {
    List<E> constants = List.of(kind.getEnumConstants());
    String admitted = constants.stream().map(Keys::word).collect(Collectors.joining(", or "));
    String text = text(key, admitted);
    return constants.stream()
        .filter(constant -> word(constant).equals(text))
        .findFirst()
        .orElseThrow(() -> BacktestRefused.value(key, text, admitted));
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  /** Seconds of Unix time. */
  Optional<Long> moment(String key) {
    if (!isSet(key)) {
      return Optional.empty();
    }
    String admitted = "a moment in UTC, such as 2024-01-01 or 2024-01-01T12:00:00Z";
    String text = text(key, admitted);
    try {
      return Optional.of(
          text.length() == 10
              ? LocalDate.parse(text).toEpochSecond(java.time.LocalTime.MIN, ZoneOffset.UTC)
              : Instant.parse(text).getEpochSecond());
    } catch (DateTimeParseException e) {
      throw BacktestRefused.value(key, text, admitted);
    }
  }

  Optional<Path> path(String key) {
    if (!isSet(key)) {
      return Optional.empty();
    }
    String text = text(key, "a path");
    try {
      return Optional.of(folder.resolve(text).normalize());
    } catch (InvalidPathException e) {
      throw BacktestRefused.value(key, text, "a path");
    }
  }

  Optional<Address> address(String key) {
    if (!isSet(key)) {
      return Optional.empty();
    }
    String text = text(key, "an address");
    try {
      return Optional.of(new Address(text));
    } catch (IllegalArgumentException e) {
      throw BacktestRefused.value(
          key, text, "an address (0x and 40 hex digits): " + e.getMessage());
    }
  }

  List<OptionalInt> targets(String key) {
    String admitted =
        "a list with a word for each decision: a weight in basis points (0 to 10000) or \"hold\"";
    if (!isSet(key)) {
      throw BacktestRefused.missing(key, admitted);
    }
    if (config.getValue(key).valueType() != ConfigValueType.LIST) {
      throw BacktestRefused.value(key, config.getValue(key).unwrapped(), admitted);
    }
    return config.getList(key).stream()
        .map(value -> target(key, String.valueOf(value.unwrapped()), admitted))
        .toList();
  }

  private static OptionalInt target(String key, String word, String admitted) {
    if (word.equals("hold")) {
      return OptionalInt.empty();
    }
    try {
      int bps = Integer.parseInt(word);
      if (bps >= 0 && bps <= 10_000) {
        return OptionalInt.of(bps);
      }
    } catch (NumberFormatException e) {
      throw BacktestRefused.value(key, word, admitted);
    }
    throw BacktestRefused.value(key, word, admitted);
  }
}
