package org.probity.zk;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.probity.ground.Bytes32;
import org.probity.zk.backend.ComputeBackend;
import org.probity.zk.backend.IntegerRows;
import org.probity.zk.backend.ResidentVector;
import org.probity.zk.backend.VectorBackend;
import org.probity.zk.backend.Workspace;
import org.probity.zk.curve.G1;
import org.probity.zk.curve.PointVector;
import org.probity.zk.field.FieldVector;
import org.probity.zk.field.Fr;

/**
 * Why sumcheck 3 and the opening show nothing: with the challenges fixed, their messages are linear
 * in the committed vectors and in the masks, and whatever the vectors can move (without moving the
 * public claim e) the masks, uniform and fresh, move too. So the messages' distribution does not
 * depend on the vectors.
 */
class MaskRankTest {
  private static final VectorBackend SCALAR = ComputeBackend.scalar();

  private final Random random = new Random(23);

  static List<Network> shapes() {
    return Networks.shapes(31);
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void theMasksMoveEveryMessageThatTheModelMoves(Network network) {
    var map = new Messages(network);
    var masks = map.maskColumns(true, true);
    var all = new ArrayList<>(masks);
    all.addAll(map.vectorColumns());
    int rank = rank(masks);
    assertThat(rank(all)).isEqualTo(rank + 1);
    assertThat(rank(map.withoutClaim(all))).isEqualTo(rank);
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void oneMaskVectorWouldNotBeEnough(Network network) {
    var map = new Messages(network);
    var masks = map.maskColumns(true, false);
    var all = new ArrayList<>(masks);
    all.addAll(map.vectorColumns());
    assertThat(rank(map.withoutClaim(all))).isGreaterThan(rank(masks));
  }

  /** One input to the messages: what is sent, and by how much the public claim e moves. */
  private record Column(List<Fr> messages, Fr claim) {}

  /** The messages of sumcheck 3 and of the opening for fixed challenges and a fixed τ. */
  private final class Messages {
    private final Layout layout;
    private final List<FieldVector> forms;
    private final Fr tau = scalar();
    private final Fr theta = scalar();
    private final List<Fr> point = new ArrayList<>();
    private final List<Fr> opening = List.of(scalar(), scalar(), scalar());

    Messages(Network network) {
      layout = network.architecture().layout();
      var features = Networks.features(random, network.architecture().inputs());
      for (int t = 0; t < layout.logSize; t++) {
        point.add(scalar());
      }
      var product =
          new ProductSumcheck(
              scalars(layout.outputVariables),
              scalar(),
              run(layout.innerVariables),
              scalars(layout.layers - 1),
              scalars(layout.layers - 1));
      int rounds = layout.bitVariables();
      var bit =
          new BitSumcheck(scalars(rounds), scalar(), run(rounds), scalar(), scalar(), scalar());
      var work = workspace(SCALAR);
      var vectors = new FormVectors(layout, work);
      Claims.of(layout, features, network.decide(features), product, bit, scalar(), vectors);
      var zeros =
          Arrays.stream(Slice.Vector.values())
              .map(vector -> work.zeros(1 << layout.variables(vector)))
              .toArray(ResidentVector[]::new);
      forms =
          vectors.times(zeros).stream()
              .map(term -> FieldVector.of(work.read(term.form())))
              .toList();
    }

    private Sumcheck run(int rounds) {
      return new Sumcheck(scalar(), scalars(rounds), scalar());
    }

    List<Column> maskColumns(boolean first, boolean second) {
      var columns = new ArrayList<Column>();
      var zeros = forms.stream().map(form -> FieldVector.ofFr(form.size())).toList();
      for (int index : SparseMask.support(layout.logSize)) {
        if (first) {
          columns.add(send(zeros, unit(1, index), zero(2)));
        }
        if (second) {
          columns.add(send(zeros, zero(1), unit(2, index)));
        }
      }
      return columns;
    }

    /** Random vectors, more of them than there are messages: their images span all images. */
    List<Column> vectorColumns() {
      var columns = new ArrayList<Column>();
      for (int i = 0; i < 6 * layout.logSize + 10; i++) {
        var vectors = forms.stream().map(form -> FieldVector.of(scalars(form.size()))).toList();
        columns.add(send(vectors, zero(1), zero(2)));
      }
      return columns;
    }

    /** Combinations of the columns that leave e as it is. */
    List<Column> withoutClaim(List<Column> columns) {
      var pivot =
          columns.stream().filter(column -> !column.claim.isZero()).findFirst().orElseThrow();
      Fr inverse = pivot.claim.inverse();
      return columns.stream()
          .filter(column -> column != pivot)
          .map(column -> {
            Fr scale = column.claim.times(inverse);
            var messages = new ArrayList<Fr>();
            for (int i = 0; i < column.messages.size(); i++) {
              messages.add(column.messages.get(i).minus(scale.times(pivot.messages.get(i))));
            }
            return new Column(messages, Fr.ZERO);
          })
          .toList();
    }

    private Column send(List<FieldVector> vectors, SparseMask m1, SparseMask m2) {
      Fr claim = Fr.ZERO;
      var terms = new ArrayList<LinearSumcheck.Term>();
      var messages = new ArrayList<Fr>();
      var work = workspace(evaluating(tau, messages::add));
      for (int i = 0; i < vectors.size(); i++) {
        terms.add(new LinearSumcheck.Term(put(work, forms.get(i)), put(work, vectors.get(i))));
        for (int j = 0; j < vectors.get(i).size(); j++) {
          claim = claim.plus(forms.get(i).fr(j).times(vectors.get(i).fr(j)));
        }
      }
      Fr mu = m1.sum().plus(m2.sum());
      messages.add(mu);
      var transcript = new Frozen(point, messages::add);
      var linear =
          LinearSumcheck.prove(
              layout.logSize,
              terms,
              List.of(m1, m2),
              theta,
              claim.plus(theta.times(mu)),
              work,
              transcript);
      var polynomial = work.zeros(1 << layout.logSize);
      for (int i = 0; i < terms.size(); i++) {
        work.addScaled(polynomial, 0, terms.get(i).vector(), linear.forms().get(i));
      }
      work.addSparse(polynomial, m1.entries(), theta.times(m1.form(point)));
      work.addSparse(polynomial, m2.entries(), theta.times(m2.form(point)));
      HyperKzg.prove(polynomial, point, Fr.ZERO, work, new Frozen(opening, messages::add));
      return new Column(messages, claim);
    }

    private SparseMask zero(int power) {
      var mask = new SparseMask(layout.logSize, power, bytes -> {});
      mask.entries().replaceAll((index, value) -> Fr.ZERO);
      return mask;
    }

    private SparseMask unit(int power, int at) {
      var mask = zero(power);
      mask.entries().put(at, Fr.ONE);
      return mask;
    }
  }

  private static Workspace workspace(VectorBackend backend) {
    return backend.open(PointVector.of(), 0, new IntegerRows(List.of(new int[1])));
  }

  private static ResidentVector put(Workspace work, FieldVector elements) {
    var out = work.zeros(elements.size());
    work.put(out, 0, elements);
    return out;
  }

  /** A transcript that draws what it is told to, and hands over what is sent. */
  private static final class Frozen extends Transcript {
    private final List<Fr> challenges;
    private final Consumer<Fr> sent;
    private int next;

    Frozen(List<Fr> challenges, Consumer<Fr> sent) {
      super(
          Bytes32.of(new byte[32]),
          Bytes32.of(new byte[32]),
          FeatureVector.of(0),
          new Decision.Choice(0),
          Bytes32.of(new byte[32]));
      this.challenges = challenges;
      this.sent = sent;
    }

    @Override
    void send(Fr scalar) {
      sent.accept(scalar);
    }

    @Override
    void send(G1 point) {
      // The backend below hands over the commitment's logarithm instead.
    }

    @Override
    Fr challenge() {
      return challenges.get(next++);
    }
  }

  /**
   * A backend whose commitments are the polynomial's value at τ: the strongest adversary knows τ.
   */
  private static VectorBackend evaluating(Fr tau, Consumer<Fr> commitment) {
    return (VectorBackend)
        Proxy.newProxyInstance(
            VectorBackend.class.getClassLoader(),
            new Class<?>[] {VectorBackend.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("open")) {
                return InvocationHandler.invokeDefault(proxy, method, arguments);
              }
              if (method.getName().equals("msm")) {
                if (arguments[1] instanceof FieldVector single) {
                  commitment.accept(SCALAR.parts(single, 1, tau).getFirst());
                  return G1.INFINITY;
                }
                var points = new ArrayList<G1>();
                for (var each : (List<?>) arguments[1]) {
                  commitment.accept(SCALAR.parts((FieldVector) each, 1, tau).getFirst());
                  points.add(G1.INFINITY);
                }
                return points;
              }
              try {
                return method.invoke(SCALAR, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private static int rank(List<Column> columns) {
    var rows = new ArrayList<Fr[]>();
    for (var column : columns) {
      rows.add(column.messages.toArray(Fr[]::new));
    }
    int rank = 0;
    for (int c = 0; c < rows.getFirst().length && rank < rows.size(); c++) {
      int pivot = rank;
      while (pivot < rows.size() && rows.get(pivot)[c].isZero()) {
        pivot++;
      }
      if (pivot == rows.size()) {
        continue;
      }
      Collections.swap(rows, rank, pivot);
      var top = rows.get(rank);
      Fr inverse = top[c].inverse();
      for (int r = rank + 1; r < rows.size(); r++) {
        var row = rows.get(r);
        if (!row[c].isZero()) {
          Fr scale = row[c].times(inverse);
          for (int i = c; i < row.length; i++) {
            row[i] = row[i].minus(scale.times(top[i]));
          }
        }
      }
      rank++;
    }
    return rank;
  }

  private Fr scalar() {
    return Networks.seeded(random.nextLong()).nextFr();
  }

  private List<Fr> scalars(int count) {
    var out = new ArrayList<Fr>();
    for (int i = 0; i < count; i++) {
      out.add(scalar());
    }
    return out;
  }
}
