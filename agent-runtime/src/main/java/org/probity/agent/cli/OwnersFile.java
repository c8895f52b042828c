package org.probity.agent.cli;

import java.io.IOException;
import java.nio.file.CopyOption;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.probity.ground.PlainFile;

/** Writes files that are for their owner alone, since there may be a provider's key in them. */
final class OwnersFile {

  private OwnersFile() {}

  /**
   * Writes {@code file}, whole or not at all. It has its permissions from the beginning: there is
   * no moment at which others could open it.
   *
   * @param options REPLACE_EXISTING, if what is there may be replaced
   */
  static void write(Path file, String text, CopyOption... options) throws IOException {
    Path draft =
        Files.createTempFile(
            file.toAbsolutePath().getParent(),
            "." + file.getFileName(),
            ".part",
            PlainFile.ownerOnlyFile(file));
    boolean moved = false;
    try {
      Files.writeString(draft, text);
      Files.move(draft, file, options);
      moved = true;
    } catch (FileSystemException e) {
      throw e;
    } catch (IOException e) {
      // A full disk names no file.
      throw new FileSystemException(file.toString(), null, e.getMessage());
    } finally {
      if (!moved) {
        Files.deleteIfExists(draft);
      }
    }
  }
}
