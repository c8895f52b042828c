import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;
import org.probity.zk.Prover;
import org.probity.zk.backend.ComputeBackend;
import org.probity.zk.bench.ProverBenchmark;

/**
 * Whether one build proves as fast as another: alternates them, a fresh virtual machine each time.
 *
 * <pre>  java -cp zk-inference/target/classes build/CompareProofs.java OLD_CLASSES NEW_CLASSES [ALTERNATIONS]</pre>
 *
 * Prints the ratio, new to old, of the medians (over the starts) of the median time and of the mean processor time of a
 * proof of the 20k network, with 95 % intervals by bootstrap over the starts.
 */
final class CompareProofs {
  private static final int UNMEASURED = 20;
  private static final int PROOFS = 9;

  public static void main(String[] arguments) throws IOException {
    if (arguments.length == 0) {
      System.out.println(measured());
      return;
    }
    var builds = List.of(arguments[0], arguments[1]);
    int alternations = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 20;
    var times = new double[4][alternations]; // wall old, wall new, processor old, processor new
    for (int i = 0; i < alternations; i++) {
      for (int build = 0; build < 2; build++) {
        var words = start(builds.get(build)).split(" ");
        times[build][i] = Double.parseDouble(words[0]);
        times[2 + build][i] = Double.parseDouble(words[1]);
        System.out.printf(Locale.ROOT, "%s: %s ms, %s ms of the processors%n", builds.get(build), words[0], words[1]);
      }
    }
    System.out.println("time: " + ratio(times[0], times[1]));
    System.out.println("processor time: " + ratio(times[2], times[3]));
  }

  private static String start(String classes) throws IOException {
    var process =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(), "--add-modules", "jdk.incubator.vector",
                "-Xmx2g", "-cp", classes, "build/CompareProofs.java")
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (var out = process.inputReader()) {
      return out.readLine();
    }
  }

  private static String measured() {
    var backend = ComputeBackend.best();
    var subject = new ProverBenchmark(System::nanoTime, new Random(3)::nextBytes, backend).subject("20k");
    var prover = new Prover(subject.srs(), backend, new Random(4)::nextBytes);
    prover.prepare();
    var requests = List.of(subject.request());
    IntStream.range(0, UNMEASURED).forEach(i -> prover.proveAll(requests));
    var wall = new double[PROOFS];
    var before = ProcessHandle.current().info().totalCpuDuration().orElseThrow();
    for (int i = 0; i < PROOFS; i++) {
      long start = System.nanoTime();
      prover.proveAll(requests);
      wall[i] = (System.nanoTime() - start) / 1e6;
    }
    var after = ProcessHandle.current().info().totalCpuDuration().orElseThrow();
    return String.format(Locale.ROOT, "%.1f %.1f", median(wall), after.minus(before).toNanos() / 1e6 / PROOFS);
  }

  private static String ratio(double[] old, double[] now) {
    var random = new Random(1);
    var ratios = new ArrayList<Double>();
    for (int i = 0; i < 10_000; i++) {
      ratios.add(median(again(now, random)) / median(again(old, random)));
    }
    ratios.sort(null);
    return String.format(
        Locale.ROOT, "%.3f (%.3f to %.3f)", median(now) / median(old), ratios.get(250), ratios.get(9_749));
  }

  private static double[] again(double[] values, Random random) {
    return Arrays.stream(values).map(v -> values[random.nextInt(values.length)]).toArray();
  }

  private static double median(double[] values) {
    var sorted = values.clone();
    Arrays.sort(sorted);
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }
}
