package org.probity.sim.backtest;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.security.MessageDigest;
import java.util.List;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.probity.chain.Head;
import org.probity.ground.Sha256;
import org.probity.intent.AgentCycle;
import org.probity.strategy.Strategy;
import org.probity.zk.FeatureVector;

/**
 * Which code is running: the program's version, and a digest of the compiled classes of every room
 * that a run goes through, so that two builds of one version are told apart.
 */
final class CodeVersion {

  private static final int DIGITS = 12;
  private static final List<Class<?>> ROOMS =
      List.of(FeatureVector.class, Strategy.class, Head.class, AgentCycle.class, Backtest.class);

  private CodeVersion() {}

  /** Computed once. */
  static String text() {
    return Holder.TEXT;
  }

  private static final class Holder {
    static final String TEXT = version() + "-" + digest().substring(0, DIGITS);
  }

  private static String version() {
    Properties properties = new Properties();
    try (InputStream in =
        CodeVersion.class.getResourceAsStream("/probity-simulations.properties")) {
      if (in != null) {
        properties.load(in);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return properties.getProperty("version", "unversioned");
  }

  private static String digest() {
    try {
      MessageDigest digest = Sha256.begun();
      for (Class<?> room : ROOMS) {
        add(room, digest);
      }
      return Sha256.hex(digest);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (URISyntaxException e) {
      throw new IllegalStateException("A class path entry has no readable address", e);
    }
  }

  private static void add(Class<?> room, MessageDigest digest)
      throws IOException, URISyntaxException {
    CodeSource source = room.getProtectionDomain().getCodeSource();
    if (source == null) {
      return;
    }
    Path place = Path.of(source.getLocation().toURI());
    if (Files.isDirectory(place)) {
      addTree(place, digest);
    } else {
      try (FileSystem jar = FileSystems.newFileSystem(place)) {
        addTree(jar.getPath("/"), digest);
      }
    }
  }

  private static void addTree(Path root, MessageDigest digest) throws IOException {
    var classes = new TreeMap<String, Path>();
    try (Stream<Path> files = Files.walk(root)) {
      files
          .filter(f -> f.toString().endsWith(".class"))
          .forEach(f -> classes.put(root.relativize(f).toString().replace('\\', '/'), f));
    }
    for (var entry : classes.entrySet()) {
      Sha256.add(digest, entry.getKey());
      digest.update(Files.readAllBytes(entry.getValue()));
    }
  }
}
