package org.probity.ground;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import com.sun.security.auth.module.UnixSystem;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PlainFileTest {

  @TempDir private Path folder = Path.of("");

  @Test
  void readsWhatIsWithinItsBound() throws Exception {
    Path file = Files.writeString(folder.resolve("f"), "größer");
    assertThat(PlainFile.text(file, 8)).isEqualTo("größer");
    assertThat(PlainFile.bytes(file, 8)).hasSize(8);
    assertThatThrownBy(() -> PlainFile.bytes(file, 7))
        .isInstanceOf(FileSystemException.class)
        .hasMessageContaining("more than 7 bytes");
    assertThat(PlainFile.text(Files.createSymbolicLink(folder.resolve("l"), file), 8))
        .isEqualTo("größer");
  }

  @Test
  void refusesWhatHasNoEnd() {
    Path zero = Path.of("/dev/zero");
    assertTimeoutPreemptively(
        Duration.ofSeconds(10),
        () ->
            assertThatThrownBy(() -> PlainFile.bytes(zero, Long.MAX_VALUE))
                .hasMessageContaining("a pipe or a device"));
  }

  @Test
  void doesNotWaitForAPipe() throws Exception {
    Path pipe = folder.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    assertTimeoutPreemptively(
        Duration.ofSeconds(10),
        () -> {
          assertThatThrownBy(() -> PlainFile.text(pipe, 10))
              .hasMessageContaining("a pipe or a device");
          assertThatThrownBy(() -> PlainFile.channel(pipe))
              .hasMessageContaining("a pipe or a device");
        });
  }

  @Test
  void whatOthersMayChangeOrOwnIsNotOnesOwn() throws Exception {
    Path file = Files.writeString(folder.resolve("own"), "x");
    for (String open : List.of("rw--w----", "rw-----w-")) {
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(open));
      assertThatThrownBy(() -> PlainFile.requireOwn(file))
          .hasMessageContaining("others than its owner can change it (" + open + ")");
    }
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    PlainFile.requireOwn(file);
    assertThat(PlainFile.tighten(file)).isTrue();
    assertThat(PlainFile.tighten(file)).isFalse();
    PlainFile.requireOwnerOnly(file);
    // Root's file is another user's, unless root runs this, who can give files away.
    Path others = Path.of("/etc/passwd");
    if (new UnixSystem().getUid() == 0) {
      others = file;
      Files.setAttribute(file, "unix:uid", 65_534);
    }
    Path foreign = others;
    assertThatThrownBy(() -> PlainFile.requireOwn(foreign)).hasMessageContaining("it belongs to");
    Path link = Files.createSymbolicLink(folder.resolve("link"), foreign);
    assertThatThrownBy(() -> PlainFile.requireOwn(link)).hasMessageContaining("it belongs to");
  }

  @Test
  void saysWhatIsThereInstead() throws Exception {
    assertThatThrownBy(() -> PlainFile.bytes(folder, 10)).hasMessageContaining("it is a folder");
    assertThatThrownBy(() -> PlainFile.bytes(folder.resolve("none"), 10))
        .isInstanceOf(NoSuchFileException.class);
    Path latin = Files.write(folder.resolve("latin"), new byte[] {(byte) 0xe4, 'x'});
    assertThatThrownBy(() -> PlainFile.text(latin, 10)).hasMessageContaining("not UTF-8");
  }

  @Test
  void refusesASecretThatOthersMayRead() throws Exception {
    Path secret = Files.writeString(folder.resolve("s"), "x");
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-r--r--"));
    assertThatThrownBy(() -> PlainFile.requireOwnerOnly(secret))
        .hasMessageContaining("chmod 600 " + secret);
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
    PlainFile.requireOwnerOnly(secret);
  }
}
