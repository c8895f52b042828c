package org.probity.zk.gpu;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A card: memory, streams, and kernels by name. Everything on a stream happens in the order it was
 * asked for; nothing between two streams is ordered.
 *
 * <p>Device memory is zero when allocated and is overwritten with zeros before it is given back, as
 * it may hold weights or masks.
 */
interface Device extends AutoCloseable {

  /**
   * What a card is.
   *
   * @param name as the vendor calls it
   * @param multiprocessors number of streaming multiprocessors
   * @param memoryBytes all of its memory
   * @param clockKhz of its cores, at most
   * @param memoryClockKhz of its memory, at most
   * @param memoryBusBits width of its memory bus
   * @param major compute capability
   * @param minor compute capability
   * @param driverVersion the newest CUDA version the driver knows, 1000·major + 10·minor
   * @param threadsPerMultiprocessor resident threads, at most
   */
  record Properties(
      String name,
      int multiprocessors,
      long memoryBytes,
      int clockKhz,
      int memoryClockKhz,
      int memoryBusBits,
      int major,
      int minor,
      int driverVersion,
      int threadsPerMultiprocessor) {

    /** Bytes a second to and from memory, at most (two transfers a clock). */
    double memoryBytesPerSecond() {
      return 2e3 * memoryClockKhz * memoryBusBits / 8;
    }

    /** 32x32-bit multiply-adds a second, at most: 64 a clock on a multiprocessor. */
    double multiplyAddsPerSecond() {
      return 64e3 * clockKhz * multiprocessors;
    }
  }

  /**
   * What a kernel takes of a multiprocessor.
   *
   * @param registers a thread
   * @param occupancy resident threads, as a share of the most there can be
   */
  record Footprint(int registers, double occupancy) {}

  /**
   * How often a kernel ran, and what for.
   *
   * @param launches number of launches
   * @param millis time on the card, all launches together
   * @param bytes read and written in device memory, at least
   * @param multiplications field multiplications
   */
  record Timing(
      String kernel, int block, long launches, double millis, long bytes, long multiplications) {}

  /**
   * Device memory; a device knows its own by the address, so it may be wrapped. Closing it
   * overwrites it with zeros and frees it, once its streams are done.
   */
  interface Memory extends AutoCloseable {
    long address();

    long bytes();

    @Override
    void close();
  }

  /** Memory of the host that a card reads and writes by itself. Cleared when closed. */
  interface Pinned extends AutoCloseable {
    MemorySegment segment();

    /** Where kernels find it. What they write is there once their stream has been waited for. */
    long address();

    @Override
    void close();
  }

  /** Work of a stream, recorded once to be launched many times. */
  interface Graph extends AutoCloseable {
    @Override
    void close();
  }

  /** A queue of work on the card. Not to be used by two threads at once. */
  interface Stream extends AutoCloseable {
    /**
     * Copies to the card. From pinned memory the copy happens later, and the segment must stay as
     * it is until then; from any other segment its bytes are taken now.
     */
    void upload(Memory target, long offset, MemorySegment source);

    /** Copies to a pinned segment, later; to any other segment, before this returns. */
    void download(MemorySegment target, Memory source, long offset);

    /** Overwrites with zeros. */
    void clear(Memory target, long offset, long bytes);

    void launch(Launch launch);

    /** Waits until everything asked for has happened. */
    void synchronize();

    /**
     * Records what {@code work} asks of this stream, without doing it. The work may launch, clear,
     * copy on the card and copy to and from pinned memory; it may not wait, nor allocate or close
     * memory. What it launches is not measured.
     */
    Graph capture(Runnable work);

    /** Does what was recorded. */
    void launch(Graph graph);

    @Override
    void close();
  }

  Properties properties();

  /** Bytes that could be allocated. */
  long freeBytes();

  /**
   * Allocates device memory, zeroed, aligned to 256 bytes.
   *
   * @throws DeviceException if there is not enough
   */
  Memory allocate(long bytes);

  /** Allocates pinned host memory, zeroed. */
  Pinned pin(long bytes);

  Stream stream();

  /** What a kernel takes in blocks of so many threads. */
  Footprint footprint(String kernel, int block);

  /** Starts or stops to measure every launch; measuring costs some microseconds a launch. */
  void measure(boolean on);

  boolean isMeasured();

  /** What was measured since the last call, the most time first. */
  List<Timing> timings();

  @Override
  void close();
}
