package org.probity.zk.gpu;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.probity.zk.backend.IntegerRows;
import org.probity.zk.curve.G1;
import org.probity.zk.curve.PointVector;
import org.probity.zk.field.FieldVector;

/**
 * What stays on a card from proof to proof: the tables of bases and the rows of models, as many as
 * a bound lets in, the least used leaving first. They go by the identity of what they are copies
 * of, and leave too when that is gone.
 *
 * <p>What a proof uses stays until the proof is over, evicted or not.
 */
final class Residency implements AutoCloseable {
  private static final int UNIT = 1 << 10;

  private final Device device;
  private final long bound;
  private final Cache<Object, Resident<?>> residents;
  private final ReentrantLock lock = new ReentrantLock();

  /**
   * Nothing yet.
   *
   * @param bound bytes for all residents together
   */
  Residency(Device device, long bound) {
    this.device = device;
    this.bound = bound;
    residents =
        Caffeine.newBuilder()
            .weakKeys()
            .maximumWeight(Math.max(1, bound / UNIT))
            .weigher((Object key, Resident<?> resident) ->
                (int) Math.min(Integer.MAX_VALUE, resident.memory().bytes() / UNIT + 1))
            .removalListener((key, resident, cause) -> {
              if (resident != null) {
                resident.release();
              }
            })
            .executor(Runnable::run)
            .build();
  }

  /**
   * What is on the card, in memory that is used by the cache and by proofs, and is given back when
   * by neither.
   */
  static final class Resident<T> {
    private final T content;
    private final Device.Memory memory;
    private int users = 1;

    Resident(T content, Device.Memory memory) {
      this.content = content;
      this.memory = memory;
    }

    T content() {
      return content;
    }

    Device.Memory memory() {
      return memory;
    }

    /** One user more, unless the memory has been given back already. */
    synchronized boolean retain() {
      if (users == 0) {
        return false;
      }
      users++;
      return true;
    }

    synchronized void release() {
      if (--users == 0) {
        memory.close();
      }
    }
  }

  /**
   * The first bases with their multiples, and the blinding generator after the last of them;
   * retained: whoever gets them releases them.
   */
  Resident<Bases> bases(PointVector bases, int size, Kernels kernels) {
    return resident(bases, known -> known.size() > size, () -> load(bases, size, kernels));
  }

  /** The rows of a model, retained. */
  Resident<Rows> rows(IntegerRows rows, Kernels kernels) {
    return resident(rows, known -> true, () -> load(rows, kernels));
  }

  private <T> Resident<T> resident(Object key, Predicate<T> fits, Supplier<Resident<T>> loading) {
    lock.lock();
    try {
      @SuppressWarnings("unchecked") // what a key is says what was loaded for it
      var known = (@Nullable Resident<T>) residents.getIfPresent(key);
      if (known != null && fits.test(known.content) && known.retain()) {
        return known;
      }
      var loaded = loading.get();
      loaded.retain();
      residents.put(key, loaded);
      return loaded;
    } finally {
      lock.unlock();
    }
  }

  private Resident<Bases> load(PointVector bases, int size, Kernels kernels) {
    int n = size + 1;
    var x = FieldVector.ofFp(n);
    var y = FieldVector.ofFp(n);
    x.put(0, bases.x(), size);
    y.put(0, bases.y(), size);
    x.set(size, G1.BLINDING.x());
    y.set(size, G1.BLINDING.y());
    int width = Bases.fullWidth(n);
    int levels = Bases.windows(width);
    // A table of all multiples is fastest; half the memory for residents is the most it may take.
    if ((long) n * levels * Bases.POINT_BYTES > bound / 2) {
      levels = 1;
      width = Bases.width(n, levels);
    }
    try (var onCardX = device.allocate(DeviceVector.bytes(n));
        var onCardY = device.allocate(DeviceVector.bytes(n))) {
      var vectorX = new DeviceVector(onCardX, 0, n, n);
      var vectorY = new DeviceVector(onCardY, 0, n, n);
      kernels.upload(vectorX, x);
      kernels.upload(vectorY, y);
      var table = kernels.bases(vectorX, vectorY, levels, width);
      try {
        kernels.synchronize();
      } catch (RuntimeException e) {
        Closing.all(List.of(table.points()), e);
        throw e;
      }
      return new Resident<>(table, table.points());
    }
  }

  private Resident<Rows> load(IntegerRows rows, Kernels kernels) {
    int bytes = width(rows);
    var memory = device.allocate(Math.max(1, (long) bytes * rows.count() * rows.width()));
    var staged = new byte[Math.multiplyExact(bytes, rows.width())];
    try {
      for (int c = 0; c < rows.count(); c++) {
        pack(rows.get(c), bytes, staged);
        kernels.stream()
            .upload(memory, (long) bytes * rows.width() * c, MemorySegment.ofArray(staged));
      }
      kernels.synchronize();
      return new Resident<>(new Rows(memory, 0, bytes, rows.count(), rows.width()), memory);
    } catch (RuntimeException e) {
      Closing.all(List.of(memory), e);
      throw e;
    } finally {
      Arrays.fill(staged, (byte) 0);
    }
  }

  /** Bytes that every entry fits into. */
  private static int width(IntegerRows rows) {
    int least = 0;
    int most = 0;
    for (int c = 0; c < rows.count(); c++) {
      for (int value : rows.get(c)) {
        least = Math.min(least, value);
        most = Math.max(most, value);
      }
    }
    if (least >= Byte.MIN_VALUE && most <= Byte.MAX_VALUE) {
      return 1;
    }
    return least >= Short.MIN_VALUE && most <= Short.MAX_VALUE ? 2 : 4;
  }

  private static void pack(int[] row, int bytes, byte[] out) {
    var segment = MemorySegment.ofArray(out);
    for (int i = 0; i < row.length; i++) {
      switch (bytes) {
        case 1 -> out[i] = (byte) row[i];
        case 2 -> segment.set(ValueLayout.JAVA_SHORT_UNALIGNED, 2L * i, (short) row[i]);
        default -> segment.set(ValueLayout.JAVA_INT_UNALIGNED, 4L * i, row[i]);
      }
    }
  }

  /** Number of tables and models that are resident. */
  long count() {
    residents.cleanUp();
    return residents.estimatedSize();
  }

  /** Lets go of everything that no proof uses. */
  void clear() {
    residents.invalidateAll();
    residents.cleanUp();
  }

  @Override
  public void close() {
    clear();
  }
}
