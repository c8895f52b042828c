package org.probity.drill;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A node in a process of its own, as {@code probity run} runs it, to be killed. It does not outlive
 * this process.
 */
public final class NodeProcess implements AutoCloseable {

  private static final Pattern READY = Pattern.compile("(Acting for|The agent of) vault");
  private static final Pattern END = Pattern.compile("head \\d+  (executed in|not sent:) ");
  private static final Pattern EXECUTED = Pattern.compile("head \\d+  executed in ");
  private static final Pattern ADDRESS = Pattern.compile("HTTP API on (\\S+),");
  private static final Pattern PROOFS_MADE =
      Pattern.compile("^probity_prover_made (\\S+)$", Pattern.MULTILINE);
  private static final Duration FAREWELL = Duration.ofSeconds(40);

  private final Process process;
  private final Path log;

  private final Path tokenFile;

  private NodeProcess(Process process, Path log, Path tokenFile) {
    this.process = process;
    Watchdog watchdog = Watchdog.on(process.pid(), "KILL");
    var unused = process.onExit().thenRun(watchdog::close);
    this.log = log;
    this.tokenFile = tokenFile;
  }

  /**
   * Starts a node on this virtual machine's own class path.
   *
   * @param arguments of {@link DrillNodeMain} after the configuration
   */
  static NodeProcess start(
      Path config, Path log, Path tokenFile, List<String> javaOptions, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "--add-modules",
            "jdk.incubator.vector",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            // A node that lives for seconds has no use for the second compiler.
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Xmx768m"));
    command.addAll(javaOptions);
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("java.class.path"),
            DrillNodeMain.class.getName(),
            config.toString()));
    command.addAll(arguments);
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.to(log.toFile()))
              .start();
      return new NodeProcess(process, log, tokenFile);
    } catch (IOException e) {
      throw new UncheckedIOException("A node's process cannot be started", e);
    }
  }

  /** Whether it has begun: its agent acts, unless it is paused or retired. */
  public boolean isActing() {
    return READY.matcher(said()).find();
  }

  /**
   * How many decisions it has brought to their end: executed, or proven with nothing to execute.
   */
  long ends() {
    return said().lines().filter(line -> END.matcher(line).find()).count();
  }

  /** How many decisions it has had executed, for all its agents. */
  long executions() {
    return said().lines().filter(line -> EXECUTED.matcher(line).find()).count();
  }

  /** How many decisions of an agent it has written down. */
  long decisions(String agent) {
    return lines(agent, "decided: ");
  }

  long executions(String agent) {
    return lines(agent, "executed in ");
  }

  /** How many writes of its agents their journal has refused. */
  long refusedWrites() {
    return said().lines().filter(line -> line.contains("JournalFailureException")).count();
  }

  private long lines(String agent, String what) {
    Pattern line = Pattern.compile("^%s  head \\d+  %s".formatted(Pattern.quote(agent), what));
    return said().lines().filter(said -> line.matcher(said).find()).count();
  }

  boolean serves() {
    return isActing() && ADDRESS.matcher(said()).find();
  }

  /**
   * Has its agent do something over the API. The process may end before it answers, which is not an
   * error: that is what drills are about.
   */
  void tell(String agent, String what, String body) throws InterruptedException {
    Matcher address = ADDRESS.matcher(said());
    if (!address.find()) {
      throw new IllegalStateException("The node has no API yet: " + said());
    }
    try {
      HttpResponse<String> response =
          NodeApi.send(
              address.group(1) + "/v1/agents/%s/%s".formatted(agent, what),
              tokenFile,
              request ->
                  request
                      .header("Content-Type", "application/json")
                      .POST(HttpRequest.BodyPublishers.ofString(body)));
      if (response.statusCode() != 200) {
        throw new IllegalStateException(
            "The node does not %s its agent: %d %s"
                .formatted(what, response.statusCode(), response.body()));
      }
    } catch (IOException e) {
      // It halted on the way.
    }
  }

  /** Proofs that its provers have made, for the agents of any node; 0 while it does not answer. */
  public long proofsMade() throws InterruptedException {
    Matcher address = ADDRESS.matcher(said());
    if (!address.find()) {
      return 0;
    }
    try {
      Matcher figure =
          PROOFS_MADE.matcher(
              NodeApi.send(address.group(1) + "/metrics", tokenFile, request -> request).body());
      return figure.find() ? (long) Double.parseDouble(figure.group(1)) : 0;
    } catch (IOException e) {
      return 0;
    }
  }

  boolean hasEnded() {
    return !process.isAlive();
  }

  /** {@code kill -9}; returns when it is gone. */
  void kill() {
    process.destroyForcibly();
    if (!hasEndedInTime()) {
      throw new IllegalStateException("A node's process does not end");
    }
  }

  /** {@code kill -STOP}: it stands still and knows nothing of it. */
  void freeze() {
    signal("STOP");
  }

  /** It goes on after a {@link #freeze}. */
  void thaw() {
    signal("CONT");
  }

  private void signal(String name) {
    try {
      int status =
          new ProcessBuilder("kill", "-s", name, Long.toString(process.pid())).start().waitFor();
      if (status != 0) {
        throw new IllegalStateException("A node's process cannot be sent the signal " + name);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("A signal cannot be sent", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Whether it ends by itself within {@code patience}. */
  boolean endsWithin(Duration patience) throws InterruptedException {
    return process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** The exit status of one that has ended. */
  int status() {
    return process.exitValue();
  }

  public Path log() {
    return log;
  }

  /** Its number among the machine's processes. */
  public long pid() {
    return process.pid();
  }

  /** Asks it to leave in good order, and does not wait. */
  void askToLeave() {
    process.destroy();
  }

  /** Waits for its end, which who is interrupted does not wait for. */
  private boolean hasEndedInTime() {
    try {
      return endsWithin(FAREWELL);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      process.destroyForcibly();
      return true;
    }
  }

  /** All that it has written. */
  public String said() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      return "";
    }
  }

  /** Has it leave in good order, and kills it if it does not. */
  @Override
  public void close() {
    askToLeave();
    if (!hasEndedInTime()) {
      kill();
    }
  }
}
