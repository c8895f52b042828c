package org.probity.zk.gpu;

import org.jspecify.annotations.Nullable;

/**
 * A part of a multi-scalar multiplication: {@code sums[output] += Σ scalars[i]·bases[offset +
 * (indices ? indices[i] : i)]}.
 *
 * @param kind what the scalars are
 * @param scalars device address of the first
 * @param stride for field elements, from one limb to the next
 * @param size number of scalars
 * @param indices device address of 32-bit indices, or 0
 * @param offset of the first base
 * @param output which sum it belongs to
 */
record Segment(Kind kind, long scalars, int stride, int size, long indices, int offset, int output) {
  /** Words of the structure that kernels read. */
  static final int WORDS = 6;

  /** Kinds of scalars; integers are signed, and 64-bit ones greater than -2^63. */
  enum Kind {
    FIELD(254),
    INT64(63),
    INT32(32),
    INT8(8);

    /** Bits of the greatest magnitude. */
    final int bits;

    Kind(int bits) {
      this.bits = bits;
    }
  }

  /** Field elements, of consecutive bases from the first on. */
  static Segment of(DeviceVector scalars, int output) {
    return new Segment(Kind.FIELD, scalars.address(), scalars.stride(), scalars.size(), 0, 0, output);
  }

  /** Integers, of consecutive bases from the first on. */
  static Segment of(Kind kind, Device.Memory integers, long at, int size, int output) {
    return new Segment(kind, integers.address() + at, 0, size, 0, 0, output);
  }

  /** The same scalars, of other bases. */
  Segment on(int offset) {
    return new Segment(kind, scalars, stride, size, indices, offset, output);
  }

  /** The same scalars, of bases named by 32-bit indices, which must be below the bases' number. */
  Segment on(Device.@Nullable Memory memory, long at) {
    return new Segment(
        kind, scalars, stride, size, memory == null ? 0 : memory.address() + at, 0, output);
  }

  /** Digits that are not certain to be 0. */
  long entries(int width) {
    return (long) size * (kind.bits / width + 1);
  }

  /**
   * The structure.
   *
   * @param first scalars of the segments before
   */
  void write(long[] words, int at, int first) {
    words[at] = scalars;
    words[at + 1] = indices;
    words[at + 2] = (stride & 0xffffffffL) | (long) size << 32;
    words[at + 3] = (first & 0xffffffffL) | (long) output << 32;
    words[at + 4] = kind.ordinal() | (long) offset << 32;
    words[at + 5] = 0;
  }
}
