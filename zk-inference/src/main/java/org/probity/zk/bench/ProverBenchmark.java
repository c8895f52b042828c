package org.probity.zk.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.probity.ground.Bytes32;
import org.probity.zk.Architecture;
import org.probity.zk.CommittedModel;
import org.probity.zk.Decision;
import org.probity.zk.DecisionProof;
import org.probity.zk.Dense;
import org.probity.zk.Entropy;
import org.probity.zk.FeatureVector;
import org.probity.zk.Layer;
import org.probity.zk.MachineSpeed;
import org.probity.zk.Network;
import org.probity.zk.Objective;
import org.probity.zk.ProofCost;
import org.probity.zk.ProofRequest;
import org.probity.zk.ProofStep;
import org.probity.zk.ProofVerifier;
import org.probity.zk.ProofWork;
import org.probity.zk.Prover;
import org.probity.zk.Readout;
import org.probity.zk.Srs;
import org.probity.zk.Verdict;
import org.probity.zk.backend.ComputeBackend;
import org.probity.zk.curve.FixedBase;
import org.probity.zk.curve.G1;
import org.probity.zk.field.FieldVector;
import org.probity.zk.field.Fr;
import org.probity.zk.field.PrimeField;

/**
 * Measures proving and verifying for networks of some sizes, and the arithmetic under it against
 * the scalar backend in the same run (other programs' load then weighs on both).
 *
 * <p>Networks and features are random but fixed; a time says the same for trained weights of eight
 * bits, since nothing in a proof's work depends on their values.
 */
public final class ProverBenchmark {
  private static final Map<String, int[]> SIZES = new LinkedHashMap<>();

  static {
    SIZES.put("20k", new int[] {20, 128, 128, 3});
    SIZES.put("100k", new int[] {20, 256, 256, 128, 3});
    SIZES.put("1m", new int[] {64, 1024, 1024, 3});
    SIZES.put("10m", new int[] {64, 2048, 2048, 2048, 512, 3});
    SIZES.put("50m", new int[] {64, 4096, 4096, 4096, 3});
  }

  private static final int LOG_MSM = 16;
  private static final int SHIFT = 9;
  private static final int READ_BYTES = 1 << 26;

  /** Takes what is read only to measure the reading. */
  private long sink;

  private final LongSupplier nanoTime;
  private final Entropy entropy;
  private final ComputeBackend backend;

  /**
   * A benchmark of the best backend.
   *
   * @param nanoTime a clock, in nanoseconds from any origin: {@code System::nanoTime}
   * @param entropy for blinders and masks
   */
  public ProverBenchmark(LongSupplier nanoTime, Entropy entropy) {
    this(nanoTime, entropy, ComputeBackend.best());
  }

  /** A benchmark of this backend. */
  public ProverBenchmark(LongSupplier nanoTime, Entropy entropy, ComputeBackend backend) {
    this.nanoTime = nanoTime;
    this.entropy = entropy;
    this.backend = backend;
  }

  /** The sizes that can be asked for, smallest first. */
  public static List<String> sizes() {
    return List.copyOf(SIZES.keySet());
  }

  /**
   * The network's shape for a size, with the rows that prove fastest.
   *
   * @throws IllegalArgumentException if there is no such size
   */
  public static Architecture architecture(String size) {
    var widths = SIZES.get(size);
    if (widths == null) {
      throw new IllegalArgumentException(
          "No benchmark size is called %s: choose from %s"
              .formatted(size, String.join(", ", sizes())));
    }
    var layers = new ArrayList<Layer>();
    for (int l = 1; l < widths.length; l++) {
      layers.add(new Layer(widths[l], l < widths.length - 1 ? SHIFT : 0));
    }
    return ProofCost.withBestRows(
        new Architecture(widths[0], layers, Readout.ARGMAX, 0), Objective.TIME);
  }

  /**
   * Proves and verifies, after as many unmeasured proofs as the Java machine needs to get fast.
   *
   * @param proofs how many are measured
   * @param progress hears 0 when everything is ready and fast, then the number of proofs measured
   */
  public SizeReport run(String size, int proofs, IntConsumer progress) {
    if (proofs < 1) {
      throw new IllegalArgumentException("A benchmark makes at least one proof, not " + proofs);
    }
    return run(subject(size), proofs, progress);
  }

  /**
   * What is proven for a size, to be proven with several backends.
   *
   * @param size name of the size
   */
  public record Subject(
      String size,
      Srs srs,
      CommittedModel model,
      FeatureVector features,
      Decision decision,
      Bytes32 context) {
    /** One request for a proof of it. */
    public ProofRequest request() {
      return new ProofRequest(model, features, decision, context);
    }
  }

  /**
   * The network of a size, committed to, and features that it decides on.
   *
   * @throws IllegalArgumentException if there is no such size
   */
  public Subject subject(String size) {
    var architecture = architecture(size);
    var random = new Random(1);
    var network = network(architecture, random);
    var features = FeatureVector.of(random.ints(architecture.inputs(), -300, 301).toArray());
    var srs = Srs.development(architecture.logSize(), entropy);
    return new Subject(
        size,
        srs,
        CommittedModel.commit(network, srs, backend, entropy),
        features,
        network.decide(features),
        Bytes32.of(new byte[Bytes32.SIZE]));
  }

  /** Proves and verifies, telling how far it is. */
  public SizeReport run(Subject subject, int proofs, IntConsumer progress) {
    var srs = subject.srs();
    var model = subject.model();
    var features = subject.features();
    var decision = subject.decision();
    var context = subject.context();
    var architecture = model.network().architecture();
    var steps = new EnumMap<ProofStep, Long>(ProofStep.class);
    var last = new long[1];
    var prover =
        new Prover(
            srs,
            backend,
            entropy,
            step -> {
              long now = nanoTime.getAsLong();
              steps.merge(step, now - last[0], Long::sum);
              last[0] = now;
            });
    prover.prepare();
    int unmeasured = Math.max(2, 12 - architecture.logSize() / 2);
    for (int i = 0; i < unmeasured; i++) {
      prover.prove(model, features, decision, context);
    }
    steps.clear();
    progress.accept(0);
    resetPeak();
    var times = new long[proofs];
    DecisionProof proof = null;
    for (int i = 0; i < proofs; i++) {
      last[0] = nanoTime.getAsLong();
      long start = last[0];
      proof = prover.prove(model, features, decision, context);
      times[i] = nanoTime.getAsLong() - start;
      progress.accept(i + 1);
    }
    double peak = peak();
    var sample =
        new SizeReport.Sample(
            srs, model.key(), features, decision, context, Objects.requireNonNull(proof));
    var verifications = verify(sample, Math.max(5, Math.min(proofs, 20)));
    var means = new EnumMap<ProofStep, Double>(ProofStep.class);
    steps.forEach((step, total) -> means.put(step, total / 1e6 / proofs));
    return new SizeReport(
        subject.size(),
        shape(architecture),
        architecture.parameters(),
        architecture.rows(),
        proofs,
        percentiles(times),
        percentiles(verifications),
        means,
        sample.proof().size(),
        peak,
        ProofCost.of(architecture, MachineSpeed.REFERENCE),
        ProofWork.of(architecture),
        sample);
  }

  private static String shape(Architecture architecture) {
    var text = new StringBuilder().append(architecture.inputs());
    architecture.layers().forEach(layer -> text.append('-').append(layer.width()));
    return text.toString();
  }

  private static Network network(Architecture architecture, Random random) {
    var layers = new ArrayList<Dense>();
    int inputs = architecture.inputs();
    for (var layer : architecture.layers()) {
      layers.add(
          new Dense(
              random.ints((long) layer.width() * inputs, -127, 128).toArray(),
              random.ints(layer.width(), -5000, 5001).toArray()));
      inputs = layer.width();
    }
    return new Network(architecture, layers);
  }

  private long[] verify(SizeReport.Sample sample, int count) {
    var verifier = new ProofVerifier(sample.srs());
    var times = new long[count];
    for (int i = -10; i < count; i++) {
      long start = nanoTime.getAsLong();
      var verdict =
          verifier.verify(
              sample.key(), sample.features(), sample.decision(), sample.context(), sample.proof());
      if (verdict != Verdict.ACCEPTED) {
        throw new IllegalStateException("An honest proof was refused: " + verdict);
      }
      if (i >= 0) {
        times[i] = nanoTime.getAsLong() - start;
      }
    }
    return times;
  }

  private static SizeReport.Percentiles percentiles(long[] nanos) {
    var sorted = nanos.clone();
    Arrays.sort(sorted);
    return new SizeReport.Percentiles(
        sorted[sorted.length / 2] / 1e6,
        sorted[Math.min(sorted.length - 1, (int) Math.ceil(0.95 * sorted.length) - 1)] / 1e6);
  }

  private static List<MemoryPoolMXBean> heap() {
    return ManagementFactory.getMemoryPoolMXBeans().stream()
        .filter(pool -> pool.getType() == MemoryType.HEAP)
        .toList();
  }

  private static void resetPeak() {
    heap().forEach(MemoryPoolMXBean::resetPeakUsage);
  }

  private static double peak() {
    return heap().stream().mapToLong(pool -> pool.getPeakUsage().getUsed()).sum() / 1048576.0;
  }

  /** Random scalars of full size, always the same of one seed. */
  public static FieldVector scalars(int count, long seed) {
    var random = new Random(seed);
    return FieldVector.of(
        Stream.generate(() -> Fr.of(new BigInteger(256, random))).limit(count).toList());
  }

  /** Multiplications and multi-scalar multiplications, scalar and best, taken in turns. */
  public Throughput throughput() {
    int threads = Runtime.getRuntime().availableProcessors();
    var scalars = scalars(1 << LOG_MSM, 2);
    var bases = FixedBase.multiples(G1.GENERATOR, scalars);
    var scalarBackend = ComputeBackend.scalar(threads);
    long scalarMsm = Long.MAX_VALUE;
    long msm = Long.MAX_VALUE;
    for (int i = 0; i < 8; i++) {
      scalarMsm =
          Math.min(
              scalarMsm, i % 2 == 0 ? time(() -> scalarBackend.msm(bases, scalars)) : scalarMsm);
      msm = Math.min(msm, time(() -> backend.msm(bases, scalars)));
    }
    long scalarMultiplication = Long.MAX_VALUE;
    long multiplication = Long.MAX_VALUE;
    boolean lanes = backend.name().equals("simd");
    for (int i = 0; i < 200; i++) {
      scalarMultiplication = Math.min(scalarMultiplication, time(ProverBenchmark::scalarProducts));
      multiplication =
          lanes ? Math.min(multiplication, time(LaneProducts::run)) : scalarMultiplication;
    }
    return new Throughput(
        backend.name(),
        (double) scalarMultiplication / PRODUCTS,
        (double) multiplication / PRODUCTS,
        LOG_MSM,
        scalarMsm / 1e6,
        msm / 1e6,
        gigabytesPerSecond(threads),
        threads,
        cpu());
  }

  /** A multi-scalar multiplication of {@code 2^log} scalars of full size, the best of two. */
  public double msmMillis(int log) {
    var scalars = scalars(1 << log, 2);
    var bases = FixedBase.multiples(G1.GENERATOR, scalars);
    return Math.min(
            time(() -> backend.msm(bases, scalars)), time(() -> backend.msm(bases, scalars)))
        / 1e6;
  }

  /** Of arrays larger than the caches, read in order by all threads at once. */
  private double gigabytesPerSecond(int threads) {
    var arrays = new long[threads][READ_BYTES / Long.BYTES];
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 6; i++) {
      least =
          Math.min(
              least,
              time(() ->
                  sink +=
                      Arrays.stream(arrays)
                          .parallel()
                          .mapToLong(array -> Arrays.stream(array).sum())
                          .sum()));
    }
    return (double) threads * READ_BYTES / least;
  }

  private long time(Runnable work) {
    long start = nanoTime.getAsLong();
    work.run();
    return nanoTime.getAsLong() - start;
  }

  static final int PRODUCTS = 8192;
  private static final FieldVector FACTORS = scalars(64, 3);

  /** {@link #PRODUCTS} independent products of elements in the first level cache. */
  private static void scalarProducts() {
    var f = PrimeField.FR;
    var a = FACTORS.limbs();
    int stride = FACTORS.stride();
    var out = new long[4 * stride];
    for (int round = 0; round < PRODUCTS / stride; round++) {
      for (int i = 0; i < stride; i++) {
        f.mul(a, i, stride, a, (i + round) % stride, stride, out, i, stride);
      }
    }
  }

  /** The processor's name for itself, where the system tells. */
  private static String cpu() {
    try (var lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse(System.getProperty("os.arch"));
    } catch (IOException | UncheckedIOException e) {
      return System.getProperty("os.arch");
    }
  }
}
