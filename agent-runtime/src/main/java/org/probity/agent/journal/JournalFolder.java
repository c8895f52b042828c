package org.probity.agent.journal;

import java.io.File;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import org.probity.ground.PlainFile;
import org.probity.ground.Printable;
import org.probity.settings.BadSetting;

/**
 * The folder of an embedded journal, after a look at whose it is and at what lies in it: the
 * database engine would run what a stranger put there.
 *
 * <p>What others may only read, a node takes from them before it goes on: lines hold intents that
 * are proven and not yet sent, which anybody may execute. What others may change is refused and
 * left as it is, since a change of permissions would not undo what they did.
 *
 * @param path without links
 */
record JournalFolder(Path path) {

  private static final String FILE = "journal.mv.db";

  /** Left by a compaction that H2 was killed in; it would take the file's place. */
  private static final String SUCCESSOR = FILE + ".newFile";

  /**
   * The folder that a node writes to; made if it is not there.
   *
   * @throws BadSetting if it cannot be used, with the reason
   */
  static JournalFolder forNode(Path folder) {
    return looking(
        folder,
        () -> {
          if (!Files.exists(folder)) {
            make(folder);
          }
          JournalFolder own = own(folder);
          PlainFile.tighten(own.path);
          if (Files.exists(own.file(), LinkOption.NOFOLLOW_LINKS)) {
            own.requireJournal();
            PlainFile.tighten(own.file());
          }
          return own;
        });
  }

  /**
   * The folder of a journal that is only read; nothing in it is changed.
   *
   * @throws BadSetting if there is no journal in it or it cannot be used, with the reason
   */
  static JournalFolder toRead(Path folder) {
    return looking(
        folder,
        () -> {
          if (!Files.exists(folder.resolve(FILE), LinkOption.NOFOLLOW_LINKS)) {
            throw new FileSystemException(
                folder.toString(), null, "there is no journal yet: run the node that writes it");
          }
          JournalFolder own = own(folder);
          own.requireJournal();
          return own;
        });
  }

  private interface Look {
    JournalFolder take() throws IOException;
  }

  private static JournalFolder looking(Path folder, Look look) {
    requireName(folder);
    try {
      return look.take();
    } catch (IOException e) {
      throw new BadSetting(
          "The journal in %s cannot be opened: %s."
              .formatted(Printable.line(folder.toString()), clause(e)));
    }
  }

  private static String clause(IOException e) {
    return switch (e) {
      case NoSuchFileException gone -> "there is no %s".formatted(gone.getFile());
      case AccessDeniedException denied ->
          "access to %s is denied, check its permissions".formatted(denied.getFile());
      case FileSystemException other when other.getReason() != null -> other.getReason();
      default -> String.valueOf(e.getMessage());
    };
  }

  /** The name becomes a part of a database's address, where some characters begin orders. */
  private static void requireName(Path folder) {
    String name = folder.toAbsolutePath().normalize().toString();
    boolean foreign = File.separatorChar == '/' && name.indexOf('\\') >= 0;
    if (name.indexOf(';') >= 0 || foreign || !Printable.line(name).equals(name)) {
      throw new BadSetting(
          "The folder \"%s\" cannot hold a journal: its name must have no semicolon, backslash or control character."
              .formatted(Printable.line(folder.toString(), 200)));
    }
  }

  private static void make(Path folder) throws IOException {
    Path whole = folder.toAbsolutePath().normalize();
    if (whole.getParent() != null) {
      Files.createDirectories(whole.getParent());
    }
    Files.createDirectory(whole, PlainFile.ownerOnlyFolder(whole));
  }

  private static JournalFolder own(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      throw new FileSystemException(folder.toString(), null, "it is not a folder");
    }
    PlainFile.requireOwn(folder);
    JournalFolder own = new JournalFolder(folder.toRealPath());
    requireName(own.path);
    PlainFile.requireOwn(own.path);
    if (Files.exists(own.path.resolve(SUCCESSOR), LinkOption.NOFOLLOW_LINKS)) {
      throw new FileSystemException(
          folder.toString(),
          null,
          "there is a file %s, which no node leaves there: move it away".formatted(SUCCESSOR));
    }
    return own;
  }

  private void requireJournal() throws IOException {
    Path file = file();
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new FileSystemException(
          file.toString(), null, FILE + " is a folder, a link or a device: put the file itself");
    }
    PlainFile.requireOwn(file);
    if (Files.size(file) == 0) {
      throw new FileSystemException(
          file.toString(),
          null,
          "%s is empty, and what agents did was in it: put back a copy, or remove it if no agent ever ran here"
              .formatted(FILE));
    }
    DatabaseLook.require(file);
  }

  /** The database's only file. */
  Path file() {
    return path.resolve(FILE);
  }

  /**
   * Its address for H2.
   *
   * @param options of ours
   */
  String url(String options) {
    String name = path.resolve("journal").toString();
    return String.format(Locale.ROOT, "jdbc:h2:file:%s%s", name, options);
  }
}
