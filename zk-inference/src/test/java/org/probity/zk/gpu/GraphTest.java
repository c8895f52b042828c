package org.probity.zk.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Recorded work: what it takes from pinned memory it takes when it is launched. */
class GraphTest {
  private static final int COUNT = 300;

  @Test
  void recordedWorkIsDoneOnlyWhenLaunchedWithWhatPinnedMemoryHoldsThen() {
    var device = TestDevices.get();
    try (var stream = device.stream();
        var pinned = device.pin(8 * COUNT);
        var results = device.pin(8 * COUNT);
        var memory = device.allocate(8 * COUNT);
        var other = device.allocate(8 * COUNT)) {
      set(pinned.segment(), -3);
      try (var graph =
          stream.capture(() -> {
            stream.clear(other, 0, 8 * COUNT);
            stream.upload(memory, 0, pinned.segment());
            stream.launch(
                new Launch("dense_activate", 2, 1, Kernels.BLOCK)
                    .address(memory.address())
                    .address(results.address())
                    .i32(COUNT)
                    .i32(1));
            stream.upload(other, 0, pinned.segment().asSlice(0, 8));
          })) {
        stream.synchronize();
        assertThat(results.segment().getAtIndex(ValueLayout.JAVA_LONG, 0)).isZero();
        for (long value : new long[] {10, -4, 7}) {
          set(pinned.segment(), value);
          stream.launch(graph);
          stream.synchronize();
          // What a kernel writes into pinned memory is there without a copy.
          for (int i = 0; i < COUNT; i++) {
            assertThat(results.segment().getAtIndex(ValueLayout.JAVA_LONG, i))
                .isEqualTo(Math.max(0, value) >> 1);
          }
          var back = new long[2];
          stream.download(MemorySegment.ofArray(back), other, 0);
          assertThat(back).containsExactly(value, 0);
        }
      }
    }
  }

  @Test
  void workThatFailsWhileItIsRecordedLeavesTheStreamUsable() {
    var device = TestDevices.get();
    try (var stream = device.stream();
        var memory = device.allocate(64)) {
      assertThatThrownBy(() ->
              stream.capture(() -> {
                stream.clear(memory, 0, 64);
                throw new IllegalStateException("on purpose");
              }))
          .hasMessage("on purpose");
      assertThatThrownBy(() -> stream.capture(() -> device.allocate(64).close()))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("while a graph is recorded");
      assertThatThrownBy(() ->
              stream.capture(() -> stream.upload(memory, 0, MemorySegment.ofArray(new byte[8]))))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("pinned memory");
      var bytes = new byte[64];
      bytes[7] = 9;
      stream.upload(memory, 0, MemorySegment.ofArray(bytes));
      var back = new byte[64];
      stream.download(MemorySegment.ofArray(back), memory, 0);
      assertThat(back).isEqualTo(bytes);
    }
  }

  @Test
  void memoryIsAllocatedAndClosedByOthersWhileAStreamIsRecorded() throws Exception {
    var device = TestDevices.get();
    var done = new AtomicBoolean();
    var others =
        Thread.ofPlatform()
            .start(() -> {
              while (!done.get()) {
                device.allocate(1 << 12).close();
              }
            });
    try (var stream = device.stream();
        var memory = device.allocate(64)) {
      for (int i = 0; i < 50; i++) {
        try (var graph = stream.capture(() -> stream.clear(memory, 0, 64))) {
          stream.launch(graph);
          stream.synchronize();
        }
      }
    } finally {
      done.set(true);
      others.join();
    }
  }

  private static void set(MemorySegment segment, long value) {
    for (int i = 0; i < COUNT; i++) {
      segment.setAtIndex(ValueLayout.JAVA_LONG, i, value);
    }
  }
}
