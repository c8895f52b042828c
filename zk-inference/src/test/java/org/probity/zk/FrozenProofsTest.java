package org.probity.zk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.probity.ground.Bytes32;
import org.probity.ground.Frozen;
import org.probity.ground.TestKind;
import org.probity.zk.backend.ComputeBackend;

/**
 * Whole proofs for fixed masks, frozen byte for byte with all that they are about: private model,
 * key, reference string, features, decision, context, and what the verifier says of each proof with
 * a bit changed.
 *
 * <p>The masks are what {@link Random} of the noted seed gives, drawn as the prover draws them: a
 * prover that draws the same number of them in another order is no worse, and its proofs are other
 * ones. Written anew by {@code -Dprobity.freeze=proofs} ({@link Frozen}).
 */
@TestKind.Differential
class FrozenProofsTest {
  private static final String GROUP = "proofs";

  /** Both readouts, one layer and the most, every kind of row, widths that are no powers of two. */
  private static final Map<String, Network> MODELS = new LinkedHashMap<>();

  static {
    MODELS.put("small", Networks.random(new Random(81), Readout.ARGMAX, 0, 8, 8, 4));
    MODELS.put("deep", deep(new Random(82)));
    MODELS.put("linear", Networks.random(new Random(83), Readout.LINEAR, 1, 6, 9, 2));
    MODELS.put("lone", Networks.random(new Random(84), Readout.LINEAR, 0, 5, 3));
  }

  private static final long TAU_SEED = 91;
  private static final long BLINDER_SEED = 92;
  private static final long MASK_SEED = 93;
  private static final int PLACES = 20;

  private static Srs srs;

  @BeforeAll
  static void makeReferenceString() {
    int logSize =
        MODELS.values().stream().mapToInt(n -> n.architecture().logSize()).max().orElseThrow();
    srs = Srs.development(logSize, Networks.seeded(TAU_SEED));
  }

  static List<String> models() {
    return List.copyOf(MODELS.keySet());
  }

  /** Besides the scalar one on one thread, which makes what is compared as a whole. */
  static List<ComputeBackend> backends() {
    return List.of(ComputeBackend.scalar(3), ComputeBackend.best());
  }

  @ParameterizedTest
  @MethodSource("models")
  void everyOtherBackendGivesTheFrozenKeyAndTheFrozenProof(String name) {
    var frozen = Vector.read(name);
    var model = frozen.model();
    for (var backend : backends()) {
      var again =
          CommittedModel.commit(model.network(), srs, backend, Networks.seeded(BLINDER_SEED));
      assertThat(again.encode()).as(backend.name()).isEqualTo(model.encode());
      var proof =
          new Prover(srs, backend, Networks.seeded(MASK_SEED))
              .prove(model, frozen.features(), frozen.decision(), frozen.context());
      assertThat(Vector.words(proof.bytes())).as(backend.name()).isEqualTo(frozen.words("proof"));
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void theVerifierAcceptsTheFrozenProofAndRefusesItWithABitChanged(String name) {
    var frozen = Vector.read(name);
    assertThat(frozen.model().encode()).as("as it was stored").isEqualTo(frozen.stored());
    assertThat(frozen.model().key().bytes()).isEqualTo(frozen.keyBytes());
    assertThat(frozen.model().key().digest().hex()).isEqualTo(frozen.line("key digest"));
    // Nothing that is made anew: only what the file says.
    var verifier = new ProofVerifier(frozen.tau());
    assertThat(frozen.verdict(verifier, frozen.proof())).isEqualTo(Verdict.ACCEPTED);
    assertThat(frozen.refusals(verifier)).isEqualTo(frozen.refused()).hasSize(PLACES + 3);
    assertThat(frozen.refused()).noneMatch(line -> line.endsWith(Verdict.ACCEPTED.name()));
  }

  @ParameterizedTest
  @MethodSource("models")
  void whatIsFrozenIsWhatTodaysCodeWouldFreeze(String name) {
    var today = Vector.of(Objects.requireNonNull(MODELS.get(name)));
    assertThat(today.text()).isEqualTo(Frozen.text(file(name, "txt")));
    assertThat(today.stored()).isEqualTo(Frozen.bytes(file(name, "model")));
  }

  @Test
  @EnabledIfSystemProperty(named = Frozen.PROPERTY, matches = GROUP)
  void writeAnew() {
    MODELS.forEach((name, network) -> {
      var today = Vector.of(network);
      Frozen.write(file(name, "txt"), today.text());
      Frozen.write(file(name, "model"), today.stored());
    });
    Frozen.writtenAnew(GROUP);
  }

  @Test
  @DisabledIfSystemProperty(named = Frozen.PROPERTY, matches = GROUP)
  void nothingIsWrittenAnewUnasked() {
    var file = file("small", "txt");
    var before = Frozen.text(file);
    assertThatThrownBy(() -> Frozen.write(file, "other"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("-Dprobity.freeze=proofs");
    assertThat(Frozen.text(file)).isEqualTo(before);
  }

  private static String file(String name, String kind) {
    return "%s/%s.%s".formatted(GROUP, name, kind);
  }

  /** As many layers as there can be, one of them wide; shifts that keep the values in range. */
  private static Network deep(Random random) {
    var layers = new ArrayList<Layer>();
    var dense = new ArrayList<Dense>();
    int inputs = 20;
    for (int l = 1; l <= Architecture.MAX_LAYERS; l++) {
      boolean last = l == Architecture.MAX_LAYERS;
      int width = last ? 5 : l == 2 ? 100 : 5 + l % 4;
      layers.add(new Layer(width, last ? 0 : 7));
      dense.add(
          new Dense(
              random.ints((long) width * inputs, -60, 61).toArray(),
              random.ints(width, -5000, 5001).toArray()));
      inputs = width;
    }
    return new Network(new Architecture(20, layers, Readout.ARGMAX, 2), dense);
  }

  /**
   * A frozen proof.
   *
   * @param stored the private model as its owner stores it
   * @param lines the names and values of the text, in its order
   * @param refused what the verifier says of what is changed, a line each
   */
  private record Vector(byte[] stored, Map<String, List<String>> lines, List<String> refused) {

    /** What today's code makes. */
    static Vector of(Network network) {
      var backend = ComputeBackend.scalar(1);
      var model = CommittedModel.commit(network, srs, backend, Networks.seeded(BLINDER_SEED));
      var random = new Random(94);
      var features = Networks.features(random, network.architecture().inputs());
      var context = Networks.context(random);
      var decision = network.decide(features);
      var proof =
          new Prover(srs, backend, Networks.seeded(MASK_SEED))
              .prove(model, features, decision, context);
      var lines = new LinkedHashMap<String, List<String>>();
      lines.put("shape", List.of(shape(network.architecture())));
      lines.put("seed of tau", List.of(Long.toString(TAU_SEED)));
      lines.put("seed of blinders", List.of(Long.toString(BLINDER_SEED)));
      lines.put("seed of masks", List.of(Long.toString(MASK_SEED)));
      lines.put("tau", srs.tauG2Words().stream().map(BigInteger::toString).toList());
      lines.put("reference digest", List.of(srs.digest().hex()));
      lines.put("key digest", List.of(model.key().digest().hex()));
      lines.put("features", numbers(features.toArray()));
      lines.put("decision", numbers(decision.words()));
      lines.put("context", List.of(context.hex()));
      lines.put("key", words(model.key().bytes()));
      lines.put("proof", words(proof.bytes()));
      var whole = new Vector(model.encode(), lines, List.of());
      return new Vector(whole.stored, lines, whole.refusals(new ProofVerifier(srs)));
    }

    private static String shape(Architecture shape) {
      return "%d%s, %s, %d rows"
          .formatted(
              shape.inputs(),
              shape.layers().stream()
                  .map(layer -> " -> %d>>%d".formatted(layer.width(), layer.shift()))
                  .collect(Collectors.joining()),
              shape.readout(),
              shape.rows());
    }

    static Vector read(String name) {
      var lines = new LinkedHashMap<String, List<String>>();
      var refused = new ArrayList<String>();
      List<String> values = List.of();
      for (var line : Frozen.text(file(name, "txt")).split("\n")) {
        if (line.startsWith("  ")) {
          values.add(line.strip());
        } else {
          values = line.equals("refused:") ? refused : new ArrayList<>();
          lines.put(line.substring(0, line.length() - 1), values);
        }
      }
      lines.remove("refused");
      return new Vector(Frozen.bytes(file(name, "model")), lines, refused);
    }

    /** Every name on a line, its values on the next ones: the proof word by word. */
    String text() {
      var all = new LinkedHashMap<>(lines);
      all.put("refused", refused);
      return all.entrySet().stream()
          .map(entry ->
              entry.getKey()
                  + ":\n"
                  + entry.getValue().stream()
                      .map(value -> "  " + value + "\n")
                      .collect(Collectors.joining()))
          .collect(Collectors.joining());
    }

    static List<String> words(byte[] bytes) {
      return IntStream.iterate(0, at -> at < bytes.length, at -> at + 32)
          .mapToObj(at -> HexFormat.of().formatHex(bytes, at, Math.min(at + 32, bytes.length)))
          .toList();
    }

    private static List<String> numbers(int[] values) {
      return List.of(
          Arrays.stream(values).mapToObj(Integer::toString).collect(Collectors.joining(" ")));
    }

    List<String> words(String name) {
      return Objects.requireNonNull(lines.get(name), name);
    }

    String line(String name) {
      return words(name).getFirst();
    }

    private byte[] unhex(String name) {
      return HexFormat.of().parseHex(String.join("", words(name)));
    }

    private int[] integers(String name) {
      return Arrays.stream(line(name).split(" ")).mapToInt(Integer::parseInt).toArray();
    }

    byte[] keyBytes() {
      return unhex("key");
    }

    byte[] proof() {
      return unhex("proof");
    }

    CommittedModel model() {
      return CommittedModel.decode(stored);
    }

    List<BigInteger> tau() {
      return words("tau").stream().map(BigInteger::new).toList();
    }

    FeatureVector features() {
      return FeatureVector.of(integers("features"));
    }

    Decision decision() {
      var words = integers("decision");
      return ModelKey.parse(keyBytes()).architecture().readout() == Readout.ARGMAX
          ? new Decision.Choice(words[0])
          : new Decision.Outputs(Arrays.stream(words).boxed().toList());
    }

    Bytes32 context() {
      return Bytes32.fromHex(line("context"));
    }

    Verdict verdict(ProofVerifier verifier, byte[] proof) {
      return verifier.verify(
          ModelKey.parse(keyBytes()), features(), decision(), context(), DecisionProof.of(proof));
    }

    /** One bit off at places all over the proof, then one thing off in what it is about. */
    List<String> refusals(ProofVerifier verifier) {
      var out = new ArrayList<String>();
      var proof = proof();
      for (int i = 0; i < PLACES; i++) {
        int at = i * (proof.length - 1) / (PLACES - 1);
        var changed = proof.clone();
        changed[at] ^= (byte) (1 << i % 8);
        out.add("bit %d of byte %d: %s".formatted(i % 8, at, verdict(verifier, changed)));
      }
      var key = ModelKey.parse(keyBytes());
      var whole = DecisionProof.of(proof);
      var features = features().toArray();
      features[0]++;
      out.add(
          "another feature: "
              + verifier.verify(key, FeatureVector.of(features), decision(), context(), whole));
      var words = decision().words();
      words[0] = (words[0] + 1) % 2;
      var decision =
          decision() instanceof Decision.Choice
              ? new Decision.Choice(words[0])
              : new Decision.Outputs(Arrays.stream(words).boxed().toList());
      out.add("another decision: " + verifier.verify(key, features(), decision, context(), whole));
      var context = context().toByteArray();
      context[31] ^= 1;
      out.add(
          "another context: "
              + verifier.verify(key, features(), decision(), Bytes32.of(context), whole));
      return out;
    }
  }
}
