package org.probity.ground;

import com.sun.security.auth.module.UnixSystem;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Files that people name: read only if they are regular files, and never further than they may be
 * long. A pipe would be waited for without end, a device has no end, and what {@link Files#size}
 * says of either is 0: so what is counted are the bytes that come.
 *
 * <p>Every failure is a {@link FileSystemException} whose reason is a clause of a sentence, without
 * a full stop, or one of its subclasses for what the file system itself says.
 */
public final class PlainFile {

  private static final Set<PosixFilePermission> OWNER =
      EnumSet.of(
          PosixFilePermission.OWNER_READ,
          PosixFilePermission.OWNER_WRITE,
          PosixFilePermission.OWNER_EXECUTE);

  private PlainFile() {}

  /**
   * The content of {@code file}.
   *
   * @param most bytes that such a file can have
   * @throws FileSystemException if it is no regular file, has more bytes or cannot be read
   */
  public static byte[] bytes(Path file, long most) throws IOException {
    try (InputStream in = stream(file)) {
      byte[] content = in.readNBytes((int) Math.min(most, Integer.MAX_VALUE - 1) + 1);
      if (content.length > most) {
        throw new FileSystemException(
            file.toString(), null, "it has more than %s bytes".formatted(most));
      }
      return content;
    }
  }

  /**
   * The content of {@code file} as UTF-8.
   *
   * @param most bytes that such a file can have
   * @throws FileSystemException if it is no regular file, no UTF-8, has more bytes or cannot be
   *     read
   */
  public static String text(Path file, long most) throws IOException {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes(file, most)))
          .toString();
    } catch (CharacterCodingException e) {
      throw new FileSystemException(file.toString(), null, "it is not UTF-8 text");
    }
  }

  /**
   * Opens {@code file} for reading in one go, for readers that keep a bound of their own.
   *
   * @throws FileSystemException if it is no regular file or cannot be read
   */
  public static InputStream stream(Path file) throws IOException {
    requireRegular(file);
    return Files.newInputStream(file);
  }

  /**
   * Opens {@code file} for reading at any place, for readers that keep a bound of their own.
   *
   * @throws FileSystemException if it is no regular file or cannot be read
   */
  public static FileChannel channel(Path file) throws IOException {
    requireRegular(file);
    return FileChannel.open(file, StandardOpenOption.READ);
  }

  /**
   * Refuses everything but a regular file or a link to one.
   *
   * @throws NoSuchFileException if there is nothing
   * @throws FileSystemException if it is a folder, a pipe, a socket or a device
   */
  public static void requireRegular(Path file) throws IOException {
    if (Files.isRegularFile(file)) {
      return;
    }
    if (!Files.exists(file)) {
      throw new NoSuchFileException(file.toString());
    }
    throw new FileSystemException(
        file.toString(),
        null,
        Files.isDirectory(file) ? "it is a folder" : "it is a pipe or a device, not a file");
  }

  /**
   * Refuses everything but a regular file that is its owner's alone.
   *
   * @throws NoSuchFileException if there is nothing
   * @throws FileSystemException if it is no file, or group or others have any permission on it
   */
  public static void requireSecret(Path file) throws IOException {
    // In this order: the permissions of a device are nobody's to change.
    requireRegular(file);
    requireOwnerOnly(file);
  }

  /**
   * Refuses a secret that others may read or change. Where the file system knows no permissions,
   * nothing is refused.
   *
   * @throws FileSystemException if group or others have any permission on {@code path}
   */
  public static void requireOwnerOnly(Path path) throws IOException {
    if (!posix(path)) {
      return;
    }
    Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(path);
    if (!OWNER.containsAll(permissions)) {
      throw new FileSystemException(
          path.toString(),
          null,
          "others than its owner have access (%s), so that it may be secret no more: chmod %s %s"
              .formatted(
                  PosixFilePermissions.toString(permissions),
                  Files.isDirectory(path) ? "700" : "600",
                  path));
    }
  }

  /**
   * Refuses what somebody else may have put where it lies: what belongs to another user, and what
   * group or others may change. A link counts as what it leads to and as itself. Where the file
   * system knows no users, nothing is refused.
   *
   * @throws FileSystemException if {@code path} is not the present user's own
   */
  public static void requireOwn(Path path) throws IOException {
    requireOwner(path, LinkOption.NOFOLLOW_LINKS);
    requireOwner(path);
    if (posix(path)) {
      Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(path);
      if (permissions.contains(PosixFilePermission.GROUP_WRITE)
          || permissions.contains(PosixFilePermission.OTHERS_WRITE)) {
        throw new FileSystemException(
            path.toString(),
            null,
            "others than its owner can change it (%s): make sure that nobody has, then chmod go-w %s"
                .formatted(PosixFilePermissions.toString(permissions), path));
      }
    }
  }

  private static void requireOwner(Path path, LinkOption... options) throws IOException {
    if (!path.getFileSystem().supportedFileAttributeViews().contains("unix")) {
      return;
    }
    long owner = Integer.toUnsignedLong((Integer) Files.getAttribute(path, "unix:uid", options));
    long user = new UnixSystem().getUid();
    if (owner != user) {
      throw new FileSystemException(
          path.toString(),
          null,
          "it belongs to user %s, and this program runs as user %s: use what is your own"
              .formatted(owner, user));
    }
  }

  /**
   * Takes every permission on what is the present user's own from group and others.
   *
   * @return whether they had any
   */
  public static boolean tighten(Path path) throws IOException {
    if (!posix(path)) {
      return false;
    }
    Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(path);
    if (OWNER.containsAll(permissions)) {
      return false;
    }
    permissions.retainAll(OWNER);
    Files.setPosixFilePermissions(path, permissions);
    return true;
  }

  /** Whether nothing is in {@code folder}. */
  public static boolean isEmptyFolder(Path folder) throws IOException {
    try (Stream<Path> content = Files.list(folder)) {
      return content.findAny().isEmpty();
    }
  }

  /** What a new file (600) that is for its owner alone is made with. */
  public static FileAttribute<?>[] ownerOnlyFile(Path where) {
    return permitted(where, "rw-------");
  }

  /** What a new folder (700) that is for its owner alone is made with. */
  public static FileAttribute<?>[] ownerOnlyFolder(Path where) {
    return permitted(where, "rwx------");
  }

  /** What something new is made with that is to have these permissions, such as rw-r--r--. */
  public static FileAttribute<?>[] permitted(Path where, String permissions) {
    return posix(where)
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
        }
        : new FileAttribute<?>[0];
  }

  /** Whether the file system knows permissions of owner, group and others. */
  public static boolean posix(Path path) {
    return path.getFileSystem().supportedFileAttributeViews().contains("posix");
  }
}
