package org.probity.zk.curve;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ForkJoinPool;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.probity.zk.field.FieldVector;
import org.probity.zk.field.LaneField;

/**
 * Multi-scalar multiplications on lanes: Pippenger's buckets with signed digits, where every curve
 * addition is one of a large batch of independent affine ones ({@link AffineBatch}).
 *
 * <p>Each nonzero digit of each scalar is a reference to a base (the digit's sign goes with it).
 * References are sorted by bucket, then cut into chunks of equal length, wherever the buckets' ends
 * are, so that threads share the work evenly for any scalars: all zeros and ones as well as random
 * ones. A chunk is summed bucket by bucket in rounds: neighbours of one bucket are added in pairs,
 * which halves it. Pairs of one round are independent, so nothing has to be scheduled around
 * conflicts.
 *
 * <p>What is left, the sum {@code Σ v·S_v} over buckets, is a problem of the same kind: with {@code
 * v = 2^h·a + b} it is {@code 2^h·Σ a·(Σ_b S) + Σ b·(Σ_a S)}, two new sets of few buckets that take
 * every S_v twice. Halving the digits so again and again leaves a handful of points. It costs two
 * affine additions a bucket, where a running sum costs two projective ones in a row.
 *
 * <p>Several multiplications over the same bases run as one, so that short ones (the folds of an
 * opening) fill batches together.
 *
 * <p>Equal, opposite and infinite points are right: pairs with equal x are added aside, by the
 * complete scalar law, and infinities leave the sums.
 */
public final class LaneMsm {
  /** References in a chunk, at most: its points fit the second level cache. */
  private static final int CHUNK = 1 << 13;

  /** Values of the last buckets: {@code S_1 + 2·S_2 + 3·S_3} is left to scalar code. */
  private static final int LAST = 3;

  private final ForkJoinPool pool;
  private final int threads;
  private final ConcurrentLinkedQueue<Workspace> workspaces = new ConcurrentLinkedQueue<>();

  /** Runs on the given pool. */
  public LaneMsm(ForkJoinPool pool) {
    this.pool = pool;
    this.threads = pool.getParallelism();
  }

  /** The scalars of one multiplication. */
  public sealed interface Scalars {
    int size();

    /** Bits of the longest. */
    int bits();
  }

  /** Elements of the scalar field. */
  public record Elements(FieldVector values) implements Scalars {
    @Override
    public int size() {
      return values.size();
    }

    @Override
    public int bits() {
      return 254;
    }
  }

  /** Small signed integers. */
  public record Integers(long[] values) implements Scalars {
    @Override
    public int size() {
      return values.length;
    }

    @Override
    public int bits() {
      long or = 1;
      for (long value : values) {
        or |= Math.absExact(value);
      }
      return 64 - Long.numberOfLeadingZeros(or);
    }
  }

  /**
   * Points whose sum, each times its value, belongs to one result.
   *
   * @param job the result
   * @param shift log2 of what the sum is multiplied with
   * @param max values are {@code 1..max}
   * @param base value v has key {@code base + v - 1}
   */
  private record Group(int job, int shift, int max, int base) {
    int end() {
      return base + max;
    }
  }

  /** Points, each with a key; the keys ascend and may repeat. */
  private record Keyed(long[] points, int[] keys) {}

  /**
   * {@code Σ scalars[i]·bases[i]} for each of the lists, over its length.
   *
   * @throws IllegalArgumentException if a list is longer than the bases
   */
  public List<G1> sums(BaseTable bases, List<? extends Scalars> lists) {
    var jobs = new ArrayList<Digits>();
    var groups = new ArrayList<Group>();
    for (var list : lists) {
      if (list.size() > bases.size()) {
        throw new IllegalArgumentException(
            "There are %d scalars, but only %d bases".formatted(list.size(), bases.size()));
      }
      int base = groups.isEmpty() ? 0 : groups.getLast().end();
      var digits = Digits.of(list, bases, base);
      for (int set = 0; set < digits.sets(); set++) {
        int buckets = 1 << (digits.width() - 1);
        groups.add(new Group(jobs.size(), set * digits.width(), buckets, base + set * buckets));
      }
      jobs.add(digits);
    }
    var sorted = Sorted.of(jobs, groups.isEmpty() ? 0 : groups.getLast().end(), threads, this);
    var sums = reduce(bases.points(), sorted);
    while (groups.stream().anyMatch(group -> group.max() > LAST)) {
      var next = new ArrayList<Group>();
      sorted = halve(groups, sums.keys(), next);
      sums = reduce(sums.points(), sorted);
      groups = next;
    }
    return results(groups, sums, lists.size());
  }

  /**
   * Halves the digits: references to the points, sorted by their new keys.
   *
   * @param next receives the new groups
   */
  private static Sorted halve(List<Group> groups, int[] keys, List<Group> next) {
    // For each group the indices of its two successors, the second absent where digits are short.
    int base = 0;
    var low = new int[groups.size()];
    var high = new int[groups.size()];
    var half = new int[groups.size()];
    for (int g = 0; g < groups.size(); g++) {
      var group = groups.get(g);
      int bits = 32 - Integer.numberOfLeadingZeros(group.max());
      half[g] = group.max() > LAST ? bits / 2 : bits;
      var lower =
          new Group(group.job(), group.shift(), Math.min(group.max(), (1 << half[g]) - 1), base);
      low[g] = lower.base();
      next.add(lower);
      base = lower.end();
      if (group.max() >>> half[g] != 0) {
        var upper = new Group(group.job(), group.shift() + half[g], group.max() >>> half[g], base);
        high[g] = upper.base();
        next.add(upper);
        base = upper.end();
      }
    }
    var starts = new int[base + 1];
    var refs = new int[0];
    for (int pass = 0; pass < 2; pass++) {
      int g = 0;
      for (int i = 0; i < keys.length; i++) {
        while (keys[i] >= groups.get(g).end()) {
          g++;
        }
        int value = keys[i] - groups.get(g).base() + 1;
        int a = value >>> half[g];
        int b = value & ((1 << half[g]) - 1);
        if (pass == 0) {
          // Counts stand one further: they become the starts.
          if (a != 0) {
            starts[high[g] + a]++;
          }
          if (b != 0) {
            starts[low[g] + b]++;
          }
        } else {
          if (a != 0) {
            refs[starts[high[g] + a - 1]++] = i;
          }
          if (b != 0) {
            refs[starts[low[g] + b - 1]++] = i;
          }
        }
      }
      if (pass == 0) {
        for (int k = 0; k < base; k++) {
          starts[k + 1] += starts[k];
        }
        refs = new int[starts[base]];
      } else {
        // Every start has moved to the next one's.
        System.arraycopy(starts, 0, starts, 1, base);
        starts[0] = 0;
      }
    }
    return new Sorted(refs, starts);
  }

  /** The sum of each bucket; a bucket cut by the end of a chunk has several. */
  private Keyed reduce(long[] points, Sorted sorted) {
    int n = sorted.refs().length;
    int chunks = Math.max(1, (n + CHUNK - 1) / CHUNK);
    if (n > 2048 * threads) {
      chunks = (chunks + threads - 1) / threads * threads;
    }
    int count = chunks;
    var parts = new @Nullable Keyed[count];
    parallel(
        count,
        c -> {
          var polled = workspaces.poll();
          var workspace = polled == null ? new Workspace() : polled;
          int from = (int) ((long) n * c / count);
          int to = (int) ((long) n * (c + 1) / count);
          parts[c] = workspace.sums(points, sorted, from, to);
          workspaces.add(workspace);
        });
    int total = 0;
    for (var part : parts) {
      total += part == null ? 0 : part.keys().length;
    }
    var out = new Keyed(AffineBatch.points(total), new int[total]);
    int at = 0;
    for (var part : parts) {
      if (part != null) {
        int length = part.keys().length;
        System.arraycopy(
            part.points(),
            AffineBatch.at(0),
            out.points(),
            AffineBatch.at(at),
            length * AffineBatch.POINT);
        System.arraycopy(part.keys(), 0, out.keys(), at, length);
        at += length;
      }
    }
    return out;
  }

  void parallel(int parts, IntConsumer body) {
    if (parts == 1) {
      body.accept(0);
      return;
    }
    pool.submit(() -> IntStream.range(0, parts).parallel().forEach(body)).join();
  }

  /** Adds up what is left of every job, from its highest bit down. */
  private List<G1> results(List<Group> groups, Keyed sums, int jobs) {
    var out = new G1[jobs];
    parallel(
        Math.max(1, jobs),
        job -> {
          if (job >= jobs) {
            return;
          }
          var own =
              groups.stream()
                  .filter(group -> group.job() == job)
                  .sorted((a, b) -> b.shift() - a.shift())
                  .toList();
          var total = new Accumulator();
          int shift = own.isEmpty() ? 0 : own.getFirst().shift();
          for (var group : own) {
            for (; shift > group.shift(); shift--) {
              total.twice();
            }
            int from = firstAtLeast(sums.keys(), group.base());
            int to = firstAtLeast(sums.keys(), group.end());
            for (int i = from; i < to; i++) {
              G1 point = BaseTable.point(sums.points(), i);
              for (int v = sums.keys()[i] - group.base() + 1; v > 0; v--) {
                total.add(point);
              }
            }
          }
          out[job] = total.toAffine();
        });
    return List.of(out);
  }

  private static int firstAtLeast(int[] ascending, int key) {
    int low = 0;
    int high = ascending.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (ascending[middle] < key) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /**
   * References to points in the order of their keys.
   *
   * @param refs index of a point; with {@link Integer#MIN_VALUE} in it, its negative is meant
   * @param starts where each key's references start, and where the last one's end
   */
  record Sorted(int[] refs, int[] starts) {
    /** A counting sort of all digits, in slices of scalars. */
    static Sorted of(List<Digits> jobs, int keys, int threads, LaneMsm runner) {
      record Slice(Digits digits, int from, int to, int[] counts) {}
      var slices = new ArrayList<Slice>();
      for (var digits : jobs) {
        int parts = Math.clamp(digits.size() / 2048, 1, threads);
        for (int p = 0; p < parts; p++) {
          int from = (int) ((long) digits.size() * p / parts);
          int to = (int) ((long) digits.size() * (p + 1) / parts);
          slices.add(new Slice(digits, from, to, new int[digits.keys()]));
        }
      }
      var recoded = new short[slices.size()][];
      runner.parallel(
          Math.max(1, slices.size()),
          s -> {
            if (s < slices.size()) {
              var slice = slices.get(s);
              recoded[s] = slice.digits().recode(slice.from(), slice.to());
              slice.digits().count(recoded[s], slice.counts());
            }
          });
      // From counts to the places of each slice's first references.
      var starts = new int[keys + 1];
      for (var slice : slices) {
        int base = slice.digits().base();
        for (int k = 0; k < slice.counts().length; k++) {
          int before = starts[base + k + 1];
          starts[base + k + 1] += slice.counts()[k];
          slice.counts()[k] = before;
        }
      }
      for (int k = 0; k < keys; k++) {
        starts[k + 1] += starts[k];
      }
      var refs = new int[starts[keys]];
      runner.parallel(
          Math.max(1, slices.size()),
          s -> {
            if (s < slices.size()) {
              var slice = slices.get(s);
              int base = slice.digits().base();
              for (int k = 0; k < slice.counts().length; k++) {
                slice.counts()[k] += starts[base + k];
              }
              slice.digits().place(recoded[s], slice.from(), slice.counts(), refs);
            }
          });
      return new Sorted(refs, starts);
    }
  }

  /** One thread's room for the rounds of a chunk. */
  private static final class Workspace {
    private final AffineBatch batch = new AffineBatch();
    private long[] current = AffineBatch.points(CHUNK);
    private long[] next = AffineBatch.points(CHUNK);
    private final int[] keys = new int[CHUNK];
    private final int[] counts = new int[CHUNK];

    /** The sums of the buckets between two references. */
    Keyed sums(long[] points, Sorted sorted, int from, int to) {
      var starts = sorted.starts();
      int segments = 0;
      int out = 0;
      boolean more = false;
      int key = from == to ? 0 : keyOf(starts, from);
      for (int at = from; at < to; key++) {
        int end = Math.min(starts[key + 1], to);
        if (end > at) {
          int count = round(points, sorted.refs(), at, end - at, current, out);
          if (count > 0) {
            keys[segments] = key;
            counts[segments++] = count;
            out += count;
            more |= count > 1;
          }
          at = end;
        }
      }
      batch.flush(current);
      while (more) {
        more = false;
        int in = 0;
        out = 0;
        int kept = 0;
        for (int s = 0; s < segments; s++) {
          int count = round(current, null, in, counts[s], next, out);
          in += counts[s];
          if (count > 0) {
            keys[kept] = keys[s];
            counts[kept++] = count;
            out += count;
            more |= count > 1;
          }
        }
        batch.flush(next);
        segments = kept;
        var previous = current;
        current = next;
        next = previous;
      }
      return new Keyed(Arrays.copyOf(current, AffineBatch.at(out)), Arrays.copyOf(keys, segments));
    }

    /** The key whose references include place {@code at}. */
    private static int keyOf(int[] starts, int at) {
      int found = Arrays.binarySearch(starts, at);
      int key = found >= 0 ? found : -found - 2;
      while (starts[key + 1] == starts[key]) {
        key++;
      }
      while (key > 0 && starts[key] > at) {
        key--;
      }
      return key;
    }

    /**
     * Adds neighbours of one bucket; returns how many points are left of it.
     *
     * @param refs references, or null if the points themselves stand in order
     */
    private int round(
        long[] points, int @Nullable [] refs, int from, int count, long[] target, int out) {
      int at = out;
      int i = from;
      for (; i + 1 < from + count; i += 2) {
        int a = refs == null ? i : refs[i];
        int b = refs == null ? i + 1 : refs[i + 1];
        if (AffineBatch.maybeEqual(points, a, b)) {
          at = aside(points, a, b, target, at);
        } else {
          batch.add(points, a, b, target, at++);
        }
      }
      if (i < from + count) {
        copy(points, refs == null ? i : refs[i], target, at++);
      }
      return at - out;
    }

    /** A pair whose x may be equal, by the complete law; nothing is left of opposite points. */
    private static int aside(long[] points, int a, int b, long[] target, int at) {
      G1 sum = BaseTable.signedPoint(points, a).plus(BaseTable.signedPoint(points, b));
      if (sum.isInfinity()) {
        return at;
      }
      BaseTable.store(sum, target, at);
      return at + 1;
    }

    private static void copy(long[] points, int ref, long[] target, int at) {
      if (ref < 0) {
        BaseTable.store(BaseTable.signedPoint(points, ref), target, at);
      } else {
        LaneField.copyRecord(points, AffineBatch.at(ref), target, AffineBatch.at(at));
      }
    }
  }
}
