package org.probity.sim.backtest;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.probity.sim.random.RandomStream;

/** How long proofs take, in milliseconds. */
public final class Latencies {

  private static final String MEASURED = "proving-20k.txt";

  private final double[] millis;
  private final double scale;
  private final RandomStream random;

  /** Always the same, or drawn from proofs that this program made; see the file's header. */
  public Latencies(BacktestSettings.Proving proving, long seed) {
    this.millis =
        proving.millis().isPresent() ? new double[] {proving.millis().getAsLong()} : samples();
    this.scale = proving.scale();
    this.random = RandomStream.of(seed, "proving.latency");
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
  public long millis(long proof) {
    double one = millis.length == 1 ? millis[0] : millis[random.at(proof).nextInt(millis.length)];
    return Math.round(one * scale);
  }
}
