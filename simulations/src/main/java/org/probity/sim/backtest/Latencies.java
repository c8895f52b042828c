package org.probity.sim.backtest;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.probity.sim.random.RandomStream;

/** How long proofs take, in milliseconds. */
final class Latencies {

  private static final String MEASURED = "proving-20k.txt";

  private final double[] millis;
  private final double scale;
  private final RandomStream random;

  private Latencies(double[] millis, double scale, RandomStream random) {
    this.millis = millis;
    this.scale = scale;
    this.random = random;
  }

  /** Always the same. */
  static Latencies fixed(long millis, double scale) {
    return new Latencies(new double[] {millis}, scale, RandomStream.of(0, "unused"));
  }

  /** Drawn from proofs of a 20k-parameter model that this program made; see the file's header. */
  static Latencies measured(double scale, RandomStream random) {
    return new Latencies(samples(), scale, random);
  }

  private static double[] samples() {
    try (InputStream in = Latencies.class.getResourceAsStream(MEASURED)) {
      if (in == null) {
        throw new IllegalStateException(MEASURED + " is missing from the class path");
      }
      return new BufferedReader(new InputStreamReader(in, StandardCharsets.US_ASCII))
          .lines()
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .mapToDouble(Double::parseDouble)
          .toArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The latency of the proof with this number. */
  long millis(long proof) {
    double one = millis.length == 1 ? millis[0] : millis[random.at(proof).nextInt(millis.length)];
    return Math.round(one * scale);
  }
}
