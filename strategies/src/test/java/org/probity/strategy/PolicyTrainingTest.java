package org.probity.strategy;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class PolicyTrainingTest {

  private static final int BATCH = 16;
  private static final int INPUTS = 5;
  private static final int HIDDEN = 8;
  private static final int ACTIONS = 3;

  /** What PyTorch remembers for the gradient is memory of Java's, which a collection may free. */
  @Test
  void garbageCollectionBeforeTheBackwardPassChangesNoGradient() throws Exception {
    float[][] undisturbed = gradients(() -> {});
    assertThat(gradients(PolicyTrainingTest::freeWhatNobodyHolds)).isDeepEqualTo(undisturbed);
  }

  private interface Disturbance {
    void come() throws InterruptedException;
  }

  private static float[][] gradients(Disturbance between) throws InterruptedException {
    var random = new SplittableRandom(7);
    try (NDManager manager = Torch.newManager()) {
      var parameters =
          new NDList(
              manager.create(some(random, INPUTS * HIDDEN), new Shape(INPUTS, HIDDEN)),
              manager.create(some(random, HIDDEN)),
              manager.create(some(random, HIDDEN * ACTIONS), new Shape(HIDDEN, ACTIONS)),
              manager.create(some(random, ACTIONS)));
      parameters.forEach(parameter -> parameter.setRequiresGradient(true));
      float[] x = some(random, BATCH * INPUTS);
      float[] gains = some(random, BATCH * ACTIONS);
      try (NDManager inner = manager.newSubManager();
          GradientCollector collector = Torch.engine().newGradientCollector()) {
        NDArray loss = PolicyTraining.objective(inner, parameters, x, gains, BATCH, 0.25).loss();
        between.come();
        collector.backward(loss);
      }
      return parameters.stream()
          .map(parameter -> parameter.getGradient().toFloatArray())
          .toArray(float[][]::new);
    }
  }

  /**
   * Direct buffers that nobody holds are freed when this returns: one of them that is made here is,
   * twice, as one collection's are not freed all at once.
   */
  private static void freeWhatNobodyHolds() throws InterruptedException {
    BufferPoolMXBean direct =
        ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
            .filter(pool -> pool.getName().equals("direct"))
            .findFirst()
            .orElseThrow();
    for (int round = 0; round < 2; round++) {
      long before = direct.getCount();
      assertThat(ByteBuffer.allocateDirect(1).isDirect()).isTrue();
      for (int i = 0; direct.getCount() > before; i++) {
        assertThat(i).as("collections that have freed nothing").isLessThan(1_000);
        System.gc();
        Thread.sleep(20);
      }
    }
  }

  private static float[] some(SplittableRandom random, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }
}
