package org.probity.ground;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LineReaderTest {

  @TempDir private Path folder;

  @Test
  void everyKindOfLineEndIsOne() throws IOException {
    assertThat(lines("a\nb\r\nc\rd", 9)).containsExactly("a", "b", "c", "d");
    assertThat(lines("a\n\n\r\n", 9)).containsExactly("a", "", "");
    assertThat(lines("", 9)).isEmpty();
    assertThat(lines("ä€😀", 9)).containsExactly("ä€😀");
  }

  @Test
  void aLongLineIsRefusedByItsNumber() {
    assertThatThrownBy(() -> lines("123\n12345", 4))
        .isInstanceOf(FileSystemException.class)
        .hasMessageContaining("its line 2 has more than 4 characters");
    assertThatThrownBy(
            () -> {
              try (LineReader reader = LineReader.open(Path.of("/dev/zero"), 4)) {
                reader.next();
              }
            })
        .hasMessageContaining("a pipe or a device");
  }

  @Test
  void bytesThatAreNoTextAreToldAndNotReplaced() {
    assertThatThrownBy(() -> lines("a\n\u00ff", 9, StandardCharsets.ISO_8859_1))
        .isInstanceOf(CharacterCodingException.class);
  }

  private List<String> lines(String text, int most) throws IOException {
    return lines(text, most, StandardCharsets.UTF_8);
  }

  private List<String> lines(String text, int most, Charset as) throws IOException {
    Path file = Files.write(folder.resolve("file"), text.getBytes(as));
    var lines = new ArrayList<String>();
    try (LineReader reader = LineReader.open(file, most)) {
      for (String line = reader.next(); line != null; line = reader.next()) {
        lines.add(line);
        assertThat(reader.number()).isEqualTo(lines.size());
      }
    }
    return lines;
  }
}
