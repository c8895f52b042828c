package org.probity.zk.gpu;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.LongSupplier;
import org.probity.zk.Entropy;
import org.probity.zk.Prover;
import org.probity.zk.backend.Committed;
import org.probity.zk.backend.IntegerRows;
import org.probity.zk.bench.ProverBenchmark;
import org.probity.zk.curve.FixedBase;
import org.probity.zk.curve.G1;

/**
 * What a card does that a benchmark of single proofs does not show: several proofs in flight, the
 * time and the bound of every kernel, and multi-scalar multiplications by themselves.
 */
public final class CudaBenchmark {
  private static final int ROUNDS = 10;

  private final CudaBackend backend;
  private final LongSupplier nanoTime;
  private final Entropy entropy;

  /**
   * A benchmark of this card.
   *
   * @param nanoTime a clock, in nanoseconds from any origin: {@code System::nanoTime}
   * @param entropy for masks
   */
  public CudaBenchmark(CudaBackend backend, LongSupplier nanoTime, Entropy entropy) {
    this.backend = backend;
    this.nanoTime = nanoTime;
    this.entropy = entropy;
  }

  /** Proofs a second with as many in flight as may be, each verified in Java. */
  public double proofsPerSecond(ProverBenchmark.Subject subject, int proofs) {
    var prover = new Prover(subject.srs(), backend, entropy);
    prover.proveAll(Collections.nCopies(2 * backend.concurrency(), subject.request()));
    long start = nanoTime.getAsLong();
    prover.proveAll(Collections.nCopies(proofs, subject.request()));
    return proofs * 1e9 / (nanoTime.getAsLong() - start);
  }

  /** Time by kernel, of one proof at a time; measuring makes these proofs slower. */
  public List<KernelTime> kernels(ProverBenchmark.Subject subject, int proofs) {
    var prover = new Prover(subject.srs(), backend, entropy);
    var request = subject.request();
    var device = backend.card().device();
    prover.proveAll(List.of(request));
    device.timings();
    device.measure(true);
    try {
      for (int i = 0; i < proofs; i++) {
        prover.proveAll(List.of(request));
      }
      return device.timings().stream().map(t -> KernelTime.of(device, t, proofs)).toList();
    } finally {
      device.measure(false);
    }
  }

  /**
   * The median time in milliseconds of a multi-scalar multiplication of {@code 2^log} random
   * scalars that are on the card already.
   */
  public double msmMillis(int log) {
    int n = 1 << log;
    var scalars = ProverBenchmark.scalars(n, 4);
    var bases = FixedBase.multiples(G1.GENERATOR, scalars);
    var times = new ArrayList<Double>();
    try (var work = backend.open(bases, n, new IntegerRows(List.of(new int[1])))) {
      var vector = work.zeros(n);
      work.put(vector, 0, scalars);
      work.commit(List.of(new Committed.Dense(vector)));
      for (int i = 0; i < ROUNDS; i++) {
        long start = nanoTime.getAsLong();
        work.commit(List.of(new Committed.Dense(vector)));
        times.add((nanoTime.getAsLong() - start) / 1e6);
      }
    }
    Collections.sort(times);
    return times.get(ROUNDS / 2);
  }
}
