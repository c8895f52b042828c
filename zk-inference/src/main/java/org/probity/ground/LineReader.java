package org.probity.ground;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The lines of a text file in UTF-8, one after the other, none of them longer than a bound: a file
 * of a gigabyte without a line's end takes no more memory than its longest line may.
 */
public final class LineReader implements Closeable {

  private final Path file;
  private final BufferedReader reader;
  private final int most;
  private long number;
  private boolean afterReturn;

  private LineReader(Path file, InputStream in, int most) {
    this.file = file;
    this.most = most;
    this.reader =
        new BufferedReader(
            // A decoder made by hand reports what is no UTF-8; the default one hides it.
            new InputStreamReader(in, StandardCharsets.UTF_8.newDecoder()));
  }

  /**
   * Opens a regular file.
   *
   * @param most characters of a line
   * @throws FileSystemException if it is no regular file or cannot be read
   */
  public static LineReader open(Path file, int most) throws IOException {
    return new LineReader(file, PlainFile.stream(file), most);
  }

  /** Reads lines out of what a file holds in another form, such as compressed. */
  public static LineReader of(Path file, InputStream in, int most) {
    return new LineReader(file, in, most);
  }

  /**
   * The next line without its end (LF, CR LF or CR); null after the last.
   *
   * @throws java.nio.charset.CharacterCodingException if it is no UTF-8
   * @throws FileSystemException if it has more characters than a line may
   */
  public @Nullable String next() throws IOException {
    var line = new StringBuilder();
    boolean any = false;
    for (int c = reader.read(); c >= 0; c = reader.read()) {
      boolean second = afterReturn && c == '\n';
      afterReturn = c == '\r';
      if (second) {
        continue;
      }
      if (c == '\n' || c == '\r') {
        number++;
        return line.toString();
      }
      any = true;
      if (line.length() == most) {
        throw new FileSystemException(
            file.toString(),
            null,
            "its line %s has more than %s characters".formatted(number + 1, most));
      }
      line.append((char) c);
    }
    number += any ? 1 : 0;
    return any ? line.toString() : null;
  }

  /** The number of the line that was read last, from 1. */
  public long number() {
    return number;
  }

  @Override
  public void close() throws IOException {
    reader.close();
  }
}
