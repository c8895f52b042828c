package org.probity.agent.gateway;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Reads requests of HTTP/1.1 (RFC 9112), one after another, from a connection.
 *
 * <p>Everything has a bound, of bytes and of time, and whatever another program on the way could
 * read differently is refused: bare line feeds, folded lines, a second length, a length beside
 * chunks, a space before a colon. After a {@link Problem} nothing more can be read.
 */
final class RequestReader {

  static final int MOST_BODY = 64 * 1024;
  static final Duration HEAD = Duration.ofSeconds(5);
  static final Duration BODY = Duration.ofSeconds(5);

  private static final int MOST_TARGET = 2 * 1024;
  private static final int MOST_LINE = 8 * 1024;
  private static final int MOST_HEAD = 32 * 1024;
  private static final int MOST_FIELDS = 64;
  private static final int MOST_CHUNK_LINE = 256;
  private static final String MARKS = "!#$%&'*+-.^_`|~";

  /** Where bytes come from. */
  interface Source {
    /** Reads some bytes, at least one; -1 at the end. */
    int read(byte[] into) throws IOException;

    /**
     * From now on all reads together may take so long; after that they fail with a {@link
     * SocketTimeoutException}.
     */
    void within(Duration time);
  }

  private final Source source;
  private final byte[] buffer = new byte[8 * 1024];
  private int at;
  private int filled;
  private int headBytes;
  private boolean whole = true;

  RequestReader(Source source) {
    this.source = source;
  }

  /** Whether all of the latest request has been read, so that what comes next is another one. */
  boolean isWhole() {
    return whole;
  }

  /**
   * The next request's head.
   *
   * @param patience how long to wait for its first byte
   * @return empty if none comes: the connection is at its end, or silent for too long
   * @throws Problem if it is no request
   */
  Optional<RequestHead> head(Duration patience) throws IOException {
    source.within(patience);
    try {
      if (at == filled && !fill()) {
        return Optional.empty();
      }
    } catch (SocketTimeoutException e) {
      return Optional.empty();
    }
    whole = false;
    source.within(HEAD);
    headBytes = 0;
    try {
      String line = line(MOST_LINE, 414);
      RequestHead head = parse(line.isEmpty() ? line(MOST_LINE, 414) : line);
      whole = head.length() == 0;
      return Optional.of(head);
    } catch (SocketTimeoutException e) {
      throw new Problem(408, "The request's head did not come in time.");
    }
  }

  /**
   * The body of the request whose head came last.
   *
   * @throws Problem if it is too long, is no body or does not come in time
   */
  byte[] body(RequestHead head) throws IOException {
    if (head.length() > MOST_BODY) {
      throw tooLong();
    }
    source.within(BODY);
    try {
      byte[] body =
          head.length() == RequestHead.CHUNKED ? chunks() : bytes(Math.toIntExact(head.length()));
      whole = true;
      return body;
    } catch (SocketTimeoutException e) {
      throw new Problem(408, "The body did not come in time.");
    }
  }

  // ---- the head ----

  private RequestHead parse(String line) throws IOException {
    String[] parts = line.split(" ", -1);
    if (parts.length != 3 || !isToken(parts[0])) {
      throw new Problem(400, "The request does not begin with a method, a target and a version.");
    }
    if (!parts[2].equals("HTTP/1.1") && !parts[2].equals("HTTP/1.0")) {
      throw parts[2].matches("HTTP/[0-9](\\.[0-9])?")
          ? new Problem(505, "Speak HTTP/1.1: other versions are not spoken here.")
          : new Problem(400, "The request's first line does not end with HTTP/1.1.");
    }
    String target = target(parts[0], parts[1]);
    boolean old = parts[2].equals("HTTP/1.0");
    List<RequestHead.Field> fields = fields();
    RequestHead head = new RequestHead(parts[0], target, fields, old, 0);
    int hosts = head.all("host").size();
    if (hosts > 1 || (hosts == 0 && !old)) {
      throw new Problem(400, "The request must have one Host header, and has %s.".formatted(hosts));
    }
    List<String> expected = head.all("expect");
    if (!expected.isEmpty()
        && !(expected.size() == 1 && expected.getFirst().equalsIgnoreCase("100-continue"))) {
      throw new Problem(417, "Nothing but 100-continue can be expected.");
    }
    return new RequestHead(parts[0], target, fields, old, length(head));
  }

  private static String target(String method, String target) {
    if (target.length() > MOST_TARGET) {
      throw new Problem(
          414, "The request's target is longer than %s bytes.".formatted(MOST_TARGET));
    }
    String lower = target.toLowerCase(Locale.ROOT);
    boolean known =
        target.startsWith("/")
            || lower.startsWith("http://")
            || lower.startsWith("https://")
            || target.equals("*")
            || method.equals("CONNECT");
    if (!known || target.indexOf('#') >= 0 || !target.chars().allMatch(c -> c > ' ' && c < 127)) {
      throw new Problem(400, "The request's target is no path of visible ASCII characters.");
    }
    return target;
  }

  private List<RequestHead.Field> fields() throws IOException {
    List<RequestHead.Field> fields = new ArrayList<>();
    for (String line = line(MOST_LINE, 431); !line.isEmpty(); line = line(MOST_LINE, 431)) {
      int colon = line.indexOf(':');
      if (colon < 1 || !isToken(line.substring(0, colon))) {
        throw new Problem(
            400, "A header must be a name, a colon and a value on one line, with no space before.");
      }
      if (fields.size() == MOST_FIELDS) {
        throw new Problem(431, "The request has more than %s headers.".formatted(MOST_FIELDS));
      }
      fields.add(
          new RequestHead.Field(
              line.substring(0, colon).toLowerCase(Locale.ROOT),
              line.substring(colon + 1).strip()));
    }
    return fields;
  }

  /** How many bytes of body come; whoever says it twice may say two things. */
  private static long length(RequestHead head) {
    List<String> lengths = head.all("content-length");
    List<String> codings = head.all("transfer-encoding");
    if (lengths.size() + codings.size() > 1) {
      throw new Problem(400, "The request says more than once how long its body is.");
    }
    if (!codings.isEmpty()) {
      if (!codings.getFirst().equalsIgnoreCase("chunked")) {
        throw new Problem(501, "The only Transfer-Encoding that is read here is chunked.");
      }
      if (head.old()) {
        throw new Problem(400, "HTTP/1.0 has no chunks: give a Content-Length.");
      }
      return RequestHead.CHUNKED;
    }
    if (lengths.isEmpty()) {
      return 0;
    }
    String length = lengths.getFirst();
    // Eighteen digits fit 63 bits: a number that does not must not be taken for a small one.
    if (!length.matches("[0-9]{1,18}")) {
      throw new Problem(400, "The Content-Length must be a whole number of at most 18 digits.");
    }
    return Long.parseLong(length);
  }

  private static boolean isToken(String text) {
    return !text.isEmpty()
        && text.chars()
            .allMatch(c ->
                c >= 'a' && c <= 'z'
                    || c >= 'A' && c <= 'Z'
                    || c >= '0' && c <= '9'
                    || MARKS.indexOf(c) >= 0);
  }

  // ---- the body ----

  private byte[] chunks() throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (int size = chunkSize(); size > 0; size = chunkSize()) {
      if (body.size() + size > MOST_BODY) {
        throw tooLong();
      }
      body.write(bytes(size));
      if (!line(0, 400).isEmpty()) {
        throw badChunk();
      }
    }
    headBytes = 0;
    fields();
    return body.toByteArray();
  }

  private int chunkSize() throws IOException {
    headBytes = 0;
    String line = line(MOST_CHUNK_LINE, 400);
    int extension = line.indexOf(';');
    String size = (extension < 0 ? line : line.substring(0, extension)).stripTrailing();
    if (size.isEmpty() || !size.chars().allMatch(c -> RequestHead.hex((char) c) >= 0)) {
      throw badChunk();
    }
    if (size.length() > 7) {
      throw tooLong();
    }
    return Integer.parseInt(size, 16);
  }

  private static Problem badChunk() {
    return new Problem(400, "The body's chunks are malformed.");
  }

  private static Problem tooLong() {
    return new Problem(413, "The body is longer than %s bytes.".formatted(MOST_BODY));
  }

  // ---- bytes ----

  /** A line without its end; control characters are in none. */
  private String line(int most, int statusIfLonger) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    while (true) {
      int b = next();
      if (++headBytes > MOST_HEAD) {
        throw new Problem(431, "The request's head is longer than %s bytes.".formatted(MOST_HEAD));
      }
      if (b == '\r') {
        if (next() != '\n') {
          throw badLine();
        }
        return line.toString(StandardCharsets.ISO_8859_1);
      }
      if (b < ' ' && b != '\t' || b == 127) {
        throw badLine();
      }
      if (line.size() == most) {
        throw new Problem(
            statusIfLonger, "A line of the request is longer than %s bytes.".formatted(most));
      }
      line.write(b);
    }
  }

  private static Problem badLine() {
    return new Problem(
        400, "A line of the request has a control character in it, or does not end with CR LF.");
  }

  private byte[] bytes(int count) throws IOException {
    byte[] bytes = new byte[count];
    for (int done = 0; done < count; ) {
      if (at == filled && !fill()) {
        throw new EOFException("The connection ended within a body");
      }
      int piece = Math.min(count - done, filled - at);
      System.arraycopy(buffer, at, bytes, done, piece);
      at += piece;
      done += piece;
    }
    return bytes;
  }

  private int next() throws IOException {
    if (at == filled && !fill()) {
      throw new EOFException("The connection ended within a request");
    }
    return buffer[at++] & 0xFF;
  }

  private boolean fill() throws IOException {
    int read = source.read(buffer);
    at = 0;
    filled = Math.max(read, 0);
    return read > 0;
  }
}
