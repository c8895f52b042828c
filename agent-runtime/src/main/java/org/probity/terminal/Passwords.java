package org.probity.terminal;

import java.io.Console;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.probity.ground.SecretFile;

/**
 * Where the password of a key comes from: a file, the environment, or whoever sits at the terminal.
 */
public final class Passwords {

  static final String VARIABLE = "PROBITY_PASSWORD";

  private Passwords() {}

  /** The password of a key that exists. */
  public static char[] known(Optional<Path> file) {
    return given(file).orElseGet(() -> asked("Password: "));
  }

  /** The password of a key to be made; typed twice if it is typed. */
  public static char[] fresh(Optional<Path> file) {
    return given(file)
        .orElseGet(() -> {
          char[] first = asked("New password: ");
          if (!Arrays.equals(first, asked("Once more: "))) {
            throw new Complaint("The two passwords differ: try again.");
          }
          return first;
        });
  }

  private static Optional<char[]> given(Optional<Path> file) {
    if (file.isPresent()) {
      return Optional.of(firstLine(file.get()));
    }
    return Optional.ofNullable(System.getenv(VARIABLE)).map(String::toCharArray);
  }

  private static char[] firstLine(Path file) {
    try {
      return SecretFile.firstLine(file);
    } catch (FileSystemException e) {
      throw new Complaint(
          "The password file %s is not used: %s."
              .formatted(
                  file,
                  e.getReason() == null ? "it cannot be read, or is not there" : e.getReason()),
          e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static char[] asked(String prompt) {
    Console console = System.console();
    char[] typed =
        console == null || !console.isTerminal() ? null : console.readPassword("%s", prompt);
    if (typed == null) {
      throw new Complaint(
          "No password is given: name a --password-file, or set %s.".formatted(VARIABLE));
    }
    return typed;
  }
}
