package org.probity.json;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.probity.ground.Bytes32;

/**
 * Reads a JSON object strictly: every field present, of its type, within its bounds, once, and no
 * other field. A refusal names the file, the place and what belongs there, and never what stands
 * there, which may be private.
 */
public final class StrictJson {

  /** What is read, and how it is refused. */
  private record Source(
      String name, String remedy, Function<String, ? extends RuntimeException> refusal) {
    RuntimeException refused(String sentence, Object... parts) {
      return refusal.apply(name + sentence.formatted(parts));
    }
  }

  /** A mapper as strict about the text, for those who write the tree too. */
  public static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
          // What Python writes for numbers that are none: read, so that a refusal can name the
          // place.
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .build();

  private final Source source;
  private final String place;
  private final JsonNode node;
  private final Set<String> read = new HashSet<>();

  private StrictJson(Source source, String place, JsonNode node) {
    this.source = source;
    this.place = place;
    this.node = node;
    if (!node.isObject()) {
      throw refusal(place.isEmpty() ? "its content" : place, "an object");
    }
  }

  /**
   * Parses a whole file.
   *
   * @param name of the file, as sentences begin
   * @param remedy what to do with one that is no good, as they end
   * @param refusal the exception of such a sentence
   */
  public static StrictJson parse(
      String name,
      byte[] bytes,
      String remedy,
      Function<String, ? extends RuntimeException> refusal) {
    var source = new Source(name, remedy, refusal);
    JsonNode node;
    try {
      node = MAPPER.readTree(bytes);
    } catch (JsonProcessingException e) {
      // Neither the message nor the cause goes on: both may quote the file.
      throw source.refused(
          " %s (line %d): %s.",
          bytes.length == 0 ? "is empty" : JsonFault.of(bytes, e),
          e.getLocation() == null ? 1 : Math.max(1, e.getLocation().getLineNr()),
          remedy);
    } catch (IOException e) {
      throw source.refused(" is not well-formed JSON: %s.", remedy);
    }
    if (node == null || node.isMissingNode()) {
      throw source.refused(" is empty: %s.", remedy);
    }
    return new StrictJson(source, "", node);
  }

  /** The tree itself. */
  public JsonNode node() {
    return node;
  }

  public boolean has(String name) {
    return node.has(name);
  }

  public String text(String name) {
    JsonNode value = value(name);
    if (!value.isTextual()) {
      throw refusal(path(name), "a text");
    }
    return value.textValue();
  }

  /** Requires the field {@code name} to be {@code text}. */
  public void constant(String name, String text) {
    if (!text.equals(value(name).textValue())) {
      throw refusal(path(name), "\"" + text + "\"");
    }
  }

  /** A text of one form. */
  public String text(String name, Pattern form, String wanted) {
    String text = text(name);
    if (!form.matcher(text).matches()) {
      throw refusal(path(name), wanted);
    }
    return text;
  }

  /** Bytes, as {@code 0x} and two digits for each. */
  public byte[] hex(String name) {
    String text = text(name);
    try {
      return HexFormat.of().parseHex(text.startsWith("0x") ? text.substring(2) : "no hex");
    } catch (IllegalArgumentException e) {
      throw refusal(path(name), "0x and hex digits, two for a byte");
    }
  }

  public Bytes32 word(String name) {
    byte[] bytes = hex(name);
    if (bytes.length != Bytes32.SIZE) {
      throw refusal(path(name), "0x and 64 hex digits");
    }
    return Bytes32.of(bytes);
  }

  public int integer(String name, int least, int greatest) {
    return (int) whole(value(name), path(name), least, greatest);
  }

  public long whole(String name, long least, long greatest) {
    return whole(value(name), path(name), least, greatest);
  }

  public List<Long> wholes(String name, long least, long greatest) {
    return list(name)
        .valueStream()
        .map(value -> whole(value, path(name), least, greatest))
        .toList();
  }

  /** An object of texts, whatever its fields are called. */
  public SortedMap<String, String> textsByName(String name) {
    StrictJson object = object(name);
    var texts = new TreeMap<String, String>();
    object.node.fieldNames().forEachRemaining(field -> texts.put(field, object.text(field)));
    return texts;
  }

  public double positive(String name) {
    JsonNode value = value(name);
    double number = value.isNumber() ? value.doubleValue() : -1;
    if (!(number >= 0) || !Double.isFinite(number)) {
      throw refusal(path(name), "a finite number, not negative");
    }
    return number;
  }

  public StrictJson object(String name) {
    return new StrictJson(source, path(name), value(name));
  }

  public List<StrictJson> objects(String name) {
    var objects = new ArrayList<StrictJson>();
    JsonNode list = list(name);
    for (int i = 0; i < list.size(); i++) {
      objects.add(new StrictJson(source, path(name) + "[" + i + "]", list.get(i)));
    }
    return objects;
  }

  public List<String> texts(String name) {
    var texts = new ArrayList<String>();
    for (JsonNode value : list(name)) {
      if (!value.isTextual()) {
        throw refusal(path(name), "a list of texts");
      }
      texts.add(value.textValue());
    }
    return texts;
  }

  public List<Integer> integers(String name, int least, int greatest) {
    return wholes(name, least, greatest).stream().map(Long::intValue).toList();
  }

  /** A list of numbers. */
  public double[] numbers(String name) {
    return numbers(list(name), path(name));
  }

  /** A list of equally long lists of numbers, row after row. */
  public double[] matrix(String name, int columns) {
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
  public void end() {
    node.fieldNames()
        .forEachRemaining(name -> {
          if (!read.contains(name)) {
            throw source.refused(
                " has an unknown field%s: remove it, or use the version of this program that wrote it.",
                place.isEmpty() ? "" : " in " + place);
          }
        });
  }

  private double[] numbers(JsonNode list, String where) {
    double[] numbers = new double[list.size()];
    for (int i = 0; i < numbers.length; i++) {
      JsonNode value = list.get(i);
      if (value.isNumber() && !Double.isFinite(value.doubleValue())) {
        throw source.refused(
            ": %s[%d] is %s and no finite number: the training diverged, or a number was too large to be written; train or export again.",
            where, i, Double.isNaN(value.doubleValue()) ? "NaN" : "infinite");
      }
      if (!value.isNumber()) {
        throw refusal(where + "[" + i + "]", "a finite number");
      }
      numbers[i] = value.doubleValue();
    }
    return numbers;
  }

  private long whole(JsonNode value, String where, long least, long greatest) {
    if (!value.isIntegralNumber()
        || !value.canConvertToLong()
        || value.longValue() < least
        || value.longValue() > greatest) {
      throw refusal(where, "an integer from " + least + " to " + greatest);
    }
    return value.longValue();
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
      throw source.refused(" lacks the field %s: %s.", path(name), source.remedy);
    }
    return value;
  }

  private String path(String name) {
    return place.isEmpty() ? name : place + "." + name;
  }

  private RuntimeException refusal(String where, String wanted) {
    return source.refused(": %s must be %s; %s.", where, wanted, source.remedy);
  }

  /** A refusal of {@code name}'s value, for a check of what it is for. */
  public RuntimeException refused(String name, String wanted) {
    return refusal(path(name), wanted);
  }
}
