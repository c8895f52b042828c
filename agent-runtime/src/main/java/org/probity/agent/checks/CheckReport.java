package org.probity.agent.checks;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Comparator;
import java.util.List;
import org.probity.agent.checks.Finding.Verdict;

/** What a command has looked at, in order. */
public record CheckReport(List<Check> checks) {

  private static final ObjectMapper JSON = new ObjectMapper();

  public CheckReport {
    checks = List.copyOf(checks);
  }

  /** The worst that was found; what was not looked at counts as doubtful where nothing is wrong. */
  public Verdict worst() {
    Verdict worst =
        checks.stream()
            .map(check -> check.finding().verdict())
            .max(Comparator.naturalOrder())
            .orElse(Verdict.FINE);
    return worst == Verdict.NOT_LOOKED_AT ? Verdict.DOUBTFUL : worst;
  }

  /** The exit status: 0 all is fine, 1 something is doubtful, 2 something is wrong. */
  public int status() {
    return switch (worst()) {
      case FINE -> 0;
      case NOT_LOOKED_AT, DOUBTFUL -> 1;
      case WRONG -> 2;
    };
  }

  /** Those that are wrong. */
  public List<Check> wrong() {
    return checks.stream().filter(Check::isWrong).toList();
  }

  /** Those that are doubtful or wrong. */
  public List<Check> notable() {
    return checks.stream().filter(Check::isNotable).toList();
  }

  /** All of it as one line, as {@code doctor.schema.json} describes it. */
  public String json() {
    return text(tree());
  }

  /** The same, for what says more besides. */
  public ObjectNode tree() {
    ObjectNode root = JSON.createObjectNode();
    root.put("verdict", word(worst()));
    ArrayNode all = root.putArray("checks");
    checks.forEach(check ->
        all.addObject()
            .put("name", check.name().id())
            .put("verdict", word(check.finding().verdict()))
            .put("seen", check.finding().seen())
            .put("remedy", check.finding().remedy()));
    return root;
  }

  static String text(ObjectNode tree) {
    try {
      return JSON.writeValueAsString(tree);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A tree of strings always has a text", e);
    }
  }

  private static String word(Verdict verdict) {
    return verdict.toString().replace(' ', '-');
  }
}
