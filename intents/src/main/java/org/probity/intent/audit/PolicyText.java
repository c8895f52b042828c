package org.probity.intent.audit;

import java.lang.reflect.RecordComponent;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.probity.intent.policy.Policy;

/** Policies as their fields, for people who want to see what changed. */
final class PolicyText {

  private PolicyText() {}

  /** What differs, each as "what: before -> after". */
  static List<String> changes(Policy before, Policy after, Amounts amounts) {
    Map<String, String> old = fields(before, amounts);
    Map<String, String> now = fields(after, amounts);
    Set<String> names = new LinkedHashSet<>(old.keySet());
    names.addAll(now.keySet());
    List<String> changes = new ArrayList<>();
    for (String name : names) {
      String was = old.getOrDefault(name, "none");
      String is = now.getOrDefault(name, "none");
      if (!was.equals(is)) {
        changes.add("%s: %s -> %s".formatted(name, was, is));
      }
    }
    return changes;
  }

  private static Map<String, String> fields(Policy policy, Amounts amounts) {
    Map<String, String> fields = new LinkedHashMap<>();
    add("", policy, policy, amounts, fields);
    return fields;
  }

  private static void add(
      String path, Object value, Policy policy, Amounts amounts, Map<String, String> fields) {
    if (value instanceof Record && value.getClass().getName().startsWith(Policy.class.getName())) {
      for (RecordComponent part : value.getClass().getRecordComponents()) {
        try {
          Object inner = Objects.requireNonNull(part.getAccessor().invoke(value));
          add(path + (path.isEmpty() ? "" : ".") + part.getName(), inner, policy, amounts, fields);
        } catch (ReflectiveOperationException e) {
          throw new IllegalStateException(e); // the records of a policy are public
        }
      }
    } else if (value instanceof List<?> list) {
      for (int i = 0; i < list.size(); i++) {
        add("%s[%s]".formatted(path, i), list.get(i), policy, amounts, fields);
      }
    } else if (value instanceof BigInteger number
        && (path.startsWith("limits.numbers") || path.startsWith("limits.exposures"))) {
      fields.put(path, amounts.words(policy.parts().assets().getFirst().token(), number));
    } else {
      fields.put(path, String.valueOf(value));
    }
  }
}
