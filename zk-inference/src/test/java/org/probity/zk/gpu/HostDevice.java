package org.probity.zk.gpu;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A device that is this machine's processor: the kernels' own source, compiled by {@code g++} with
 * {@code host.cuh} in place of the card. As on a card, what a stream is asked for happens later:
 * when somebody waits for it, or at some time before, which a seed decides ({@code
 * -Dprobity.gpu.order=N}, as the order in which threads of a block run). Memory is surrounded by
 * bytes that must stay as they are. With {@code -Dprobity.gpu.sanitize=true} undefined behaviour in
 * a kernel ends the process.
 */
final class HostDevice implements Device {
  private static final Path SOURCES =
      Path.of(System.getProperty("probity.home", ".."), "zk-inference", "src", "main", "cuda");

  private static final long ORDER = Long.getLong("probity.gpu.order", 1);

  private static final boolean SANITIZED = Boolean.getBoolean("probity.gpu.sanitize");

  /** What memory is surrounded by. */
  private static final byte POISON = (byte) 0xa5;

  private static final int MARGIN = 256;

  private final MethodHandle launch;
  private final Map<Long, HostMemory> memories = new TreeMap<>();
  private final Map<Long, Long> pinned = new TreeMap<>();
  private final Map<String, Timing> timings = new TreeMap<>();
  private final List<HostStream> streams = new ArrayList<>();
  private final Random order = new Random(ORDER);
  private final ThreadLocal<Boolean> recording = ThreadLocal.withInitial(() -> false);
  private boolean measured;

  private HostDevice(Path library) {
    var symbols = SymbolLookup.libraryLookup(library, Arena.global());
    launch =
        Linker.nativeLinker()
            .downcallHandle(
                symbols.findOrThrow("probity_launch"),
                FunctionDescriptor.of(
                    ValueLayout.ADDRESS,
                    ValueLayout.ADDRESS,
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_INT,
                    ValueLayout.ADDRESS,
                    ValueLayout.ADDRESS,
                    ValueLayout.JAVA_INT));
    try {
      Linker.nativeLinker()
          .downcallHandle(
              symbols.findOrThrow("probity_order"),
              FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG))
          .invokeExact(ORDER);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /** A device, or none if there is no compiler. The library is kept by its sources' digest. */
  static Optional<HostDevice> open() {
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      try (var files = Files.list(SOURCES)) {
        for (var file : files.sorted().toList()) {
          digest.update(Files.readAllBytes(file));
        }
      }
      var name = HexFormat.of().formatHex(digest.digest(), 0, 8);
      var library =
          Path.of("target", "cuda-host-" + name + (SANITIZED ? "-sanitized.so" : ".so"))
              .toAbsolutePath();
      if (!Files.exists(library) && !compile(library)) {
        return Optional.empty();
      }
      return Optional.of(new HostDevice(library));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  private static boolean compile(Path library) throws IOException {
    Files.createDirectories(library.getParent());
    var partial = Files.createTempFile(library.getParent(), "cuda-host-", ".so");
    Process process;
    try {
      var command =
          new ArrayList<>(
              List.of(
                  "g++",
                  "-std=c++17",
                  "-O2",
                  "-g",
                  "-fno-strict-aliasing",
                  // Whatever is read before it was written is not zero.
                  "-ftrivial-auto-var-init=pattern",
                  "-fPIC",
                  "-shared",
                  "-Wall",
                  "-Wextra",
                  "-Werror",
                  "-Wno-unused-parameter",
                  "-Wno-unknown-pragmas",
                  SOURCES.resolve("host.cpp").toString(),
                  "-o",
                  partial.toString()));
      if (SANITIZED) {
        command.addAll(List.of("-fsanitize=undefined", "-fno-sanitize-recover=all"));
      }
      process = new ProcessBuilder(command).inheritIO().start();
    } catch (IOException e) {
      Files.delete(partial);
      return false;
    }
    try {
      if (!process.waitFor(5, TimeUnit.MINUTES) || process.exitValue() != 0) {
        process.destroyForcibly();
        throw new IllegalStateException("g++ does not compile the kernels");
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    Files.move(partial, library, StandardCopyOption.ATOMIC_MOVE);
    return true;
  }

  @Override
  public Properties properties() {
    return new Properties("host", 2, 1L << 30, 1_000_000, 1_000_000, 64, 9, 0, 0, 2048);
  }

  @Override
  public long freeBytes() {
    return 1L << 30;
  }

  private void requireNoRecording() {
    if (recording.get()) {
      throw new IllegalStateException(
          "memory is neither allocated nor closed while a graph is recorded");
    }
  }

  @Override
  public synchronized Memory allocate(long bytes) {
    requireNoRecording();
    if (bytes > freeBytes()) {
      throw new DeviceException("the device's memory is full", true);
    }
    var memory = new HostMemory(bytes);
    memories.put(memory.address(), memory);
    return memory;
  }

  @Override
  public synchronized Pinned pin(long bytes) {
    requireNoRecording();
    var arena = Arena.ofShared();
    var segment = arena.allocate(bytes, 256);
    pinned.put(segment.address(), bytes);
    return new Pinned() {
      @Override
      public MemorySegment segment() {
        return segment;
      }

      @Override
      public long address() {
        return segment.address();
      }

      @Override
      public void close() {
        synchronized (HostDevice.this) {
          finish();
          pinned.remove(segment.address());
          segment.fill((byte) 0);
          arena.close();
        }
      }
    };
  }

  private synchronized boolean isPinned(MemorySegment segment) {
    return segment.isNative()
        && pinned.entrySet().stream()
            .anyMatch(p ->
                segment.address() >= p.getKey()
                    && segment.address() + segment.byteSize() <= p.getKey() + p.getValue());
  }

  /** Does everything that was asked for. What fails is told to whom waits for its stream. */
  private synchronized void finish() {
    streams.forEach(HostStream::drain);
  }

  @Override
  public synchronized Stream stream() {
    var stream = new HostStream();
    streams.add(stream);
    return stream;
  }

  @Override
  public Footprint footprint(String kernel, int block) {
    return new Footprint(64, 4.0 * block / 2048);
  }

  @Override
  public synchronized void measure(boolean on) {
    measured = on;
  }

  @Override
  public synchronized boolean isMeasured() {
    return measured;
  }

  @Override
  public synchronized List<Timing> timings() {
    finish();
    var out = new ArrayList<>(timings.values());
    timings.clear();
    out.sort((a, b) -> Double.compare(b.millis(), a.millis()));
    return out;
  }

  /** How much memory was not closed: for tests of what is given back. */
  synchronized long allocatedBytes() {
    return memories.values().stream().mapToLong(HostMemory::bytes).sum();
  }

  @Override
  public void close() {}

  private final class HostMemory implements Memory {
    private final Arena arena = Arena.ofShared();
    private final MemorySegment whole;
    private final MemorySegment segment;
    private boolean closed;

    HostMemory(long bytes) {
      whole = arena.allocate(MARGIN + bytes + MARGIN, 256).fill(POISON);
      segment = whole.asSlice(MARGIN, bytes).fill((byte) 0);
    }

    @Override
    public long address() {
      return segment.address();
    }

    @Override
    public long bytes() {
      return segment.byteSize();
    }

    @Override
    public void close() {
      requireNoRecording();
      synchronized (HostDevice.this) {
        if (closed) {
          return;
        }
        closed = true;
        finish();
        memories.remove(address());
        requirePoison(whole.asSlice(0, MARGIN));
        requirePoison(whole.asSlice(MARGIN + bytes()));
        segment.fill((byte) 0);
        arena.close();
      }
    }

    private void requirePoison(MemorySegment margin) {
      for (long i = 0; i < margin.byteSize(); i++) {
        if (margin.get(ValueLayout.JAVA_BYTE, i) != POISON) {
          throw new AssertionError("a kernel wrote beside memory of " + bytes() + " bytes");
        }
      }
    }
  }

  /** By address: memory may come wrapped. */
  private synchronized MemorySegment segment(Memory memory) {
    var own = memories.get(memory.address());
    if (own == null) {
      throw new IllegalArgumentException("memory that was closed, or is not of this device");
    }
    return own.segment;
  }

  private record HostGraph(List<Runnable> work) implements Graph {
    @Override
    public void close() {}
  }

  private final class HostStream implements Stream {
    private final Deque<Runnable> queue = new ArrayDeque<>();
    private @Nullable List<Runnable> captured;
    private @Nullable RuntimeException failure;

    private void run(Runnable work) {
      if (captured != null) {
        captured.add(work);
        return;
      }
      synchronized (HostDevice.this) {
        queue.add(work);
        if (order.nextInt(4) == 0) {
          drain();
        }
      }
    }

    /** After a failure nothing more is done, as on a card. */
    private void drain() {
      while (!queue.isEmpty()) {
        var next = queue.poll();
        if (failure == null) {
          try {
            next.run();
          } catch (RuntimeException e) {
            failure = e;
          }
        }
      }
    }

    @Override
    public void upload(Memory target, long offset, MemorySegment source) {
      var place = segment(target).asSlice(offset, source.byteSize());
      if (isPinned(source)) {
        run(() -> place.copyFrom(source));
        return;
      }
      requireNoCapture();
      var bytes = source.toArray(ValueLayout.JAVA_BYTE);
      run(() -> {
        place.copyFrom(MemorySegment.ofArray(bytes));
        Arrays.fill(bytes, (byte) 0);
      });
    }

    @Override
    public void download(MemorySegment target, Memory source, long offset) {
      var place = segment(source).asSlice(offset, target.byteSize());
      run(() -> target.copyFrom(place));
      if (!isPinned(target)) {
        requireNoCapture();
        synchronize();
      }
    }

    private void requireNoCapture() {
      if (captured != null) {
        throw new IllegalStateException("only pinned memory can be copied in a captured graph");
      }
    }

    @Override
    public void clear(Memory target, long offset, long bytes) {
      var place = segment(target).asSlice(offset, bytes);
      run(() -> place.fill((byte) 0));
    }

    @Override
    public void launch(Launch what) {
      run(() -> launched(what));
    }

    @Override
    public void synchronize() {
      requireNoRecording();
      synchronized (HostDevice.this) {
        drain();
        if (failure != null) {
          throw failure;
        }
      }
    }

    @Override
    public Graph capture(Runnable work) {
      synchronize();
      var list = new ArrayList<Runnable>();
      captured = list;
      recording.set(true);
      try {
        work.run();
      } finally {
        captured = null;
        recording.set(false);
      }
      return new HostGraph(list);
    }

    @Override
    public void launch(Graph graph) {
      ((HostGraph) graph).work.forEach(this::run);
    }

    @Override
    public void close() {
      synchronized (HostDevice.this) {
        drain();
        streams.remove(this);
      }
    }
  }

  private static final Object ONE_AT_A_TIME = new Object();

  private void launched(Launch what) {
    long start = System.nanoTime();
    try (var arena = Arena.ofConfined()) {
      int n = what.arguments().size();
      var pointers = arena.allocate(ValueLayout.ADDRESS, n);
      var sizes = arena.allocate(ValueLayout.JAVA_INT, n);
      for (int i = 0; i < n; i++) {
        var bytes = what.arguments().get(i);
        var value = arena.allocate(bytes.length, 16).copyFrom(MemorySegment.ofArray(bytes));
        pointers.setAtIndex(ValueLayout.ADDRESS, i, value);
        sizes.setAtIndex(ValueLayout.JAVA_INT, i, bytes.length);
      }
      MemorySegment wrong;
      synchronized (ONE_AT_A_TIME) {
        wrong =
            (MemorySegment)
                launch.invokeExact(
                    arena.allocateFrom(what.kernel()),
                    what.gridX(),
                    what.gridY(),
                    what.block(),
                    pointers,
                    sizes,
                    n);
      }
      if (wrong.address() != 0) {
        throw new DeviceException(
            what.kernel() + ": " + wrong.reinterpret(Long.MAX_VALUE).getString(0));
      }
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
    if (measured) {
      double millis = (System.nanoTime() - start) / 1e6;
      synchronized (this) {
        timings.merge(
            what.kernel(),
            new Timing(
                what.kernel(), what.block(), 1, millis, what.bytes(), what.multiplications()),
            (a, b) ->
                new Timing(
                    a.kernel(),
                    a.block(),
                    a.launches() + b.launches(),
                    a.millis() + b.millis(),
                    a.bytes() + b.bytes(),
                    a.multiplications() + b.multiplications()));
      }
    }
  }
}
