package org.probity.zk.gpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.probity.zk.field.FieldVector;
import org.probity.zk.field.Fr;

/**
 * One launch of a kernel: its shape, its arguments in the order of its parameters, and its cost.
 */
final class Launch {
  private final String kernel;
  private final int gridX;
  private final int gridY;
  private final int block;
  private final List<byte[]> arguments = new ArrayList<>();
  private long bytes;
  private long multiplications;

  /**
   * A launch of {@code gridX·gridY} blocks.
   *
   * @param block threads a block
   */
  Launch(String kernel, int gridX, int gridY, int block) {
    this.kernel = kernel;
    this.gridX = gridX;
    this.gridY = gridY;
    this.block = block;
  }

  Launch address(long address) {
    return i64(address);
  }

  /** The vector's first limb, and its stride. */
  Launch vector(DeviceVector v) {
    return i64(v.address()).i32(v.stride());
  }

  Launch i32(int value) {
    return words(4).set(ValueLayout.JAVA_INT_UNALIGNED, value);
  }

  Launch i64(long value) {
    return words(8).set(ValueLayout.JAVA_LONG_UNALIGNED, value);
  }

  /** A field element by value: four 64-bit limbs in Montgomery form. */
  Launch field(Fr value) {
    return structure(limbs(value));
  }

  /** A structure of 64-bit words by value. */
  Launch structure(long[] words) {
    var bytes = new byte[8 * words.length];
    MemorySegment.copy(
        words, 0, MemorySegment.ofArray(bytes), ValueLayout.JAVA_LONG_UNALIGNED, 0, words.length);
    arguments.add(bytes);
    return this;
  }

  /** What the launch must read and write, and multiply, at least. */
  Launch cost(long bytes, long multiplications) {
    this.bytes = bytes;
    this.multiplications = multiplications;
    return this;
  }

  private Launch words(int size) {
    arguments.add(new byte[size]);
    return this;
  }

  private Launch set(ValueLayout.OfInt layout, int value) {
    MemorySegment.ofArray(arguments.getLast()).set(layout, 0, value);
    return this;
  }

  private Launch set(ValueLayout.OfLong layout, long value) {
    MemorySegment.ofArray(arguments.getLast()).set(layout, 0, value);
    return this;
  }

  /** The four limbs of an element. */
  static long[] limbs(Fr value) {
    return FieldVector.of(List.of(value)).limbs();
  }

  String kernel() {
    return kernel;
  }

  int gridX() {
    return gridX;
  }

  int gridY() {
    return gridY;
  }

  int block() {
    return block;
  }

  List<byte[]> arguments() {
    return arguments;
  }

  long bytes() {
    return bytes;
  }

  long multiplications() {
    return multiplications;
  }
}
