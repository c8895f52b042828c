package org.probity.ground;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk that fills up is a writer that throws in the middle: what stood before still stands. */
final class WholeFileTest {

  @TempDir private Path folder;

  private static final WholeFile.Writing<IOException> FULL =
      draft -> {
        Files.writeString(draft, "half of");
        throw new IOException("No space left on device");
      };

  @Test
  void aNewFileIsThereWholeOrNotAtAll() throws IOException {
    Path file = folder.resolve("new");
    assertThatThrownBy(() -> WholeFile.create(file, FULL))
        .isInstanceOf(FileSystemException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining("No space left on device");
    assertThat(left()).isZero();
    WholeFile.create(file, "all of it");
    assertThat(file).hasContent("all of it");
    assertThatThrownBy(() -> WholeFile.create(file, "other"))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThat(file).hasContent("all of it");
    assertThat(left()).isOne();
  }

  @Test
  void whatStoodThereStandsUntilTheNewOneIsWhole() throws IOException {
    Path file = Files.writeString(folder.resolve("old"), "old");
    assertThatThrownBy(() -> WholeFile.replace(file, FULL)).isInstanceOf(FileSystemException.class);
    assertThat(file).hasContent("old");
    assertThat(left()).isOne();
    WholeFile.replace(file, "new");
    assertThat(file).hasContent("new");
  }

  @Test
  void filesThatBelongTogetherAreReplacedTogether() throws IOException {
    Path first = Files.writeString(folder.resolve("first"), "old");
    Path second = Files.writeString(folder.resolve("second"), "old");
    var files = new LinkedHashMap<Path, WholeFile.Writing<IOException>>();
    files.put(first, draft -> Files.writeString(draft, "new"));
    files.put(second, FULL);
    assertThatThrownBy(() -> WholeFile.replaceAll(files)).isInstanceOf(FileSystemException.class);
    assertThat(first).hasContent("old");
    assertThat(second).hasContent("old");
    files.put(second, draft -> Files.writeString(draft, "new"));
    Path third = Files.createDirectory(folder.resolve("third"));
    files.put(third, draft -> Files.writeString(draft, "new"));
    assertThatThrownBy(() -> WholeFile.replaceAll(files)).hasMessageContaining("it is a folder");
    assertThat(first).hasContent("old");
    files.remove(third);
    WholeFile.replaceAll(files);
    assertThat(first).hasContent("new");
    assertThat(second).hasContent("new");
    assertThat(left()).isEqualTo(3);
  }

  @Test
  void neighboursAreNotTouched() throws IOException {
    for (String name : new String[] {"x.part", ".x", ".x.part"}) {
      Files.writeString(folder.resolve(name), "mine");
    }
    WholeFile.create(folder.resolve("x"), "ours");
    for (String name : new String[] {"x.part", ".x", ".x.part"}) {
      assertThat(folder.resolve(name)).hasContent("mine");
    }
    assertThatThrownBy(() -> WholeFile.create(folder.resolve("none/x"), "ours"))
        .hasMessageContaining("its folder does not exist");
  }

  private long left() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.count();
    }
  }
}
