package org.probity.ground;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * A file whose first line is a secret, whatever wrote it: editors put a byte order mark before it,
 * shells write UTF-16, and lines end in two ways. None of that is part of the secret; blanks are.
 */
public final class SecretFile {

  private static final int MOST_BYTES = 1 << 16;

  private SecretFile() {}

  /**
   * The first line of {@code file}; empty if it has none.
   *
   * @throws FileSystemException if it is no regular file, is longer than 64 KiB, is neither UTF-8
   *     nor UTF-16 with a byte order mark, or may be read by others than its owner
   */
  public static char[] firstLine(Path file) throws IOException {
    PlainFile.requireSecret(file);
    byte[] content = PlainFile.bytes(file, MOST_BYTES);
    try {
      return firstLine(text(content));
    } catch (CharacterCodingException e) {
      throw new FileSystemException(file.toString(), null, "it is neither UTF-8 nor UTF-16 text");
    } finally {
      Arrays.fill(content, (byte) 0);
    }
  }

  private static CharBuffer text(byte[] content) throws CharacterCodingException {
    if (begins(content, 0xef, 0xbb, 0xbf)) {
      return text(content, 3, StandardCharsets.UTF_8);
    }
    if (begins(content, 0xff, 0xfe)) {
      return text(content, 2, StandardCharsets.UTF_16LE);
    }
    if (begins(content, 0xfe, 0xff)) {
      return text(content, 2, StandardCharsets.UTF_16BE);
    }
    return text(content, 0, StandardCharsets.UTF_8);
  }

  private static CharBuffer text(byte[] content, int from, Charset charset)
      throws CharacterCodingException {
    return charset.newDecoder().decode(ByteBuffer.wrap(content, from, content.length - from));
  }

  private static boolean begins(byte[] content, int... mark) {
    for (int i = 0; i < mark.length; i++) {
      if (i >= content.length || (content[i] & 0xff) != mark[i]) {
        return false;
      }
    }
    return true;
  }

  private static char[] firstLine(CharBuffer text) {
    int end = 0;
    while (end < text.length() && text.charAt(end) != '\n' && text.charAt(end) != '\r') {
      end++;
    }
    char[] line = new char[end];
    text.get(line);
    if (text.hasArray()) {
      Arrays.fill(text.array(), '\0');
    }
    return line;
  }
}
