package org.probity.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.probity.bench.BenchReport.Size;
import org.probity.chain.Address;
import org.probity.chain.Call;
import org.probity.chain.local.LocalChain;
import org.probity.terminal.Screen;
import org.probity.zk.Entropy;
import org.probity.zk.ProofStep;
import org.probity.zk.backend.ComputeBackend;
import org.probity.zk.backend.VectorBackend;
import org.probity.zk.bench.ProverBenchmark;
import org.probity.zk.bench.SizeReport;
import org.probity.zk.bench.Throughput;
import org.probity.zk.gpu.CudaBackend;

/** Measures arithmetic, proofs and their verification on a chain, and shows what it measured. */
public final class Bench {

  private static final int CHART = 40;
  private static final double NANOS = 1e6;

  private final Screen screen;
  private final ComputeBackend backend;
  private final MsmClock clock;

  /** Of the processor's backend. */
  private final ProverBenchmark processor;

  private final Optional<CardBench> card;

  /**
   * A benchmark of this backend; if that is on a card, beside the processor's.
   *
   * @param compares whether the processor makes proofs of large networks too, for comparison
   */
  public Bench(Screen screen, ComputeBackend backend, Entropy entropy, boolean compares) {
    this.screen = screen;
    this.backend = backend;
    this.clock = new MsmClock(backend instanceof VectorBackend own ? own : ComputeBackend.best());
    this.processor = new ProverBenchmark(System::nanoTime, entropy, clock.backend());
    this.card =
        backend instanceof CudaBackend cuda
            ? Optional.of(new CardBench(screen, cuda, processor, entropy, compares))
            : Optional.empty();
  }

  /** Measures so many proofs of each network. */
  public BenchReport run(List<String> sizes, int proofs) {
    screen.say("");
    screen.say(
        screen.bold("  Proofs on this machine") + " with the %s backend".formatted(backend.name()));
    screen.say("");
    Screen.Step calculating = screen.step("Field and curve, beside scalar code");
    Throughput throughput = processor.throughput();
    calculating.done("%s, %d threads", throughput.cpu(), throughput.threads());
    show(throughput);
    Optional<BenchReport.Card> found = card.map(CardBench::multiplications);
    List<Size> measured = new ArrayList<>();
    try (LocalChain chain = LocalChain.start()) {
      for (String size : sizes) {
        measured.add(
            card.isPresent()
                ? card.get().measure(size, proofs, sample -> gas(chain, sample))
                : measure(size, proofs, chain, throughput));
      }
    }
    return new BenchReport(measured, throughput, found);
  }

  private Size measure(String name, int proofs, LocalChain chain, Throughput throughput) {
    Screen.Step step = screen.step("%s parameters: getting ready".formatted(name));
    SizeReport report =
        processor.run(
            name,
            proofs,
            done -> {
              if (done == 0) {
                clock.takeNanos();
              }
              step.progress("proof", (double) done / proofs);
            });
    double msmMillis = clock.takeNanos() / NANOS / proofs;
    step.progress("verifying on a local chain");
    double whole = sum(report.stepMillis());
    Size size = new Size(report, msmMillis / whole, gas(chain, report.sample()), Optional.empty());
    step.done(
        "%,d parameters (%s), %d proofs", report.parameters(), report.shape(), report.proofs());
    show(size, throughput.bound(report.work()));
    return size;
  }

  private static double sum(Map<ProofStep, Double> steps) {
    return steps.values().stream().mapToDouble(Double::doubleValue).sum();
  }

  /**
   * Gas of a transaction that does nothing but verify, as a node with mainnet's rules counts it.
   */
  private static GasBySection gas(LocalChain chain, SizeReport.Sample sample) {
    Address sender = chain.account(0).address();
    Call call =
        ProofsOnChain.verification(
            ProofsOnChain.deployed(chain, sample.srs().tauG2Words()),
            sample.key(),
            sample.features(),
            sample.decision(),
            sample.context(),
            sample.proof());
    return GasBySection.of(
        call.data(), chain.execute(sender, call).gasUsed(), chain.trace(sender, call));
  }

  private void show(Throughput throughput) {
    screen.say(
        "      multiplication in the field %6.1f ns, scalar %6.1f ns: %.1f times as fast (one thread)",
        throughput.multiplicationNanos(),
        throughput.scalarMultiplicationNanos(),
        throughput.fieldMulSpeedup());
    screen.say(
        "      MSM of 2^%d points         %6.0f ms, scalar %6.0f ms: %.1f times as fast (all threads)",
        throughput.logMsm(),
        throughput.msmMillis(),
        throughput.scalarMsmMillis(),
        throughput.msmSpeedup());
    screen.say("      memory, read in order      %6.1f GB/s", throughput.gigabytesPerSecond());
    screen.say("");
  }

  private void show(Size size, Throughput.Bound bound) {
    SizeReport proofs = size.proofs();
    Map<ProofStep, Double> steps = proofs.stepMillis();
    double whole = sum(steps);
    double longest = steps.values().stream().mapToDouble(Double::doubleValue).max().orElse(1);
    for (ProofStep step : ProofStep.values()) {
      double millis = steps.getOrDefault(step, 0.0);
      screen.say(
          "      %-12s %s %9.1f ms %3.0f %%",
          step.name().toLowerCase(Locale.ROOT),
          screen.bar(millis / longest, CHART),
          millis,
          100 * millis / whole);
    }
    screen.say(
        "      prove %.0f ms (p50), %.0f ms (p95); %.0f %% of it are multi-scalar multiplications, the rest is field work",
        proofs.proveMillis().p50(), proofs.proveMillis().p95(), 100 * size.msmShare());
    screen.say(
        "      at least %.0f ms: arithmetic of the curve %.0f ms and of the field %.0f ms at the rate above; memory %.0f ms meanwhile. This is %.1f times that",
        bound.millis(),
        bound.curve(),
        bound.field(),
        bound.memory(),
        proofs.proveMillis().p50() / bound.millis());
    screen.say(
        "      verify %.1f ms; %,.0f MB; %d rows; a proof of %,d bytes, which a transaction verifies for %,d gas",
        proofs.verifyMillis().p50(),
        proofs.peakMemoryMb(),
        proofs.rows(),
        proofs.proofBytes(),
        size.verifyGas());
    screen.say("");
    for (GasBySection.Section section : size.gas().sections()) {
      screen.say(
          "      %-46s %s %,9d gas %3.0f %%",
          section.name(),
          screen.bar((double) section.gas() / size.verifyGas(), CHART / 2),
          section.gas(),
          100.0 * section.gas() / size.verifyGas());
    }
    screen.say("");
  }
}
