package org.probity.agent.gateway;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What a request says before its body.
 *
 * @param target as it was sent, of visible ASCII letters
 * @param fields in their order, names in lower case
 * @param old whether it is of HTTP/1.0
 * @param length of the body in bytes; {@link #CHUNKED} if it comes in chunks
 */
record RequestHead(String method, String target, List<Field> fields, boolean old, long length) {

  static final long CHUNKED = -1;

  record Field(String name, String value) {}

  RequestHead {
    fields = List.copyOf(fields);
  }

  /** All values of the field {@code name}, which is in lower case. */
  List<String> all(String name) {
    return fields.stream().filter(f -> f.name().equals(name)).map(Field::value).toList();
  }

  /** Whether another request may come after it. */
  boolean persistent() {
    return !old
        && all("connection").stream().noneMatch(v -> v.toLowerCase(Locale.ROOT).contains("close"));
  }

  /** Whether whoever sends it waits for a word before the body. */
  boolean waits() {
    return length != 0 && !old && !all("expect").isEmpty();
  }

  /** Host and port that it was sent to: of an absolute target, else of the Host field. */
  Optional<String> authority() {
    return isAbsolute()
        ? Optional.of(target.substring(target.indexOf("//") + 2, pathBegins()))
        : all("host").stream().findFirst();
  }

  private boolean isAbsolute() {
    String lower = target.toLowerCase(Locale.ROOT);
    return lower.startsWith("http://") || lower.startsWith("https://");
  }

  private int pathBegins() {
    if (!isAbsolute()) {
      return 0;
    }
    for (int at = target.indexOf("//") + 2; at < target.length(); at++) {
      if (target.charAt(at) == '/' || target.charAt(at) == '?') {
        return at;
      }
    }
    return target.length();
  }

  private int queryBegins() {
    int mark = target.indexOf('?', pathBegins());
    return mark < 0 ? target.length() : mark;
  }

  /**
   * The path's parts between slashes, with what was percent-encoded decoded: never split or
   * shortened by what comes out of that.
   *
   * @throws Problem if it is encoded wrongly
   */
  List<String> segments() {
    String path = target.substring(pathBegins(), queryBegins());
    List<String> segments = new ArrayList<>();
    for (String segment : (path.isEmpty() ? "/" : path).split("/", -1)) {
      segments.add(decoded(segment));
    }
    return segments;
  }

  /**
   * The query's parameters.
   *
   * @throws Problem if one comes twice or is encoded wrongly
   */
  Map<String, String> query() {
    Map<String, String> parameters = new LinkedHashMap<>();
    int begin = queryBegins();
    if (begin >= target.length() - 1) {
      return parameters;
    }
    for (String pair : target.substring(begin + 1).split("&", -1)) {
      int equals = pair.indexOf('=');
      String name = decoded(equals < 0 ? pair : pair.substring(0, equals));
      String value = equals < 0 ? "" : decoded(pair.substring(equals + 1));
      if (!name.isEmpty() && parameters.put(name, value) != null) {
        throw new Problem(
            400, "The parameter \"%s\" comes twice: give it once.".formatted(Problem.shown(name)));
      }
    }
    return parameters;
  }

  private static String decoded(String text) {
    if (text.indexOf('%') < 0) {
      return text;
    }
    ByteBuffer bytes = ByteBuffer.allocate(text.length());
    for (int at = 0; at < text.length(); at++) {
      char c = text.charAt(at);
      if (c != '%') {
        bytes.put((byte) c);
        continue;
      }
      int high = at + 2 < text.length() ? hex(text.charAt(at + 1)) : -1;
      int low = high < 0 ? -1 : hex(text.charAt(at + 2));
      if (low < 0) {
        throw badlyEncoded();
      }
      bytes.put((byte) (high << 4 | low));
      at += 2;
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()).toString();
    } catch (CharacterCodingException e) {
      throw badlyEncoded();
    }
  }

  private static Problem badlyEncoded() {
    return new Problem(
        400, "The address is encoded wrongly: a % is followed by two hex digits, of UTF-8.");
  }

  /** The value of an ASCII hex digit; -1 if it is none. */
  static int hex(char c) {
    return c < 128 ? Character.digit(c, 16) : -1;
  }
}
