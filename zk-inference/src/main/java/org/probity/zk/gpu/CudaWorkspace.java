package org.probity.zk.gpu;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.probity.zk.backend.BitRounds;
import org.probity.zk.backend.Committed;
import org.probity.zk.backend.ProductRounds;
import org.probity.zk.backend.ResidentVector;
import org.probity.zk.backend.Workspace;
import org.probity.zk.curve.G1;
import org.probity.zk.field.FieldVector;
import org.probity.zk.field.Fr;

/**
 * The vectors of one proof on a card. Operations only ask the stream; those that return values wait
 * for it. No vector is shared by two operations that overlap, as all are on one stream.
 */
final class CudaWorkspace implements Workspace {
  private final Card card;
  private final Flight flight;
  private final Kernels kernels;
  private final Arena arena;
  private final Residency.Resident<Bases> bases;
  private final Residency.Resident<Rows> model;
  private boolean closed;

  CudaWorkspace(
      Card card, Flight flight, Residency.Resident<Bases> bases, Residency.Resident<Rows> model) {
    this.card = card;
    this.flight = flight;
    this.kernels = flight.kernels();
    this.arena = flight.arena();
    this.bases = bases;
    this.model = model;
  }

  /**
   * A vector on the card.
   *
   * @param bytes its elements as bytes too, if it was made of integers that small: multiples of
   *     points by them are cheaper
   */
  private record CudaVector(DeviceVector elements, Arena.@Nullable Place bytes)
      implements ResidentVector {
    @Override
    public int size() {
      return elements.size();
    }

    @Override
    public String toString() {
      return "CudaVector[" + size() + "]";
    }
  }

  private static DeviceVector elements(ResidentVector v) {
    return ((CudaVector) v).elements();
  }

  private static CudaVector of(DeviceVector v) {
    return new CudaVector(v, null);
  }

  // ---- Vectors ----

  @Override
  public ResidentVector integers(long[] values) {
    var words = arena.take(8L * values.length);
    kernels.stream().upload(words.memory(), words.at(), MemorySegment.ofArray(values));
    var out = arena.vector(values.length);
    kernels.integers(out, words.memory(), words.at());
    return new CudaVector(out, bytes(values));
  }

  private Arena.@Nullable Place bytes(long[] values) {
    var small = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      small[i] = (byte) values[i];
      if (small[i] != values[i]) {
        Arrays.fill(small, (byte) 0);
        return null;
      }
    }
    var place = arena.take(values.length);
    kernels.stream().upload(place.memory(), place.at(), MemorySegment.ofArray(small));
    Arrays.fill(small, (byte) 0);
    return place;
  }

  @Override
  public ResidentVector zeros(int size) {
    return of(arena.vector(size));
  }

  @Override
  public ResidentVector eq(List<Fr> point) {
    return of(kernel(point));
  }

  private DeviceVector kernel(List<Fr> point) {
    var out = arena.vector(1 << point.size());
    kernels.eq(out, point, Fr.ONE, false);
    return out;
  }

  @Override
  public ResidentVector combineRows(List<Fr> weights) {
    return of(folded(model.content(), weights));
  }

  @Override
  public ResidentVector row(int c) {
    return of(folded(model.content().row(c), List.of(Fr.ONE)));
  }

  private DeviceVector folded(Rows rows, List<Fr> weights) {
    var out = arena.vector(rows.length());
    kernels.foldRows(out, rows, 0, upload(weights));
    return out;
  }

  private DeviceVector upload(List<Fr> elements) {
    var vector = FieldVector.of(elements);
    try {
      return upload(vector);
    } finally {
      vector.clear();
    }
  }

  private DeviceVector upload(FieldVector elements) {
    var out = arena.vector(elements.size());
    kernels.upload(out, elements);
    return out;
  }

  @Override
  public ResidentVector slice(ResidentVector v, int from, int to) {
    return of(copy(elements(v).slice(from, to)));
  }

  private DeviceVector copy(DeviceVector v) {
    var out = arena.vector(v.size());
    kernels.combine(out, List.of(v), List.of(Fr.ONE), false);
    return out;
  }

  @Override
  public ResidentVector vectorTimesMatrix(
      ResidentVector left, ResidentVector matrix, int offset, int width) {
    var out = arena.vector(width);
    var area = elements(matrix).slice(offset, offset + left.size() * width);
    kernels.vectorTimesMatrix(out, elements(left), area);
    return of(out);
  }

  @Override
  public void put(ResidentVector target, int at, FieldVector elements) {
    kernels.upload(elements(target).slice(at, at + elements.size()), elements);
  }

  @Override
  public void addScaled(ResidentVector target, int at, ResidentVector source, Fr scale) {
    var area = elements(target).slice(at, at + source.size());
    kernels.addScaled(area, elements(source), scale);
  }

  @Override
  public void addOuter(
      ResidentVector target, int at, ResidentVector left, ResidentVector right, Fr scale) {
    var area = elements(target).slice(at, at + left.size() * right.size());
    kernels.addOuter(area, elements(left), elements(right), scale);
  }

  @Override
  public void addSparse(ResidentVector target, Map<Integer, Fr> entries, Fr scale) {
    var sparse = sparse(entries);
    kernels.scatterAdd(
        elements(target), sparse.indices().memory(), sparse.indices().at(), sparse.values(), scale);
  }

  private record Sparse(Arena.Place indices, DeviceVector values) {}

  private Sparse sparse(Map<Integer, Fr> entries) {
    var at = entries.keySet().stream().mapToInt(Integer::intValue).toArray();
    var indices = arena.take(4L * at.length);
    kernels.stream().upload(indices.memory(), indices.at(), MemorySegment.ofArray(at));
    return new Sparse(indices, upload(List.copyOf(entries.values())));
  }

  // ---- Commitments ----

  @Override
  public List<G1> commit(List<Committed> message) {
    var segments = new ArrayList<Segment>();
    for (int output = 0; output < message.size(); output++) {
      var committed = message.get(output);
      segments.add(
          switch (committed) {
            case Committed.Dense(ResidentVector values, Fr blinder) ->
                dense((CudaVector) values, output);
            case Committed.Sparse(var entries, Fr blinder) -> {
              var sparse = sparse(entries);
              yield Segment.of(sparse.values(), output)
                  .on(sparse.indices().memory(), sparse.indices().at());
            }
          });
      if (!committed.blinder().isZero()) {
        // The blinding generator is the last of the bases.
        segments.add(
            Segment.of(upload(List.of(committed.blinder())), output)
                .on(bases.content().size() - 1));
      }
    }
    return kernels.msm(bases.content(), segments, message.size());
  }

  private static Segment dense(CudaVector values, int output) {
    var bytes = values.bytes();
    return bytes == null
        ? Segment.of(values.elements(), output)
        : Segment.of(Segment.Kind.INT8, bytes.memory(), bytes.at(), values.size(), output);
  }

  // ---- Sumchecks ----

  @Override
  public ProductRounds products(
      List<ProductRounds.Product> products, ProductRounds.Extension extension) {
    return new Products(products, extension);
  }

  private final class Products implements ProductRounds {
    private final Kernels.Extension extension;
    private List<Kernels.Product> products;
    private Kernels.Round round;
    private @Nullable List<Fr> ends;

    Products(List<Product> products, Extension extension) {
      this.extension =
          switch (extension) {
            case ZERO -> Kernels.Extension.ZERO;
            case FORM -> Kernels.Extension.FORM;
          };
      this.products =
          products.stream().map(p -> product(elements(p.a()), elements(p.b()), p.scale())).toList();
      round = kernels.productRound(this.products, this.extension, null);
    }

    /** A product, with places for what it is folded to. */
    private Kernels.Product product(DeviceVector a, DeviceVector b, Fr scale) {
      int half = Math.max(1, a.size() / 2);
      return new Kernels.Product(a, b, arena.vector(half), arena.vector(half), scale);
    }

    @Override
    public Fr sum() {
      var values = round.get();
      return values.get(0).plus(values.get(2));
    }

    @Override
    public Quadratic round() {
      var values = round.get();
      return new Quadratic(values.get(0), values.get(1));
    }

    @Override
    public void bind(Fr r) {
      round = kernels.productRound(products, extension, r);
      products = products.stream().map(p -> product(p.foldedA(), p.foldedB(), p.scale())).toList();
      ends = null;
    }

    @Override
    public List<Fr> left(int product) {
      return ends(2 * product);
    }

    @Override
    public List<Fr> right(int product) {
      return ends(2 * product + 1);
    }

    private List<Fr> ends(int index) {
      var vectors = products.stream().flatMap(p -> Stream.of(p.a(), p.b())).toList();
      if (ends == null) {
        ends = kernels.gather(vectors);
      }
      int from = vectors.subList(0, index).stream().mapToInt(DeviceVector::size).sum();
      return ends.subList(from, from + vectors.get(index).size());
    }
  }

  @Override
  public BitRounds bits(BitRounds.Neurons neurons, List<Fr> tau, Fr delta) {
    return new Bits(
        kernel(tau.subList(1, tau.size())),
        elements(neurons.bits()),
        new Kernels.Neurons(
            elements(neurons.signs()),
            elements(neurons.magnitudes()),
            elements(neurons.activations()),
            null),
        delta);
  }

  private final class Bits implements BitRounds {
    private final Fr delta;
    private DeviceVector weight;
    private DeviceVector bits;
    private Kernels.Neurons neurons;
    private Kernels.Round round;
    private @Nullable Ends ends;

    Bits(DeviceVector weight, DeviceVector bits, Kernels.Neurons neurons, Fr delta) {
      this.weight = weight;
      this.bits = bits;
      this.neurons = neurons;
      this.delta = delta;
      // Nothing is folded yet, and nothing is written.
      round =
          kernels.bitRound(
              new Kernels.Bits(weight, weight, bits, bits, joined(bits) ? neurons : null),
              delta,
              null);
    }

    private boolean joined(DeviceVector b) {
      return b.size() == neurons.s().size();
    }

    @Override
    public List<Fr> round() {
      return round.get();
    }

    @Override
    public void bind(Fr x) {
      ends = null;
      var foldedWeight = arena.vector(weight.size() / 2);
      var foldedBits = arena.vector(bits.size() / 2);
      Kernels.Neurons joining = null;
      if (joined(bits)) {
        int half = foldedBits.size();
        var folded =
            new Kernels.Neurons(arena.vector(half), arena.vector(half), arena.vector(half), null);
        joining = new Kernels.Neurons(neurons.s(), neurons.t(), neurons.a(), folded);
        neurons = folded;
      } else if (joined(foldedBits)) {
        joining = neurons;
      }
      round =
          kernels.bitRound(
              new Kernels.Bits(weight, foldedWeight, bits, foldedBits, joining), delta, x);
      weight = foldedWeight;
      bits = foldedBits;
    }

    @Override
    public Ends ends() {
      if (ends == null) {
        var all = kernels.gather(List.of(bits, neurons.s(), neurons.t(), neurons.a()));
        ends = new Ends(all.subList(0, 2), all.subList(2, 4), all.subList(4, 6), all.subList(6, 8));
      }
      return ends;
    }

    @Override
    public String toString() {
      return "Bits";
    }
  }

  // ---- Polynomials ----

  @Override
  public ResidentVector fold(ResidentVector v, List<Fr> values) {
    var now = elements(v);
    if (values.size() == 3) {
      var out = arena.vector(now.size() / 8);
      kernels.fold8(out, now, values);
      return of(out);
    }
    for (Fr r : values) {
      var out = arena.vector(now.size() / 2);
      kernels.bind(out, now, r);
      now = out;
    }
    return of(now);
  }

  @Override
  public List<List<Fr>> parts(List<ResidentVector> polynomials, List<Integer> radices, Fr z) {
    var all = kernels.parts(polynomials.stream().map(CudaWorkspace::elements).toList(), radices, z);
    var out = new ArrayList<List<Fr>>();
    int from = 0;
    for (int radix : radices) {
      out.add(all.subList(from, from + radix));
      from += radix;
    }
    return out;
  }

  @Override
  public ResidentVector divide(ResidentVector coefficients, int degree, Fr root) {
    var out = arena.vector(coefficients.size() - degree);
    kernels.divide(out, elements(coefficients), degree, root);
    return of(out);
  }

  // ---- The end ----

  @Override
  public List<Fr> read(ResidentVector v) {
    if (v.size() <= Kernels.MAX_RESULTS) {
      return kernels.gather(List.of(elements(v)));
    }
    var elements = kernels.download(elements(v));
    try {
      return IntStream.range(0, elements.size()).mapToObj(elements::fr).toList();
    } finally {
      elements.clear();
    }
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      card.land(flight, bases, model);
    }
  }
}
