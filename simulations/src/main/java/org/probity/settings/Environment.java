package org.probity.settings;

import com.typesafe.config.ConfigResolver;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The variables of the environment that a configuration may take: those whose name begins with
 * {@code PROBITY_} and has no word in it that secrets are named with. Everything else in the
 * environment was not put there for whoever wrote the configuration.
 */
record Environment(Map<String, String> variables) implements ConfigResolver {

  private static final String PREFIX = "PROBITY_";
  private static final List<String> SECRETS =
      List.of(
          "PASS",
          "PWD",
          "TOKEN",
          "SECRET",
          "PRIVATE",
          "CREDENTIAL",
          "AUTH",
          "KEY",
          "MNEMONIC",
          "PHRASE",
          "SEED");

  static boolean permits(String name) {
    // Names of variables may have small letters.
    String upper = name.toUpperCase(Locale.ROOT);
    return name.startsWith(PREFIX) && SECRETS.stream().noneMatch(upper::contains);
  }

  /** Whether {@code name} is there and not for a configuration to take. */
  boolean withholds(String name) {
    return variables.containsKey(name) && !permits(name);
  }

  boolean gives(String name) {
    return variables.containsKey(name) && permits(name);
  }

  static String admitted() {
    return "a configuration takes only variables that begin with "
        + PREFIX
        + " and are not named like a secret";
  }

  @Override
  public @Nullable ConfigValue lookup(String name) {
    String value = gives(name) ? variables.get(name) : null;
    return value == null
        ? null
        : ConfigValueFactory.fromAnyRef(value, "environment variable " + name);
  }

  /** There is no other place to ask. */
  @Override
  public ConfigResolver withFallback(ConfigResolver other) {
    return this;
  }
}
