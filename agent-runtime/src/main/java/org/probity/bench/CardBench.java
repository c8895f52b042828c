package org.probity.bench;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.probity.bench.BenchReport.Card;
import org.probity.bench.BenchReport.OnCard;
import org.probity.bench.BenchReport.Size;
import org.probity.terminal.Screen;
import org.probity.zk.Entropy;
import org.probity.zk.bench.ProverBenchmark;
import org.probity.zk.bench.SizeReport;
import org.probity.zk.gpu.CudaBackend;
import org.probity.zk.gpu.CudaBenchmark;
import org.probity.zk.gpu.GpuReport;
import org.probity.zk.gpu.KernelTime;

/**
 * Measures a card: single proofs, proofs in flight together, kernels, and the processor beside it.
 */
final class CardBench {

  private static final int LOG_MSM = 20;
  private static final int MEASURED = 5;
  private static final int COMPARED = 3;
  private static final int SHOWN = 12;

  /** Parameters up to which the processor is always measured too. */
  private static final long SMALL = 2_000_000;

  private final Screen screen;
  private final CudaBackend backend;
  private final ProverBenchmark processor;
  private final ProverBenchmark single;
  private final CudaBenchmark benchmark;
  private final boolean compares;

  CardBench(
      Screen screen,
      CudaBackend backend,
      ProverBenchmark processor,
      Entropy entropy,
      boolean compares) {
    this.screen = screen;
    this.backend = backend;
    this.processor = processor;
    this.single = new ProverBenchmark(System::nanoTime, entropy, backend);
    this.benchmark = new CudaBenchmark(backend, System::nanoTime, entropy);
    this.compares = compares;
  }

  /** Multi-scalar multiplications on the card and beside it. */
  Card multiplications() {
    GpuReport found = backend.report();
    Screen.Step step = screen.step("MSM of 2^%d points on %s".formatted(LOG_MSM, found.name()));
    double card = benchmark.msmMillis(LOG_MSM);
    double beside = processor.msmMillis(LOG_MSM);
    step.done(
        "%.2f ms; the %s backend %.0f ms, %.1f times that",
        card, backend.substitute().name(), beside, beside / card);
    return new Card(found, backend.substitute().name(), LOG_MSM, card, beside);
  }

  Size measure(String name, int proofs, Function<SizeReport.Sample, GasBySection> gas) {
    Screen.Step step = screen.step("%s parameters: getting ready".formatted(name));
    ProverBenchmark.Subject subject = processor.subject(name);
    SizeReport report =
        single.run(subject, proofs, done -> step.progress("proof", (double) done / proofs));
    step.progress("proofs in flight together");
    double perSecond =
        benchmark.proofsPerSecond(subject, Math.max(proofs, 4 * backend.concurrency()));
    step.progress("time by kernel");
    List<KernelTime> kernels = benchmark.kernels(subject, MEASURED);
    Optional<Double> beside = Optional.empty();
    if (compares || report.parameters() <= SMALL) {
      step.progress("the processor, for comparison");
      beside = Optional.of(processor.run(subject, COMPARED, _ -> {}).proveMillis().p50());
    }
    step.progress("verifying on a local chain");
    Size size =
        new Size(
            report,
            msmShare(kernels),
            gas.apply(report.sample()),
            Optional.of(new OnCard(backend.concurrency(), perSecond, beside, kernels)));
    step.done(
        "%,d parameters (%s), %d proofs", report.parameters(), report.shape(), report.proofs());
    show(size);
    return size;
  }

  private static double msmShare(List<KernelTime> kernels) {
    double all = kernels.stream().mapToDouble(KernelTime::millis).sum();
    double multiplications =
        kernels.stream()
            .filter(kernel -> kernel.kernel().startsWith("msm_"))
            .mapToDouble(KernelTime::millis)
            .sum();
    return all == 0 ? 0 : multiplications / all;
  }

  private void show(Size size) {
    SizeReport proofs = size.proofs();
    OnCard card = size.onCard().orElseThrow();
    for (KernelTime kernel : card.kernels().stream().limit(SHOWN).toList()) {
      screen.say(
          "      %-20s %8.3f ms in %5.1f launches; occupancy %3.0f %%, memory %3.0f %%, arithmetic %3.0f %%: bound by %s",
          kernel.kernel(),
          kernel.millis(),
          kernel.launches(),
          100 * kernel.occupancy(),
          100 * kernel.memoryShare(),
          100 * kernel.arithmeticShare(),
          kernel.bound());
    }
    double onCard = card.kernels().stream().mapToDouble(KernelTime::millis).sum();
    screen.say(
        "      prove %.2f ms (p50), %.2f ms (p95), of which the card computes %.2f ms, %.0f %% of that multi-scalar multiplications; each is verified in Java, %.1f ms",
        proofs.proveMillis().p50(),
        proofs.proveMillis().p95(),
        onCard,
        100 * size.msmShare(),
        proofs.verifyMillis().p50());
    screen.say(
        "      %.0f proofs a second with %d in flight", card.proofsPerSecond(), card.inFlight());
    card.processorMillis()
        .ifPresent(millis ->
            screen.say(
                "      the %s backend takes %.0f ms: the card is %.1f times as fast",
                backend.substitute().name(), millis, millis / proofs.proveMillis().p50()));
    screen.say(
        "      %d rows; a proof of %,d bytes, which a transaction verifies for %,d gas",
        proofs.rows(), proofs.proofBytes(), size.verifyGas());
    screen.say("");
  }
}
