package org.probity.strategy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Set;
import org.probity.ground.PlainFile;

/**
 * The files of a strategy on disk. A folder appears whole or not at all: it is written beside its
 * place under another name and then moved there in one step.
 */
final class StrategyFolder {

  static final String MANIFEST = "strategy.json";
  static final String KEY = "model.key";
  static final String PRIVATE = "private.model";

  private StrategyFolder() {}

  /**
   * Writes a new folder.
   *
   * @throws StrategyRefusedException if something of that name exists, or the disk refuses
   */
  static void write(Path folder, Map<String, byte[]> files) {
    Path target = folder.toAbsolutePath().normalize();
    Path parent = target.getParent();
    if (parent == null || target.getFileName() == null) {
      throw new StrategyRefusedException(
          "%s cannot hold a strategy: name a new folder.".formatted(folder));
    }
    if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      throw alreadyThere(folder);
    }
    Path temporary = null;
    try {
      Files.createDirectories(parent);
      temporary = Files.createTempDirectory(parent, "." + target.getFileName() + ".");
      for (var file : files.entrySet()) {
        write(temporary.resolve(file.getKey()), file.getValue(), file.getKey().equals(PRIVATE));
      }
      if (!files.containsKey(PRIVATE) && PlainFile.posix(temporary)) {
        Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rwxr-xr-x"));
      }
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
      temporary = null;
    } catch (IOException e) {
      if (Files.exists(target)) {
        throw alreadyThere(folder);
      }
      throw new StrategyRefusedException(
          "The strategy cannot be saved to %s (%s): check the folder's permissions and the space on the disk."
              .formatted(folder, e instanceof AccessDeniedException ? "access denied" : reason(e)),
          e);
    } finally {
      if (temporary != null) {
        remove(temporary, files.keySet());
      }
    }
  }

  /**
   * Reads one file. The private one must be its owner's alone.
   *
   * @throws StrategyRefusedException if it is missing, no file, too large, unreadable or readable
   *     by others
   */
  static byte[] read(Path folder, String name, long largestBytes) {
    Path file = folder.resolve(name);
    try {
      PlainFile.requireRegular(file);
      if (name.equals(PRIVATE)) {
        PlainFile.requireOwnerOnly(file);
      }
      return PlainFile.bytes(file, largestBytes);
    } catch (NoSuchFileException e) {
      throw new StrategyRefusedException(
          Files.isDirectory(folder)
              ? "%s is missing from the strategy in %s: restore it from a copy or export the strategy again."
                  .formatted(name, folder)
              : "There is no strategy in %s: name the folder that holds %s."
                  .formatted(folder, MANIFEST),
          e);
    } catch (AccessDeniedException e) {
      throw new StrategyRefusedException(
          "%s cannot be read: check its permissions.".formatted(file), e);
    } catch (IOException e) {
      throw new StrategyRefusedException("%s cannot be used: %s.".formatted(file, reason(e)), e);
    }
  }

  /** What is wrong, as a clause. */
  static String reason(IOException e) {
    return e instanceof FileSystemException told && told.getReason() != null
        ? told.getReason()
        : String.valueOf(e.getMessage());
  }

  private static StrategyRefusedException alreadyThere(Path folder) {
    return new StrategyRefusedException(
        "%s exists already: choose another folder, or move that one away first.".formatted(folder));
  }

  /** The private file is never readable by others, not even while it is written. */
  private static void write(Path file, byte[] bytes, boolean secret) throws IOException {
    FileAttribute<?>[] attributes =
        secret ? PlainFile.ownerOnlyFile(file) : PlainFile.permitted(file, "rw-r--r--");
    try (FileChannel channel =
        FileChannel.open(
            file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), attributes)) {
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
      channel.force(true);
    }
  }

  private static void remove(Path temporary, Set<String> names) {
    try {
      for (String name : names) {
        Files.deleteIfExists(temporary.resolve(name));
      }
      Files.deleteIfExists(temporary);
    } catch (IOException e) {
      // The failure that brought us here is the one to report.
    }
  }
}
