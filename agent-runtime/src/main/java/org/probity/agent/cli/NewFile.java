package org.probity.agent.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.probity.agent.checks.Places;
import org.probity.ground.PlainFile;

/**
 * A file that a command will write: known to be possible before the work begins, by trying it, and
 * there whole or not at all afterwards.
 *
 * @param path of a file that does not exist, in a folder that does
 */
record NewFile(Path path) {

  /**
   * The file to be at {@code path}.
   *
   * @throws UncheckedIOException if there is something already, or nothing can be written there
   * @throws Complaint if there is no folder for it
   */
  static NewFile at(Path path) {
    if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      throw new UncheckedIOException(new FileAlreadyExistsException(path.toString()));
    }
    Path parent = path.toAbsolutePath().normalize().getParent();
    if (parent == null || !Files.isDirectory(parent)) {
      throw new Complaint(
          "There is no folder %s to write %s to: make it first, or name another."
              .formatted(parent, path.getFileName()));
    }
    try {
      Places.requireWritable(parent);
    } catch (UncheckedIOException e) {
      throw new Complaint(String.valueOf(e.getMessage()), e);
    }
    return new NewFile(path);
  }

  /** Writes it, whole or not at all, with the permissions that the user's files have. */
  void write(String text) {
    Path part = path.resolveSibling(path.getFileName() + ".part");
    try {
      Files.writeString(part, text);
      Files.move(part, path);
    } catch (IOException e) {
      throw failed(part, e);
    }
  }

  /** Writes it, whole or not at all, for its owner alone. */
  void writeForOwner(String text) {
    Path folder = path.toAbsolutePath().normalize().getParent();
    Path part = path;
    try {
      // Made with its permissions: there is no moment at which others could open it.
      part =
          Files.createTempFile(
              folder, path.getFileName().toString(), ".part", PlainFile.ownerOnlyFile(path));
      Files.writeString(part, text);
      Files.move(part, path);
    } catch (IOException e) {
      throw part.equals(path) ? new UncheckedIOException(e) : failed(part, e);
    }
  }

  private static UncheckedIOException failed(Path part, IOException e) {
    try {
      Files.deleteIfExists(part);
    } catch (IOException inner) {
      e.addSuppressed(inner);
    }
    return new UncheckedIOException(e);
  }

  @Override
  public String toString() {
    return path.toString();
  }
}
