package org.probity.agent.gateway;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads bodies of requests: JSON as RFC 8259 has it, in UTF-8, each field given once and of its own
 * type. No number is taken for a text, no text for a number, and nothing is null: a field that is
 * not meant is left out.
 */
final class JsonBody {

  private static final int MOST_DEPTH = 16;

  private static final ObjectMapper STRICT =
      JsonMapper.builder(
              JsonFactory.builder()
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(MOST_DEPTH).build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .withCoercionConfig(
              LogicalType.Textual,
              config ->
                  config
                      .setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                      .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                      .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail))
          .build();

  private JsonBody() {}

  /**
   * @throws Problem in the words of whoever wrote the body, and not of whatever reads it
   */
  static <T> T read(byte[] body, Class<T> type) {
    JsonNode tree = tree(body);
    if (!tree.isObject()) {
      throw new Problem(400, "The body cannot be used: it must be a JSON object, in braces.");
    }
    requireWhole(tree, "");
    try {
      return STRICT.treeToValue(tree, type);
    } catch (JsonMappingException e) {
      throw unfit(e, tree);
    } catch (JsonProcessingException e) {
      throw new Problem(400, "The body cannot be used: its fields are not those described.");
    }
  }

  private static JsonNode tree(byte[] body) {
    try {
      // A decoder that reports: what is no UTF-8 is no letter that looks like one.
      return STRICT.readTree(
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString());
    } catch (CharacterCodingException e) {
      throw new Problem(400, "The body cannot be used: it is not UTF-8 text.");
    } catch (JsonProcessingException e) {
      JsonLocation at = e.getLocation();
      String place =
          at == null ? "" : " at line %s, column %s".formatted(at.getLineNr(), at.getColumnNr());
      throw new Problem(
          400,
          "The body cannot be used: it is not JSON%s, or gives a field twice.".formatted(place));
    }
  }

  private static void requireWhole(JsonNode node, String path) {
    if (node.isNull()) {
      throw new Problem(400, "The field \"%s\" is null: leave it out, or give it.".formatted(path));
    }
    if (node.isTextual() && !StandardCharsets.UTF_8.newEncoder().canEncode(node.textValue())) {
      throw new Problem(
          400, "The field \"%s\" has half a character in it: send it whole.".formatted(path));
    }
    node.properties()
        .forEach(field -> {
          String name = Problem.shown(field.getKey());
          requireWhole(field.getValue(), path.isEmpty() ? name : path + "." + name);
        });
  }

  private static Problem unfit(JsonMappingException e, JsonNode tree) {
    String field =
        e.getPath().stream()
            .map(JsonMappingException.Reference::getFieldName)
            .map(name -> Problem.shown(String.valueOf(name)))
            .collect(Collectors.joining("."));
    if (e instanceof UnrecognizedPropertyException unknown) {
      String known =
          unknown.getKnownPropertyIds().stream()
              .map(String::valueOf)
              .sorted()
              .collect(Collectors.joining(", "));
      return new Problem(
          400,
          "The body cannot be used: there is no field \"%s\", but %s.".formatted(field, known));
    }
    // What is no other type's is a number that its type has no place for.
    Class<?> type =
        e instanceof MismatchedInputException other ? other.getTargetType() : long.class;
    boolean there = !tree.at("/" + field.replace('.', '/')).isMissingNode();
    return new Problem(
        400,
        "The field \"%s\" %s be %s."
            .formatted(field, there ? "must" : "is missing: it must", words(type)));
  }

  private static String words(@Nullable Class<?> type) {
    if (type == long.class) {
      return "a whole number, without quotation marks";
    }
    if (type == boolean.class) {
      return "true or false, without quotation marks";
    }
    return type == String.class ? "a text in quotation marks" : "an object in braces";
  }
}
