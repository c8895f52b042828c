package org.probity.strategy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Reads a JSON object strictly: every field present, of its type, within its bounds, and no other
 * field. A refusal names the file, the place and what belongs there, and never what stands there,
 * which may be private.
 */
final class JsonFields {

  static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
          // What Python writes for numbers that are none: read, so that a refusal can name the
          // place.
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .build();

  private final String file;
  private final String place;
  private final JsonNode node;
  private final Set<String> read = new HashSet<>();

  private JsonFields(String file, String place, JsonNode node) {
    this.file = file;
    this.place = place;
    this.node = node;
    if (!node.isObject()) {
      throw refusal(place.isEmpty() ? "its content" : place, "an object");
    }
  }

  /** Parses a whole file. */
  static JsonFields parse(String file, byte[] bytes) {
    JsonNode node;
    try {
      node = MAPPER.readTree(bytes);
    } catch (JsonProcessingException e) {
      // Neither the message nor the cause goes on: both may quote the file.
      throw new StrategyRefusedException(
          "%s %s (line %d): restore it from a copy or write it again."
              .formatted(
                  file,
                  bytes.length == 0 ? "is empty" : JsonFault.of(bytes, e),
                  e.getLocation() == null ? 1 : Math.max(1, e.getLocation().getLineNr())));
    } catch (IOException e) {
      throw new StrategyRefusedException(
          "%s is not well-formed JSON: restore it from a copy or write it again.".formatted(file));
    }
    if (node == null || node.isMissingNode()) {
      throw new StrategyRefusedException(
          "%s is empty: restore it from a copy or write it again.".formatted(file));
    }
    return new JsonFields(file, "", node);
  }

  /** The tree itself. */
  JsonNode node() {
    return node;
  }

  boolean has(String name) {
    return node.has(name);
  }

  String text(String name) {
    JsonNode value = value(name);
    if (!value.isTextual()) {
      throw refusal(path(name), "a text");
    }
    return value.textValue();
  }

  int integer(String name, int least, int greatest) {
    return integer(value(name), path(name), least, greatest);
  }

  double positive(String name) {
    JsonNode value = value(name);
    double number = value.isNumber() ? value.doubleValue() : -1;
    if (!(number >= 0) || !Double.isFinite(number)) {
      throw refusal(path(name), "a finite number, not negative");
    }
    return number;
  }

  JsonFields object(String name) {
    return new JsonFields(file, path(name), value(name));
  }

  List<JsonFields> objects(String name) {
    var objects = new ArrayList<JsonFields>();
    JsonNode list = list(name);
    for (int i = 0; i < list.size(); i++) {
      objects.add(new JsonFields(file, path(name) + "[" + i + "]", list.get(i)));
    }
    return objects;
  }

  List<String> texts(String name) {
    var texts = new ArrayList<String>();
    for (JsonNode value : list(name)) {
      if (!value.isTextual()) {
        throw refusal(path(name), "a list of texts");
      }
      texts.add(value.textValue());
    }
    return texts;
  }

  List<Integer> integers(String name, int least, int greatest) {
    var integers = new ArrayList<Integer>();
    for (JsonNode value : list(name)) {
      integers.add(integer(value, path(name), least, greatest));
    }
    return integers;
  }

  /** A list of numbers. */
  double[] numbers(String name) {
    return numbers(list(name), path(name));
  }

  /** A list of equally long lists of numbers, row after row. */
  double[] matrix(String name, int columns) {
    JsonNode rows = list(name);
    double[] matrix = new double[Math.multiplyExact(rows.size(), columns)];
    for (int i = 0; i < rows.size(); i++) {
      String row = path(name) + "[" + i + "]";
      if (!rows.get(i).isArray() || rows.get(i).size() != columns) {
        throw refusal(row, "a list of " + columns + " numbers, one for each input");
      }
      System.arraycopy(numbers(rows.get(i), row), 0, matrix, i * columns, columns);
    }
    return matrix;
  }

  /** Refuses fields that nobody asked for. */
  void end() {
    node.fieldNames()
        .forEachRemaining(name -> {
          if (!read.contains(name)) {
            throw new StrategyRefusedException(
                "%s has an unknown field%s: remove it, or use the version of this program that wrote it."
                    .formatted(file, place.isEmpty() ? "" : " in " + place));
          }
        });
  }

  private double[] numbers(JsonNode list, String where) {
    double[] numbers = new double[list.size()];
    for (int i = 0; i < numbers.length; i++) {
      JsonNode value = list.get(i);
      if (value.isNumber() && !Double.isFinite(value.doubleValue())) {
        throw new StrategyRefusedException(
            "%s: %s[%d] is %s and no finite number: the training diverged, or a number was too large to be written; train or export again."
                .formatted(file, where, i, Double.isNaN(value.doubleValue()) ? "NaN" : "infinite"));
      }
      if (!value.isNumber()) {
        throw refusal(where + "[" + i + "]", "a finite number");
      }
      numbers[i] = value.doubleValue();
    }
    return numbers;
  }

  private int integer(JsonNode value, String where, int least, int greatest) {
    if (!value.isIntegralNumber()
        || !value.canConvertToInt()
        || value.intValue() < least
        || value.intValue() > greatest) {
      throw refusal(where, "an integer from " + least + " to " + greatest);
    }
    return value.intValue();
  }

  private JsonNode list(String name) {
    JsonNode list = value(name);
    if (!list.isArray()) {
      throw refusal(path(name), "a list");
    }
    return list;
  }

  private JsonNode value(String name) {
    JsonNode value = node.get(name);
    read.add(name);
    if (value == null) {
      throw new StrategyRefusedException(
          "%s lacks the field %s: restore it from a copy or write it again."
              .formatted(file, path(name)));
    }
    return value;
  }

  private String path(String name) {
    return place.isEmpty() ? name : place + "." + name;
  }

  private StrategyRefusedException refusal(String where, String wanted) {
    return new StrategyRefusedException(
        "%s: %s must be %s; correct it or write the file again.".formatted(file, where, wanted));
  }
}
