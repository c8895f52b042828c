package org.probity.zk.gpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.probity.zk.curve.Accumulator;
import org.probity.zk.curve.G1;
import org.probity.zk.field.FieldVector;
import org.probity.zk.field.Fr;

/**
 * Every kernel as a method, on one stream: what it computes, its launch shape, and its cost.
 * Methods that return values wait for the stream; all others only ask.
 *
 * <p>Vectors are vectors over Fr in Montgomery form, always fully reduced. Unless said otherwise an
 * output may be one of the inputs, element for element, but may not overlap them otherwise.
 *
 * <p>Not to be used by two threads at once: a proof in flight has kernels of its own.
 */
final class Kernels implements AutoCloseable {
  /** Threads a block, but for kernels on points. */
  static final int BLOCK = 256;

  /** Threads a block of kernels on points. */
  static final int POINTS_BLOCK = 128;

  /** Vectors in one launch, at most. */
  static final int MAX_TERMS = 32;

  /** Variables of a kernel eq, at most. */
  static final int MAX_VARIABLES = 32;

  /** Bytes of counters at the start of the scratch memory. */
  private static final int COUNTERS = 4096;

  private static final int SCRATCH = 8 << 20;

  /** Bytes that kernels leave values in. */
  private static final int RESULTS = 64 << 10;

  /** Elements that kernels leave at once, at most. */
  static final int MAX_RESULTS = RESULTS / 32;

  /** Bytes before those, for the coefficients of a round. */
  private static final int ROUND = 256;

  /** Segments of multi-scalar multiplications together, at most. */
  static final int MAX_SEGMENTS = 1024;

  /** Recorded launches that are kept. */
  private static final int GRAPHS = 32;

  private final Device device;
  private final Device.Stream stream;
  private final Device.Memory scratch;

  /** What kernels write straight into: a copy less in every round trip. */
  private final Device.Pinned results;

  /** The segments of a multi-scalar multiplication. */
  private final Device.Pinned table;

  private final int processors;

  /** The launches of multi-scalar multiplications, each of one launch; they work in `sorting`. */
  private final LinkedHashMap<MsmShape, Optional<Device.Graph>> graphs =
      new LinkedHashMap<>(16, 0.75f, true);

  private Device.@Nullable Memory sorting;
  private @Nullable Round round;

  /** Kernels on a stream of their own. */
  Kernels(Device device) {
    this.device = device;
    processors = device.properties().multiprocessors();
    stream = device.stream();
    var taken = new ArrayList<AutoCloseable>(List.of(stream));
    try {
      scratch = device.allocate(SCRATCH);
      taken.add(scratch);
      results = device.pin(ROUND + RESULTS);
      taken.add(results);
      table = device.pin(8L * Segment.WORDS * MAX_SEGMENTS);
    } catch (RuntimeException e) {
      Closing.all(taken.reversed(), e);
      throw e;
    }
  }

  Device.Stream stream() {
    return stream;
  }

  // Moving.

  void upload(DeviceVector target, FieldVector source) {
    requireSize(target, source.size());
    var limbs = MemorySegment.ofArray(source.limbs());
    long bytes = 8L * source.size();
    if (target.stride() == target.size() && source.stride() == source.size()) {
      stream.upload(target.memory(), target.at(), limbs.asSlice(0, 4 * bytes));
      return;
    }
    for (int l = 0; l < 4; l++) {
      stream.upload(
          target.memory(),
          target.at() + 8L * l * target.stride(),
          limbs.asSlice(8L * l * source.stride(), bytes));
    }
  }

  FieldVector download(DeviceVector source) {
    return download(source, FieldVector.ofFr(source.size()));
  }

  /** Copies coordinates of points from the card. */
  FieldVector downloadFp(DeviceVector source) {
    return download(source, FieldVector.ofFp(source.size()));
  }

  private FieldVector download(DeviceVector source, FieldVector out) {
    var limbs = MemorySegment.ofArray(out.limbs());
    long bytes = 8L * source.size();
    for (int l = 0; l < 4; l++) {
      stream.download(
          limbs.asSlice(bytes * l, bytes), source.memory(), source.at() + 8L * l * source.stride());
    }
    return out;
  }

  void clear(DeviceVector target) {
    if (target.size() == target.stride()) {
      stream.clear(target.memory(), target.at(), DeviceVector.bytes(target.size()));
      return;
    }
    for (int l = 0; l < 4; l++) {
      stream.clear(target.memory(), target.at() + 8L * l * target.stride(), 8L * target.size());
    }
  }

  /** The elements of several short vectors, one after the other: at most 2,048. */
  List<Fr> gather(List<DeviceVector> vectors) {
    int total = 0;
    for (int from = 0; from < vectors.size(); from += MAX_TERMS) {
      var part = vectors.subList(from, Math.min(vectors.size(), from + MAX_TERMS));
      int size = part.stream().mapToInt(DeviceVector::size).sum();
      requireResults(total + size);
      stream.launch(
          new Launch("fr_gather", blocks(size), 1, BLOCK)
              .structure(terms(part, null))
              .i32(size)
              .address(values() + 32L * total)
              .cost(64L * size, 0));
      total += size;
    }
    return results(total);
  }

  // Elements.

  /** {@code out = a + b}. */
  void add(DeviceVector out, DeviceVector a, DeviceVector b) {
    binary("fr_binary", 0, out, a, b);
  }

  /** {@code out = a - b}. */
  void subtract(DeviceVector out, DeviceVector a, DeviceVector b) {
    binary("fr_binary", 1, out, a, b);
  }

  /** {@code out = a·b}, element by element. */
  void multiply(DeviceVector out, DeviceVector a, DeviceVector b) {
    binary("fr_binary", 2, out, a, b);
  }

  void addFp(DeviceVector out, DeviceVector a, DeviceVector b) {
    binary("fp_binary", 0, out, a, b);
  }

  void subtractFp(DeviceVector out, DeviceVector a, DeviceVector b) {
    binary("fp_binary", 1, out, a, b);
  }

  void multiplyFp(DeviceVector out, DeviceVector a, DeviceVector b) {
    binary("fp_binary", 2, out, a, b);
  }

  private void binary(String kernel, int op, DeviceVector out, DeviceVector a, DeviceVector b) {
    int n = out.size();
    requireSize(a, n);
    requireSize(b, n);
    stream.launch(
        new Launch(kernel, blocks(n), 1, BLOCK)
            .i32(op)
            .vector(a)
            .vector(b)
            .vector(out)
            .i32(n)
            .cost(96L * n, op == 2 ? n : 0));
  }

  /** {@code out[i] = 1/a[i]}, or 0 for 0: one inversion for 16 elements. Not in place. */
  void invert(DeviceVector out, DeviceVector a) {
    invert("fr_invert", out, a);
  }

  void invertFp(DeviceVector out, DeviceVector a) {
    invert("fp_invert", out, a);
  }

  private void invert(String kernel, DeviceVector out, DeviceVector a) {
    int n = out.size();
    requireSize(a, n);
    requireApart(out, a);
    int threads = Math.max(1, n / 16);
    stream.launch(
        new Launch(kernel, (threads + POINTS_BLOCK - 1) / POINTS_BLOCK, 1, POINTS_BLOCK)
            .vector(a)
            .vector(out)
            .i32(n)
            .i32(threads)
            .cost(128L * n, 3L * n + 380L * threads));
  }

  /** The elements of signed 64-bit integers, each greater than -2^63. */
  void integers(DeviceVector out, Device.Memory values, long at) {
    int n = out.size();
    requireBytes(values, at, 8L * n);
    stream.launch(
        new Launch("fr_from_integers", blocks(n), 1, BLOCK)
            .address(values.address() + at)
            .vector(out)
            .i32(n)
            .cost(40L * n, n));
  }

  /** {@code target[i] += scale·source[i]}; the target may be longer. */
  void addScaled(DeviceVector target, DeviceVector source, Fr scale) {
    combine(target.first(source.size()), List.of(source), List.of(scale), true);
  }

  /**
   * {@code out[i] = Σ_k scales[k]·vectors[k][i]}, vectors shorter than the output being zero beyond
   * their end.
   *
   * @param add whether to add to what is there
   */
  void combine(DeviceVector out, List<DeviceVector> vectors, List<Fr> scales, boolean add) {
    int n = out.size();
    boolean more = add;
    for (int from = 0; from < vectors.size() || from == 0; from += MAX_TERMS) {
      int to = Math.min(vectors.size(), from + MAX_TERMS);
      var part = vectors.subList(from, to);
      long read = 0;
      for (var v : part) {
        if (v.size() > n) {
          throw new IllegalArgumentException("A vector longer than the sum");
        }
        read += v.size();
      }
      stream.launch(
          new Launch("fr_combine", blocks(n), 1, BLOCK)
              .structure(terms(part, scales.subList(from, to)))
              .vector(out)
              .i32(n)
              .i32(more ? 1 : 0)
              .cost(32L * (read + (more ? 2L : 1L) * n), read));
      more = true;
    }
  }

  /** {@code target[i·|right| + j] += scale·left[i]·right[j]}. */
  void addOuter(DeviceVector target, DeviceVector left, DeviceVector right, Fr scale) {
    int n = Math.multiplyExact(left.size(), right.size());
    requireAtLeast(target, n);
    stream.launch(
        new Launch("fr_add_outer", blocks(n), 1, BLOCK)
            .vector(target)
            .vector(left)
            .vector(right)
            .i32(right.size())
            .i32(n)
            .field(scale)
            .cost(64L * n, 2L * n));
  }

  /**
   * {@code out[i] = scale·eq(point, i)}, or added to what is there.
   *
   * @param out {@code 2^|point|} elements
   */
  void eq(DeviceVector out, List<Fr> point, Fr scale, boolean add) {
    int variables = point.size();
    if (variables > MAX_VARIABLES) {
      throw new IllegalArgumentException("A kernel eq of more than 32 variables");
    }
    requireSize(out, 1 << variables);
    var words = new long[4 * MAX_VARIABLES];
    for (int t = 0; t < variables; t++) {
      System.arraycopy(Launch.limbs(point.get(t)), 0, words, 4 * t, 4);
    }
    int n = out.size();
    stream.launch(
        new Launch("fr_eq", Math.max(1, n >> 10), 1, BLOCK)
            .structure(words)
            .i32(variables)
            .field(scale)
            .vector(out)
            .i32(add ? 1 : 0)
            .cost((add ? 64L : 32L) * n, n));
  }

  /** {@code target[indices[i]] += scale·values[i]}; the indices must differ. */
  void scatterAdd(
      DeviceVector target, Device.Memory indices, long at, DeviceVector values, Fr scale) {
    int n = values.size();
    requireBytes(indices, at, 4L * n);
    stream.launch(
        new Launch("fr_scatter_add", blocks(n), 1, BLOCK)
            .vector(target)
            .i32(target.size())
            .address(indices.address() + at)
            .vector(values)
            .i32(n)
            .field(scale)
            .cost(100L * n, n));
  }

  // The model and its witness.

  /** {@code out[i] = Σ_c weights[c]·rows[c][from + i]}. */
  void foldRows(DeviceVector out, Rows rows, int from, DeviceVector weights) {
    int n = out.size();
    requireSize(weights, rows.count());
    if (from < 0 || from + (long) n > rows.length()) {
      throw new IllegalArgumentException("More entries than a row has");
    }
    stream.launch(
        new Launch("rows_fold", blocks(n), 1, BLOCK)
            .address(rows.address() + (long) rows.bytes() * from)
            .i32(rows.bytes())
            .i32(rows.length())
            .i32(rows.count())
            .vector(weights)
            .vector(out)
            .i32(n)
            // A small integer's product is an eighth of a multiplication, without reduction.
            .cost(
                (long) rows.bytes() * rows.count() * n + 32L * n,
                n + (long) rows.count() * n / 16));
  }

  /**
   * {@code z[i] = b[i] + Σ_j W[i][j]·a[j]} of a layer in 64-bit integers: output i's weights are in
   * row {@code i mod R} at {@code weights + (i/R)·width}, its bias at {@code biases + i/R}.
   *
   * @param inputs 64-bit integers, {@code width} of them
   * @param outputs 64-bit integers, {@code count} of them
   */
  void dense(
      Rows rows,
      int weights,
      int biases,
      int width,
      Device.Memory inputs,
      long inputsAt,
      Device.Memory outputs,
      long outputsAt,
      int count) {
    requireBytes(inputs, inputsAt, 8L * width);
    requireBytes(outputs, outputsAt, 8L * count);
    int deepest = (count - 1) / rows.count();
    if (weights + (deepest + 1L) * width > rows.length()
        || biases + (long) deepest >= rows.length()) {
      throw new IllegalArgumentException("The layer does not fit into its rows");
    }
    stream.launch(
        new Launch("dense_forward", (count + 7) / 8, 1, BLOCK)
            .address(rows.address())
            .i32(rows.bytes())
            .i32(rows.length())
            .i32(rows.count())
            .i32(weights)
            .i32(biases)
            .i32(width)
            .address(inputs.address() + inputsAt)
            .address(outputs.address() + outputsAt)
            .i32(count)
            .cost((long) rows.bytes() * width * count + 8L * (width + count), 0));
  }

  /** {@code a[i] = max(z[i], 0) >> shift} in 64-bit integers; in place if both are one. */
  void activate(Device.Memory z, long zAt, Device.Memory a, long aAt, int count, int shift) {
    requireBytes(z, zAt, 8L * count);
    requireBytes(a, aAt, 8L * count);
    stream.launch(
        new Launch("dense_activate", blocks(count), 1, BLOCK)
            .address(z.address() + zAt)
            .address(a.address() + aAt)
            .i32(count)
            .i32(shift)
            .cost(16L * count, 0));
  }

  /**
   * The vectors of a witness from its neurons' 32-bit values v: {@code bits[32k+i]} bit i of v(k),
   * {@code signs[k]} bit 31, {@code magnitudes[k] = (v mod 2^31) >> shift(k)}, {@code activations =
   * sign·magnitude}.
   *
   * @param values 32-bit words
   * @param shifts bytes, each 0 to 31
   */
  void witness(
      Device.Memory values,
      long valuesAt,
      Device.Memory shifts,
      long shiftsAt,
      DeviceVector bits,
      DeviceVector signs,
      DeviceVector magnitudes,
      DeviceVector activations) {
    int n = signs.size();
    requireBytes(values, valuesAt, 4L * n);
    requireBytes(shifts, shiftsAt, n);
    requireSize(bits, Math.multiplyExact(32, n));
    requireSize(magnitudes, n);
    requireAtLeast(activations, n);
    stream.launch(
        new Launch("witness_expand", blocks(32 * n), 1, BLOCK)
            .address(values.address() + valuesAt)
            .address(shifts.address() + shiftsAt)
            .vector(bits)
            .vector(signs)
            .vector(magnitudes)
            .vector(activations)
            .i32(n)
            .cost(35L * 32 * n, 2L * n));
  }

  /** {@code out[j] = Σ_i left[i]·matrix[i·width + j]}, {@code width} being the output's size. */
  void vectorTimesMatrix(DeviceVector out, DeviceVector left, DeviceVector matrix) {
    int width = out.size();
    int height = left.size();
    requireAtLeast(matrix, Math.multiplyExact(width, height));
    requireApart(out, left);
    requireApart(out, matrix);
    int columns = (width + 31) / 32;
    int most = columns > COUNTERS / 4 ? 1 : (SCRATCH - COUNTERS) / (32 * width);
    int parts = Math.clamp(4L * processors / columns, 1, Math.max(1, Math.min(most, height / 32)));
    stream.launch(
        new Launch("fr_vector_matrix", columns, parts, BLOCK)
            .vector(left)
            .i32(height)
            .vector(matrix)
            .vector(out)
            .i32(width)
            .address(scratch.address())
            .cost(32L * width * height, (long) width * height));
  }

  // Sums.

  /** {@code Σ a[i]·b[i]}. */
  Fr innerProduct(DeviceVector a, DeviceVector b) {
    int n = a.size();
    requireSize(b, n);
    stream.launch(
        new Launch("fr_inner_product", reductionBlocks(n), 1, BLOCK)
            .vector(a)
            .vector(b)
            .i32(n)
            .address(scratch.address())
            .address(values())
            .cost(64L * n, n));
    return results(1).getFirst();
  }

  /** {@code out[i] = v[2i] + v[2i+1]}. Not in place. */
  void sumOut(DeviceVector out, DeviceVector v) {
    requireSize(v, 2 * out.size());
    requireApart(out, v);
    stream.launch(
        new Launch("fr_sum_out", blocks(out.size()), 1, BLOCK)
            .vector(v)
            .vector(out)
            .i32(out.size())
            .cost(96L * out.size(), 0));
  }

  /** {@code out[i] = v[2i] + r·(v[2i+1] - v[2i])}. Not in place. */
  void bind(DeviceVector out, DeviceVector v, Fr r) {
    requireSize(v, 2 * out.size());
    requireApart(out, v);
    stream.launch(
        new Launch("fr_bind", blocks(out.size()), 1, BLOCK)
            .vector(v)
            .field(r)
            .vector(out)
            .i32(out.size())
            .cost(96L * out.size(), out.size()));
  }

  /**
   * One product of a sumcheck, {@code scale·Σ a·b}.
   *
   * @param a a vector, or a form
   * @param b as long
   * @param foldedA where a goes when folded: half as long, but at least 1
   */
  record Product(
      DeviceVector a, DeviceVector b, DeviceVector foldedA, DeviceVector foldedB, Fr scale) {}

  /** What a round of a sumcheck leaves: waited for when it is asked for, if ever. */
  final class Round {
    private final int count;
    private boolean there;
    private @Nullable List<Fr> values;

    private Round(int count) {
      this.count = count;
    }

    List<Fr> get() {
      if (values == null) {
        if (!there) {
          synchronize();
        }
        values = elements(0, count);
      }
      return values;
    }

    @Override
    public String toString() {
      return "Round";
    }
  }

  /** A round, in the place of the one before, whose values are read first if they were not yet. */
  private Round startRound(int count) {
    if (round != null) {
      round.get();
    }
    round = new Round(count);
    return round;
  }

  void synchronize() {
    stream.synchronize();
    if (round != null) {
      round.there = true;
    }
  }

  /** What a vector is beyond its own variables, where a product's other vectors have more. */
  enum Extension {
    /** Both are zero there: {@code v·(1-X)}. */
    ZERO,
    /** a is a form, constant there; b is zero. */
    FORM
  }

  /**
   * A round of a sumcheck on {@code Σ_k scale_k·Σ a_k·b_k}, after binding the variable before by r,
   * if given: every vector is read once. The folded vectors are written only then.
   *
   * @return coefficients 0 and 2 of the round's polynomial, and {@code Σ_k scale_k·Σ a_k[2i+1]·
   *     b_k[2i+1]}, so that the first and the third are the sum
   */
  Round productRound(List<Product> products, Extension extension, @Nullable Fr r) {
    if (products.isEmpty() || products.size() > MAX_TERMS) {
      throw new IllegalArgumentException("1 to 32 products a round");
    }
    var words = new long[12 * MAX_TERMS + 1];
    long pairs = 0;
    for (int k = 0; k < products.size(); k++) {
      var p = products.get(k);
      int n = p.a.size();
      requireSize(p.b, n);
      int at = 12 * k;
      words[at] = p.a.address();
      words[at + 1] = p.b.address();
      words[at + 4] = (p.a.stride() & 0xffffffffL) | (long) p.b.stride() << 32;
      if (r != null) {
        int half = Math.max(1, n / 2);
        requireSize(p.foldedA, half);
        requireSize(p.foldedB, half);
        requireApart(p.foldedA, p.a);
        requireApart(p.foldedB, p.b);
        words[at + 2] = p.foldedA.address();
        words[at + 3] = p.foldedB.address();
        words[at + 5] = (p.foldedA.stride() & 0xffffffffL) | (long) p.foldedB.stride() << 32;
      }
      words[at + 6] = (n & 0xffffffffL) | pairs << 32;
      System.arraycopy(Launch.limbs(p.scale), 0, words, at + 7, 4);
      pairs += Math.max(1, r == null ? n / 2 : n / 4);
    }
    words[12 * MAX_TERMS] = products.size() | pairs << 32;
    var started = startRound(3);
    stream.launch(
        new Launch("product_round", reductionBlocks(pairs), 1, BLOCK)
            .structure(words)
            .i32(r == null ? 0 : 1)
            .i32(extension.ordinal())
            .field(r == null ? Fr.ZERO : r)
            .address(scratch.address())
            .address(results.address())
            .cost((r == null ? 128L : 384L) * pairs, (r == null ? 3L : 7L) * pairs));
    return started;
  }

  /**
   * The vectors of the sumcheck on bits, before and after a fold.
   *
   * @param weight one for each pair of bits before the fold; without a fold, for each pair now
   * @param foldedWeight half of it
   * @param bits B; the others are S, T and A
   */
  record Bits(
      DeviceVector weight,
      DeviceVector foldedWeight,
      DeviceVector bits,
      DeviceVector foldedBits,
      @Nullable Neurons neurons) {}

  /**
   * S, T and A, from the first round on a neuron variable on.
   *
   * @param folded where they go when folded, or null in that first round, in which only the bits
   *     are
   */
  record Neurons(DeviceVector s, DeviceVector t, DeviceVector a, @Nullable Neurons folded) {}

  /**
   * A round of {@code Σ weight·(b² - b) + δ·weight·(s·t - a)}, after binding the variable before by
   * r, if given, and summing it out of the weight: coefficients 1 and 2 of the round's polynomial.
   *
   * @param delta δ, where there are neurons
   */
  Round bitRound(Bits v, Fr delta, @Nullable Fr r) {
    var neurons = v.neurons;
    var folded = neurons == null ? null : neurons.folded;
    int n = v.bits.size();
    int pairs = r == null ? n / 2 : n / 4;
    if (pairs < 1) {
      throw new IllegalArgumentException("Nothing left to sum over");
    }
    requireSize(v.weight, r == null ? pairs : 2 * pairs);
    var words = new long[20];
    place(words, 0, v.weight);
    place(words, 2, v.bits);
    if (r != null) {
      requireSize(v.foldedWeight, pairs);
      requireSize(v.foldedBits, 2 * pairs);
      requireApart(v.foldedWeight, v.weight);
      requireApart(v.foldedBits, v.bits);
      place(words, 1, v.foldedWeight);
      place(words, 3, v.foldedBits);
    }
    int mode = r == null ? 0 : 1;
    if (neurons != null) {
      mode |= 2;
      var now = folded == null ? neurons : folded;
      requireSize(now.s, 2 * pairs);
      requireSize(now.t, 2 * pairs);
      requireSize(now.a, 2 * pairs);
      place(words, 4, neurons.s);
      place(words, 6, neurons.t);
      place(words, 8, neurons.a);
      if (folded != null) {
        if (r == null) {
          throw new IllegalArgumentException("A fold needs a challenge");
        }
        mode |= 4;
        requireSize(neurons.s, 4 * pairs);
        requireSize(neurons.t, 4 * pairs);
        requireSize(neurons.a, 4 * pairs);
        place(words, 5, folded.s);
        place(words, 7, folded.t);
        place(words, 9, folded.a);
      }
    }
    var started = startRound(2);
    stream.launch(
        new Launch("bit_round", reductionBlocks(pairs), 1, BLOCK)
            .structure(words)
            .i32(pairs)
            .i32(mode)
            .field(r == null ? Fr.ZERO : r)
            .field(delta)
            .address(scratch.address())
            .address(results.address())
            .cost(
                (long) pairs
                    * ((r == null ? 96 : 288) + (folded != null ? 576 : neurons != null ? 192 : 0)),
                (long) pairs
                    * ((r == null ? 3 : 5) + (folded != null ? 12 : neurons != null ? 6 : 0))));
    return started;
  }

  private static void place(long[] words, int index, DeviceVector v) {
    words[2 * index] = v.address();
    words[2 * index + 1] = v.stride();
  }

  // The opening.

  /**
   * {@code out[k] = Σ_{i<8} eq((r0,r1,r2), i)·v[8k+i]}. Not in place.
   *
   * @param point three coordinates, the lowest variable's first
   */
  void fold8(DeviceVector out, DeviceVector v, List<Fr> point) {
    requireSize(v, Math.multiplyExact(8, out.size()));
    requireApart(out, v);
    var words = new long[12];
    for (int t = 0; t < 3; t++) {
      System.arraycopy(Launch.limbs(point.get(t)), 0, words, 4 * t, 4);
    }
    stream.launch(
        new Launch("fr_fold8", blocks(out.size()), 1, BLOCK)
            .vector(v)
            .structure(words)
            .vector(out)
            .i32(out.size())
            .cost(288L * out.size(), 7L * out.size()));
  }

  /**
   * The parts of several polynomials at one point, one after the other: {@code Σ_k
   * coefficients[radix·k + i]·z^k}, {@code i < radix}.
   *
   * @param radices for each polynomial 1, 2, 4 or 8, a divisor of its size
   */
  List<Fr> parts(List<DeviceVector> polynomials, List<Integer> radices, Fr z) {
    if (polynomials.isEmpty() || polynomials.size() > MAX_TERMS) {
      throw new IllegalArgumentException("1 to 32 polynomials at a time");
    }
    var radix = new ArrayList<Fr>();
    long longest = 1;
    long read = 0;
    int count = 0;
    for (int k = 0; k < polynomials.size(); k++) {
      int parts = radices.get(k);
      int size = polynomials.get(k).size();
      if (parts < 1 || parts > 8 || Integer.bitCount(parts) != 1 || size % parts != 0) {
        throw new IllegalArgumentException("A polynomial has 1, 2, 4 or 8 parts of one length");
      }
      radix.add(Fr.ZERO);
      longest = Math.max(longest, size);
      read += size;
      count += parts;
    }
    var words = terms(polynomials, radix);
    for (int k = 0; k < polynomials.size(); k++) {
      words[6 * k + 2] = radices.get(k);
    }
    int blocks = (int) Math.clamp(longest / (8L * BLOCK), 1, 64);
    stream.launch(
        new Launch("fr_parts", blocks, polynomials.size(), BLOCK)
            .structure(words)
            .field(z)
            .address(scratch.address())
            .address(values())
            .cost(32L * read, read + 40L * BLOCK * blocks * polynomials.size()));
    return results(count);
  }

  /**
   * The quotient of a polynomial by {@code X^degree - root}, without remainder; {@code out} has
   * {@code degree} coefficients fewer. Not in place.
   *
   * @param degree 1, 2, 4 or 8
   */
  void divide(DeviceVector out, DeviceVector coefficients, int degree, Fr root) {
    int n = coefficients.size() - degree;
    if (degree < 1 || degree > 8 || Integer.bitCount(degree) != 1) {
      throw new IllegalArgumentException("The divisor's degree is 1, 2, 4 or 8");
    }
    requireSize(out, Math.max(0, n));
    requireApart(out, coefficients);
    if (n <= 0) {
      return;
    }
    // A stretch of each residue class a thread; its value at the root is carried on downwards.
    int length = (n + degree - 1) / degree;
    int stretch = Math.max(16, (length + 16383) / 16384);
    int stretches = (length + stretch - 1) / stretch;
    int threads = stretches * degree;
    Function<String, Launch> divided =
        kernel ->
            new Launch(kernel, blocks(threads), 1, BLOCK)
                .vector(coefficients.slice(degree, coefficients.size()))
                .i32(n)
                .i32(degree)
                .i32(stretch)
                .i32(stretches)
                .field(root)
                .address(scratch.address());
    stream.launch(divided.apply("fr_divide_carry").cost(32L * n, n));
    stream.launch(divided.apply("fr_divide").vector(out).cost(64L * n, n));
  }

  // Points.

  /**
   * Lays points out as {@link Bases} has them, and computes their multiples.
   *
   * @param x coordinates in Fp
   */
  Bases bases(DeviceVector x, DeviceVector y, int levels, int width) {
    int n = x.size();
    requireSize(y, n);
    var memory = device.allocate(Math.max(1, (long) n * levels) * Bases.POINT_BYTES);
    try {
      var bases = new Bases(memory, n, levels, width);
      pack(bases, x, y);
      return bases;
    } catch (RuntimeException e) {
      memory.close();
      throw e;
    }
  }

  private void pack(Bases bases, DeviceVector x, DeviceVector y) {
    var memory = bases.points();
    int n = bases.size();
    if (n == 0) {
      return;
    }
    stream.launch(
        new Launch("points_pack", blocks(n), 1, BLOCK)
            .vector(x)
            .vector(y)
            .address(memory.address())
            .i32(n)
            .cost(128L * n, 0));
    int doublings = bases.sets() * bases.width();
    for (int t = 1; t < bases.levels(); t++) {
      stream.launch(
          new Launch("points_double", (n + POINTS_BLOCK - 1) / POINTS_BLOCK, 1, POINTS_BLOCK)
              .address(memory.address() + (long) (t - 1) * n * Bases.POINT_BYTES)
              .address(memory.address() + (long) t * n * Bases.POINT_BYTES)
              .i32(n)
              .i32(doublings)
              .cost(128L * n, (9L * doublings + 400) * n));
    }
  }

  /** Affine points of a level, as they are in {@code bases}: for tests. */
  void unpack(Bases bases, int level, DeviceVector x, DeviceVector y) {
    int n = bases.size();
    stream.launch(
        new Launch("points_unpack", blocks(n), 1, BLOCK)
            .address(bases.points().address() + (long) level * n * Bases.POINT_BYTES)
            .vector(x)
            .vector(y)
            .i32(n)
            .cost(128L * n, 0));
  }

  /** Several multi-scalar multiplications together. */
  List<G1> msm(Bases bases, List<Segment> segments, int outputs) {
    if (segments.size() > MAX_SEGMENTS || outputs * MsmShape.XYZZ_BYTES > RESULTS) {
      throw new IllegalArgumentException("Too much for one launch");
    }
    var words = new long[Segment.WORDS * segments.size()];
    long scalars = 0;
    long entries = 0;
    for (int k = 0; k < segments.size(); k++) {
      var segment = segments.get(k);
      if (segment.output() < 0 || segment.output() >= outputs) {
        throw new IllegalArgumentException("A segment of a sum that there is not");
      }
      if (segment.indices() == 0 && (long) segment.offset() + segment.size() > bases.size()) {
        throw new IllegalArgumentException(
            segment.size() + " scalars, but only " + (bases.size() - segment.offset()) + " bases");
      }
      segment.write(words, k * Segment.WORDS, (int) scalars);
      scalars += segment.size();
      entries += segment.entries(bases.width());
    }
    var shape = new MsmShape(bases, segments.size(), Math.toIntExact(scalars), entries, outputs);
    MemorySegment.copy(words, 0, table.segment(), ValueLayout.JAVA_LONG, 0, words.length);
    ask(shape);
    synchronize();
    return IntStream.range(0, outputs).mapToObj(this::affine).toList();
  }

  /**
   * Launches what was recorded for this shape. What comes for the first time is launched kernel by
   * kernel, which loads them, and recorded when it comes again; so is what is measured.
   */
  private void ask(MsmShape shape) {
    var memory = reserve(shape.bytes());
    Runnable launches = () -> shape.ask(stream, memory, table, scratch.address(), values());
    var known = graphs.get(shape);
    if (known == null || device.isMeasured()) {
      launches.run();
      graphs.putIfAbsent(shape, Optional.empty());
      dropOldest();
      return;
    }
    var graph = known.orElseGet(() -> stream.capture(launches));
    graphs.put(shape, Optional.of(graph));
    stream.launch(graph);
  }

  private void dropOldest() {
    if (graphs.size() > GRAPHS) {
      graphs.pollFirstEntry().getValue().ifPresent(Device.Graph::close);
    }
  }

  /** A sum in coordinates X, Y, ZZ, ZZZ, made affine: one inversion. */
  private G1 affine(int index) {
    var sum =
        results.segment().asSlice(ROUND + (long) MsmShape.XYZZ_BYTES * index, MsmShape.XYZZ_BYTES);
    return Accumulator.affine(sum.toArray(ValueLayout.JAVA_LONG));
  }

  /** Memory to sort in, which grows; what was recorded for the memory before is forgotten then. */
  private Device.Memory reserve(long bytes) {
    if (sorting != null && sorting.bytes() >= bytes) {
      return sorting;
    }
    synchronize();
    forget();
    if (sorting != null) {
      var outgrown = sorting;
      sorting = null;
      outgrown.close();
    }
    sorting = device.allocate(bytes + bytes / 4);
    return sorting;
  }

  private void forget() {
    graphs.values().forEach(graph -> graph.ifPresent(Device.Graph::close));
    graphs.clear();
  }

  /** Overwrites everything that these kernels keep between calls, as it may tell of secrets. */
  void clearScratch() {
    stream.clear(scratch, 0, SCRATCH);
    if (sorting != null) {
      stream.clear(sorting, 0, sorting.bytes());
    }
    stream.synchronize();
    round = null;
    results.segment().fill((byte) 0);
  }

  @Override
  public void close() {
    var all = new ArrayList<AutoCloseable>();
    all.add(stream::synchronize);
    all.add(this::forget);
    if (sorting != null) {
      all.add(sorting);
    }
    all.addAll(List.of(scratch, results, table, stream));
    Closing.all(all);
  }

  // Shapes.

  /** Where kernels leave values. */
  private long values() {
    return results.address() + ROUND;
  }

  /** The first elements of what was left, waited for. */
  private List<Fr> results(int count) {
    synchronize();
    return elements(ROUND, count);
  }

  private List<Fr> elements(long at, int count) {
    var limbs = results.segment().asSlice(at, 32L * count).toArray(ValueLayout.JAVA_LONG);
    var out = new ArrayList<Fr>(count);
    var one = FieldVector.ofFr(1);
    for (int i = 0; i < count; i++) {
      System.arraycopy(limbs, 4 * i, one.limbs(), 0, 4);
      out.add(one.fr(0));
    }
    one.clear();
    Arrays.fill(limbs, 0);
    return out;
  }

  /** Up to 32 vectors and factors, as kernels take them: 6 words each, and their number. */
  private static long[] terms(List<DeviceVector> vectors, @Nullable List<Fr> scales) {
    var words = new long[6 * MAX_TERMS + 1];
    for (int k = 0; k < vectors.size(); k++) {
      var v = vectors.get(k);
      words[6 * k] = v.address();
      words[6 * k + 1] = (v.stride() & 0xffffffffL) | (long) v.size() << 32;
      if (scales != null) {
        System.arraycopy(Launch.limbs(scales.get(k)), 0, words, 6 * k + 2, 4);
      }
    }
    words[6 * MAX_TERMS] = vectors.size();
    return words;
  }

  private static int blocks(long n) {
    return (int) Math.max(1, (n + BLOCK - 1) / BLOCK);
  }

  /** Blocks of a reduction: a few for every multiprocessor. */
  private int reductionBlocks(long n) {
    return (int) Math.clamp((n + BLOCK - 1) / BLOCK, 1, Math.min(4L * processors, 1024));
  }

  private static void requireSize(DeviceVector v, int size) {
    if (v.size() != size) {
      throw new IllegalArgumentException("A vector of " + v.size() + " elements, not " + size);
    }
  }

  private static void requireAtLeast(DeviceVector v, int size) {
    if (v.size() < size) {
      throw new IllegalArgumentException(
          "A vector of " + v.size() + " elements, but " + size + " are needed");
    }
  }

  private static void requireBytes(Device.Memory memory, long at, long bytes) {
    if (at < 0 || at + bytes > memory.bytes()) {
      throw new IllegalArgumentException("Memory of too few bytes");
    }
  }

  private static void requireResults(int count) {
    if (count > MAX_RESULTS) {
      throw new IllegalArgumentException("More results than are kept");
    }
  }

  /** Refuses an output that would be written while its neighbours' threads still read it. */
  private static void requireApart(DeviceVector out, DeviceVector in) {
    long a = out.address();
    long b = in.address();
    if (a == b && out.size() > 0 && in.size() > 0) {
      throw new IllegalArgumentException("Not in place");
    }
  }
}
