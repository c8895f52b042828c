package org.probity.sim.history;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** Real on-chain history beside the checkout, where it is; tests skip where it is not. */
public final class SharedData {

  private SharedData() {}

  private static Optional<Path> folder() {
    Path home = Path.of(System.getProperty("probity.home", "..")).toAbsolutePath().normalize();
    return Stream.iterate(home, p -> p != null, Path::getParent)
        .map(p -> p.resolve("shared/data"))
        .filter(Files::isDirectory)
        .findFirst();
  }

  /** The history's folder; the test is skipped without it. */
  public static Path require() {
    Optional<Path> found = folder();
    Assumptions.assumeTrue(found.isPresent(), "no shared/data beside the checkout");
    return found.orElseThrow();
  }

  /** The days of the pool on Polygon that begin with {@code prefix}, in order. */
  public static List<Path> poolDays(String prefix) {
    try (Stream<Path> files = Files.list(require().resolve("uniswap-v3-polygon-usdc-weth-0.05"))) {
      return files
          .filter(f -> String.valueOf(f.getFileName()).startsWith(prefix))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** What the history's description says of that pool. */
  public static TreeMap<String, String> poolFacts() {
    var facts = new TreeMap<String, String>();
    facts.put("pool", "0x45dda9cb7c25131df268515131f647d726f50608");
    facts.put("base", "WETH");
    facts.put("quote", "USDC");
    facts.put("token0.decimals", "6");
    facts.put("token1.decimals", "18");
    facts.put("base.token", "1");
    facts.put("fee", "500");
    return facts;
  }
}
