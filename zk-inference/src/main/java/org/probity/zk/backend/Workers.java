package org.probity.zk.backend;

import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.stream.IntStream;

/**
 * A pool of its own for a backend, so that proving never takes the threads of whoever asks for it,
 * and the cutting of index ranges into one part a thread. They {@linkplain Background give way} if
 * the thread that makes the pool does.
 */
final class Workers {
  /** Fewer elements than this are not worth a second thread. */
  static final int GRAIN = 2048;

  interface Range {
    void run(int from, int to);
  }

  interface Part {
    void run(int part, int from, int to);
  }

  private final ForkJoinPool pool;
  private final int threads;

  Workers(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("A backend needs at least one thread, not " + threads);
    }
    this.threads = threads;
    boolean background = Background.entered();
    this.pool = new ForkJoinPool(threads, pool -> new Worker(pool, background), null, false);
  }

  /** Gives way if the thread that made the pool does. */
  private static final class Worker extends ForkJoinWorkerThread {
    private final boolean background;

    Worker(ForkJoinPool pool, boolean background) {
      super(pool);
      this.background = background;
    }

    @Override
    protected void onStart() {
      super.onStart();
      if (background) {
        Background.enter();
      }
    }
  }

  ForkJoinPool pool() {
    return pool;
  }

  /** Runs the body on parts of {@code [0, n)} that are multiples of {@code unit} but the last. */
  void run(int n, int grain, int unit, Range body) {
    run(parts(n, grain), n, unit, (part, from, to) -> body.run(from, to));
  }

  /** How many parts n elements are worth. */
  int parts(int n, int grain) {
    return Math.clamp(n / grain, 1, threads);
  }

  void run(int parts, int n, int unit, Part body) {
    if (parts == 1) {
      body.run(0, 0, n);
      return;
    }
    pool.submit(() ->
            IntStream.range(0, parts)
                .parallel()
                .forEach(p -> body.run(p, cut(n, unit, p, parts), cut(n, unit, p + 1, parts))))
        .join();
  }

  private static int cut(int n, int unit, int part, int parts) {
    int at = (int) ((long) n * part / parts);
    return part == parts ? n : at - at % unit;
  }
}
