package org.probity.agent;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigValueType;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.probity.chain.Address;

/**
 * What one agent needs to know to run, read from a HOCON file whose settings {@code reference.conf}
 * documents. Reading is strict: an unknown key, a missing one or a value outside its range is a
 * {@link BadSetting} that names key, value and what is admitted.
 *
 * @param chain where the chain is
 * @param vault the {@code ProofBoundVault} that the agent acts for
 * @param strategy folder or file of the strategy bundle
 * @param srs file of the structured reference string that the strategy's model was committed under
 * @param key the account that pays for transactions
 * @param pace when to decide, and for how long a decision may be executed
 * @param retry what to do after a failed step
 * @param provingThreads how many proofs may be under way at once
 */
public record AgentSettings(
    Chain chain,
    Address vault,
    Path strategy,
    Path srs,
    Key key,
    Pace pace,
    Retry retry,
    int provingThreads) {

  /** The one section of a configuration file that is ours. */
  static final String ROOT = "probity";

  private static final Set<String> SCHEMES_RPC = Set.of("http", "https");
  private static final Set<String> SCHEMES_WEB_SOCKET = Set.of("ws", "wss");

  /**
   * @param rpc JSON-RPC over HTTP
   * @param webSocket pushes new heads; heads are polled over {@code rpc} where it is absent or drops
   * @param id the chain id that {@code rpc} must serve (EIP-155)
   * @param poll pause between two polls for a new head
   */
  public record Chain(URI rpc, Optional<URI> webSocket, long id, Duration poll) {}

  /**
   * @param store folder of encrypted keys, as {@code probity keys new} fills it
   * @param account whose key it is
   * @param passwordFile holds its password in the first line; without it the environment variable
   *     {@code PROBITY_PASSWORD} does
   */
  public record Key(Path store, Address account, Optional<Path> passwordFile) {}

  /**
   * @param epochSeconds one decision an epoch: a head whose epoch ({@code timestamp / epochSeconds})
   *     was decided already is left alone
   * @param lifetimeSeconds a decision's deadline, counted from its head's timestamp
   * @param sendsHolds whether a decision to hold is executed too: that trades nothing, costs gas, and
   *     leaves an unbroken record on chain
   */
  public record Pace(long epochSeconds, long lifetimeSeconds, boolean sendsHolds) {}

  /**
   * @param first pause before the first repetition; it doubles from one to the next
   * @param most longest pause
   */
  public record Retry(Duration first, Duration most) {

    /** The pause before repetition {@code attempt}, counted from 1. */
    Duration pause(int attempt) {
      Duration doubled = first.multipliedBy(1L << Math.min(attempt - 1, 20));
      return doubled.compareTo(most) < 0 ? doubled : most;
    }
  }

  /**
   * Reads {@code file}. Relative paths in it are relative to its own folder.
   *
   * @throws BadSetting if the file is absent, is not HOCON, or holds a setting that cannot be used
   */
  public static AgentSettings load(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new BadSetting(
          ROOT, "There is no configuration file %s: check the path.".formatted(file));
    }
    try {
      Config written =
          ConfigFactory.parseFile(
              file.toFile(), ConfigParseOptions.defaults().setAllowMissing(false));
      Path folder = file.toAbsolutePath().normalize().getParent();
      return read(written, folder == null ? Path.of("") : folder);
    } catch (ConfigException e) {
      throw new BadSetting(
          ROOT, "The configuration file %s is not valid HOCON: %s.".formatted(file, firstLine(e)));
    }
  }

  /** Reads settings as written, on top of the defaults of {@code reference.conf}. */
  static AgentSettings read(Config written, Path folder) {
    Config defaults = ConfigFactory.defaultReference(AgentSettings.class.getClassLoader());
    refuseUnknownKeys(written, defaults);
    Reader reader = new Reader(written.withFallback(defaults).resolve(), folder);
    AgentSettings settings =
        new AgentSettings(
            new Chain(
                reader.uri("probity.chain.rpc", SCHEMES_RPC),
                reader.optional("probity.chain.web-socket", k -> reader.uri(k, SCHEMES_WEB_SOCKET)),
                reader.whole("probity.chain.id", 1, Long.MAX_VALUE),
                reader.duration("probity.chain.poll", Duration.ofMillis(50), Duration.ofMinutes(1))),
            reader.address("probity.vault"),
            reader.path("probity.strategy"),
            reader.path("probity.srs"),
            new Key(
                reader.path("probity.key.store"),
                reader.address("probity.key.account"),
                reader.optional("probity.key.password-file", reader::path)),
            new Pace(
                reader.whole("probity.pace.epoch-seconds", 1, 86_400),
                reader.whole("probity.pace.lifetime-seconds", 1, 86_400),
                reader.flag("probity.pace.send-holds")),
            new Retry(
                reader.duration("probity.retry.first", Duration.ofMillis(1), Duration.ofMinutes(10)),
                reader.duration("probity.retry.most", Duration.ofMillis(1), Duration.ofHours(1))),
            (int) reader.whole("probity.proving.threads", 1, 256));
    if (settings.retry.most.compareTo(settings.retry.first) < 0) {
      throw BadSetting.value(
          "probity.retry.most", settings.retry.most, "at least probity.retry.first");
    }
    return settings;
  }

  /** A misspelt key would otherwise leave a default in force without a word. */
  private static void refuseUnknownKeys(Config written, Config defaults) {
    if (!written.hasPath(ROOT)) {
      throw new BadSetting(
          ROOT, "The configuration has no section \"probity { … }\": put its settings into one.");
    }
    if (written.getValue(ROOT).valueType() != ConfigValueType.OBJECT) {
      throw BadSetting.value(ROOT, written.getValue(ROOT).unwrapped(), "a section \"{ … }\"");
    }
    Set<String> known = keys(defaults.getConfig(ROOT));
    for (String key : keys(written.getConfig(ROOT))) {
      if (!known.contains(key)) {
        String nearest =
            known.stream().min(Comparator.comparingInt(k -> distance(k, key))).orElse("");
        throw new BadSetting(
            ROOT + "." + key,
            "There is no setting %s.%s: the nearest one is %s.%s."
                .formatted(ROOT, key, ROOT, nearest));
      }
    }
  }

  /** Every key that leads to a value, a null included: those say that a setting exists. */
  private static Set<String> keys(Config section) {
    Set<String> keys = new TreeSet<>();
    collect(section.root(), "", keys);
    return keys;
  }

  private static void collect(
      com.typesafe.config.ConfigObject section, String prefix, Set<String> keys) {
    section.forEach(
        (name, value) -> {
          if (value instanceof com.typesafe.config.ConfigObject inner && !inner.isEmpty()) {
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

  private static String firstLine(ConfigException e) {
    String message = String.valueOf(e.getMessage()).strip();
    String line = message.lines().findFirst().orElse(message);
    return line.endsWith(".") ? line.substring(0, line.length() - 1) : line;
  }

  /** Typed access with our own sentences in place of the library's. */
  private record Reader(Config config, Path folder) {

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
          throw BadSetting.value(key, text, admitted);
        }
        return uri;
      } catch (IllegalArgumentException e) {
        throw BadSetting.value(key, text, admitted);
      }
    }

    Address address(String key) {
      String admitted = "an address (0x and 40 hex digits)";
      String text = text(key, admitted);
      try {
        return new Address(text);
      } catch (IllegalArgumentException e) {
        throw BadSetting.value(key, text, admitted + " whose checksum holds");
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
  }

  /** Durations as a person writes them. */
  private static final class DurationWords {
    private DurationWords() {}

    static String of(Duration duration) {
      return List.of(
              new Unit(3_600_000, "h"), new Unit(60_000, "min"), new Unit(1_000, "s"), new Unit(1, "ms"))
          .stream()
          .filter(unit -> duration.toMillis() % unit.millis == 0)
          .findFirst()
          .map(unit -> duration.toMillis() / unit.millis + " " + unit.name)
          .orElse(duration.toString());
    }

    private record Unit(long millis, String name) {}
  }
}
