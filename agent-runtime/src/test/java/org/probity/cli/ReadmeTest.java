package org.probity.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.probity.agent.settings.AgentSettings;
import org.probity.ground.TestKind;

/**
 * README's "Run your own", pasted line by line into a shell: from nothing to an agent at work. What
 * a reader fills in (AGENT, OWNER, POOL) is taken from what the lines before print.
 */
@TestKind.Acceptance
final class ReadmeTest {

  private static final Path HOME =
      Path.of(System.getProperty("probity.home", Path.of("..").toAbsolutePath().toString()))
          .normalize();
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final Pattern ADDRESS = Pattern.compile("0x[0-9a-fA-F]{40}");
  private static final Pattern POOL = Pattern.compile("pool +(0x[0-9a-fA-F]{40})");

  @TempDir private Path folder;

  private final List<Process> running = new ArrayList<>();

  @AfterEach
  void endAll() throws InterruptedException {
    for (Process process : running.reversed()) {
      process.destroy();
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    }
  }

  @Test
  void everyLineOfRunYourOwnCanBePasted() throws Exception {
    int port = freePort();
    standIn();
    Map<String, String> filledIn = new HashMap<>();
    List<String> commands = blocks(Files.readString(HOME.resolve("README.md")));
    assertThat(commands).hasSize(10);
    for (String command : commands) {
      String line =
          command
              .replace(":8545", ":" + port)
              .replace("probity chain", "probity chain --port " + port);
      for (Map.Entry<String, String> known : filledIn.entrySet()) {
        line = line.replaceAll("\\b%s\\b".formatted(known.getKey()), known.getValue());
      }
      if (line.startsWith("./probity chain")) {
        filledIn.put("POOL", group(await(line, "coins for gas"), POOL));
      } else if (line.startsWith("./probity run")) {
        assertThat(await(line, "proven in")).contains("Acting for vault", "HTTP API on");
      } else {
        String said = run(line);
        if (line.startsWith("./probity keys")) {
          filledIn.put(filledIn.isEmpty() ? "AGENT" : "OWNER", group(said, ADDRESS));
        }
      }
    }
    Path config = folder.resolve("agent.conf");
    AgentSettings settings = AgentSettings.load(config);
    assertThat(settings.agents().getFirst().block()).isPresent();
    for (String secret : List.of("agent.conf", "password")) {
      assertThat(
              PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve(secret))))
          .as(secret)
          .isEqualTo("rw-------");
    }
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("keys"))))
        .isEqualTo("rwx------");
  }

  /** The section's commands for a local chain, a line each, without what is said about them. */
  private static List<String> blocks(String readme) {
    String section =
        readme.substring(
            readme.indexOf("## Run your own"), readme.indexOf("For a real chain give"));
    String joined =
        section
            .lines()
            .filter(line -> line.startsWith("    "))
            .map(String::strip)
            .collect(Collectors.joining("\n"))
            .replace("\\\n", " ");
    return joined.lines().toList();
  }

  /** The launcher, without its build: this test's own classes, from wherever it is called. */
  private void standIn() throws IOException {
    List<String> line = new ArrayList<>(ProbityProcess.line());
    int classPath = line.indexOf("-cp") + 1;
    line.set(
        classPath,
        Arrays.stream(line.get(classPath).split(File.pathSeparator))
            .map(entry -> Path.of(entry).toAbsolutePath().toString())
            .collect(Collectors.joining(File.pathSeparator)));
    line.add(1, "-Dprobity.home=" + HOME);
    String quoted = line.stream().map(word -> "'" + word + "'").collect(Collectors.joining(" "));
    Path script =
        Files.writeString(
            folder.resolve("probity"), "#!/bin/sh\nexec %s \"$@\"\n".formatted(quoted));
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.createDirectory(folder.resolve("examples"));
    String policy = "examples/policy-local.conf";
    Files.copy(HOME.resolve(policy), folder.resolve(policy));
  }

  private String run(String line) throws Exception {
    Path said = folder.resolve("said");
    Process process = start(line, said);
    running.add(process);
    assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).as(line).isTrue();
    running.remove(process);
    String text = Files.readString(said);
    assertThat(process.exitValue()).as("%s%n%s", line, text).isZero();
    return text;
  }

  private String await(String line, String words) throws Exception {
    Path said = Files.createTempFile(folder, "said", ".log");
    Process process = start(line, said);
    running.add(process);
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!Files.readString(said).contains(words)) {
      assertThat(process.isAlive()).as("%s%n%s", line, Files.readString(said)).isTrue();
      assertThat(System.nanoTime()).as(line).isLessThan(deadline);
      Thread.sleep(50);
    }
    return Files.readString(said);
  }

  /** {@code exec}: what is told to end is the command, not the shell around it. */
  private Process start(String line, Path said) throws IOException {
    String typed = line.startsWith("./") ? "exec " + line : line;
    ProcessBuilder builder =
        new ProcessBuilder("bash", "-c", typed)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile());
    builder.environment().remove("PROBITY_PASSWORD");
    return builder.start();
  }

  private static String group(String text, Pattern pattern) {
    Matcher matcher = pattern.matcher(text);
    assertThat(matcher.find()).as(text).isTrue();
    return matcher.group(matcher.groupCount());
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
