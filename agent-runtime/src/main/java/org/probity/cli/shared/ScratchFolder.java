package org.probity.cli.shared;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * A new folder among the temporary ones, of mode 700 where there are such.
 *
 * @param path of the folder
 */
public record ScratchFolder(Path path) {

  /**
   * Makes one.
   *
   * @param what it is for, as its name says: "drill"
   * @throws UncheckedIOException if it cannot be made
   */
  public static ScratchFolder make(String what) {
    try {
      return new ScratchFolder(Files.createTempDirectory("probity-" + what + "-"));
    } catch (IOException e) {
      throw new UncheckedIOException("There is no room for the files of a " + what, e);
    }
  }

  /**
   * Removes it with all that is in it.
   *
   * @throws UncheckedIOException if something in it cannot be removed
   */
  public void delete() {
    try (Stream<Path> files = Files.walk(path)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("The folder cannot be removed: " + path, e);
    }
  }
}
