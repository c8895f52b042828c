package org.probity.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.probity.ground.TestKind;

/**
 * The script {@code probity} in a checkout that somebody else has built, or where nothing can be
 * written. Checkout and JDK are stand-ins; the script and its user are real.
 */
@TestKind.Acceptance
final class LauncherTest {

  private static final Path SCRIPT = Path.of(System.getProperty("probity.home"), "probity");
  private static final List<String> MODULES =
      List.of(
          "zk-inference",
          "strategies",
          "chain-adapters",
          "intents",
          "simulations",
          "agent-runtime");

  /** Not the owner of the files: whoever owns everything is refused nothing. */
  private static final List<String> SOMEBODY_ELSE =
      List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups");

  @TempDir(cleanup = CleanupMode.ALWAYS)
  private Path folder;

  private Path root;
  private Path jdk;
  private Path libraries;

  private record Started(int status, String said) {}

  @BeforeEach
  void makeCheckout() throws IOException, InterruptedException {
    assumeThat(
            Files.isExecutable(Path.of("/bin/bash"))
                || Files.isExecutable(Path.of("/usr/bin/bash")))
        .isTrue();
    open(folder);
    root = Files.createDirectory(folder.resolve("checkout"));
    Files.copy(SCRIPT, root.resolve("probity"));
    mode(root.resolve("probity"), "rwxr-xr-x");
    libraries = folder.resolve("store");
    Path library = Files.createDirectories(libraries.resolve("library")).resolve("library.jar");
    Files.writeString(library, "");
    for (String module : MODULES) {
      Files.createDirectories(root.resolve(module).resolve("target/classes"));
      Files.createDirectories(root.resolve(module).resolve("src/main"));
      Files.writeString(root.resolve(module).resolve("pom.xml"), "");
    }
    Files.writeString(root.resolve("pom.xml"), "");
    Files.writeString(
        root.resolve("agent-runtime/target/launcher.classpath"), library.toString() + "\n");
    Files.createDirectory(root.resolve("target"));
    Files.writeString(root.resolve("target/launcher.log"), "[ERROR] an old failure\n");
    Files.writeString(root.resolve("target/launcher.built"), "");
    age(Instant.now().plusSeconds(60));
    jdk = folder.resolve("jdk");
    Files.createDirectories(jdk.resolve("bin"));
    Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"25\"\n");
    for (String program : List.of("java", "javac")) {
      Files.writeString(
          jdk.resolve("bin").resolve(program),
          "#!/bin/sh\necho started in \"$LC_ALL\" as \"$@\"\n");
      mode(jdk.resolve("bin").resolve(program), "rwxr-xr-x");
    }
  }

  @Test
  void builtCheckoutOfAnotherUserRuns() throws Exception {
    assertThat(start(true, "model", "inspect").said())
        .contains("started in", "org.probity.cli.Probity model inspect")
        .doesNotContain("Permission denied", "building", "probity:");
  }

  @Test
  void builtCheckoutRunsWithoutHome() throws Exception {
    assertThat(start(false, "keys").said()).contains("started in").doesNotContain("probity:");
  }

  @Test
  void checkoutThatCannotBeWrittenRunsWhatWasBuilt() throws Exception {
    age(Instant.now().minusSeconds(3_600));
    Started started = start(true, "keys");
    assertThat(started.status()).isZero();
    assertThat(started.said())
        .contains("started in", "newer than what was built", "cannot write to " + root)
        .doesNotContain("Permission denied", "the build failed", "an old failure");
  }

  @Test
  void checkoutThatIsNotBuiltAndCannotBeWrittenSaysSo() throws Exception {
    Files.delete(root.resolve("target/launcher.built"));
    Started started = start(true, "keys");
    assertThat(started.status()).isEqualTo(2);
    assertThat(started.said().strip().lines())
        .singleElement()
        .asString()
        .contains("not built yet", "cannot write to " + root, "let its owner run ./probity once");
  }

  @Test
  void librariesOfAnotherUserAreNamed() throws Exception {
    mode(libraries, "rwx------");
    Started started = start(true, "keys");
    assertThat(started.status()).isEqualTo(2);
    assertThat(started.said().strip().lines())
        .singleElement()
        .asString()
        .contains(libraries + " is not readable for user");
  }

  @Test
  void classesOfAnotherUserAreNamed() throws Exception {
    mode(root.resolve("intents/target/classes"), "rwx------");
    Started started = start(true, "keys");
    assertThat(started.status()).isEqualTo(2);
    assertThat(started.said())
        .contains("intents/target/classes is not readable for user")
        .doesNotContain("Permission denied", "the build failed");
  }

  /** One of them is a locale that no machine has. */
  @ParameterizedTest
  @CsvSource({"LC_ALL, C", "LC_ALL, xx_XX.UTF-8", "LANG, POSIX", "LC_CTYPE, C", "NONE, C"})
  void namesOfFilesAreUnicodeWhateverTheLocale(String variable, String value) throws Exception {
    assumeThat(charset("C")).isNotEmpty();
    assertThat(start(Map.of(variable, value), List.of(), "keys").said())
        .contains("started in C.UTF-8 as");
  }

  @Test
  void localeThatIsThereIsKept() throws Exception {
    assumeThat(charset("C.utf8")).isEqualTo("UTF-8");
    assertThat(start(Map.of("LC_ALL", "C.utf8"), List.of(), "keys").said())
        .contains("started in C.utf8 as");
  }

  @Test
  void tooFewOpenFilesAreToldBeforeTheStart() throws Exception {
    Started started =
        start(Map.of(), List.of("bash", "-c", "ulimit -n 64; exec \"$@\"", "sh"), "keys");
    assertThat(started.status()).isEqualTo(2);
    assertThat(started.said().strip().lines())
        .singleElement()
        .asString()
        .contains("no more than 64 files", "256 or more are needed", "ulimit -n 1024");
    // What the virtual machine raises by itself is enough.
    assertThat(
            start(Map.of(), List.of("bash", "-c", "ulimit -Sn 64; exec \"$@\"", "sh"), "keys")
                .said())
        .contains("started in");
  }

  // ---- starting ----

  private void age(Instant stamp) throws IOException {
    Files.setLastModifiedTime(root.resolve("target/launcher.built"), FileTime.from(stamp));
  }

  /** Without a HOME, as services are started. */
  private Started start(boolean asSomebodyElse, String... arguments) throws Exception {
    List<String> line = new ArrayList<>();
    if (asSomebodyElse) {
      if (isRoot()) {
        assumeThat(canBeSomebodyElse()).isTrue();
        line.addAll(SOMEBODY_ELSE);
      } else {
        // The owner is refused what its own permissions forbid.
        forbidWriting();
      }
    }
    return start(Map.of(), line, arguments);
  }

  private Started start(Map<String, String> environment, List<String> before, String... arguments)
      throws Exception {
    List<String> line = new ArrayList<>(before);
    line.add(root.resolve("probity").toString());
    line.addAll(List.of(arguments));
    Path said = folder.resolve("said");
    ProcessBuilder builder =
        new ProcessBuilder(line).redirectErrorStream(true).redirectOutput(said.toFile());
    builder.environment().clear();
    builder.environment().put("PATH", "/usr/bin:/bin");
    builder.environment().put("JAVA_HOME", jdk.toString());
    builder.environment().putAll(environment);
    Process process = builder.start();
    try {
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
      allowWriting();
    }
    return new Started(process.exitValue(), Files.readString(said));
  }

  /** What a locale writes names in, as the system's own program says; empty without it. */
  private static String charset(String locale) {
    ProcessBuilder builder =
        new ProcessBuilder("locale", "charmap").redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().put("LC_ALL", locale);
    try {
      return new String(builder.start().getInputStream().readAllBytes(), StandardCharsets.US_ASCII)
          .strip();
    } catch (IOException e) {
      return "";
    }
  }

  private static boolean isRoot() {
    return System.getProperty("user.name").equals("root");
  }

  private static boolean canBeSomebodyElse() throws IOException, InterruptedException {
    try {
      List<String> line = new ArrayList<>(SOMEBODY_ELSE);
      line.add("true");
      return new ProcessBuilder(line).start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  private void forbidWriting() throws IOException {
    for (String place : List.of("target", "target/launcher.log", "target/launcher.built")) {
      Path path = root.resolve(place);
      if (Files.exists(path)) {
        mode(path, Files.isDirectory(path) ? "r-xr-xr-x" : "r--r--r--");
      }
    }
    // What others may not read, the owner may not either, for once.
    for (Path path : List.of(libraries, root.resolve("intents/target/classes"))) {
      if (!Files.getPosixFilePermissions(path).contains(PosixFilePermission.OTHERS_READ)) {
        mode(path, "---------");
      }
    }
  }

  private void allowWriting() throws IOException {
    mode(libraries, "rwxr-xr-x");
    mode(root.resolve("intents/target/classes"), "rwxr-xr-x");
    mode(root.resolve("target"), "rwxr-xr-x");
  }

  /** Temporary folders are for their owner alone; this one is to be entered. */
  private static void open(Path folder) throws IOException {
    mode(folder, "rwxr-xr-x");
  }

  private static void mode(Path path, String permissions) throws IOException {
    Set<PosixFilePermission> set = PosixFilePermissions.fromString(permissions);
    Files.setPosixFilePermissions(path, set);
  }
}
