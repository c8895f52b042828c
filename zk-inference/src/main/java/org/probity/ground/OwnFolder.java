package org.probity.ground;

import com.sun.security.auth.module.UnixSystem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * Folders that this program loads code from: nobody but this user and root can put, change or
 * replace anything in them, nor rename them away. Where the file system knows no owners, nothing is
 * checked.
 */
public final class OwnFolder {

  private static final int WRITABLE_BY_OTHERS = 0022;
  private static final int STICKY = 01000;
  private static final int ROOT = 0;

  private OwnFolder() {}

  /**
   * {@code folder}, made with mode 700 if it is not there, and tightened to that if it is this
   * user's.
   *
   * @return its real path
   * @throws FileSystemException if it is another user's, or others can change what is on the way to
   *     it
   */
  public static Path at(Path folder) throws IOException {
    if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
      Files.createDirectories(folder, PlainFile.ownerOnlyFolder(folder));
    }
    if (!Files.isDirectory(folder)) {
      throw new NotDirectoryException(folder.toString());
    }
    Path real = folder.toRealPath();
    if (!knowsOwners(real)) {
      return real;
    }
    for (Path above = real.getParent(); above != null; above = above.getParent()) {
      requireOurs(above, true);
    }
    if (owner(real) == self()) {
      Files.setPosixFilePermissions(real, PosixFilePermissions.fromString("rwx------"));
    }
    requireOurs(real, false);
    return real;
  }

  /**
   * The folder {@code name} of this program's cache ({@code ~/.cache/probity}); where the home
   * folder cannot be written, a fresh one that is gone with this process.
   */
  public static Path cache(String name) throws IOException {
    Path home = Path.of(System.getProperty("user.home", ""));
    return home.isAbsolute() && Files.isWritable(home)
        ? at(home.resolve(".cache").resolve("probity").resolve(name))
        : fresh(name);
  }

  /** A new folder of mode 700 with a name that nobody can foresee, gone with this process. */
  static Path fresh(String name) throws IOException {
    // Made with mode 700 where there are such.
    Path folder = Files.createTempDirectory("probity-" + name + "-");
    Runtime.getRuntime()
        .addShutdownHook(Thread.ofPlatform().name("gone " + name).unstarted(() -> delete(folder)));
    return at(folder);
  }

  private static void delete(Path folder) {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException | UncheckedIOException e) {
      // What is left is in the folder for temporary files, as its name says.
    }
  }

  private static void requireOurs(Path folder, boolean onTheWay) throws IOException {
    int owner = owner(folder);
    if (owner != self() && owner != ROOT) {
      throw new FileSystemException(
          folder.toString(),
          null,
          "it belongs to another user, who could put code into it: name a folder of your own");
    }
    int mode = (int) Files.getAttribute(folder, "unix:mode");
    boolean guarded = onTheWay && (mode & STICKY) != 0;
    if ((mode & WRITABLE_BY_OTHERS) != 0 && !guarded) {
      throw new FileSystemException(
          folder.toString(),
          null,
          "others than its owner can change what is in it, code included: chmod go-w it, or name another folder");
    }
  }

  private static boolean knowsOwners(Path path) {
    return path.getFileSystem().supportedFileAttributeViews().contains("unix");
  }

  private static int owner(Path path) throws IOException {
    return (int) Files.getAttribute(path, "unix:uid");
  }

  private static int self() {
    return (int) new UnixSystem().getUid();
  }
}
