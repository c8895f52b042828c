package org.probity.terminal;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.NotLinkException;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.probity.ground.Printable;

/**
 * Turns what went wrong into the one sentence that the user reads. What it quotes of others is
 * escaped: a sentence is one line and nothing in it acts on a terminal.
 */
public final class Sentences {

  /** What the system says without naming the file that it is about, and what to do. */
  private static final Map<String, String> OF_THE_SYSTEM =
      Map.of(
          "No space left on device",
          "The disk is full, or the user's part of it: free some space and run it again.",
          "Disk quota exceeded",
          "The disk is full, or the user's part of it: free some space and run it again.",
          "Is a directory",
          "A folder was named where a file is needed: check the paths.",
          "Not a directory",
          "A file was named where a folder is needed: check the paths.",
          "Too many open files",
          "The system gives this process no more open files: raise their limit (ulimit -n 1024).",
          "Input/output error",
          "The disk or the network drive fails to read or write: check it and run it again.",
          "Broken pipe",
          "Whoever read the output has gone: nothing more can be written to it.",
          "Read-only file system",
          "The file system is read-only: name a place that can be written.");

  private Sentences() {}

  public static String of(Throwable failure) {
    return Printable.line(sentence(failure));
  }

  private static String sentence(Throwable failure) {
    return switch (failure) {
      case RuntimeException e when isOurs(e) -> told(e);
      case UncheckedIOException e when e.getCause() != null -> sentence(e.getCause());
      case CompletionException e when e.getCause() != null -> sentence(e.getCause());
      case ExecutionException e when e.getCause() != null -> sentence(e.getCause());
      case NoSuchFileException e -> "There is no file %s: check the path.".formatted(e.getFile());
      case FileAlreadyExistsException e ->
          "The file %s exists already: name another, or move it away.".formatted(e.getFile());
      case AccessDeniedException e ->
          "Access to %s is denied: check its permissions.".formatted(e.getFile());
      case DirectoryNotEmptyException e ->
          "The folder %s is not empty: name another, or move its content away."
              .formatted(e.getFile());
      case NotDirectoryException e -> "%s is not a folder: check the path.".formatted(e.getFile());
      case NotLinkException e -> "%s is not a link: check the path.".formatted(e.getFile());
      case FileSystemException e -> told(e);
      case CharacterCodingException _ ->
          "A text file that was named is not UTF-8: save it as UTF-8, without another encoding's letters.";
      case EOFException _ ->
          "A file that was named ends too early: it is incomplete, so copy or make it again.";
      case IOException e when e.getMessage() != null -> told(e);
      case IllegalArgumentException e when e.getMessage() != null -> told(e);
      case IllegalStateException e when e.getMessage() != null -> told(e);
      case ArithmeticException e when e.getMessage() != null -> told(e);
      case ExceptionInInitializerError e when e.getCause() != null -> sentence(e.getCause());
      case OutOfMemoryError e when String.valueOf(e.getMessage()).contains("native thread") ->
          "The system gives this process no more threads: raise its limit of processes (ulimit -u).";
      case OutOfMemoryError _ ->
          "There is not enough memory: set JAVA_TOOL_OPTIONS=-Xmx4g, or use a smaller model.";
      case StackOverflowError _ ->
          "Something that was read nests too deeply to be worked through: check the files that were named.";
      case LinkageError e ->
          "A part of the program cannot be loaded (%s): raise the limit of open files (ulimit -n 1024), or build it again."
              .formatted(e.getMessage());
      default ->
          "This should not have happened (%s: %s): run it again with --verbose and report what it prints."
              .formatted(failure.getClass().getSimpleName(), failure.getMessage());
    };
  }

  private static String told(FileSystemException e) {
    String file = e.getFile() == null ? "A file" : "The file " + e.getFile();
    return e.getReason() == null
        ? "%s cannot be used: check that it is there and its permissions.".formatted(file)
        : "%s cannot be used: %s.".formatted(file, withoutStop(e.getReason()));
  }

  /** A sentence as a clause of another one. */
  public static String withoutStop(String clause) {
    String text = clause.strip();
    return text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
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
    String known = OF_THE_SYSTEM.get(message);
    if (known != null) {
      return known;
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
