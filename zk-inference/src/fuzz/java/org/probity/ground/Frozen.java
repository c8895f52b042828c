package org.probity.ground;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.NullMarked;

/**
 * What the program did on a day, kept in {@code src/test/resources/frozen} of a module and compared
 * with what it does now: whoever moves code sees there that nothing else has moved.
 *
 * <p>A group of files is written anew only by a run that names it, {@code mvn test
 * -Dtest=FrozenProofsTest -Dprobity.freeze=proofs} in the module's folder; what is frozen then is
 * what the difference to the last commit shows, so such a run fails by itself.
 */
@NullMarked
public final class Frozen {

  /** The property that names the group that is written anew. */
  public static final String PROPERTY = "probity.freeze";

  private static final Path FOLDER = Path.of("src/test/resources/frozen");

  private Frozen() {}

  /** Whether this run writes {@code group} anew. */
  public static boolean isWritten(String group) {
    return group.equals(System.getProperty(PROPERTY));
  }

  /**
   * A frozen text, its lines ended by line feeds.
   *
   * @param name the group, a slash and the rest: {@code proofs/small.txt}
   */
  public static String text(String name) {
    return new String(bytes(name), StandardCharsets.UTF_8).replace("\r\n", "\n");
  }

  /** A frozen file. */
  public static byte[] bytes(String name) {
    try {
      return Files.readAllBytes(FOLDER.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Writes a file anew.
   *
   * @throws IllegalStateException if this run does not name the file's group
   */
  public static void write(String name, byte[] today) {
    String group = name.substring(0, name.indexOf('/'));
    if (!isWritten(group)) {
      throw new IllegalStateException(
          "%s is frozen: name its group by -D%s=%s to write it anew"
              .formatted(name, PROPERTY, group));
    }
    try {
      Files.createDirectories(FOLDER.resolve(group));
      Files.write(FOLDER.resolve(name), today);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writes a text anew; the same refusal. */
  public static void write(String name, String today) {
    write(name, today.getBytes(StandardCharsets.UTF_8));
  }

  /** Ends a run that wrote something: it proves nothing. */
  public static void writtenAnew(String group) {
    throw new AssertionError(
        "The files of frozen/%s are written anew: look at their difference, and run again without -D%s."
            .formatted(group, PROPERTY));
  }
}
