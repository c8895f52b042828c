package org.probity.zk.gpu;

import java.util.List;

/** What one proof in flight has of a card for itself: a stream with its kernels, and memory. */
final class Flight implements AutoCloseable {
  private final Kernels kernels;
  private final Arena arena;

  Flight(Device device, long chunk) {
    kernels = new Kernels(device);
    arena = new Arena(device, chunk);
  }

  Kernels kernels() {
    return kernels;
  }

  Arena arena() {
    return arena;
  }

  /** Overwrites everything that the proof left, for the next one to take off. */
  void clear() {
    arena.clear(kernels.stream());
    kernels.clearScratch();
  }

  @Override
  public void close() {
    Closing.all(List.of(arena, kernels));
  }
}
