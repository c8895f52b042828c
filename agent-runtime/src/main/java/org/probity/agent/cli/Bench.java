package org.probity.agent.cli;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.probity.agent.cli.BenchReport.Size;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.chain.Call;
import org.probity.chain.ContractArtifact;
import org.probity.chain.Hash;
import org.probity.chain.local.LocalChain;
import org.probity.zk.Architecture;
import org.probity.zk.Bytes32;
import org.probity.zk.CommittedModel;
import org.probity.zk.Decision;
import org.probity.zk.DecisionProof;
import org.probity.zk.Entropy;
import org.probity.zk.FeatureVector;
import org.probity.zk.Network;
import org.probity.zk.ProofStep;
import org.probity.zk.ProofVerifier;
import org.probity.zk.Prover;
import org.probity.zk.Srs;
import org.probity.zk.Verdict;
import org.probity.zk.backend.ComputeBackend;

/** Measures kernels and whole proofs, and shows what it measured. */
final class Bench {

  private static final long SEED = 1;
  private static final int LEAST_PROOFS = 5;
  private static final int MOST_PROOFS = 100;

  /** In it the JIT compiles what all sizes share. */
  private static final Duration FIRST_WARM_UP = Duration.ofSeconds(4);

  private static final int VERIFICATIONS = 9;
  private static final int CHART = 40;
  private static final double NANOS = 1e6;
  private static final Bytes32 CONTEXT = Bytes32.of(new byte[Bytes32.SIZE]);
  private static final ContractArtifact VERIFIER = ContractArtifact.load("DecisionVerifier");

  private final Screen screen;
  private final ComputeBackend backend;
  private final Entropy entropy;
  private final RowsOption.Preference rows;
  private final Duration effort;
  private boolean warm;

  /**
   * @param rows what a model's rows are chosen for
   * @param effort how long to measure a size
   */
  Bench(
      Screen screen,
      ComputeBackend backend,
      Entropy entropy,
      RowsOption.Preference rows,
      Duration effort) {
    this.screen = screen;
    this.backend = backend;
    this.entropy = entropy;
    this.rows = rows;
    this.effort = effort;
  }

  /** Measures networks of so many parameters each. */
  BenchReport run(List<Long> parameters) {
    int threads = Runtime.getRuntime().availableProcessors();
    String cpu = cpu();
    screen.say("");
    screen.say(
        screen.bold("  Proofs on this machine")
            + ": %s, %d threads, the %s backend".formatted(cpu, threads, backend.name()));
    screen.say("");
    Screen.Step multiplying = screen.step("Multiplying in the field");
    KernelBench kernels = new KernelBench(backend, entropy);
    KernelBench.Pace product = kernels.multiplication();
    multiplying.done(pace("A multiplication in the field", product, "one thread"));
    Screen.Step summing = screen.step("Multi-scalar multiplications");
    KernelBench.Pace msm = kernels.msm();
    summing.done(pace("A point of an MSM of 2^16", msm, "all threads"));
    screen.say("");
    List<Size> sizes = new ArrayList<>();
    try (LocalChain chain = LocalChain.start()) {
      for (long size : parameters) {
        Size measured = measure(rows.choose(BenchNetwork.shape(size)), chain);
        show(measured);
        sizes.add(measured);
      }
    }
    return new BenchReport(sizes, product.speedup(), msm.speedup(), threads, cpu);
  }

  private static String pace(String what, KernelBench.Pace pace, String where) {
    return String.format(
        Locale.ROOT,
        "%s: %.1f ns, %.1f times as fast as scalar code's %.1f ns (%s)",
        what,
        pace.nanos(),
        pace.speedup(),
        pace.scalarNanos(),
        where);
  }

  /** What one proof took. */
  private record Taken(double millis, double msmMillis, List<Double> steps) {}

  /** Measures proofs of a random network of this shape, on a chain to verify one of them on. */
  Size measure(Architecture shape, LocalChain chain) {
    Network network = BenchNetwork.like(shape, SEED);
    Architecture architecture = network.architecture();
    String name =
        "%,d parameters, %s"
            .formatted(
                architecture.parameters(),
                architecture.rows() == 1 ? "1 row" : architecture.rows() + " rows");
    Screen.Step step = screen.step(name);
    step.progress("reference string of 2^%d points".formatted(architecture.logSize()));
    Srs srs = Srs.development(architecture.logSize(), entropy);
    step.progress("committing");
    CommittedModel model = CommittedModel.commit(network, srs, backend, entropy);
    FeatureVector features = BenchNetwork.features(architecture, SEED);
    Decision decision = network.decide(features);
    MsmClock clock = new MsmClock(backend);
    List<Long> ends = new ArrayList<>();
    Prover prover = new Prover(srs, clock.backend(), entropy, _ -> ends.add(System.nanoTime()));
    step.progress("preparing");
    prover.prepare();
    DecisionProof proof = prover.prove(model, features, decision, CONTEXT);
    repeat(
        warm ? effort.dividedBy(2) : effort.plus(FIRST_WARM_UP),
        2,
        count -> {
          step.progress("warming up, proof %d".formatted(count));
          prover.prove(model, features, decision, CONTEXT);
        });
    warm = true;
    PeakMemory.reset();
    List<Taken> taken = new ArrayList<>();
    repeat(
        effort,
        LEAST_PROOFS,
        count -> {
          step.progress("proof %d".formatted(count));
          ends.clear();
          clock.takeNanos();
          long started = System.nanoTime();
          prover.prove(model, features, decision, CONTEXT);
          double millis = (System.nanoTime() - started) / NANOS;
          taken.add(new Taken(millis, clock.takeNanos() / NANOS, steps(started, ends)));
        });
    long memory = PeakMemory.megabytes();
    step.progress("verifying");
    Size size =
        new Size(
            architecture.parameters(),
            architecture.rows(),
            taken.stream().map(Taken::millis).toList(),
            medians(taken),
            BenchReport.percentile(
                taken.stream().map(one -> one.msmMillis / one.millis).toList(), 50),
            verifyMillis(new ProofVerifier(srs), model, features, decision, proof),
            proof.size(),
            gas(chain, srs, model, features, decision, proof),
            memory);
    step.done("%s: %d proofs".formatted(name, taken.size()));
    return size;
  }

  private interface Round {
    void run(int count);
  }

  /** Repeats for at least so long and so often, but for no more than {@link #MOST_PROOFS} times. */
  private static void repeat(Duration duration, int least, Round round) {
    long end = System.nanoTime() + duration.toNanos();
    for (int count = 1;
        count <= MOST_PROOFS && (count <= least || System.nanoTime() < end);
        count++) {
      round.run(count);
    }
  }

  /** How long each step took. */
  private static List<Double> steps(long started, List<Long> ends) {
    List<Double> steps = new ArrayList<>();
    long before = started;
    for (long end : ends) {
      steps.add((end - before) / NANOS);
      before = end;
    }
    return steps;
  }

  private static List<Double> medians(List<Taken> taken) {
    return Arrays.stream(ProofStep.values())
        .map(step ->
            BenchReport.percentile(
                taken.stream().map(one -> one.steps.get(step.ordinal())).toList(), 50))
        .toList();
  }

  private static double verifyMillis(
      ProofVerifier verifier,
      CommittedModel model,
      FeatureVector features,
      Decision decision,
      DecisionProof proof) {
    List<Double> millis = new ArrayList<>();
    for (int i = 0; i < VERIFICATIONS; i++) {
      long started = System.nanoTime();
      Verdict verdict = verifier.verify(model.key(), features, decision, CONTEXT, proof);
      millis.add((System.nanoTime() - started) / NANOS);
      if (!verdict.accepted()) {
        throw new IllegalStateException(
            "a proof of this benchmark does not hold (%s): report this".formatted(verdict));
      }
    }
    return BenchReport.percentile(millis, 50);
  }

  /** Gas of a transaction that does nothing but verify, as a node of the real rules counts it. */
  private static long gas(
      LocalChain chain,
      Srs srs,
      CommittedModel model,
      FeatureVector features,
      Decision decision,
      DecisionProof proof) {
    Address sender = chain.account(0).address();
    Address verifier = chain.deploy(sender, VERIFIER.deployment(srs.tauG2Words()));
    return chain
        .execute(
            sender,
            Call.of(
                verifier,
                VERIFIER.function("verify"),
                Bytes.of(model.key().bytes()),
                Arrays.stream(features.toArray()).mapToObj(BigInteger::valueOf).toList(),
                words(decision),
                Hash.of(CONTEXT.toByteArray()),
                Bytes.of(proof.bytes())))
        .gasUsed();
  }

  private static List<BigInteger> words(Decision decision) {
    return switch (decision) {
      case Decision.Choice(int index) -> List.of(BigInteger.valueOf(index));
      case Decision.Outputs(List<Integer> values) ->
          values.stream().map(BigInteger::valueOf).toList();
    };
  }

  private void show(Size size) {
    double whole = size.stepMillis().stream().mapToDouble(d -> d).sum();
    double longest = size.stepMillis().stream().mapToDouble(d -> d).max().orElse(1);
    for (ProofStep step : ProofStep.values()) {
      double millis = size.stepMillis().get(step.ordinal());
      screen.say(
          String.format(
              Locale.ROOT,
              "      %-12s %s %9.1f ms %3.0f %%",
              step.name().toLowerCase(Locale.ROOT),
              screen.bar(millis / longest, CHART),
              millis,
              100 * millis / whole));
    }
    screen.say(
        String.format(
            Locale.ROOT,
            "      prove %.0f ms (p50), %.0f ms (p95), of it multi-scalar multiplications %.0f %%; verify %.1f ms; %,d MB",
            size.prove(50),
            size.prove(95),
            100 * size.msmShare(),
            size.verifyMillis(),
            size.peakMemoryMb()));
    screen.say(
        String.format(
            Locale.ROOT,
            "      proof %,d bytes, %d rows; a transaction that verifies it takes %,d gas",
            size.proofBytes(),
            size.rows(),
            size.verifyGas()));
    screen.say("");
  }

  /** What the processor calls itself, as far as the system tells. */
  private static String cpu() {
    try (var lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse(System.getProperty("os.arch", "unknown"));
    } catch (IOException e) {
      return System.getProperty("os.arch", "unknown");
    }
  }
}
