package org.probity.drill;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.probity.terminal.Screen;

/**
 * What a drill found.
 *
 * @param facts what was counted and measured, by name, in the order to be shown
 * @param violations what must not be and was, in words; none if the drill was passed
 */
public record DrillReport(
    String drill, long seed, Map<String, Object> facts, List<String> violations) {

  public DrillReport {
    facts = new LinkedHashMap<>(facts);
    violations = List.copyOf(violations);
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
    violations.forEach(
        violation -> screen.say("  %s %s", screen.red(screen.cross()), violation));
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
