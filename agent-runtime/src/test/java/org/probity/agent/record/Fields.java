package org.probity.agent.record;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.probity.ground.Keccak;
import org.probity.zk.DecisionProof;
import org.probity.zk.FeatureVector;

/** Records taken apart, down to numbers and words: a line for each, or a look at each. */
public final class Fields {

  private Fields() {}

  /**
   * A value's fields, a line each, as {@code path = value}. A record has a line for its kind too.
   */
  public static String text(String name, Object value) {
    StringBuilder out = new StringBuilder();
    write(out, name, value);
    return out.toString();
  }

  private static void write(StringBuilder out, String path, @Nullable Object value) {
    switch (value) {
      case Optional<?> optional when optional.isEmpty() -> line(out, path, "none");
      case Optional<?> optional -> write(out, path, optional.get());
      case List<?> list -> {
        line(out, path, list.size() + " of them");
        for (int i = 0; i < list.size(); i++) {
          write(out, "%s[%d]".formatted(path, i), list.get(i));
        }
      }
      case FeatureVector features -> line(out, path, Arrays.toString(features.toArray()));
      case DecisionProof proof ->
          line(
              out, path, "%d bytes of hash %s".formatted(proof.size(), Keccak.hash(proof.bytes())));
      case String text -> line(out, path, quoted(text));
      case Record record when isTree(record) -> {
        line(out, path, record.getClass().getSimpleName());
        for (RecordComponent part : record.getClass().getRecordComponents()) {
          write(out, path + "." + part.getName(), read(part, record));
        }
      }
      case null, default -> line(out, path, String.valueOf(value));
    }
  }

  private static void line(StringBuilder out, String path, String value) {
    out.append(path).append(" = ").append(value).append('\n');
  }

  private static String quoted(String text) {
    StringBuilder out = new StringBuilder("\"");
    text.chars()
        .forEach(c -> {
          if (c < ' ' || c > '~' || c == '"' || c == '\\') {
            out.append("\\u").append(HexFormat.of().toHexDigits((char) c));
          } else {
            out.append((char) c);
          }
        });
    return out.append('"').toString();
  }

  /** Shows every component of {@code value} and of the records in it, however deep. */
  public static void each(Object value, BiConsumer<RecordComponent, Object> look) {
    switch (value) {
      case Optional<?> optional -> optional.ifPresent(present -> each(present, look));
      case List<?> list -> list.forEach(element -> each(element, look));
      case Record record when isTree(record) -> {
        for (RecordComponent part : record.getClass().getRecordComponents()) {
          Object inner = read(part, record);
          look.accept(part, inner);
          each(inner, look);
        }
      }
      default -> {}
    }
  }

  /** Addresses and hashes are records of their digits. */
  private static boolean isTree(Record record) {
    RecordComponent[] parts = record.getClass().getRecordComponents();
    return !(parts.length == 1
        && parts[0].getType() == String.class
        && record.getClass().getPackageName().equals("org.probity.chain"));
  }

  private static Object read(RecordComponent part, Record record) {
    try {
      part.getAccessor().setAccessible(true);
      return part.getAccessor().invoke(record);
    } catch (IllegalAccessException | InvocationTargetException e) {
      throw new AssertionError(e);
    }
  }
}
