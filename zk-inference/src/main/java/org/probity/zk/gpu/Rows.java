package org.probity.zk.gpu;

/**
 * Model rows on a card, as small signed integers: entry {@code i} of row {@code c} at {@code
 * memory[at + bytes·(c·length + i)]}.
 *
 * @param bytes of one entry: 1, 2 or 4
 * @param count number of rows
 * @param length entries of a row
 */
record Rows(Device.Memory memory, long at, int bytes, int count, int length) {
  Rows {
    if (bytes != 1 && bytes != 2 && bytes != 4) {
      throw new IllegalArgumentException("A row's entries have 1, 2 or 4 bytes, not " + bytes);
    }
    if (at < 0 || at + (long) bytes * count * length > memory.bytes()) {
      throw new IllegalArgumentException("The rows do not fit into their memory");
    }
  }

  long address() {
    return memory.address() + at;
  }

  Rows row(int c) {
    return new Rows(memory, at + (long) bytes * c * length, bytes, 1, length);
  }
}
