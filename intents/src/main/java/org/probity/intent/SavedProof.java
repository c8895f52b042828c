package org.probity.intent;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.probity.ground.Bytes32;
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
  private static final Set<String> FIELDS =
      Set.of("format", "model", "reference", "features", "decision", "context", "proof");
  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          // What Python writes for numbers that are none: read, so that its field is named.
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS.mappedFeature());

  /** The file's text. */
  public String toJson() {
    ObjectNode root = JSON.createObjectNode();
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
      return JSON.writeValueAsString(root) + "\n";
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
    JsonNode root;
    try {
      root = JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          "The saved proof is not valid JSON (line %s): %s"
              .formatted(
                  e.getLocation() == null ? 1 : e.getLocation().getLineNr(),
                  e.getOriginalMessage().lines().findFirst().orElse("")),
          e);
    }
    if (root == null || !root.isObject()) {
      throw new IllegalArgumentException(
          "The saved proof is not a JSON object: it must be a file written by `probity prove`");
    }
    Set<String> unknown = new TreeSet<>();
    root.fieldNames().forEachRemaining(unknown::add);
    unknown.removeAll(FIELDS);
    if (!unknown.isEmpty()) {
      throw new IllegalArgumentException(
          "The saved proof has an unknown field \"%s\"".formatted(unknown.iterator().next()));
    }
    if (!FORMAT.equals(root.path("format").textValue())) {
      throw refused("format", "\"" + FORMAT + "\"");
    }
    return new SavedProof(
        word(root, "model"),
        word(root, "reference"),
        features(root.path("features")),
        decision(root.path("decision")),
        word(root, "context"),
        DecisionProof.of(bytes(root, "proof")));
  }

  private static FeatureVector features(JsonNode node) {
    int[] values = integers(node, "features");
    try {
      return FeatureVector.of(values);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "The saved proof's features cannot be: " + e.getMessage(), e);
    }
  }

  private static Decision decision(JsonNode node) {
    String admitted = "{\"choice\": n} or {\"outputs\": [n, …]}";
    if (!node.isObject() || node.size() != 1) {
      throw refused("decision", admitted);
    }
    if (node.has("outputs")) {
      List<Integer> outputs = new ArrayList<>();
      for (int output : integers(node.path("outputs"), "decision.outputs")) {
        outputs.add(output);
      }
      return new Decision.Outputs(outputs);
    }
    JsonNode choice = node.path("choice");
    if (!choice.isIntegralNumber() || !choice.canConvertToInt()) {
      throw refused("decision", admitted);
    }
    return new Decision.Choice(choice.intValue());
  }

  private static int[] integers(JsonNode node, String field) {
    String admitted = "a list of whole numbers of 32 bits";
    if (!node.isArray() || node.isEmpty()) {
      throw refused(field, admitted);
    }
    int[] values = new int[node.size()];
    for (int i = 0; i < values.length; i++) {
      if (!node.get(i).isIntegralNumber() || !node.get(i).canConvertToInt()) {
        throw refused(field, admitted);
      }
      values[i] = node.get(i).intValue();
    }
    return values;
  }

  private static Bytes32 word(JsonNode root, String field) {
    byte[] bytes = bytes(root, field);
    if (bytes.length != Bytes32.SIZE) {
      throw refused(field, "0x and 64 hex digits");
    }
    return Bytes32.of(bytes);
  }

  private static byte[] bytes(JsonNode root, String field) {
    @Nullable String text = root.path(field).textValue();
    if (text == null || !text.startsWith("0x")) {
      throw refused(field, "0x and hex digits");
    }
    try {
      return HexFormat.of().parseHex(text, 2, text.length());
    } catch (IllegalArgumentException e) {
      throw refused(field, "0x and hex digits");
    }
  }

  private static IllegalArgumentException refused(String field, String admitted) {
    return new IllegalArgumentException(
        "The saved proof's field \"%s\" must be %s".formatted(field, admitted));
  }
}
