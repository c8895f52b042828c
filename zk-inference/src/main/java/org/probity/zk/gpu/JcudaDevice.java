package org.probity.zk.gpu;

import static jcuda.driver.JCudaDriver.*;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import jcuda.NativePointerObject;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUevent;
import jcuda.driver.CUfunction;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import org.jspecify.annotations.Nullable;

/**
 * A card through the CUDA driver. Only {@code libcuda.so.1}, which comes with the driver, is
 * needed; it compiles the PTX of the jar for the card it finds, once, and keeps the result in its
 * cache.
 */
final class JcudaDevice implements Device {
  /** Bytes through which a stream sends what is not in pinned memory. */
  private static final int STAGING = 4 << 20;

  private static final int CAPTURE_THREAD_LOCAL = 1;
  private static final int STREAM_NON_BLOCKING = 1;

  private final CUdevice device;
  private final CUcontext context = new CUcontext();
  private final CUmodule module = new CUmodule();
  private final Properties properties;
  private final Map<String, CUfunction> functions = new HashMap<>();
  private final Map<Long, DeviceMemory> memories = new ConcurrentHashMap<>();
  private final TreeMap<Long, PinnedMemory> pinned = new TreeMap<>();
  private final List<Measurement> measurements = new ArrayList<>();

  /**
   * While a stream is recorded, nobody may wait for the whole card, on any thread: recordings share
   * the first lock, and what waits for the card takes the second.
   */
  private final ReentrantReadWriteLock recording = new ReentrantReadWriteLock();

  private volatile boolean measured;

  private JcudaDevice(CUdevice device) {
    this.device = device;
    properties = readProperties(device);
  }

  /**
   * Opens a card and compiles the kernels for it.
   *
   * @throws DeviceException if there is no driver, no such card, or it cannot run the kernels
   */
  static JcudaDevice open(int ordinal) {
    try {
      DriverLibrary.load();
      setExceptionsEnabled(false);
      check(cuInit(0), "there is no usable NVIDIA card");
    } catch (LinkageError e) {
      throw new DeviceException(
          "there is no NVIDIA driver (libcuda.so.1) that this machine's Java can load");
    } catch (FileSystemException e) {
      throw new DeviceException(
          "the driver's library has no safe place at %s: %s".formatted(e.getFile(), e.getReason()));
    } catch (IOException e) {
      throw new DeviceException("the driver's library cannot be written: " + e.getMessage());
    }
    var count = new int[1];
    check(cuDeviceGetCount(count), "counting cards");
    if (ordinal < 0 || ordinal >= count[0]) {
      throw new DeviceException("there is no card " + ordinal + " among " + count[0]);
    }
    var device = new CUdevice();
    check(cuDeviceGet(device, ordinal), "opening card " + ordinal);
    var opened = new JcudaDevice(device);
    check(cuDevicePrimaryCtxRetain(opened.context, device), "opening card " + ordinal);
    try {
      opened.use();
      check(
          cuModuleLoadData(opened.module, Ptx.load().terminated()),
          "compiling the kernels for " + opened.properties.name());
    } catch (DeviceException e) {
      cuDevicePrimaryCtxRelease(device);
      throw e;
    }
    return opened;
  }

  private static Properties readProperties(CUdevice device) {
    var name = new byte[256];
    check(cuDeviceGetName(name, name.length, device), "reading a card's name");
    int length = 0;
    while (length < name.length && name[length] != 0) {
      length++;
    }
    var bytes = new long[1];
    check(cuDeviceTotalMem(bytes, device), "reading a card's memory");
    var driver = new int[1];
    check(cuDriverGetVersion(driver), "reading the driver's version");
    return new Properties(
        new String(name, 0, length, StandardCharsets.UTF_8),
        attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT),
        bytes[0],
        attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_CLOCK_RATE),
        attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MEMORY_CLOCK_RATE),
        attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_GLOBAL_MEMORY_BUS_WIDTH),
        attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR),
        attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR),
        driver[0],
        attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_MULTIPROCESSOR));
  }

  private static int attribute(CUdevice device, int attribute) {
    var value = new int[1];
    check(cuDeviceGetAttribute(value, attribute, device), "reading a card's properties");
    return value[0];
  }

  private static void check(int result, String doing) {
    if (result != CUresult.CUDA_SUCCESS) {
      throw new DeviceException(
          doing + ": " + CUresult.stringFor(result), result == CUresult.CUDA_ERROR_OUT_OF_MEMORY);
    }
  }

  /** Makes the card the calling thread's. */
  private void use() {
    check(cuCtxSetCurrent(context), "using the card");
  }

  @Override
  public Properties properties() {
    return properties;
  }

  @Override
  public long freeBytes() {
    use();
    var free = new long[1];
    check(cuMemGetInfo(free, new long[1]), "reading the card's free memory");
    return free[0];
  }

  /** Does what waits for the whole card, or may. */
  private <T> T alone(Supplier<T> work) {
    if (recording.getReadHoldCount() > 0) {
      throw new IllegalStateException(
          "Memory is neither allocated nor closed while a graph is recorded");
    }
    recording.writeLock().lock();
    try {
      use();
      return work.get();
    } finally {
      recording.writeLock().unlock();
    }
  }

  private void alone(Runnable work) {
    alone(() -> {
      work.run();
      return true;
    });
  }

  @Override
  public Memory allocate(long bytes) {
    return alone(() -> {
      var address = new Address();
      check(cuMemAlloc(address, Math.max(1, bytes)), "allocating " + bytes + " bytes on the card");
      try {
        check(cuMemsetD8(address, (byte) 0, Math.max(1, bytes)), "clearing new memory");
        check(cuCtxSynchronize(), "clearing new memory");
      } catch (DeviceException e) {
        cuMemFree(address);
        throw e;
      }
      var memory = new DeviceMemory(address, bytes);
      memories.put(memory.address(), memory);
      return memory;
    });
  }

  @Override
  public Pinned pin(long bytes) {
    return alone(() -> {
      var pointer = new Pointer();
      check(
          cuMemHostAlloc(pointer, bytes, CU_MEMHOSTALLOC_DEVICEMAP), "pinning " + bytes + " bytes");
      var onCard = new Address();
      try {
        check(cuMemHostGetDevicePointer(onCard, pointer, 0), "mapping pinned memory");
      } catch (DeviceException e) {
        cuMemFreeHost(pointer);
        throw e;
      }
      var memory = new PinnedMemory(pointer, onCard.value(), bytes);
      memory.segment.fill((byte) 0);
      synchronized (pinned) {
        pinned.put(memory.segment.address(), memory);
      }
      return memory;
    });
  }

  @Override
  public Stream stream() {
    use();
    return new CudaStream();
  }

  private CUfunction function(String kernel) {
    synchronized (functions) {
      return functions.computeIfAbsent(
          kernel,
          name -> {
            var function = new CUfunction();
            check(cuModuleGetFunction(function, module, name), "finding kernel " + name);
            return function;
          });
    }
  }

  @Override
  public Footprint footprint(String kernel, int block) {
    use();
    var function = function(kernel);
    var blocks = new int[1];
    check(
        cuOccupancyMaxActiveBlocksPerMultiprocessor(blocks, function, block, 0),
        "reading kernel " + kernel);
    var registers = new int[1];
    check(
        cuFuncGetAttribute(registers, CUfunction_attribute.CU_FUNC_ATTRIBUTE_NUM_REGS, function),
        "reading a kernel");
    return new Footprint(
        registers[0], (double) blocks[0] * block / properties.threadsPerMultiprocessor());
  }

  @Override
  public void measure(boolean on) {
    measured = on;
  }

  @Override
  public boolean isMeasured() {
    return measured;
  }

  private record Measurement(Launch launch, CUevent before, CUevent after) {}

  @Override
  public List<Timing> timings() {
    use();
    var sums = new TreeMap<String, Timing>();
    synchronized (measurements) {
      for (var m : measurements) {
        check(cuEventSynchronize(m.after), "measuring");
        var millis = new float[1];
        check(cuEventElapsedTime(millis, m.before, m.after), "measuring");
        cuEventDestroy(m.before);
        cuEventDestroy(m.after);
        sums.merge(
            m.launch.kernel(),
            new Timing(
                m.launch.kernel(),
                m.launch.block(),
                1,
                millis[0],
                m.launch.bytes(),
                m.launch.multiplications()),
            (a, b) ->
                new Timing(
                    a.kernel(),
                    a.block(),
                    a.launches() + b.launches(),
                    a.millis() + b.millis(),
                    a.bytes() + b.bytes(),
                    a.multiplications() + b.multiplications()));
      }
      measurements.clear();
    }
    var out = new ArrayList<>(sums.values());
    out.sort((a, b) -> Double.compare(b.millis(), a.millis()));
    return out;
  }

  @Override
  public void close() {
    alone(() -> {
      try {
        cuCtxSynchronize();
        timings();
      } finally {
        cuModuleUnload(module);
        cuDevicePrimaryCtxRelease(device);
      }
    });
  }

  /** A device pointer that says its number. */
  private static final class Address extends CUdeviceptr {
    Address() {}

    private Address(CUdeviceptr base, long offset) {
      super(base, offset);
    }

    long value() {
      return getNativePointer() + getByteOffset();
    }

    Address plus(long offset) {
      return new Address(this, offset);
    }
  }

  private final class DeviceMemory implements Memory {
    private final Address pointer;
    private final long bytes;
    private boolean closed;

    DeviceMemory(Address pointer, long bytes) {
      this.pointer = pointer;
      this.bytes = bytes;
    }

    @Override
    public long address() {
      return pointer.value();
    }

    @Override
    public long bytes() {
      return bytes;
    }

    Address at(long offset, long length) {
      if (closed || offset < 0 || length < 0 || offset + length > bytes) {
        throw new IllegalArgumentException(
            "Bytes " + offset + " to " + (offset + length) + " of memory of " + bytes);
      }
      return pointer.plus(offset);
    }

    @Override
    public synchronized void close() {
      if (closed) {
        return;
      }
      alone(() -> {
        closed = true;
        memories.remove(address());
        try {
          check(cuCtxSynchronize(), "waiting for the card");
          check(cuMemsetD8(pointer, (byte) 0, Math.max(1, bytes)), "clearing memory");
          check(cuCtxSynchronize(), "clearing memory");
        } catch (DeviceException e) {
          // A card that no longer obeys clears nothing; the driver still takes memory back.
          cuMemFree(pointer);
          throw e;
        }
        check(cuMemFree(pointer), "freeing memory");
      });
    }
  }

  /** By address: memory may come wrapped. */
  private DeviceMemory of(Memory memory) {
    var own = memories.get(memory.address());
    if (own == null) {
      throw new IllegalArgumentException("Memory that was closed, or is not of this card");
    }
    return own;
  }

  private final class PinnedMemory implements Pinned {
    private final Pointer pointer;
    private final long address;
    private final MemorySegment segment;
    private boolean closed;

    PinnedMemory(Pointer pointer, long address, long bytes) {
      this.pointer = pointer;
      this.address = address;
      segment = MemorySegment.ofBuffer(pointer.getByteBuffer(0, bytes));
    }

    @Override
    public MemorySegment segment() {
      return segment;
    }

    @Override
    public long address() {
      return address;
    }

    @Override
    public synchronized void close() {
      if (closed) {
        return;
      }
      alone(() -> {
        closed = true;
        // Even a card that has failed no longer writes here once this has returned.
        int waited = cuCtxSynchronize();
        segment.fill((byte) 0);
        synchronized (pinned) {
          pinned.remove(segment.address());
        }
        int freed = cuMemFreeHost(pointer);
        check(waited, "waiting for the card");
        check(freed, "freeing pinned memory");
      });
    }
  }

  /** Where a segment is in pinned memory, or null if it is not. */
  private @Nullable Pointer pinnedPointer(MemorySegment segment) {
    if (!segment.isNative()) {
      return null;
    }
    synchronized (pinned) {
      var entry = pinned.floorEntry(segment.address());
      if (entry == null) {
        return null;
      }
      long offset = segment.address() - entry.getKey();
      var memory = entry.getValue();
      return offset + segment.byteSize() <= memory.segment.byteSize()
          ? memory.pointer.withByteOffset(offset)
          : null;
    }
  }

  private final class CudaGraph implements Graph {
    private final CUgraph graph;
    private final CUgraphExec executable;

    CudaGraph(CUgraph graph, CUgraphExec executable) {
      this.graph = graph;
      this.executable = executable;
    }

    @Override
    public void close() {
      use();
      cuGraphExecDestroy(executable);
      cuGraphDestroy(graph);
    }
  }

  private final class CudaStream implements Stream {
    private final CUstream stream = new CUstream();
    private final Pinned staging = pin(STAGING);
    private long staged;
    private boolean capturing;

    CudaStream() {
      try {
        check(cuStreamCreate(stream, STREAM_NON_BLOCKING), "making a stream");
      } catch (DeviceException e) {
        staging.close();
        throw e;
      }
    }

    @Override
    public void upload(Memory target, long offset, MemorySegment source) {
      use();
      var direct = pinnedPointer(source);
      if (direct != null) {
        upload(of(target).at(offset, source.byteSize()), direct, source.byteSize());
        return;
      }
      requireNoCapture();
      for (long done = 0; done < source.byteSize(); ) {
        long part = Math.min(STAGING, source.byteSize() - done);
        if (staged + part > STAGING) {
          synchronize();
        }
        var place = staging.segment().asSlice(staged, part);
        place.copyFrom(source.asSlice(done, part));
        staged += (part + 63) & -64;
        var pointer = Objects.requireNonNull(pinnedPointer(place));
        upload(of(target).at(offset + done, part), pointer, part);
        done += part;
      }
    }

    private void upload(Address target, Pointer source, long bytes) {
      if (bytes > 0) {
        check(cuMemcpyHtoDAsync(target, source, bytes, stream), "copying to the card");
      }
    }

    @Override
    public void download(MemorySegment target, Memory source, long offset) {
      use();
      var direct = pinnedPointer(target);
      if (direct != null) {
        download(direct, of(source).at(offset, target.byteSize()), target.byteSize());
        return;
      }
      requireNoCapture();
      for (long done = 0; done < target.byteSize(); ) {
        long part = Math.min(STAGING, target.byteSize() - done);
        synchronize();
        var place = staging.segment().asSlice(0, part);
        var pointer = Objects.requireNonNull(pinnedPointer(place));
        download(pointer, of(source).at(offset + done, part), part);
        synchronize();
        target.asSlice(done, part).copyFrom(place);
        place.fill((byte) 0);
        done += part;
      }
    }

    private void download(Pointer target, Address source, long bytes) {
      if (bytes > 0) {
        check(cuMemcpyDtoHAsync(target, source, bytes, stream), "copying from the card");
      }
    }

    private void requireNoCapture() {
      if (capturing) {
        throw new IllegalStateException("Only pinned memory can be copied in a captured graph");
      }
    }

    @Override
    public void clear(Memory target, long offset, long bytes) {
      use();
      if (bytes > 0) {
        check(
            cuMemsetD8Async(of(target).at(offset, bytes), (byte) 0, bytes, stream),
            "clearing memory");
      }
    }

    @Override
    public void launch(Launch launch) {
      use();
      var arguments = new NativePointerObject[launch.arguments().size()];
      for (int i = 0; i < arguments.length; i++) {
        arguments[i] = Pointer.to(launch.arguments().get(i));
      }
      boolean timed = measured && !capturing;
      var before = timed ? new CUevent() : null;
      if (before != null) {
        check(cuEventCreate(before, 0), "making an event");
        check(cuEventRecord(before, stream), "recording an event");
      }
      check(
          cuLaunchKernel(
              function(launch.kernel()),
              launch.gridX(),
              launch.gridY(),
              1,
              launch.block(),
              1,
              1,
              0,
              stream,
              Pointer.to(arguments),
              null),
          "launching " + launch.kernel());
      if (before != null) {
        var after = new CUevent();
        check(cuEventCreate(after, 0), "making an event");
        check(cuEventRecord(after, stream), "recording an event");
        synchronized (measurements) {
          measurements.add(new Measurement(launch, before, after));
        }
      }
    }

    @Override
    public void synchronize() {
      use();
      check(cuStreamSynchronize(stream), "running kernels");
      // It held witnesses and masks.
      staging.segment().asSlice(0, staged).fill((byte) 0);
      staged = 0;
    }

    @Override
    public Graph capture(Runnable work) {
      synchronize();
      var graph = new CUgraph();
      recording.readLock().lock();
      try {
        check(cuStreamBeginCapture(stream, CAPTURE_THREAD_LOCAL), "recording a graph");
        capturing = true;
        try {
          work.run();
        } catch (RuntimeException e) {
          if (cuStreamEndCapture(stream, graph) == CUresult.CUDA_SUCCESS) {
            cuGraphDestroy(graph);
          }
          throw e;
        } finally {
          capturing = false;
        }
        check(cuStreamEndCapture(stream, graph), "recording a graph");
      } finally {
        recording.readLock().unlock();
      }
      var executable = new CUgraphExec();
      try {
        check(cuGraphInstantiate(executable, graph, 0), "making a graph");
      } catch (DeviceException e) {
        cuGraphDestroy(graph);
        throw e;
      }
      return new CudaGraph(graph, executable);
    }

    @Override
    public void launch(Graph graph) {
      use();
      check(cuGraphLaunch(((CudaGraph) graph).executable, stream), "launching a graph");
    }

    @Override
    public void close() {
      use();
      int waited = cuStreamSynchronize(stream);
      int destroyed = cuStreamDestroy(stream);
      staging.close();
      check(waited, "running kernels");
      check(destroyed, "closing a stream");
    }
  }
}
