package org.probity.agent.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.probity.chain.ChainException;

/** Turns what went wrong into the one sentence that the user reads. */
final class Sentences {

  private Sentences() {}

  static String of(Throwable failure) {
    return switch (failure) {
      case Complaint e -> told(e);
      case ChainException e -> told(e);
      case RuntimeException e when isOurs(e) -> told(e);
      case UncheckedIOException e when e.getCause() != null -> of(e.getCause());
      case CompletionException e when e.getCause() != null -> of(e.getCause());
      case ExecutionException e when e.getCause() != null -> of(e.getCause());
      case NoSuchFileException e -> "There is no file %s: check the path.".formatted(e.getFile());
      case FileAlreadyExistsException e ->
          "The file %s exists already: name another, or move it away.".formatted(e.getFile());
      case AccessDeniedException e ->
          "Access to %s is denied: check its permissions.".formatted(e.getFile());
      case DirectoryNotEmptyException e ->
          "The folder %s is not empty: name another, or move its content away."
              .formatted(e.getFile());
      case NotDirectoryException e -> "%s is not a folder: check the path.".formatted(e.getFile());
      case FileSystemException e ->
          "The file %s cannot be used: %s.".formatted(e.getFile(), e.getReason());
      case IOException e when e.getMessage() != null -> told(e);
      case IllegalArgumentException e when e.getMessage() != null -> told(e);
      case IllegalStateException e when e.getMessage() != null -> told(e);
      case ArithmeticException e when e.getMessage() != null -> told(e);
      case OutOfMemoryError _ ->
          "There is not enough memory: set JAVA_TOOL_OPTIONS=-Xmx4g, or use a smaller model.";
      default ->
          "This should not have happened (%s: %s): run it again with --verbose and report what it prints."
              .formatted(failure.getClass().getSimpleName(), failure.getMessage());
    };
  }

  /** Our own exceptions speak to the user. */
  private static boolean isOurs(RuntimeException e) {
    return e.getMessage() != null && e.getClass().getName().startsWith("org.probity.");
  }

  private static String told(Throwable e) {
    String message = String.valueOf(e.getMessage()).strip();
    if (message.isEmpty()) {
      return e.getClass().getSimpleName();
    }
    String sentence = capitalised(message);
    return sentence.endsWith(".") || sentence.endsWith("!") || sentence.endsWith("?")
        ? sentence
        : sentence + ".";
  }

  /** Messages begin with a small letter where others may quote them; names of files keep theirs. */
  private static String capitalised(String message) {
    String first = message.split("\\s", 2)[0];
    boolean word = first.chars().allMatch(c -> Character.isLetter(c) || c == ',');
    return word ? Character.toUpperCase(message.charAt(0)) + message.substring(1) : message;
  }
}
