package org.probity.zk.gpu;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.probity.zk.Entropy;
import org.probity.zk.backend.ComputeBackend;
import org.probity.zk.bench.ProverBenchmark;

/**
 * The figures of a card, on a machine without the rest of the project: {@code ./probity bench
 * --backend cuda} measures the same and more. The last line is JSON.
 */
final class CardFigures {
  private static final int LOG_MSM = 20;
  private static final int KERNEL_PROOFS = 5;

  private CardFigures() {}

  /** Measures the sizes named, or 20k, 1m, 10m and 50m; after each size its kernels. */
  public static void main(String[] arguments) {
    var sizes = arguments.length > 0 ? List.of(arguments) : List.of("20k", "1m", "10m", "50m");
    var processor = ComputeBackend.best();
    try (var cuda =
        CudaBackend.open(
            CudaBackend.Settings.DEFAULT,
            processor,
            new Fallbacks((cause, warning) -> System.out.println(warning)))) {
      System.out.println(cuda.report());
      var beside = new ProverBenchmark(System::nanoTime, Entropy.secure(), processor);
      var single = new ProverBenchmark(System::nanoTime, Entropy.secure(), cuda);
      var benchmark = new CudaBenchmark(cuda, System::nanoTime, Entropy.secure());
      var lines = new ArrayList<String>();
      lines.add(
          json(
              "\"msm\":{\"log\":%d,\"millis\":%.3f,\"processorMillis\":%.1f}",
              LOG_MSM, benchmark.msmMillis(LOG_MSM), beside.msmMillis(LOG_MSM)));
      System.out.println(lines.getLast());
      for (var size : sizes) {
        lines.add(measure(size, cuda, beside, single, benchmark));
        System.out.println(lines.getLast());
      }
      System.out.println("{" + String.join(",", lines) + "}");
      if (cuda.report().failure().isPresent() || !cuda.isUsable()) {
        throw new IllegalStateException("the card failed on the way");
      }
    }
  }

  private static String measure(
      String size,
      CudaBackend cuda,
      ProverBenchmark beside,
      ProverBenchmark single,
      CudaBenchmark benchmark) {
    var subject = beside.subject(size);
    var report = single.run(subject, 30, done -> {});
    double perSecond = benchmark.proofsPerSecond(subject, 10 * cuda.concurrency());
    var kernels = benchmark.kernels(subject, KERNEL_PROOFS);
    kernels.forEach(System.out::println);
    var out =
        json(
            "\"%s\":{\"p50\":%.3f,\"p95\":%.3f,\"verify\":%.3f,\"proofsPerSecond\":%.1f,\"cardMillis\":%.3f",
            size,
            report.proveMillis().p50(),
            report.proveMillis().p95(),
            report.verifyMillis().p50(),
            perSecond,
            kernels.stream().mapToDouble(KernelTime::millis).sum());
    if (!size.equals("50m")) {
      double millis = beside.run(subject, 3, done -> {}).proveMillis().p50();
      out +=
          json(
              ",\"processorMillis\":%.1f,\"speedup\":%.2f",
              millis, millis / report.proveMillis().p50());
    }
    return out
        + ",\"steps\":{"
        + report.stepMillis().entrySet().stream()
            .map(step -> json("\"%s\":%.3f", step.getKey().name(), step.getValue()))
            .collect(Collectors.joining(","))
        + "}}";
  }

  private static String json(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
