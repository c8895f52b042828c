package org.probity.zk.gpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** A device that does what another one does until it is told to fail, and shows what is on it. */
final class FaultyDevice implements Device {
  private final Device device;
  private final Set<Memory> open = ConcurrentHashMap.newKeySet();
  private final Set<MemorySegment> pinned = ConcurrentHashMap.newKeySet();
  private final AtomicInteger launches = new AtomicInteger();
  private volatile int failingLaunch = -1;
  private final AtomicInteger waits = new AtomicInteger();
  private volatile int failingWait = Integer.MAX_VALUE;
  private volatile boolean failingGraph;
  private volatile long memory = Long.MAX_VALUE;
  private volatile boolean corrupt;
  private volatile int turned;

  FaultyDevice(Device device) {
    this.device = device;
  }

  /** Lets the n-th launch from now on fail, 0 being the next. */
  void failLaunch(int n) {
    failingLaunch = launches.get() + n;
  }

  /** Lets the n-th wait from now on fail, 0 being the next, and all after it. */
  void failWait(int n) {
    failingWait = waits.get() + n;
  }

  /** Lets every launch of recorded work fail from now on. */
  void failGraph() {
    failingGraph = true;
  }

  int launches() {
    return launches.get();
  }

  /** Lets no more than so many bytes be allocated in all. */
  void limitMemory(long bytes) {
    memory = bytes;
  }

  /** Lets one bit of whatever comes back from the device be wrong, or not. */
  void corrupt(boolean on) {
    corrupt = on;
  }

  long allocatedBytes() {
    return open.stream().mapToLong(Memory::bytes).sum();
  }

  /** The memories that are not all zeros. */
  List<Memory> written() {
    var out = new ArrayList<Memory>();
    try (var stream = device.stream();
        var arena = Arena.ofConfined()) {
      for (var each : open) {
        var bytes = arena.allocate(each.bytes(), 8);
        stream.download(bytes, each, 0);
        stream.synchronize();
        if (!isZero(bytes)) {
          out.add(each);
        }
      }
    }
    return out;
  }

  private static boolean isZero(MemorySegment bytes) {
    for (long i = 0; i < bytes.byteSize(); i++) {
      if (bytes.get(ValueLayout.JAVA_BYTE, i) != 0) {
        return false;
      }
    }
    return true;
  }

  @Override
  public Memory allocate(long bytes) {
    if (allocatedBytes() + bytes > memory) {
      throw new DeviceException("no memory left", true);
    }
    var allocated = device.allocate(bytes);
    var watched =
        new Memory() {
          @Override
          public long address() {
            return allocated.address();
          }

          @Override
          public long bytes() {
            return allocated.bytes();
          }

          @Override
          public void close() {
            open.remove(this);
            allocated.close();
          }
        };
    open.add(watched);
    return watched;
  }

  @Override
  public Stream stream() {
    var stream = device.stream();
    return new Stream() {
      @Override
      public void upload(Memory target, long offset, MemorySegment source) {
        stream.upload(target, offset, source);
      }

      @Override
      public void download(MemorySegment target, Memory source, long offset) {
        stream.download(target, source, offset);
        if (corrupt) {
          stream.synchronize();
          turnOver(target);
        }
      }

      @Override
      public void clear(Memory target, long offset, long bytes) {
        stream.clear(target, offset, bytes);
      }

      @Override
      public void launch(Launch launch) {
        if (launches.getAndIncrement() == failingLaunch) {
          throw new DeviceException("the launch of " + launch.kernel() + " failed");
        }
        stream.launch(launch);
      }

      @Override
      public void synchronize() {
        stream.synchronize();
        if (waits.getAndIncrement() >= failingWait) {
          throw new DeviceException("the card does not answer");
        }
        if (corrupt) {
          pinned.forEach(FaultyDevice.this::turnOver);
        }
      }

      @Override
      public Graph capture(Runnable work) {
        return stream.capture(work);
      }

      @Override
      public void launch(Graph graph) {
        if (failingGraph) {
          throw new DeviceException("the launch of a graph failed");
        }
        stream.launch(graph);
      }

      @Override
      public void close() {
        stream.close();
      }
    };
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
  public Pinned pin(long bytes) {
    var memory = device.pin(bytes);
    pinned.add(memory.segment());
    return new Pinned() {
      @Override
      public MemorySegment segment() {
        return memory.segment();
      }

      @Override
      public long address() {
        return memory.address();
      }

      @Override
      public void close() {
        pinned.remove(memory.segment());
        memory.close();
      }
    };
  }

  /** Lets whatever comes back be no element of the field. */
  void corruptBeyondTheField() {
    corrupt = true;
    turned = 31;
  }

  private void turnOver(MemorySegment bytes) {
    // A bit of the first values, wherever kernels leave them.
    for (long at = turned; at < Math.min(bytes.byteSize(), 512); at += 32) {
      int bit = turned == 0 ? 1 : 0x80;
      bytes.set(ValueLayout.JAVA_BYTE, at, (byte) (bytes.get(ValueLayout.JAVA_BYTE, at) ^ bit));
    }
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
