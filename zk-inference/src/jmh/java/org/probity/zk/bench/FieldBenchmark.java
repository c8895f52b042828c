package org.probity.zk.bench;

import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.probity.zk.field.LaneField;
import org.probity.zk.field.PrimeField;

/** One field multiplication, scalar and on lanes; nanoseconds an element. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class FieldBenchmark {
  private static final int ELEMENTS = 64;

  private final long[] words = new Random(1).longs(4L * ELEMENTS).map(w -> w >>> 3).toArray();
  private final long[] wordsOut = new long[4 * ELEMENTS];
  private final long[] limbs =
      new Random(2).longs(ELEMENTS / LaneField.LANES * LaneField.BLOCK, 0, 1 << 21).toArray();
  private final long[] limbsOut = new long[limbs.length];

  @Benchmark
  @OperationsPerInvocation(ELEMENTS)
  public long[] scalarMultiplication() {
    for (int i = 0; i < ELEMENTS; i++) {
      PrimeField.FR.mul(words, i, ELEMENTS, words, i, ELEMENTS, wordsOut, i, ELEMENTS);
    }
    return wordsOut;
  }

  @Benchmark
  @OperationsPerInvocation(ELEMENTS)
  public long[] laneMultiplication() {
    int blocks = ELEMENTS / LaneField.LANES;
    LaneField.FR.mul(limbs, 0, limbs, 0, limbsOut, 0, blocks);
    return limbsOut;
  }

  @Benchmark
  @OperationsPerInvocation(ELEMENTS)
  public long[] lanesFromMemoryAndBack() {
    for (int i = 0; i < ELEMENTS; i += LaneField.LANES) {
      LaneField.unpack(words, i, ELEMENTS, limbsOut, 0);
      LaneField.FR.mul(limbsOut, 0, limbs, 0, limbsOut, 0);
      LaneField.FR.pack(limbsOut, 0, wordsOut, i, ELEMENTS);
    }
    return wordsOut;
  }
}
