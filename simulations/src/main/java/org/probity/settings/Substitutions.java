package org.probity.settings;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the substitutions of a configuration would come to, reckoned before any is made: thirty
 * lines of {@code a = ${b}${b}} are a gigabyte. The reckoning is from above: a value counts with
 * the length of its text and with all that it refers to, and where a value is built on its own
 * earlier one, each such reference may double it.
 */
final class Substitutions {

  private static final long MOST_CHARACTERS = 4L << 20;
  private static final int MOST_REFERENCES = 1_000;
  private static final int DEEPEST = 200;

  /** A quoted string, which refers to nothing, or a reference. */
  private static final Pattern REFERENCE =
      Pattern.compile("\"(?:[^\"\\\\]|\\\\.)*+\"|\\$\\{\\??([^}]*)\\}");

  private record Value(long length, List<String> references) {}

  private final Map<String, Value> values = new LinkedHashMap<>();
  private final Map<String, Long> reckoned = new HashMap<>();
  private final Set<String> underway = new HashSet<>();
  private final Environment environment;
  private int references;

  private Substitutions(Environment environment) {
    this.environment = environment;
  }

  /**
   * @throws BadSetting if the values would be too long, or if one takes a variable of the
   *     environment that is not for it
   */
  static void check(Config config, Environment environment) {
    if (config.isResolved()) {
      return;
    }
    var substitutions = new Substitutions(environment);
    substitutions.collect(config.root(), "", 0);
    long sum = 0;
    for (String path : List.copyOf(substitutions.values.keySet())) {
      sum = plus(sum, substitutions.reckon(path));
    }
    if (sum > MOST_CHARACTERS) {
      throw new BadSetting(
          "The substitutions ${…} of the configuration would grow to more than %d characters: write its values out."
              .formatted(MOST_CHARACTERS));
    }
  }

  private void collect(ConfigObject section, String prefix, int depth) {
    if (depth > DEEPEST) {
      throw new BadSetting(
          "The configuration nests more than %d levels deep: write its settings out in fewer."
              .formatted(DEEPEST));
    }
    for (Map.Entry<String, ConfigValue> entry : entries(section)) {
      String path = prefix + ConfigUtil.joinPath(entry.getKey());
      if (entry.getValue() instanceof ConfigObject inner && !entries(inner).isEmpty()) {
        collect(inner, path + ".", depth + 1);
      } else {
        values.put(path, value(entry.getValue()));
      }
    }
  }

  /** None where objects are still to be merged: such a one is looked at as a whole. */
  private static Set<Map.Entry<String, ConfigValue>> entries(ConfigObject section) {
    try {
      return section.entrySet();
    } catch (ConfigException.NotResolved e) {
      return Set.of();
    }
  }

  private Value value(ConfigValue value) {
    String text = value.render(ConfigRenderOptions.concise());
    List<String> names = new ArrayList<>();
    Matcher matcher = REFERENCE.matcher(text);
    while (matcher.find()) {
      String name = matcher.group(1);
      if (name != null) {
        names.add(name.strip());
      }
    }
    references += names.size();
    if (references > MOST_REFERENCES) {
      throw new BadSetting(
          "The configuration has more than %d substitutions ${…}: write its values out."
              .formatted(MOST_REFERENCES));
    }
    return new Value(text.length(), names);
  }

  private long reckon(String path) {
    Long known = reckoned.get(path);
    if (known != null) {
      return known;
    }
    Value value = values.get(path);
    if (value == null) {
      return 0;
    }
    underway.add(path);
    long length = value.length;
    int back = 0;
    for (String reference : value.references) {
      List<String> targets = targets(reference);
      if (targets.isEmpty()) {
        length = plus(length, outside(reference));
      }
      for (String target : targets) {
        if (underway.contains(target)) {
          back++;
        } else {
          length = plus(length, reckon(target));
        }
      }
    }
    underway.remove(path);
    long whole = back > 40 ? Long.MAX_VALUE : times(length, 1L << back);
    reckoned.put(path, whole);
    return whole;
  }

  /** The values that a reference leads to: one, those of a section, or that of what encloses it. */
  private List<String> targets(String reference) {
    return values.keySet().stream()
        .filter(path -> leads(reference, path) || leads(path, reference))
        .toList();
  }

  private static boolean leads(String section, String path) {
    return path.startsWith(section)
        && (path.length() == section.length() || path.charAt(section.length()) == '.');
  }

  /** A variable's length. */
  private long outside(String name) {
    if (environment.withholds(name)) {
      throw new BadSetting(
          "The configuration takes the environment variable %s, and %s: write the value into the file, or use another name."
              .formatted(name, Environment.admitted()));
    }
    return environment.gives(name) ? environment.variables().getOrDefault(name, "").length() : 0;
  }

  private static long plus(long a, long b) {
    long sum = a + b;
    return sum < 0 ? Long.MAX_VALUE : sum;
  }

  private static long times(long a, long b) {
    long high = Math.multiplyHigh(a, b);
    long low = a * b;
    return high != 0 || low < 0 ? Long.MAX_VALUE : low;
  }
}
