package org.probity.zk.gpu;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/** A device that counts what is asked of another one: each call costs its latency on a card. */
final class CountingDevice implements Device {
  /**
   * What was asked for.
   *
   * @param waits how often the processor waited for a stream, be it only to copy from the card into
   *     memory that is not pinned
   * @param launches kernels one by one
   * @param graphs recorded work launched as one
   * @param captures work recorded
   * @param uploads copies to the card
   * @param downloads copies from the card
   * @param clears memory overwritten with zeros
   * @param allocations of device memory, for each of which the whole card is waited for
   */
  record Counts(
      int waits,
      int launches,
      int graphs,
      int captures,
      int uploads,
      int downloads,
      int clears,
      int allocations) {
    static final Counts NONE = new Counts(0, 0, 0, 0, 0, 0, 0, 0);

    Counts minus(Counts other) {
      return new Counts(
          waits - other.waits,
          launches - other.launches,
          graphs - other.graphs,
          captures - other.captures,
          uploads - other.uploads,
          downloads - other.downloads,
          clears - other.clears,
          allocations - other.allocations);
    }
  }

  private final Device device;
  private final Map<Long, Long> pinned = new ConcurrentHashMap<>();
  private final Map<String, Integer> kernels = new TreeMap<>();
  private Counts counts = Counts.NONE;

  CountingDevice(Device device) {
    this.device = device;
  }

  synchronized Counts counts() {
    return counts;
  }

  /**
   * Launches by kernel since the last call, those in recorded work included once, when recorded.
   */
  synchronized Map<String, Integer> kernels() {
    var out = new TreeMap<>(kernels);
    kernels.clear();
    return out;
  }

  private synchronized void add(
      int waits,
      int launches,
      int graphs,
      int captures,
      int uploads,
      int downloads,
      int clears,
      int allocations) {
    counts =
        new Counts(
            counts.waits + waits,
            counts.launches + launches,
            counts.graphs + graphs,
            counts.captures + captures,
            counts.uploads + uploads,
            counts.downloads + downloads,
            counts.clears + clears,
            counts.allocations + allocations);
  }

  private boolean isPinned(MemorySegment segment) {
    return segment.isNative()
        && pinned.entrySet().stream()
            .anyMatch(p -> {
              long offset = segment.address() - p.getKey();
              return offset >= 0 && offset + segment.byteSize() <= p.getValue();
            });
  }

  @Override
  public Memory allocate(long bytes) {
    add(0, 0, 0, 0, 0, 0, 0, 1);
    return device.allocate(bytes);
  }

  @Override
  public Pinned pin(long bytes) {
    var memory = device.pin(bytes);
    pinned.put(memory.segment().address(), bytes);
    return memory;
  }

  @Override
  public Stream stream() {
    return new CountingStream(device.stream());
  }

  private final class CountingStream implements Stream {
    private final Stream stream;
    private boolean capturing;

    CountingStream(Stream stream) {
      this.stream = stream;
    }

    private void count(
        int waits, int launches, int graphs, int captures, int uploads, int downloads, int clears) {
      if (!capturing) {
        add(waits, launches, graphs, captures, uploads, downloads, clears, 0);
      }
    }

    @Override
    public void upload(Memory target, long offset, MemorySegment source) {
      count(0, 0, 0, 0, 1, 0, 0);
      stream.upload(target, offset, source);
    }

    @Override
    public void download(MemorySegment target, Memory source, long offset) {
      count(isPinned(target) ? 0 : 2, 0, 0, 0, 0, 1, 0);
      stream.download(target, source, offset);
    }

    @Override
    public void clear(Memory target, long offset, long bytes) {
      count(0, 0, 0, 0, 0, 0, 1);
      stream.clear(target, offset, bytes);
    }

    @Override
    public void launch(Launch launch) {
      synchronized (CountingDevice.this) {
        kernels.merge(launch.kernel(), 1, Integer::sum);
      }
      count(0, 1, 0, 0, 0, 0, 0);
      stream.launch(launch);
    }

    @Override
    public void synchronize() {
      count(1, 0, 0, 0, 0, 0, 0);
      stream.synchronize();
    }

    @Override
    public Graph capture(Runnable work) {
      count(0, 0, 0, 1, 0, 0, 0);
      capturing = true;
      try {
        return stream.capture(work);
      } finally {
        capturing = false;
      }
    }

    @Override
    public void launch(Graph graph) {
      count(0, 0, 1, 0, 0, 0, 0);
      stream.launch(graph);
    }

    @Override
    public void close() {
      stream.close();
    }
  }

  @Override
  public Properties properties() {
    return device.properties();
  }

  @Override
  public long freeBytes() {
    return device.freeBytes();
  }

  @Override
  public Footprint footprint(String kernel, int block) {
    return device.footprint(kernel, block);
  }

  @Override
  public void measure(boolean on) {
    device.measure(on);
  }

  @Override
  public boolean isMeasured() {
    return device.isMeasured();
  }

  @Override
  public List<Timing> timings() {
    return device.timings();
  }

  @Override
  public void close() {
    device.close();
  }
}
