package org.probity.agent.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.probity.agent.checks.Places;

/**
 * A file that a command will write: known to be possible before the work begins, by trying, and
 * there whole or not at all afterwards.
 *
 * @param path of a file that does not exist, in a folder that does
 */
record NewFile(Path path) {

  /**
   * The file to be at {@code path}.
   *
   * @throws UncheckedIOException if there is something already
   * @throws IllegalStateException if nothing can be written there
   * @throws Complaint if there is no folder for it
   */
  static NewFile at(Path path) {
    if (Files.exists(path)) {
      throw new UncheckedIOException(new FileAlreadyExistsException(path.toString()));
    }
    Path parent = path.toAbsolutePath().normalize().getParent();
    if (parent == null || !Files.isDirectory(parent)) {
      throw new Complaint(
          "There is no folder %s to write %s to: make it first, or name another."
              .formatted(parent, path.getFileName()));
    }
    Places.requireWritable(parent);
    return new NewFile(path);
  }

  /** Writes it, whole or not at all. */
  void write(String text) {
    Path part = path.resolveSibling(path.getFileName() + ".part");
    try {
      Files.writeString(part, text);
      Files.move(part, path);
    } catch (IOException e) {
      try {
        Files.deleteIfExists(part);
      } catch (IOException inner) {
        e.addSuppressed(inner);
      }
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String toString() {
    return path.toString();
  }
}
