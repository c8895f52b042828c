package org.probity.zk.gpu;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
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
  private final Cache<Object, Resident> residents;
  private final ReentrantLock loading = new ReentrantLock();

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
            .weigher((Object key, Resident resident) ->
                (int) Math.min(Integer.MAX_VALUE, resident.bytes() / UNIT + 1))
            .removalListener((key, resident, cause) -> {
              if (resident != null) {
                resident.release();
              }
            })
            .executor(Runnable::run)
            .build();
  }

  /** Memory that is used by the cache and by proofs, and is given back when by neither. */
  abstract static sealed class Resident {
    private int users = 1;

    abstract Device.Memory memory();

    long bytes() {
      return memory().bytes();
    }

    /** One user more, unless the memory has been given back already. */
    final synchronized boolean retain() {
      if (users == 0) {
        return false;
      }
      users++;
      return true;
    }

    final synchronized void release() {
      if (--users == 0) {
        memory().close();
      }
    }
  }

  /** Bases with their multiples, the blinding generator after the last of them. */
  static final class ResidentBases extends Resident {
    private final Bases bases;

    ResidentBases(Bases bases) {
      this.bases = bases;
    }

    Bases bases() {
      return bases;
    }

    /** Where the blinding generator is. */
    int blinding() {
      return bases.size() - 1;
    }

    @Override
    Device.Memory memory() {
      return bases.points();
    }
  }

  /** The rows of a model. */
  static final class ResidentRows extends Resident {
    private final Rows rows;

    ResidentRows(Rows rows) {
      this.rows = rows;
    }

    Rows rows() {
      return rows;
    }

    @Override
    Device.Memory memory() {
      return rows.memory();
    }
  }

  /** The first bases, retained: whoever gets them releases them. */
  ResidentBases bases(PointVector bases, int size, Kernels kernels) {
    loading.lock();
    try {
      if (residents.getIfPresent(bases) instanceof ResidentBases known
          && known.blinding() >= size
          && known.retain()) {
        return known;
      }
      var resident = new ResidentBases(load(bases, size, kernels));
      resident.retain();
      residents.put(bases, resident);
      return resident;
    } finally {
      loading.unlock();
    }
  }

  /** The rows, retained. */
  ResidentRows rows(IntegerRows rows, Kernels kernels) {
    loading.lock();
    try {
      if (residents.getIfPresent(rows) instanceof ResidentRows known && known.retain()) {
        return known;
      }
      var resident = new ResidentRows(load(rows, kernels));
      resident.retain();
      residents.put(rows, resident);
      return resident;
    } finally {
      loading.unlock();
    }
  }

  private Bases load(PointVector bases, int size, Kernels kernels) {
    int n = size + 1;
    var x = FieldVector.ofFp(n);
    var y = FieldVector.ofFp(n);
    copy(bases.x(), x, size);
    copy(bases.y(), y, size);
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
      return table;
    }
  }

  private static void copy(FieldVector from, FieldVector to, int size) {
    for (int limb = 0; limb < 4; limb++) {
      System.arraycopy(from.limbs(), limb * from.stride(), to.limbs(), limb * to.stride(), size);
    }
  }

  private Rows load(IntegerRows rows, Kernels kernels) {
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
      return new Rows(memory, 0, bytes, rows.count(), rows.width());
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
