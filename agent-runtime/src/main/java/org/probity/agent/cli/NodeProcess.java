package org.probity.agent.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A node in a process of its own: {@code probity run}, to be killed. It does not outlive this
 * process.
 */
final class NodeProcess implements AutoCloseable {

  private static final String READY = "Acting for vault";
  private static final Pattern END = Pattern.compile("head \\d+  (executed in|not sent:) ");
  private static final Pattern ADDRESS = Pattern.compile("HTTP API on (\\S+),");
  private static final Duration FAREWELL = Duration.ofSeconds(40);

  private final Process process;
  private final Path log;

  private final Path tokenFile;

  private NodeProcess(Process process, Path log, Path tokenFile) {
    this.process = process;
    Leash leash = Leash.on(process.pid(), "KILL");
    var unused = process.onExit().thenRun(leash::close);
    this.log = log;
    this.tokenFile = tokenFile;
  }

  /** Starts {@code probity run config} on this virtual machine's own class path. */
  static NodeProcess start(Path config, Path log, Path tokenFile, String... javaOptions) {
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
    command.addAll(Arrays.asList(javaOptions));
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("java.class.path"),
            Probity.class.getName(),
            "run",
            config.toString()));
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

  /** Whether it has begun to act. */
  boolean isActing() {
    return said().contains(READY);
  }

  /**
   * How many decisions it has brought to their end: executed, or proven with nothing to execute.
   */
  long ends() {
    return said().lines().filter(line -> END.matcher(line).find()).count();
  }

  /** Whether its API can be asked. */
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
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpResponse<String> response =
          client.send(
              HttpRequest.newBuilder(
                      URI.create("%s/v1/agents/%s/%s".formatted(address.group(1), agent, what)))
                  .header("Authorization", "Bearer " + DrillNode.token(tokenFile))
                  .header("Content-Type", "application/json")
                  .POST(HttpRequest.BodyPublishers.ofString(body))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      if (response.statusCode() != 200) {
        throw new IllegalStateException(
            "The node does not %s its agent: %d %s"
                .formatted(what, response.statusCode(), response.body()));
      }
    } catch (IOException e) {
      // It halted on the way.
    }
  }

  /** Whether it has ended, by itself or not. */
  boolean hasEnded() {
    return !process.isAlive();
  }

  /** {@code kill -9}; returns when it is gone. */
  void kill() {
    process.destroyForcibly();
    await();
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
      new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
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

  /** Where it writes. */
  Path log() {
    return log;
  }

  /** Its number among the machine's processes. */
  long pid() {
    return process.pid();
  }

  /** Asks it to leave in good order, and does not wait. */
  void askToLeave() {
    process.destroy();
  }

  private void await() {
    try {
      if (!process.waitFor(FAREWELL.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new IllegalStateException("A node's process does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** All that it has written. */
  String said() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      return "";
    }
  }

  /** Has it leave in good order, and kills it if it does not. */
  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(FAREWELL.toMillis(), TimeUnit.MILLISECONDS)) {
        kill();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      process.destroyForcibly();
    }
  }
}
