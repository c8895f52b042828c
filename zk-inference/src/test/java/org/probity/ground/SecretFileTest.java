package org.probity.ground;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SecretFileTest {

  @TempDir private Path folder;

  private Path file(byte[] content) throws IOException {
    Path file = folder.resolve("secret");
    Files.createFile(file, PlainFile.ownerOnlyFile(file));
    return Files.write(file, content);
  }

  @ParameterizedTest
  @CsvSource({
    "UTF-8, ''",
    "UTF-8, n",
    "UTF-8, rn",
    "UTF-8, 'n second line'",
    "UTF-16LE, rn",
    "UTF-16BE, n",
    "UTF-16LE, ''"
  })
  void whateverWroteItTheLineIsTheSame(String charset, String end) throws IOException {
    String secret = "  pässwort \uD83D\uDD11 ";
    String rest = end.replace("r", "\r").replaceFirst("n", "\n");
    byte[] content = ("\uFEFF" + secret + rest).getBytes(Charset.forName(charset));
    assertThat(SecretFile.firstLine(file(content))).isEqualTo(secret.toCharArray());
  }

  @Test
  void withoutAMarkItIsUtf8() throws IOException {
    Path file = file("plain\n".getBytes(StandardCharsets.UTF_8));
    assertThat(SecretFile.firstLine(file)).isEqualTo("plain".toCharArray());
    Files.write(file, new byte[0]);
    assertThat(SecretFile.firstLine(file)).isEmpty();
    Files.write(file, new byte[] {'p', (byte) 0xe4});
    assertThatThrownBy(() -> SecretFile.firstLine(file))
        .isInstanceOfSatisfying(
            FileSystemException.class,
            e -> assertThat(e.getReason()).isEqualTo("it is neither UTF-8 nor UTF-16 text"));
  }

  @Test
  void whatOthersMayReadOrNeverEndsIsRefused() throws IOException {
    Path file = file("secret".getBytes(StandardCharsets.UTF_8));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    assertThatThrownBy(() -> SecretFile.firstLine(file)).hasMessageContaining("chmod 600");
    assertThatThrownBy(() -> SecretFile.firstLine(Path.of("/dev/zero")))
        .hasMessageContaining("a pipe or a device");
  }
}
