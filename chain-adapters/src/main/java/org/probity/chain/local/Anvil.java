package org.probity.chain.local;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * An {@code anvil} process that cannot outlive this one.
 *
 * <p>Between the two stands a shell that holds the reading end of a pipe from this process. The
 * pipe closes when this process ends in whatever way, be it by {@code kill -9}, and the shell then
 * stops anvil. A shutdown hook alone would leave an orphan in that case.
 */
final class Anvil {

  // "$0" "$@" is the command. A background job of a shell has no standard input of its own, hence
  // descriptor 3.
  private static final String GUARD =
      """
      exec 3<&0
      "$0" "$@" </dev/null 3<&- &
      node=$!
      ( cat <&3 >/dev/null; kill "$node" ) 2>/dev/null &
      exec 3<&-
      wait "$node"
      """;

  private final Process guard;
  private final Path log;
  private final Path cache;
  private final Thread hook;

  private Anvil(Process guard, Path log, Path cache) {
    this.guard = guard;
    this.log = log;
    this.cache = cache;
    this.hook = new Thread(this::end, "anvil-end");
    Runtime.getRuntime().addShutdownHook(hook);
  }

  static Anvil start(Path binary, List<String> arguments, Path log) {
    try {
      Files.createDirectories(log.toAbsolutePath().getParent());
      Path cache = Files.createTempDirectory("probity-anvil");
      List<String> command = new ArrayList<>(List.of("sh", "-c", GUARD, binary.toString()));
      command.addAll(arguments);
      command.addAll(List.of("--cache-path", cache.toString()));
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      return new Anvil(process, log, cache);
    } catch (IOException e) {
      throw new LocalChainFailed(
          "Cannot start %s: %s; check that the file is there and executable"
              .formatted(binary, e.getMessage()),
          e);
    }
  }

  boolean runs() {
    return guard.isAlive();
  }

  /** The last lines that it wrote, for an error message. */
  String lastWords() {
    try (Stream<String> lines = Files.lines(log)) {
      List<String> all = lines.filter(line -> !line.isBlank()).toList();
      return String.join(" / ", all.subList(Math.max(0, all.size() - 3), all.size()));
    } catch (IOException e) {
      return "(no log at " + log + ")";
    }
  }

  void stop() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The JVM is already ending and runs the hook itself.
      return;
    }
    end();
  }

  private void end() {
    List<ProcessHandle> family = guard.descendants().toList();
    boolean ended = false;
    try {
      guard.getOutputStream().close();
      ended = guard.waitFor(3, TimeUnit.SECONDS);
    } catch (IOException e) {
      // It does not hear that it is to end.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (!ended) {
      family.forEach(ProcessHandle::destroyForcibly);
      guard.destroyForcibly();
    }
    deleteCache();
  }

  private void deleteCache() {
    try (Stream<Path> files = Files.walk(cache)) {
      files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
    } catch (IOException e) {
      // A folder left in the temporary directory does no harm.
    }
  }

  /** Where anvil is: as told, in the project's npm packages, or on the path. */
  static Path binary() {
    String told =
        Optional.ofNullable(System.getProperty("probity.anvil"))
            .or(() -> Optional.ofNullable(System.getenv("PROBITY_ANVIL")))
            .orElse("");
    if (!told.isEmpty()) {
      if (Files.isExecutable(Path.of(told))) {
        return Path.of(told);
      }
      throw new LocalChainFailed(
          "No program at %s, which PROBITY_ANVIL (or -Dprobity.anvil) names: correct it"
              .formatted(told));
    }
    return candidates()
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow(() ->
            new LocalChainFailed(
                "The local chain needs anvil, which is neither in node_modules nor on the PATH:"
                    + " build the project first, or set PROBITY_ANVIL to the program"));
  }

  private static Stream<Path> candidates() {
    Stream<Path> projects =
        Stream.concat(
            Stream.ofNullable(System.getProperty("probity.home")).map(Path::of),
            Stream.iterate(
                Path.of("").toAbsolutePath(), folder -> folder != null, Path::getParent));
    Stream<Path> packages =
        projects.map(p -> p.resolve("node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil"));
    Stream<Path> onPath =
        Stream.of(Optional.ofNullable(System.getenv("PATH")).orElse("").split(File.pathSeparator))
            .filter(folder -> !folder.isEmpty())
            .map(folder -> Path.of(folder, "anvil"));
    return Stream.concat(packages, onPath);
  }

  /**
   * The port, if it is free; or a free one.
   *
   * @throws LocalChainFailed if the port asked for is taken
   */
  static int port(OptionalInt asked) {
    try (ServerSocket probe = new ServerSocket()) {
      probe.setReuseAddress(true);
      probe.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), asked.orElse(0)));
      return probe.getLocalPort();
    } catch (IOException e) {
      throw new LocalChainFailed(
          asked.isPresent()
              ? "Port %d is taken: stop the program that uses it, or choose another port"
                  .formatted(asked.getAsInt())
              : "This machine gives no free port: " + e.getMessage(),
          e);
    }
  }
}
