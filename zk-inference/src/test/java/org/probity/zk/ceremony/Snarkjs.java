package org.probity.zk.ceremony;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Ceremonies held by snarkjs in this test run, each held once a run. */
public final class Snarkjs {
  private static final Path FOLDER = folder();
  private static final Map<String, Path> HELD = new ConcurrentHashMap<>();

  private Snarkjs() {}

  /** 2^9 powers, by "Ada" and "Émile": enough for a proof of a small network. */
  public static Path ofPower9() {
    return HELD.computeIfAbsent("nine", name -> twoContributions(9));
  }

  /** 2^2 powers, by "Ada" and "Émile". */
  static Path ofPower2() {
    return HELD.computeIfAbsent("two", name -> twoContributions(2));
  }

  /** Another ceremony of the same form. */
  static Path otherOfPower2() {
    return HELD.computeIfAbsent("other", name -> twoContributions(2));
  }

  /** {@link #ofPower2} with a beacon as third contribution. */
  static Path withBeacon() {
    var two = ofPower2();
    return HELD.computeIfAbsent("beacon", name -> beacon(two));
  }

  /** {@link #withBeacon} prepared for a second phase. */
  static Path prepared() {
    var beacon = withBeacon();
    return HELD.computeIfAbsent("prepared", name -> prepared(beacon));
  }

  /** The first 2^3 powers of a ceremony of 2^4, as publishers of ceremonies cut them. */
  static Path cutToPower3() {
    return HELD.computeIfAbsent("cut", name -> cut());
  }

  static Path blank(String curve, int power) {
    var file = path("blank");
    run("new", curve, Integer.toString(power), file.toString());
    return file;
  }

  /** What {@code snarkjs powersoftau verify} prints. */
  static String verify(Path file) {
    return run("verify", file.toString());
  }

  private static Path twoContributions(int power) {
    var blank = blank("bn128", power);
    var first = path("first");
    var second = path("second");
    run("contribute", blank.toString(), first.toString(), "--name=Ada", "-e=one");
    run("contribute", first.toString(), second.toString(), "--name=Émile", "-e=two");
    return second;
  }

  private static Path beacon(Path file) {
    var out = path("beacon");
    run(
        "beacon",
        file.toString(),
        out.toString(),
        "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        "10",
        "-n=Lottery");
    return out;
  }

  private static Path prepared(Path file) {
    var out = path("prepared");
    run("prepare", "phase2", file.toString(), out.toString());
    return out;
  }

  private static Path cut() {
    var whole = prepared(twoContributions(4));
    run("truncate", whole.toString());
    return Path.of(whole.toString().replace(".ptau", "_03.ptau"));
  }

  private static Path folder() {
    try {
      var folder = Files.createTempDirectory("snarkjs");
      Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path folder) {
    try (var files = Files.list(folder)) {
      for (var file : files.toList()) {
        Files.delete(file);
      }
      Files.delete(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path path(String name) {
    try {
      return Files.createTempFile(FOLDER, name + "-", ".ptau");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String run(String... arguments) {
    var command = new ArrayList<>(List.of("node", program(), "powersoftau"));
    command.addAll(List.of(arguments));
    try {
      var process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new IllegalStateException(String.join(" ", command) + " failed: " + said);
      }
      return said;
    } catch (IOException e) {
      throw new UncheckedIOException("node does not start: put it on the PATH", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static String program() {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      var program = at.resolve("node_modules/snarkjs/build/cli.cjs");
      if (Files.isRegularFile(program)) {
        return program.toString();
      }
    }
    throw new IllegalStateException("snarkjs is missing: run the build's npm ci");
  }
}
