package org.probity.zk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.probity.ground.Bytes32;
import org.probity.zk.backend.BitRounds;
import org.probity.zk.backend.ComputeBackend;
import org.probity.zk.backend.VectorBackend;
import org.probity.zk.curve.PointVector;
import org.probity.zk.field.FieldVector;
import org.probity.zk.field.Fr;

/**
 * Weights, masks and blinders: never in a text, and overwritten after a proof where Java allows.
 */
class SecretsTest {
  private static final VectorBackend BACKEND = ComputeBackend.scalar(1);

  /** Integers that occur nowhere else. */
  private static final int FIRST_SECRET = 7_340_033;

  private static final FeatureVector FEATURES = FeatureVector.of(1, 2);
  private static final Bytes32 CONTEXT = Bytes32.of(new byte[32]);

  private static Srs srs;
  private static CommittedModel model;
  private static Masks masks;
  private static Witness witness;
  private static final Set<String> SECRETS = new HashSet<>();

  @BeforeAll
  static void makeSecrets() {
    int[] next = {FIRST_SECRET};
    var network =
        new Network(
            new Architecture(2, List.of(new Layer(2, 20), new Layer(2, 3)), Readout.LINEAR, 0),
            List.of(dense(next, 2, 2), dense(next, 2, 2)));
    var layout = network.architecture().layout();
    srs = Srs.development(layout.logSize, Networks.seeded(151));
    model = CommittedModel.commit(network, srs, BACKEND, Networks.seeded(152));
    masks = new Masks(layout, Networks.seeded(153));
    witness = Witness.of(network, FEATURES, layout);
    IntStream.range(FIRST_SECRET, next[0]).forEach(SecretsTest::secret);
    Arrays.stream(network.evaluate(FEATURES).getFirst()).forEach(SecretsTest::secret);
    Arrays.stream(masks.block).forEach(SecretsTest::secret);
    masks.m1.entries().values().forEach(SecretsTest::secret);
    masks.m2.entries().values().forEach(SecretsTest::secret);
    model.blinders().forEach(SecretsTest::secret);
    List.of(masks.bitsBlinder, masks.auxBlinder, masks.m1Blinder, masks.m2Blinder)
        .forEach(SecretsTest::secret);
  }

  private static Dense dense(int[] next, int inputs, int outputs) {
    return new Dense(
        IntStream.range(0, inputs * outputs).map(i -> next[0]++).toArray(),
        IntStream.range(0, outputs).map(i -> next[0]++).toArray());
  }

  private static void secret(long value) {
    SECRETS.add(Long.toString(value));
  }

  private static void secret(Fr value) {
    SECRETS.add(value.toBigInteger().toString());
    SECRETS.add(value.toBigInteger().toString(16));
  }

  private static void assertSilent(String where, String text) {
    for (var secret : SECRETS) {
      assertThat(text.contains(secret)).as("%s shows a secret", where).isFalse();
    }
  }

  // ---- toString ----

  @Test
  void noObjectShowsASecretInItsText() throws Exception {
    var visited = new HashSet<Class<?>>();
    for (var object : reachable(everythingThatAProofMakes())) {
      visited.add(object.getClass());
      assertSilent(object.getClass().getName(), object.toString());
    }
    // And no class of the protocol that could show one was left out: its text is its own, and it
    // holds numbers. (Records inside the kernels hold arrays and places in them.)
    for (var type : types()) {
      if (type.getPackage().equals(Prover.class.getPackage())
          && holdsNumbers(type)
          && hasText(type)
          && !PUBLIC.contains(type)) {
        assertThat(visited).as("the classes whose text was looked at").contains(type);
      }
    }
    assertThat(visited)
        .contains(
            CommittedModel.class,
            Network.class,
            Dense.class,
            Masks.class,
            SparseMask.class,
            UnivariateMask.class,
            Witness.class,
            FieldVector.class,
            Fr.class);
  }

  /** Their numbers come from the verifier's side, or are nobody's secret. */
  private static final Set<Class<?>> PUBLIC =
      Set.of(
          Challenges.class,
          ProofMessages.class,
          ProofMessages.Commitments.class,
          ProofMessages.Products.class,
          ProofMessages.Bits.class,
          ProofMessages.Opening.class,
          Sumcheck.Rule.Weighted.class,
          Forms.Factor.Kernel.class,
          Forms.Factor.Integers.class,
          ModelKey.class,
          Srs.class);

  private static List<Object> everythingThatAProofMakes() {
    var layout = model.key().layout();
    var transcript =
        new Transcript(model.key().digest(), srs.digest(), FEATURES, witness.decision, CONTEXT);
    var random = Networks.seeded(154);
    var rho = scalars(random, layout.outputVariables);
    var work = BACKEND.open(srs.powers(layout.logSize), 1 << layout.logSize, model.rows());
    var folded = work.combineRows(List.of(Fr.ONE));
    var rows = Prover.foldedRows(layout, witness.decision, folded, work.zeros(1), rho, work);
    var activations = work.integers(witness.activations);
    var product =
        ProductSumcheck.prove(
            rows,
            Prover.inputs(layout, activations, work),
            rho,
            random.nextFr(),
            masks,
            work,
            transcript);
    var bits = work.integers(witness.bits);
    var neurons =
        new BitRounds.Neurons(
            bits,
            work.integers(witness.signs()),
            work.integers(witness.magnitudes(layout)),
            activations);
    var bit = BitSumcheck.prove(neurons, masks, work, transcript);
    var forms = new FormVectors(layout, work);
    Claims.of(layout, FEATURES, witness.decision, product, bit, random.nextFr(), forms);
    var aux = Prover.aux(layout, activations, masks, work);
    var term = forms.times(bits, aux, folded, work.zeros(1)).getFirst();
    var linear =
        LinearSumcheck.prove(
            layout.logSize,
            List.of(term),
            List.of(masks.m1, masks.m2),
            random.nextFr(),
            Fr.ZERO,
            work,
            transcript);
    var prover = new Prover(srs, BACKEND, Networks.seeded(155));
    var proof = prover.prove(model, FEATURES, witness.decision, CONTEXT);
    return List.of(
        model,
        masks,
        witness,
        transcript,
        rows,
        product,
        neurons,
        bit,
        forms,
        term,
        linear,
        work,
        masks.m1.committed(masks.m1Blinder),
        prover,
        ComputeBackend.best(),
        proof,
        RoundPolynomial.masked(masks.bit(), masks.sign(), masks.magnitude()),
        FEATURES);
  }

  private static List<Fr> scalars(Entropy entropy, int count) {
    return IntStream.range(0, count).mapToObj(i -> entropy.nextFr()).toList();
  }

  /** Every object of this project that hangs on the roots, through fields and collections. */
  private static Set<Object> reachable(List<Object> roots) throws IllegalAccessException {
    Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    Set<Object> ours = Collections.newSetFromMap(new IdentityHashMap<>());
    var open = new ArrayDeque<>(roots);
    while (!open.isEmpty()) {
      var object = open.pop();
      if (!seen.add(object)) {
        continue;
      }
      if (object instanceof Iterable<?> many) {
        many.forEach(open::push);
      } else if (object instanceof Map<?, ?> map) {
        map.values().forEach(open::push);
      } else if (object instanceof Object[] array) {
        Arrays.asList(array).forEach(open::push);
      } else if (isOurs(object.getClass())) {
        ours.add(object);
        for (var type = object.getClass(); isOurs(type); type = type.getSuperclass()) {
          for (var field : type.getDeclaredFields()) {
            if (!Modifier.isStatic(field.getModifiers()) && !field.getType().isPrimitive()) {
              field.setAccessible(true);
              var value = field.get(object);
              if (value != null) {
                open.push(value);
              }
            }
          }
        }
      }
    }
    return ours;
  }

  private static boolean isOurs(@Nullable Class<?> type) {
    return type != null && type.getName().startsWith("org.probity.");
  }

  private static boolean holdsNumbers(Class<?> type) {
    return Arrays.stream(type.getDeclaredFields())
        .filter(field -> !Modifier.isStatic(field.getModifiers()))
        .map(field -> field.getGenericType().getTypeName())
        .anyMatch(name ->
            name.matches(".*(\\bint\\[]|\\blong\\[]).*")
                || name.matches(
                    ".*\\b(Fr|FieldVector|SparseMask|Masks|Witness|Network|Dense)\\b.*"));
  }

  /**
   * Whether its text is more than the class's name. A record's is, unless all it holds are things
   * whose own text is silent.
   */
  private static boolean hasText(Class<?> type) {
    return type.isRecord()
        ? !Arrays.stream(type.getDeclaredFields()).allMatch(SecretsTest::isSilent)
        : Arrays.stream(type.getDeclaredMethods()).anyMatch(m -> m.getName().equals("toString"));
  }

  private static boolean isSilent(Field field) {
    var type = field.getType();
    return Modifier.isStatic(field.getModifiers())
        || type.isArray()
        || List.of(FieldVector.class, Fr.class, PointVector.class).contains(type);
  }

  private static List<Class<?>> types() throws IOException, URISyntaxException {
    var out = new ArrayList<Class<?>>();
    for (var file : classFiles()) {
      var name = root().relativize(file).toString().replace('/', '.').replace(".class", "");
      try {
        out.add(Class.forName(name, false, SecretsTest.class.getClassLoader()));
      } catch (ClassNotFoundException e) {
        throw new AssertionError(e);
      }
    }
    assertThat(out).hasSizeGreaterThan(50);
    return out;
  }

  private static Path root() throws URISyntaxException {
    return Path.of(Prover.class.getProtectionDomain().getCodeSource().getLocation().toURI());
  }

  private static List<Path> classFiles() throws IOException, URISyntaxException {
    try (Stream<Path> files = Files.walk(root().resolve("org/probity/zk"))) {
      return files
          .filter(file -> file.toString().endsWith(".class"))
          .filter(file -> !file.toString().endsWith("package-info.class"))
          .toList();
    }
  }

  // ---- Logs and exceptions ----

  @Test
  void nothingOfThisModuleLogsOrPrints() throws Exception {
    for (var file : classFiles()) {
      var constants = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
      assertThat(constants)
          .as("%s", file.getFileName())
          .doesNotContain(
              "org/slf4j", "java/util/logging", "java/io/PrintStream", "printStackTrace");
    }
  }

  @Test
  void noExceptionShowsASecret() {
    var prover = new Prover(srs, BACKEND, Networks.seeded(156));
    var decision = model.network().decide(FEATURES);
    var encoded = model.encode();
    var calls =
        new ArrayList<ThrowingCallable>(
            List.of(
                () -> prover.prove(model, FEATURES, new Decision.Outputs(List.of(1, 2)), CONTEXT),
                () -> prover.prove(model, FeatureVector.of(1), decision, CONTEXT),
                () -> prover.prove(model, FeatureVector.of(1 << 30, 1 << 30), decision, CONTEXT),
                () ->
                    new Prover(
                            Srs.development(1, Networks.seeded(157)), BACKEND, Networks.seeded(158))
                        .prove(model, FEATURES, decision, CONTEXT),
                () ->
                    new Prover(srs, failing("bitRound"), Networks.seeded(159))
                        .prove(model, FEATURES, decision, CONTEXT),
                () -> new Network(model.network().architecture(), List.of()),
                () ->
                    new Network(
                        model.network().architecture(),
                        model.network().layers().reversed().stream()
                            .map(layer -> new Dense(layer.weights(), new int[] {FIRST_SECRET}))
                            .toList())));
    var random = new Random(160);
    for (int i = 0; i < 200; i++) {
      var changed = Mutations.mutate(random, encoded, encoded);
      if (!Arrays.equals(changed, encoded)) {
        calls.add(() -> CommittedModel.decode(changed));
      }
    }
    for (var call : calls) {
      var thrown = catchThrowable(call);
      assertThat(thrown).isNotNull();
      var text = new StringWriter();
      thrown.printStackTrace(new PrintWriter(text));
      assertSilent("an exception", text.toString());
    }
  }

  private static ComputeBackend failing(String at) {
    return watched(new ArrayList<>(), at);
  }

  // ---- Overwriting ----

  @Test
  void aProofLeavesNoVectorOfSecretsBehind() {
    var handed = new ArrayList<Object>();
    var prover = new Prover(srs, watched(handed, ""), Networks.seeded(161));
    assertThat(prover.prove(model, FEATURES, model.network().decide(FEATURES), CONTEXT).size())
        .isEqualTo(model.key().proofBytes());
    assertThat(handed).hasSize(5);
    handed.forEach(SecretsTest::assertCleared);
  }

  @Test
  void aProofThatFailsLeavesNoneEither() {
    for (var at : List.of("combine", "productRound", "bitRound", "parts", "divide")) {
      var handed = new ArrayList<Object>();
      var prover = new Prover(srs, watched(handed, at), Networks.seeded(162));
      assertThatThrownBy(
              () -> prover.prove(model, FEATURES, model.network().decide(FEATURES), CONTEXT))
          .isInstanceOf(IllegalStateException.class);
      assertThat(handed.size()).isGreaterThanOrEqualTo(4);
      handed.forEach(SecretsTest::assertCleared);
    }
  }

  @Test
  void masksAndWitnessLetGoOfTheirSecrets() {
    var layout = model.key().layout();
    var dropped = new Masks(layout, Networks.seeded(163));
    dropped.clear();
    assertThat(dropped.block).containsOnly(Fr.ZERO);
    assertThat(dropped.m1.entries()).isEmpty();
    assertThat(dropped.m2.entries()).isEmpty();
    var done = Witness.of(model.network(), FEATURES, layout);
    assertThat(done.bits).contains(1);
    done.clear();
    assertThat(done.bits).containsOnly(0);
    assertThat(done.activations).containsOnly(0);
  }

  @Test
  void entropyIsOverwrittenOnceItIsAScalar() {
    var drawn = new ArrayList<byte[]>();
    Entropy entropy =
        bytes -> {
          Arrays.fill(bytes, (byte) 0x5a);
          drawn.add(bytes);
        };
    assertThat(entropy.nextFr()).isNotEqualTo(Fr.ZERO);
    assertThat(drawn).hasSize(1);
    assertThat(drawn.getFirst()).containsOnly(0);
  }

  private static void assertCleared(Object values) {
    if (values instanceof long[] integers) {
      assertThat(integers).isNotEmpty().containsOnly(0);
    } else {
      assertThat(((FieldVector) values).limbs()).isNotEmpty().containsOnly(0);
    }
  }

  /**
   * A backend that keeps the bits, the aux vector and the masks it is given to commit to, and the
   * folded model it makes; and fails where it is told to.
   */
  private static ComputeBackend watched(List<Object> handed, String failure) {
    int[] commitments = {0};
    return (VectorBackend)
        Proxy.newProxyInstance(
            VectorBackend.class.getClassLoader(),
            new Class<?>[] {VectorBackend.class},
            (proxy, method, arguments) -> {
              if (method.isDefault() && method.getName().equals("open")) {
                return InvocationHandler.invokeDefault(proxy, method, arguments);
              }
              if (method.getName().equals(failure)) {
                throw new IllegalStateException("the backend fails");
              }
              if (method.getName().equals("msm") && commitments[0]++ < 4) {
                assertThat(arguments[0]).isInstanceOf(PointVector.class);
                handed.add(arguments[1]);
              }
              try {
                var result = method.invoke(BACKEND, arguments);
                if (method.getName().equals("combine")) {
                  handed.add(result);
                }
                return result;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }
}
