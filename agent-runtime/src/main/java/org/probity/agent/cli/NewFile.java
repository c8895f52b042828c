package org.probity.agent.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.util.Objects;
import java.util.function.Consumer;
import org.probity.ground.PlainFile;

/**
 * A file that a command will write: known to be possible before the work begins, and there whole or
 * not at all afterwards.
 *
 * @param path of a file that does not exist, in a folder that does
 */
record NewFile(Path path) {

  /**
   * The file to be at {@code path}.
   *
   * @throws UncheckedIOException if there is something already
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
    return new NewFile(path);
  }

  /** Writes it, whole or not at all. */
  void write(String text) {
    write(writer -> writer.append(text));
  }

  /**
   * Writes what {@code source} gives as lines, whole or not at all, readable for its owner alone.
   */
  void writeLines(Consumer<Consumer<String>> source) {
    write(
        writer ->
            source.accept(line -> {
              try {
                writer.append(line).append('\n');
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            }),
        PlainFile.ownerOnlyFile(path));
  }

  private interface Writing {
    void to(Writer writer) throws IOException;
  }

  private void write(Writing writing, FileAttribute<?>... attributes) {
    Path part = path.resolveSibling(path.getFileName() + ".part");
    try {
      Files.createFile(part, attributes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    boolean whole = false;
    try {
      try (Writer writer = Files.newBufferedWriter(part)) {
        writing.to(writer);
      }
      Files.move(part, path);
      whole = true;
    } catch (FileSystemException e) {
      throw new UncheckedIOException(e);
    } catch (IOException e) {
      throw failed(e);
    } catch (UncheckedIOException e) {
      throw e.getCause() instanceof FileSystemException
          ? e
          : failed(Objects.requireNonNull(e.getCause()));
    } finally {
      if (!whole) {
        remove(part);
      }
    }
  }

  /** What writing says names no file. */
  private UncheckedIOException failed(IOException cause) {
    FileSystemException named =
        new FileSystemException(path.toString(), null, String.valueOf(cause.getMessage()));
    named.initCause(cause);
    return new UncheckedIOException(named);
  }

  private static void remove(Path part) {
    try {
      Files.deleteIfExists(part);
    } catch (IOException e) {
      // What failed before is what the user has to hear of.
    }
  }

  @Override
  public String toString() {
    return path.toString();
  }
}
