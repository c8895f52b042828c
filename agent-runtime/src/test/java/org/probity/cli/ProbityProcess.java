package org.probity.cli;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A command in a process of its own, to be killed or put where it cannot do as it wants. */
public final class ProbityProcess {

  private ProbityProcess() {}

  /**
   * Starts a command.
   *
   * @param log what takes its standard output and error
   */
  public static Process start(Path log, Object... arguments) throws IOException {
    return new ProcessBuilder(line(arguments))
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .start();
  }

  /** Program and arguments that run a command. */
  public static List<String> line(Object... arguments) {
    List<String> line =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1g",
                "--add-modules",
                "jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                classPath(),
                "org.probity.cli.Probity"));
    Stream.of(arguments).map(Object::toString).forEach(line::add);
    return line;
  }

  /** Of this test, whoever runs it. */
  private static String classPath() {
    return ProbityProcess.class.getClassLoader() instanceof URLClassLoader loader
        ? Arrays.stream(loader.getURLs()).map(URL::getPath).collect(Collectors.joining(":"))
        : System.getProperty("java.class.path");
  }
}
