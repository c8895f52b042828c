package org.probity.zk.gpu;

/**
 * A vector of field elements on a card, laid out as a {@link org.probity.zk.field.FieldVector}:
 * limb {@code l} of element {@code i} at {@code memory[at + 8·(l·stride + i)]}.
 *
 * @param memory what it is in
 * @param at byte offset of its first limb
 * @param stride the distance from one limb of an element to its next, in elements
 * @param size number of elements
 */
record DeviceVector(Device.Memory memory, long at, int stride, int size) {
  DeviceVector {
    if (size < 0
        || size > stride
        || at < 0
        || at + bytes(stride) - 8L * (stride - size) > memory.bytes()) {
      throw new IllegalArgumentException("The vector does not fit into its memory");
    }
  }

  static long bytes(int size) {
    return 32L * size;
  }

  long address() {
    return memory.address() + at;
  }

  /** The elements {@code [from, to)}, in the same place. */
  DeviceVector slice(int from, int to) {
    if (from < 0 || to < from || to > size) {
      throw new IllegalArgumentException(
          "No elements " + from + " to " + to + " in a vector of " + size);
    }
    return new DeviceVector(memory, at + 8L * from, stride, to - from);
  }

  DeviceVector first(int size) {
    return slice(0, size);
  }
}
