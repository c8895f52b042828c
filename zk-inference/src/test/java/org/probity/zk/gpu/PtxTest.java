package org.probity.zk.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The PTX in the jar is of the sources beside it. */
class PtxTest {
  private static final Path HOME = Path.of(System.getProperty("probity.home", ".."));
  private static final Path SOURCES = HOME.resolve("zk-inference/src/main/cuda");

  @Test
  void thePtxIsNoOlderThanItsSource() throws IOException, NoSuchAlgorithmException {
    var digest = MessageDigest.getInstance("SHA-256");
    try (var files = Files.list(SOURCES)) {
      for (var file : files.sorted().toList()) {
        var name = file.getFileName().toString();
        if ((name.endsWith(".cu") || name.endsWith(".cuh")) && !name.equals("host.cuh")) {
          digest.update(Files.readAllBytes(file));
        }
      }
    }
    assertThat(Ptx.load().sourceDigest())
        .as("the PTX is older than its source: run build/cuda")
        .isEqualTo(HexFormat.of().formatHex(digest.digest()));
  }

  @Test
  void thePtxHasEveryKernelThatTheSourcesHaveAndJavaLaunches() throws IOException {
    var kernel = Pattern.compile("KERNEL(?:_2)?\\([A-Z_0-9]+\\)\\s*(\\w+)\\(");
    var inSources = new TreeSet<String>();
    try (var files = Files.list(SOURCES)) {
      for (var file : files.filter(f -> f.toString().endsWith(".cuh")).toList()) {
        var matcher = kernel.matcher(Files.readString(file));
        while (matcher.find()) {
          inSources.add(matcher.group(1));
        }
      }
    }
    var inPtx = new TreeSet<String>();
    var text = new String(Ptx.load().terminated(), StandardCharsets.US_ASCII);
    var entry = Pattern.compile("\\.entry (\\w+)\\(").matcher(text);
    while (entry.find()) {
      inPtx.add(entry.group(1));
    }
    assertThat(inPtx).isEqualTo(inSources).hasSizeGreaterThan(30);
    var folder = HOME.resolve("zk-inference/src/main/java/org/probity/zk/gpu");
    var java =
        Files.readString(folder.resolve("Kernels.java"))
            + Files.readString(folder.resolve("MsmShape.java"));
    assertThat(inPtx).allMatch(name -> java.contains('"' + name + '"'));
  }

  /** Where the compiler that made it is. */
  @Test
  void thePtxIsWhatTheCompilerMakes() throws IOException, InterruptedException {
    var process =
        new ProcessBuilder("bash", HOME.resolve("build/cuda").toString(), "--check")
            .redirectErrorStream(true)
            .start();
    var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
    assumeTrue(process.exitValue() != 2, output);
    assertThat(process.exitValue()).as(output).isZero();
  }
}
