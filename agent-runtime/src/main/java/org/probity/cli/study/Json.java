package org.probity.cli.study;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import org.probity.sim.metrics.Measure;

/** Numbers that may not be defined, and settings' values, as JSON. */
final class Json {

  private Json() {}

  /** Puts a number as {@link Measure#json} writes it. */
  static void number(ObjectNode node, String name, double value) {
    node.set(name, Measure.json(value));
  }

  static ObjectNode values(Map<String, Object> values) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    values.forEach((key, value) -> {
      switch (value) {
        case Integer whole -> node.put(key, whole);
        case Long whole -> node.put(key, whole);
        case Number real -> node.put(key, real.doubleValue());
        case Boolean flag -> node.put(key, flag);
        default -> node.put(key, String.valueOf(value));
      }
    });
    return node;
  }
}
