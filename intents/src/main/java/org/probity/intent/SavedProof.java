package org.probity.intent;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.probity.ground.Bytes32;
import org.probity.json.StrictJson;
import org.probity.zk.Decision;
import org.probity.zk.DecisionProof;
import org.probity.zk.FeatureVector;

/**
 * A proof with its statement, as a file that anyone can check offline against a model key.
 *
 * <pre>{@code
 * {
 *   "format": "probity-proof-1",
 *   "model": "0x…",            digest of the model key
 *   "reference": "0x…",        digest of the structured reference string
 *   "features": [12, -5, …],
 *   "decision": {"choice": 2}, or {"outputs": [17, -4]}
 *   "context": "0x…",          what the proof is bound to
 *   "proof": "0x…"
 * }
 * }</pre>
 *
 * @param model digest of the model's key
 * @param reference digest of the structured reference string
 */
public record SavedProof(
    Bytes32 model,
    Bytes32 reference,
    FeatureVector features,
    Decision decision,
    Bytes32 context,
    DecisionProof proof) {

  private static final String FORMAT = "probity-proof-1";

  /** The file's text. */
  public String toJson() {
    ObjectNode root = StrictJson.MAPPER.createObjectNode();
    root.put("format", FORMAT);
    root.put("model", model.hex());
    root.put("reference", reference.hex());
    ArrayNode inputs = root.putArray("features");
    for (int feature : features.toArray()) {
      inputs.add(feature);
    }
    ObjectNode decided = root.putObject("decision");
    switch (decision) {
      case Decision.Choice(int index) -> decided.put("choice", index);
      case Decision.Outputs(List<Integer> values) ->
          values.forEach(decided.putArray("outputs")::add);
    }
    root.put("context", context.hex());
    root.put("proof", proof.hex());
    try {
      return StrictJson.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A tree of strings and numbers always has a text", e);
    }
  }

  /**
   * Reads what {@link #toJson} writes, and nothing else: a missing, unknown, doubled or mistyped
   * field is refused.
   *
   * @throws IllegalArgumentException naming the field and what it must be
   */
  public static SavedProof parse(String text) {
    StrictJson root =
        StrictJson.parse(
            "The saved proof",
            text.getBytes(StandardCharsets.UTF_8),
            "make it again with `probity prove`",
            IllegalArgumentException::new);
    root.constant("format", FORMAT);
    SavedProof saved =
        new SavedProof(
            root.word("model"),
            root.word("reference"),
            features(root),
            decision(root.object("decision")),
            root.word("context"),
            DecisionProof.of(root.hex("proof")));
    root.end();
    return saved;
  }

  private static FeatureVector features(StrictJson root) {
    List<Integer> values = root.integers("features", -Integer.MAX_VALUE, Integer.MAX_VALUE);
    if (values.isEmpty()) {
      throw root.refused("features", "a list of integers");
    }
    return FeatureVector.of(values.stream().mapToInt(Integer::intValue).toArray());
  }

  private static Decision decision(StrictJson node) {
    Decision decision;
    if (node.has("outputs")) {
      List<Integer> outputs = node.integers("outputs", Integer.MIN_VALUE, Integer.MAX_VALUE);
      if (outputs.isEmpty()) {
        throw node.refused("outputs", "a list of integers");
      }
      decision = new Decision.Outputs(outputs);
    } else {
      decision = new Decision.Choice(node.integer("choice", 0, Integer.MAX_VALUE));
    }
    node.end();
    return decision;
  }
}
