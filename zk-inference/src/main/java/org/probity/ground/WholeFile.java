package org.probity.ground;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * Files that appear whole or not at all. Each is written beside its place under a name that nothing
 * had, forced to the disk and moved to its place in one step; if that fails, what stood there
 * before still stands, and nothing is left behind.
 */
public final class WholeFile {

  private static final SecureRandom NAMES = new SecureRandom();

  private WholeFile() {}

  /** Writes the content of one file. */
  @FunctionalInterface
  public interface Writing<E extends Exception> {
    /**
     * Writes all of it.
     *
     * @param draft an empty file
     */
    void to(Path draft) throws IOException, E;
  }

  /**
   * Writes a file that is not there yet.
   *
   * @throws FileAlreadyExistsException if something of that name is there
   * @throws FileSystemException if it cannot be written
   */
  public static <E extends Exception> void create(Path file, Writing<E> writing)
      throws IOException, E {
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new FileAlreadyExistsException(file.toString());
    }
    write(new LinkedHashMap<>(Map.of(file, writing)), false, new FileAttribute<?>[0]);
  }

  /**
   * Writes a file that is not there yet and is for its owner alone. See {@link #create(Path,
   * Writing)}.
   */
  public static <E extends Exception> void createForOwner(Path file, Writing<E> writing)
      throws IOException, E {
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new FileAlreadyExistsException(file.toString());
    }
    write(new LinkedHashMap<>(Map.of(file, writing)), false, PlainFile.ownerOnlyFile(file));
  }

  /**
   * Writes a file of text in place of the one that is there, for its owner alone. See {@link
   * #replace}.
   */
  public static void replaceForOwner(Path file, String text) throws IOException {
    Writing<IOException> writing = draft -> Files.writeString(draft, text);
    write(new LinkedHashMap<>(Map.of(file, writing)), true, PlainFile.ownerOnlyFile(file));
  }

  /** Writes a file of text that is not there yet. See {@link #create(Path, Writing)}. */
  public static void create(Path file, String text) throws IOException {
    WholeFile.<IOException>create(file, draft -> Files.writeString(draft, text));
  }

  /**
   * Writes a file in place of the one that is there, if one is. Only for a name that is ours.
   *
   * @throws FileSystemException if it cannot be written
   */
  public static <E extends Exception> void replace(Path file, Writing<E> writing)
      throws IOException, E {
    write(new LinkedHashMap<>(Map.of(file, writing)), true, new FileAttribute<?>[0]);
  }

  /** Writes a file of text in place of the one that is there. See {@link #replace}. */
  public static void replace(Path file, String text) throws IOException {
    WholeFile.<IOException>replace(file, draft -> Files.writeString(draft, text));
  }

  /**
   * Writes files that belong together, in place of those that are there: nothing is replaced before
   * all of them are on the disk.
   */
  public static <E extends Exception> void replaceAll(SequencedMap<Path, Writing<E>> files)
      throws IOException, E {
    write(files, true, new FileAttribute<?>[0]);
  }

  private static <E extends Exception> void write(
      SequencedMap<Path, Writing<E>> files, boolean replacing, FileAttribute<?>[] attributes)
      throws IOException, E {
    List<Path> drafts = new ArrayList<>();
    try {
      for (Map.Entry<Path, Writing<E>> entry : files.entrySet()) {
        requireNoFolder(entry.getKey());
        Path draft = draft(entry.getKey(), attributes);
        drafts.add(draft);
        fill(draft, entry.getKey(), entry.getValue());
      }
      int next = 0;
      for (Path file : files.keySet()) {
        move(drafts.get(next++), file, replacing);
      }
    } finally {
      for (Path draft : drafts) {
        Files.deleteIfExists(draft);
      }
    }
  }

  /** Found out late, it would leave some of several files new and some old. */
  private static void requireNoFolder(Path file) throws IOException {
    if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new FileSystemException(file.toString(), null, "it is a folder");
    }
  }

  /** An empty file beside the one to be, under a name that only this run can have. */
  private static Path draft(Path file, FileAttribute<?>[] attributes) throws IOException {
    byte[] random = new byte[8];
    NAMES.nextBytes(random);
    String name = ".%s.%s.part".formatted(file.getFileName(), HexFormat.of().formatHex(random));
    try {
      return Files.createFile(file.resolveSibling(name), attributes);
    } catch (IOException e) {
      throw unwritten(file, e);
    }
  }

  private static <E extends Exception> void fill(Path draft, Path file, Writing<E> writing)
      throws IOException, E {
    try {
      writing.to(draft);
      try (FileChannel channel = FileChannel.open(draft, StandardOpenOption.WRITE)) {
        channel.force(true);
      }
    } catch (IOException e) {
      throw unwritten(file, e);
    }
  }

  private static void move(Path draft, Path file, boolean replacing) throws IOException {
    try {
      if (replacing) {
        Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
      } else {
        Files.move(draft, file);
      }
    } catch (FileAlreadyExistsException e) {
      throw e;
    } catch (IOException e) {
      throw unwritten(file, e);
    }
  }

  /** Names the file that was meant, and never the draft. */
  private static FileSystemException unwritten(Path file, IOException e) {
    String reason =
        switch (e) {
          case AccessDeniedException _ -> "its folder may not be written to";
          case NoSuchFileException _ -> "its folder does not exist";
          case FileSystemException named when named.getReason() != null ->
              cannot(named.getReason());
          default -> cannot(String.valueOf(e.getMessage()));
        };
    var told = new FileSystemException(file.toString(), null, reason);
    told.initCause(e);
    return told;
  }

  private static String cannot(String said) {
    return "it cannot be written (%s), and what stood there before still stands".formatted(said);
  }
}
