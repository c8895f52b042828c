package org.probity.zk.gpu;

/**
 * Several multi-scalar multiplications asked for together, as far as their launches depend on them:
 * by sizes alone. Which scalars there are stands in a table of segments, which is copied to the
 * card first; so a card can record the launches once and repeat them for every proof.
 *
 * @param bases what is multiplied
 * @param segments number of segments
 * @param scalars of all segments together
 * @param entries digits that are not certain to be 0, of all scalars
 * @param outputs number of sums
 */
record MsmShape(Bases bases, int segments, int scalars, long entries, int outputs) {
  /** Bytes of a sum: X, Y, ZZ and ZZZ. */
  static final int XYZZ_BYTES = 128;

  /** Entries that a thread adds up: of the sorted list, and of partial sums. */
  private static final int RUN = 16;

  private static final int MERGE = 8;

  /** Buckets whose counts one block scans. */
  private static final int SCAN = 4096;

  /** Buckets that a thread sums up, about. */
  private static final int STRETCH = 8;

  MsmShape {
    if (outputs < 1 || keys(bases, outputs) > 1 << 28 || entries > 1L << 31) {
      throw new IllegalArgumentException("Too much for one launch");
    }
  }

  private static long keys(Bases bases, int outputs) {
    return (long) outputs * bases.sets() * bases.buckets();
  }

  /** Buckets of all sums. */
  private long keys() {
    return keys(bases, outputs);
  }

  private int sums() {
    return outputs * bases.sets();
  }

  /** Buckets that a thread of msm_reduce sums up. */
  private int perThread() {
    return Math.max(1, Math.min(STRETCH, bases.buckets() / Kernels.POINTS_BLOCK));
  }

  private int blocksOfSet() {
    int perBlock = perThread() * Kernels.POINTS_BLOCK;
    return Math.max(1, (bases.buckets() + perBlock - 1) / perBlock);
  }

  private long runs() {
    return (entries + RUN - 1) / RUN;
  }

  /**
   * Where everything is in one memory, from its start; what lies from counts on to totals must be
   * zero.
   */
  private record Places(
      long segments,
      long counts,
      long buckets,
      long counters,
      long totals,
      long list,
      long keysA,
      long pointsA,
      long keysB,
      long pointsB,
      long stretches,
      long sums,
      long end) {}

  private Places places() {
    var at = new Offsets();
    long partials = 2 * runs() + 2;
    long merged = partials / MERGE * 2 + 4;
    return new Places(
        at.next(8L * Segment.WORDS * Math.max(1, segments)),
        at.next(4 * keys()),
        at.next(XYZZ_BYTES * keys()),
        at.next(4L * sums()),
        at.next(4 * (keys() / SCAN + 2)),
        at.next(8 * entries),
        at.next(4 * partials),
        at.next(XYZZ_BYTES * partials),
        at.next(4 * merged),
        at.next(XYZZ_BYTES * merged),
        at.next((long) XYZZ_BYTES * sums() * blocksOfSet()),
        at.next((long) XYZZ_BYTES * sums()),
        at.next(0));
  }

  /** Offsets of parts of one memory, each aligned to 256 bytes. */
  private static final class Offsets {
    private long end;

    long next(long bytes) {
      long at = (end + 255) & -256L;
      end = at + bytes;
      return at;
    }
  }

  /** Device memory that the launches work in. */
  long bytes() {
    return places().end();
  }

  /**
   * Asks for all of it.
   *
   * @param memory of {@link #bytes}, or more
   * @param table pinned, begins with the segments
   * @param scratch address of the kernels' counters
   * @param results address that the sums go to
   */
  void ask(
      Device.Stream stream, Device.Memory memory, Device.Pinned table, long scratch, long results) {
    var at = places();
    long base = memory.address();
    stream.upload(
        memory,
        at.segments(),
        table.segment().asSlice(0, 8L * Segment.WORDS * Math.max(1, segments)));
    stream.clear(memory, at.counts(), at.totals() - at.counts());
    if (entries > 0) {
      sort(stream, at, base, scratch);
      accumulate(stream, at, base);
    }
    stream.launch(
        new Launch("msm_reduce", blocksOfSet(), sums(), Kernels.POINTS_BLOCK)
            .address(base + at.buckets())
            .i32(bases.buckets())
            .i32(perThread())
            .address(base + at.stretches())
            .address(base + at.counters())
            .address(base + at.sums())
            .cost(128 * keys(), 28 * keys()));
    stream.launch(
        new Launch("msm_combine", blocks(outputs), 1, Kernels.POINTS_BLOCK)
            .address(base + at.sums())
            .i32(outputs)
            .i32(bases.sets())
            .i32(bases.width())
            .address(results)
            .cost(128L * outputs * (bases.sets() + 1), bases.sets() == 1 ? 0 : 2300L * outputs));
  }

  /** Digits to a list sorted by bucket. */
  private void sort(Device.Stream stream, Places at, long base, long scratch) {
    digits(stream, "msm_count", at, base);
    stream.launch(
        new Launch("msm_scan", (int) ((keys() + SCAN - 1) / SCAN), 1, Kernels.BLOCK)
            .address(base + at.counts())
            .i32((int) keys())
            .address(base + at.totals())
            .address(scratch)
            .cost(8 * keys(), 0));
    digits(stream, "msm_place", at, base);
  }

  private void digits(Device.Stream stream, String kernel, Places at, long base) {
    stream.launch(
        new Launch(
                kernel,
                Math.max(1, (scalars + Kernels.BLOCK - 1) / Kernels.BLOCK),
                1,
                Kernels.BLOCK)
            .address(base + at.segments())
            .i32(segments)
            .i32(scalars)
            .i32(bases.size())
            .i32(bases.width())
            .i32(bases.windows())
            .i32(bases.sets())
            .address(base + at.counts())
            .address(base + at.totals())
            .address(base + at.list())
            .cost(32L * scalars + 8 * entries, scalars));
  }

  /** The sorted list to buckets. */
  private void accumulate(Device.Stream stream, Places at, long base) {
    long total = base + at.totals() + 4 * ((keys() + SCAN - 1) / SCAN);
    long chunks = runs();
    stream.launch(
        new Launch("msm_accumulate", blocks(chunks), 1, Kernels.POINTS_BLOCK)
            .address(bases.points().address())
            .address(base + at.list())
            .address(total)
            .i32(RUN)
            .address(base + at.buckets())
            .address(base + at.keysA())
            .address(base + at.pointsA())
            .cost(72 * entries + 256 * chunks, 10 * entries));
    long length = 2 * chunks;
    boolean fromA = true;
    for (int level = 1; ; level++) {
      chunks = (length + MERGE - 1) / MERGE;
      stream.launch(
          new Launch("msm_merge", blocks(chunks), 1, Kernels.POINTS_BLOCK)
              .address(total)
              .i32(RUN)
              .i32(MERGE)
              .i32(level)
              .address(base + (fromA ? at.keysA() : at.keysB()))
              .address(base + (fromA ? at.pointsA() : at.pointsB()))
              .address(base + at.buckets())
              .address(base + (fromA ? at.keysB() : at.keysA()))
              .address(base + (fromA ? at.pointsB() : at.pointsA()))
              .cost(132 * length + 256 * chunks, 14 * length));
      if (chunks == 1) {
        return;
      }
      length = 2 * chunks;
      fromA = !fromA;
    }
  }

  private static int blocks(long threads) {
    return (int) Math.max(1, (threads + Kernels.POINTS_BLOCK - 1) / Kernels.POINTS_BLOCK);
  }
}
