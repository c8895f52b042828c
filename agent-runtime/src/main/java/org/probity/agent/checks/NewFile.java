package org.probity.agent.checks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Objects;
import java.util.function.Consumer;
import org.probity.ground.WholeFile;

/**
 * A file that a command will write: known to be possible before the work begins, by trying it, and
 * there whole or not at all afterwards.
 *
 * @param path of a file that does not exist, in a folder that does
 */
public record NewFile(Path path) {

  /**
   * The file to be at {@code path}.
   *
   * @throws UncheckedIOException if there is something already
   * @throws IllegalStateException if there is no folder for it, or nothing can be written there
   */
  public static NewFile at(Path path) {
    if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      throw new UncheckedIOException(new FileAlreadyExistsException(path.toString()));
    }
    Path parent = path.toAbsolutePath().normalize().getParent();
    if (parent == null || !Files.isDirectory(parent)) {
      throw new IllegalStateException(
          "There is no folder %s to write %s to: make it first, or name another."
              .formatted(parent, path.getFileName()));
    }
    Places.requireWritable(parent);
    return new NewFile(path);
  }

  /** Writes it, whole or not at all, with the permissions that the user's files have. */
  public void write(String text) {
    try {
      WholeFile.create(path, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writes it, whole or not at all, for its owner alone. */
  public void writeForOwner(String text) {
    try {
      WholeFile.<IOException>createForOwner(path, draft -> Files.writeString(draft, text));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writes what {@code source} gives as lines, whole or not at all, for its owner alone. */
  public void writeLines(Consumer<Consumer<String>> source) {
    try {
      WholeFile.<IOException>createForOwner(
          path,
          draft -> {
            try (Writer writer = Files.newBufferedWriter(draft)) {
              source.accept(line -> append(writer, line));
            } catch (UncheckedIOException e) {
              throw Objects.requireNonNull(e.getCause());
            }
          });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void append(Writer writer, String line) {
    try {
      writer.append(line).append('\n');
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String toString() {
    return path.toString();
  }
}
