package org.probity.demo;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * What became of a sealed vault whose keys were stolen one by one.
 *
 * @param wallSeconds from the command to the last step
 */
public record GovernanceReport(long seed, double wallSeconds, List<Step> steps) {

  /**
   * A story with an end that is known before.
   *
   * @param ok whether it ended so
   * @param detail what was tried and what the chain said, in sentences
   */
  public record Step(String name, boolean ok, String detail) {}

  public GovernanceReport {
    steps = List.copyOf(steps);
  }

  /** Whether every step ended as it had to. */
  public boolean ok() {
    return steps.stream().allMatch(Step::ok);
  }

  /** The whole as one line of JSON, as {@code governance.schema.json} describes it. */
  public String toJson() {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("ok", ok());
    root.put("scenario", "governance");
    root.put("seed", seed);
    root.put("wallSeconds", Math.round(wallSeconds * 100) / 100.0);
    ArrayNode told = root.putArray("steps");
    for (Step step : steps) {
      told.addObject().put("name", step.name).put("ok", step.ok).put("detail", step.detail);
    }
    return root.toString();
  }
}
