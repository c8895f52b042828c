package org.probity.zk.bench;

import java.math.BigInteger;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.probity.zk.backend.ComputeBackend;
import org.probity.zk.curve.FixedBase;
import org.probity.zk.curve.G1;
import org.probity.zk.curve.PointVector;
import org.probity.zk.field.FieldVector;
import org.probity.zk.field.Fr;

/** Multi-scalar multiplications on all threads: full-size scalars, and bits. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class MsmBenchmark {
  @Param({"12", "14", "16"})
  int log;

  @Param({"scalar", "simd", "prepared"})
  String backend = "simd";

  private ComputeBackend chosen = ComputeBackend.scalar();
  private PointVector bases = PointVector.of();
  private FieldVector scalars = FieldVector.ofFr(0);
  private long[] bits = {};

  @Setup
  public void setUp() {
    var random = new Random(1);
    scalars = FieldVector.ofFr(1 << log);
    for (int i = 0; i < scalars.size(); i++) {
      scalars.set(i, Fr.of(new BigInteger(256, random)));
    }
    bits = random.ints(1 << log, 0, 2).asLongStream().toArray();
    bases = FixedBase.multiples(G1.GENERATOR, scalars);
    chosen = ComputeBackend.named(backend.equals("prepared") ? "simd" : backend);
    if (backend.equals("prepared")) {
      chosen.prepare(bases);
    }
  }

  @Benchmark
  public G1 fullSize() {
    return chosen.msm(bases, scalars);
  }

  @Benchmark
  public G1 zerosAndOnes() {
    return chosen.msm(bases, bits);
  }
}
