package org.probity.zk.backend;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.probity.zk.curve.G1;
import org.probity.zk.curve.PointVector;
import org.probity.zk.field.FieldVector;
import org.probity.zk.field.Fr;

/** A workspace in the Java heap, on the operations of a {@link VectorBackend}. */
final class HostWorkspace implements Workspace {
  private final VectorBackend backend;
  private final PointVector bases;
  private final IntegerRows rows;
  private final List<HostVector> vectors = new ArrayList<>();
  private final List<FoldedVector> folded = new ArrayList<>();

  HostWorkspace(VectorBackend backend, PointVector bases, IntegerRows rows) {
    this.backend = backend;
    this.bases = bases;
    this.rows = rows;
  }

  /**
   * A vector with its elements.
   *
   * @param integers what it was made of, if it was of small integers: their sum of multiples of
   *     points is cheaper
   */
  private record HostVector(FieldVector elements, long @Nullable [] integers)
      implements ResidentVector {
    @Override
    public int size() {
      return elements.size();
    }

    void clear() {
      elements.clear();
      if (integers != null) {
        Arrays.fill(integers, 0);
      }
    }

    @Override
    public String toString() {
      return "HostVector[" + size() + "]";
    }
  }

  private ResidentVector keep(FieldVector elements) {
    return keep(new HostVector(elements, null));
  }

  private ResidentVector keep(HostVector vector) {
    vectors.add(vector);
    return vector;
  }

  private static FieldVector elements(ResidentVector vector) {
    return ((HostVector) vector).elements();
  }

  private static List<Fr> list(FieldVector v) {
    return IntStream.range(0, v.size()).mapToObj(v::fr).toList();
  }

  @Override
  public ResidentVector integers(long[] values) {
    return keep(new HostVector(backend.vector(values), values.clone()));
  }

  @Override
  public ResidentVector zeros(int size) {
    return keep(FieldVector.ofFr(size));
  }

  @Override
  public ResidentVector eq(List<Fr> point) {
    return keep(backend.eq(point));
  }

  @Override
  public ResidentVector combineRows(List<Fr> weights) {
    return keep(backend.combine(rows.list(), weights));
  }

  @Override
  public ResidentVector row(int c) {
    return keep(backend.combine(List.of(rows.get(c)), List.of(Fr.ONE)));
  }

  @Override
  public ResidentVector slice(ResidentVector v, int from, int to) {
    return keep(elements(v).slice(from, to));
  }

  @Override
  public ResidentVector vectorTimesMatrix(
      ResidentVector left, ResidentVector matrix, int offset, int width) {
    return keep(backend.vectorTimesMatrix(elements(left), elements(matrix), offset, width));
  }

  @Override
  public void put(ResidentVector target, int at, FieldVector source) {
    elements(target).put(at, source, source.size());
  }

  @Override
  public void addScaled(ResidentVector target, int at, ResidentVector source, Fr scale) {
    backend.addScaled(elements(target), at, elements(source), scale);
  }

  @Override
  public void addOuter(
      ResidentVector target, int at, ResidentVector left, ResidentVector right, Fr scale) {
    var scaled = FieldVector.ofFr(left.size());
    backend.addScaled(scaled, 0, elements(left), scale);
    backend.addOuter(elements(target), at, scaled, elements(right));
    scaled.clear();
  }

  @Override
  public void addSparse(ResidentVector target, Map<Integer, Fr> entries, Fr scale) {
    var out = elements(target);
    entries.forEach((index, value) -> out.set(index, out.fr(index).plus(value.times(scale))));
  }

  @Override
  public List<G1> commit(List<Committed> message) {
    // Those without integers or blinders, the folds of the opening, together.
    if (message.stream().allMatch(HostWorkspace::isPlain)) {
      return backend.msm(
          bases,
          message.stream().map(each -> elements(((Committed.Dense) each).values())).toList());
    }
    return message.stream().map(this::commit).toList();
  }

  private static boolean isPlain(Committed committed) {
    return committed instanceof Committed.Dense(HostVector values, Fr blinder)
        && values.integers() == null
        && blinder.isZero();
  }

  private G1 commit(Committed committed) {
    return switch (committed) {
      case Committed.Dense(ResidentVector values, Fr blinder) ->
          sum((HostVector) values).plus(G1.BLINDING.times(blinder));
      case Committed.Sparse sparse -> sum(sparse);
    };
  }

  private G1 sum(HostVector values) {
    return values.integers() == null
        ? backend.msm(bases, values.elements())
        : backend.msm(bases, values.integers());
  }

  private G1 sum(Committed.Sparse sparse) {
    var points = new ArrayList<G1>();
    var scalars = new ArrayList<Fr>();
    sparse
        .entries()
        .forEach((index, value) -> {
          points.add(bases.get(index));
          scalars.add(value);
        });
    points.add(G1.BLINDING);
    scalars.add(sparse.blinder());
    var vector = FieldVector.of(scalars);
    try {
      return backend.msm(PointVector.of(points), vector);
    } finally {
      vector.clear();
    }
  }

  @Override
  public ProductRounds products(
      List<ProductRounds.Product> products, ProductRounds.Extension extension) {
    return new Products(
        backend,
        products.stream()
            .map(p -> new FoldedProduct(folded(p.a()), folded(p.b()), p.scale()))
            .toList(),
        extension);
  }

  private FoldedVector folded(ResidentVector v) {
    var out = new FoldedVector(elements(v));
    folded.add(out);
    return out;
  }

  @Override
  public BitRounds bits(BitRounds.Neurons neurons, List<Fr> tau, Fr delta) {
    return new Bits(
        backend,
        folded(neurons.bits()),
        folded(neurons.signs()),
        folded(neurons.magnitudes()),
        folded(neurons.activations()),
        new FoldedVector(backend.eq(tau.subList(1, tau.size()))),
        delta);
  }

  @Override
  public ResidentVector fold(ResidentVector v, List<Fr> values) {
    var out = new FoldedVector(elements(v));
    values.forEach(r -> out.bind(backend, r));
    return keep(out.now);
  }

  @Override
  public List<List<Fr>> parts(List<ResidentVector> polynomials, List<Integer> radices, Fr z) {
    return IntStream.range(0, polynomials.size())
        .mapToObj(k -> backend.parts(elements(polynomials.get(k)), radices.get(k), z))
        .toList();
  }

  @Override
  public ResidentVector divide(ResidentVector coefficients, int degree, Fr root) {
    return keep(backend.divide(elements(coefficients), degree, root));
  }

  @Override
  public List<Fr> read(ResidentVector v) {
    return list(elements(v));
  }

  @Override
  public void close() {
    folded.forEach(FoldedVector::clear);
    folded.clear();
    vectors.forEach(HostVector::clear);
    vectors.clear();
  }

  /** A vector while its variables are bound: what was made on the way is overwritten. */
  private static final class FoldedVector {
    private final FieldVector first;
    private FieldVector now;

    FoldedVector(FieldVector first) {
      this.first = first;
      now = first;
    }

    void bind(VectorBackend backend, Fr r) {
      var next = backend.bind(now, r);
      clear();
      now = next;
    }

    void sumOut(VectorBackend backend) {
      now = backend.sumOut(now);
    }

    void clear() {
      if (now != first) {
        now.clear();
      }
    }

    int size() {
      return now.size();
    }

    @Override
    public String toString() {
      return "FoldedVector[" + size() + "]";
    }
  }

  private static final class FoldedProduct {
    private final FoldedVector a;
    private final FoldedVector b;
    private final Fr scale;

    /** {@code Π(1 - r)} over the variables bound that the vectors do not have. */
    private Fr beyond = Fr.ONE;

    FoldedProduct(FoldedVector a, FoldedVector b, Fr scale) {
      this.a = a;
      this.b = b;
      this.scale = scale;
    }

    @Override
    public String toString() {
      return "FoldedProduct[" + a.size() + "]";
    }
  }

  private record Products(VectorBackend backend, List<FoldedProduct> products, Extension extension)
      implements ProductRounds {

    @Override
    public Fr sum() {
      Fr sum = Fr.ZERO;
      for (var p : products) {
        sum = sum.plus(p.scale.times(backend.innerProduct(p.a.now, p.b.now)));
      }
      return sum;
    }

    @Override
    public Quadratic round() {
      Fr c0 = Fr.ZERO;
      Fr c2 = Fr.ZERO;
      for (var p : products) {
        if (p.a.size() > 1) {
          var c = backend.productRound(p.a.now, p.b.now);
          c0 = c0.plus(p.scale.times(c.get(0)));
          c2 = c2.plus(p.scale.times(c.get(1)));
        } else {
          Fr constant = p.scale.times(p.a.now.fr(0)).times(p.b.now.fr(0)).times(p.beyond);
          if (extension == Extension.ZERO) {
            // a·b·(1-X)²; a form's product is a·b·(1-X) and has no square.
            constant = constant.times(p.beyond);
            c2 = c2.plus(constant);
          }
          c0 = c0.plus(constant);
        }
      }
      return new Quadratic(c0, c2);
    }

    @Override
    public void bind(Fr r) {
      for (var p : products) {
        if (p.a.size() > 1) {
          p.a.bind(backend, r);
          p.b.bind(backend, r);
        } else {
          p.beyond = p.beyond.times(Fr.ONE.minus(r));
        }
      }
    }

    @Override
    public List<Fr> left(int product) {
      var p = products.get(product);
      return extended(p.a, extension == Extension.ZERO ? p.beyond : Fr.ONE);
    }

    @Override
    public List<Fr> right(int product) {
      var p = products.get(product);
      return extended(p.b, p.beyond);
    }

    private static List<Fr> extended(FoldedVector v, Fr beyond) {
      return list(v.now).stream().map(element -> element.times(beyond)).toList();
    }
  }

  private record Bits(
      VectorBackend backend,
      FoldedVector bits,
      FoldedVector signs,
      FoldedVector magnitudes,
      FoldedVector activations,
      FoldedVector weight,
      Fr delta)
      implements BitRounds {

    private boolean joined() {
      return bits.size() == signs.size();
    }

    @Override
    public List<Fr> round() {
      var q = backend.bitRound(weight.now, bits.now);
      if (!joined()) {
        return q;
      }
      var r = backend.activationRound(weight.now, signs.now, magnitudes.now, activations.now);
      return List.of(q.get(0).plus(delta.times(r.get(0))), q.get(1).plus(delta.times(r.get(1))));
    }

    @Override
    public void bind(Fr x) {
      if (joined()) {
        signs.bind(backend, x);
        magnitudes.bind(backend, x);
        activations.bind(backend, x);
      }
      bits.bind(backend, x);
      weight.sumOut(backend);
    }

    @Override
    public Ends ends() {
      return new Ends(list(bits.now), list(signs.now), list(magnitudes.now), list(activations.now));
    }

    @Override
    public String toString() {
      return "Bits";
    }
  }
}
