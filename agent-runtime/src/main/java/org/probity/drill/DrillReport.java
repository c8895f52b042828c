package org.probity.drill;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.errorprone.annotations.FormatMethod;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.probity.terminal.Screen;

/** What a drill finds; passed if nothing was that must not be. */
public final class DrillReport {

  private final String drill;
  private final long seed;
  private final Map<String, Object> facts = new LinkedHashMap<>();
  private final List<String> violations = new ArrayList<>();

  DrillReport(String drill, long seed) {
    this.drill = drill;
    this.seed = seed;
  }

  long seed() {
    return seed;
  }

  /** Notes what was counted or measured, in the order to be shown. */
  void fact(String name, Object value) {
    facts.put(name, value);
  }

  /** Notes what must not be and was. */
  void violation(String sentence) {
    violations.add(sentence);
  }

  @FormatMethod
  void violation(String format, Object... values) {
    violation(String.format(Locale.ROOT, format, values));
  }

  /** Adds what another one of the same drill found: its figures to the figures of this one. */
  void add(DrillReport part) {
    part.facts.forEach((name, value) ->
        facts.merge(name, value, (a, b) -> ((Number) a).longValue() + ((Number) b).longValue()));
    violations.addAll(part.violations);
  }

  Map<String, Object> facts() {
    return facts;
  }

  List<String> violations() {
    return violations;
  }

  public boolean passed() {
    return violations.isEmpty();
  }

  public void show(Screen screen) {
    screen.say("");
    facts.forEach((name, value) -> screen.say("    %-40s %s", name, value));
    screen.say("");
    if (passed()) {
      screen.say("  %s passed: nothing lost, nothing done twice", screen.green(screen.tick()));
    }
    violations.forEach(violation -> screen.say("  %s %s", screen.red(screen.cross()), violation));
  }

  public String toJson() {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("drill", drill).put("seed", seed).put("passed", passed());
    ObjectNode counted = root.putObject("facts");
    facts.forEach(counted::putPOJO);
    violations.forEach(root.putArray("violations")::add);
    return root.toString();
  }
}
