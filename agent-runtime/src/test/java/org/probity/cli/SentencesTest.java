package org.probity.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.EOFException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.NotLinkException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.probity.ground.TestKind;
import org.probity.terminal.Screen;
import org.probity.terminal.Sentences;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** What a command says at its end, whatever it ends by, and what may reach the terminal. */
@TestKind.Acceptance
final class SentencesTest {

  private static final String EVIL =
      "\u001b[2J\u001b[31mEVIL\r\nhead 99  executed\u001b]0;pwned\u0007";

  static Stream<List<Object>> failures() {
    return Stream.of(
        List.of(new OutOfMemoryError("Java heap space"), "not enough memory", "-Xmx4g"),
        List.of(new OutOfMemoryError("unable to create native thread"), "threads", "ulimit -u"),
        List.of(new StackOverflowError(), "nests too deeply", "check the files"),
        List.of(new NoClassDefFoundError("org/x/Y"), "cannot be loaded (org/x/Y)", "ulimit -n"),
        List.of(
            new UnsatisfiedLinkError("libx.so"), "cannot be loaded (libx.so)", "build it again"),
        List.of(
            new ExceptionInInitializerError(new IllegalStateException("no PyTorch")),
            "No PyTorch",
            "."),
        List.of(new CompletionException(new OutOfMemoryError("x")), "not enough memory", "-Xmx4g"),
        List.of(new MalformedInputException(1), "not UTF-8", "save it as UTF-8"),
        List.of(new EOFException(), "ends too early", "copy or make it again"),
        List.of(
            new UncheckedIOException(new IOException("No space left on device")),
            "disk is full",
            "free some space"),
        List.of(new IOException("Is a directory"), "A folder was named", "check the paths"),
        List.of(new IOException("Too many open files"), "open files", "ulimit -n"),
        List.of(new FileSystemException("a.txt"), "The file a.txt", "permissions"),
        List.of(new IOException("Disk quota exceeded"), "the user's part", "free some space"),
        List.of(new IOException("Not a directory"), "A file was named", "check the paths"),
        List.of(new IOException("Input/output error"), "fails to read or write", "check it"),
        List.of(new IOException("Broken pipe"), "has gone", "nothing more can be written"),
        List.of(new IOException("Read-only file system"), "read-only", "name a place"),
        List.of(new NoSuchFileException("a.txt"), "no file a.txt", "check the path"),
        List.of(new FileAlreadyExistsException("a.txt"), "a.txt exists already", "move it away"),
        List.of(new AccessDeniedException("a.txt"), "Access to a.txt is denied", "permissions"),
        List.of(new DirectoryNotEmptyException("a"), "The folder a is not empty", "name another"),
        List.of(new NotDirectoryException("a.txt"), "a.txt is not a folder", "check the path"),
        List.of(new NotLinkException("a.txt"), "a.txt is not a link", "check the path"),
        List.of(new ArithmeticException("too wide"), "Too wide", "."),
        List.of(new ExecutionException(new StackOverflowError()), "nests too deeply", "check"),
        List.of(
            new FileSystemException("a.txt", null, "No space left on device"),
            "a.txt",
            "No space"));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void everyFailureNamesCauseAndRemedy(List<Object> failure) {
    String sentence = Sentences.of((Throwable) failure.get(0));
    assertThat(sentence)
        .contains((String) failure.get(1), (String) failure.get(2))
        .doesNotContain("null", "should not have happened")
        .endsWith(".");
  }

  @Command(name = "break")
  private record Breaks(Error error) implements Runnable {
    @Override
    public void run() {
      throw error;
    }
  }

  @Test
  void errorsOfTheVirtualMachineEndACommandInASentence() {
    for (Error error :
        List.of(
            new OutOfMemoryError("Java heap space"),
            new StackOverflowError(),
            new NoClassDefFoundError("a/B"))) {
      StringWriter errors = new StringWriter();
      CommandLine line = Probity.commandLine(new PrintWriter(errors, true));
      line.addSubcommand(new Breaks(error));
      // Told as a failure of the test, and not as one of the machine that runs it.
      assertThatCode(() -> assertThat(line.execute("break")).isEqualTo(1))
          .doesNotThrowAnyException();
      assertThat(errors.toString().lines()).hasSize(1);
      assertThat(errors.toString()).isEqualToIgnoringNewLines(Sentences.of(error));
    }
  }

  /** Waits for ever for a thread that ends by an error. */
  static final class Waits {
    public static void main(String[] arguments) throws InterruptedException {
      Thread.setDefaultUncaughtExceptionHandler(
          Probity.lostThreads(new PrintWriter(System.err, true)));
      Thread.ofPlatform()
          .start(() -> {
            throw new OutOfMemoryError("Java heap space");
          });
      new CountDownLatch(1).await();
    }
  }

  @Test
  void threadThatIsLostToAnErrorEndsTheProcess(@TempDir Path folder) throws Exception {
    List<String> line = new ArrayList<>(ProbityProcess.line());
    line.set(line.indexOf(Probity.class.getName()), Waits.class.getName());
    Path said = folder.resolve("said");
    Process process = new ProcessBuilder(line).redirectError(said.toFile()).start();
    try {
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).as("ends").isTrue();
    } finally {
      process.destroyForcibly();
    }
    assertThat(process.exitValue()).isEqualTo(1);
    assertThat(said).content().contains("There is not enough memory");
  }

  @Test
  void whatASentenceQuotesIsHarmless() {
    assertThat(Sentences.of(new IOException("The node refused eth_call: " + EVIL)))
        .contains("\\u001b[2J", "EVIL\\r\\nhead 99")
        .doesNotContain("\u001b", "\n", "\r", "\u0007");
    Ran.of("demo", "--speed" + EVIL).failed(2);
    assertThat(Ran.of("run", "x" + EVIL + ".conf").failed(1).errors()).doesNotContain("\u001b");
  }

  @Test
  void aLineOfTheScreenStaysOneWhateverItQuotes() {
    for (boolean terminal : new boolean[] {false, true}) {
      StringWriter shown = new StringWriter();
      StringWriter result = new StringWriter();
      try (Screen screen =
          new Screen(new PrintWriter(shown), new PrintWriter(result), terminal, 80, true)) {
        screen.say(screen.bold("ours ") + EVIL);
        screen.live(List.of(EVIL));
        screen.result("{\"name\":\"\u009b2J\"}\n{}");
      }
      assertThat(shown.toString().lines().filter(line -> line.contains("EVIL")).toList())
          .hasSize(terminal ? 2 : 1);
      assertThat(shown.toString())
          .doesNotContain("\u001b[2J", "\u001b[31m", "\r\nhead", "\u001b]0", "\u0007");
      assertThat(shown.toString().contains("\u001b[1mours")).isEqualTo(terminal);
      assertThat(result).hasToString("{\"name\":\"\\u009b2J\"}\n{}\n");
    }
  }
}
