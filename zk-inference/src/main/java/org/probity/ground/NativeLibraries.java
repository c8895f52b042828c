package org.probity.ground;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Native libraries of jars as files, for the system to load: in a folder that is this user's alone
 * ({@link OwnFolder}), with the very content that the jar has, and with nothing beside them.
 *
 * <p>Comparing half a gigabyte takes seconds. So what was compared is noted in the folder itself,
 * with each file's inode, size and time of last change, which only root can set back; what has not
 * changed since is not compared again.
 */
public final class NativeLibraries {

  private static final String NOTE = "compared";
  private static final int PIECE = 1 << 20;

  private NativeLibraries() {}

  /**
   * Sees to it that {@code folder} holds {@code libraries}. One that differs is written anew.
   *
   * @param libraries where each is in its jar, by the name of its file
   * @return the folder's real path
   * @throws FileSystemException if the folder is not this user's alone, or holds something else
   */
  public static Path lay(Path folder, Map<String, URL> libraries) throws IOException {
    Path own = OwnFolder.at(folder);
    refuseOthers(own, libraries);
    List<String> noted = noted(own);
    boolean changed = false;
    for (Map.Entry<String, URL> library : new TreeMap<>(libraries).entrySet()) {
      Path file = own.resolve(library.getKey());
      if (!noted.contains(state(file))) {
        changed = true;
        if (!isSame(file, library.getValue())) {
          write(file, library.getValue());
        }
      }
    }
    if (changed) {
      note(own, libraries);
    }
    return own;
  }

  /** Whoever loads a folder's libraries may load all that are in it. */
  private static void refuseOthers(Path folder, Map<String, URL> libraries) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        String name = String.valueOf(file.getFileName());
        boolean unfinished = name.endsWith(".part");
        if (!libraries.containsKey(name) && !name.equals(NOTE) && !unfinished) {
          throw new FileSystemException(
              folder.toString(),
              null,
              "it holds %s, which is none of the libraries that belong there: move it away"
                  .formatted(name));
        }
      }
    }
  }

  private static boolean isSame(Path file, URL library) throws IOException {
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      return false;
    }
    byte[] ours = new byte[PIECE];
    byte[] theirs = new byte[PIECE];
    try (InputStream there = Files.newInputStream(file);
        InputStream here = library.openStream()) {
      while (true) {
        int n = here.readNBytes(ours, 0, PIECE);
        int m = there.readNBytes(theirs, 0, PIECE);
        if (n != m || !Arrays.equals(ours, 0, n, theirs, 0, n)) {
          return false;
        }
        if (n == 0) {
          return true;
        }
      }
    }
  }

  private static void write(Path file, URL library) throws IOException {
    Path part = Files.createTempFile(file.getParent(), "library", ".part");
    try (InputStream in = library.openStream()) {
      Files.copy(in, part, StandardCopyOption.REPLACE_EXISTING);
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  // ---- what was compared ----

  private static List<String> noted(Path folder) throws IOException {
    Path note = folder.resolve(NOTE);
    return Files.isRegularFile(note, LinkOption.NOFOLLOW_LINKS)
        ? PlainFile.text(note, PIECE).lines().toList()
        : List.of();
  }

  private static void note(Path folder, Map<String, URL> libraries) throws IOException {
    StringBuilder text = new StringBuilder();
    for (String name : libraries.keySet()) {
      text.append(state(folder.resolve(name))).append('\n');
    }
    Path part = Files.createTempFile(folder, NOTE, ".part");
    Files.writeString(part, text, StandardCharsets.UTF_8);
    Files.move(part, folder.resolve(NOTE), StandardCopyOption.ATOMIC_MOVE);
  }

  /** Of a file as it is now; of one that is not there or cannot be told, nothing that is noted. */
  private static String state(Path file) throws IOException {
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
        || !file.getFileSystem().supportedFileAttributeViews().contains("unix")) {
      return "?";
    }
    Map<String, Object> attributes =
        new TreeMap<>(
            Files.readAttributes(
                file, "unix:dev,ino,size,ctime,lastModifiedTime", LinkOption.NOFOLLOW_LINKS));
    return file.getFileName() + " " + attributes;
  }
}
