package org.probity.zk.gpu;

import java.util.ArrayList;
import java.util.List;

/**
 * Device memory for the vectors of one proof after another: taken bit by bit, given back all at
 * once, overwritten then. What has not been taken is zero.
 */
final class Arena implements AutoCloseable {
  private static final long ALIGNMENT = 256;

  private final Device device;
  private final long chunk;
  private final List<Device.Memory> chunks = new ArrayList<>();

  /** The chunk that is being filled, and how far; those before it are full. */
  private int current;

  private long used;

  /**
   * An arena without memory yet.
   *
   * @param chunk bytes to allocate at once, at least
   */
  Arena(Device device, long chunk) {
    this.device = device;
    this.chunk = chunk;
  }

  /** A place: which memory, and where in it. */
  record Place(Device.Memory memory, long at) {}

  /** So many bytes of zeros. */
  Place take(long bytes) {
    long needed = Math.max(ALIGNMENT, (bytes + ALIGNMENT - 1) & -ALIGNMENT);
    while (current < chunks.size()) {
      var memory = chunks.get(current);
      if (used + needed <= memory.bytes()) {
        var place = new Place(memory, used);
        used += needed;
        return place;
      }
      current++;
      used = 0;
    }
    chunks.add(device.allocate(Math.max(chunk, needed)));
    used = needed;
    return new Place(chunks.getLast(), 0);
  }

  /** A vector of zeros. */
  DeviceVector vector(int size) {
    var place = take(DeviceVector.bytes(size));
    return new DeviceVector(place.memory(), place.at(), size, size);
  }

  /** Overwrites what was taken, and begins anew. */
  void clear(Device.Stream stream) {
    for (int i = 0; i < chunks.size() && i <= current; i++) {
      var memory = chunks.get(i);
      stream.clear(memory, 0, i < current ? memory.bytes() : used);
    }
    current = 0;
    used = 0;
  }

  @Override
  public void close() {
    var all = List.copyOf(chunks);
    chunks.clear();
    current = 0;
    used = 0;
    Closing.all(all);
  }
}
