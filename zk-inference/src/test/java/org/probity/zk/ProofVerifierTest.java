package org.probity.zk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.probity.ground.TestKind;
import org.probity.zk.Verification.Bench;
import org.probity.zk.backend.ComputeBackend;
import org.probity.zk.curve.Fp2;
import org.probity.zk.curve.G1;
import org.probity.zk.curve.G2;
import org.probity.zk.field.Fp;
import org.probity.zk.field.PrimeField;

/** The Java verifier and the contract: what they accept, what they reject, and that they agree. */
@TestKind.Differential
class ProofVerifierTest {
  private static final BigInteger R = PrimeField.FR.modulus();
  private static final BigInteger P = PrimeField.FP.modulus();
  private static final BigInteger LIMIT = BigInteger.ONE.shiftLeft(31);

  private static Bench bench;

  /** Two layers, ARGMAX, two model rows; and one layer, LINEAR. */
  private static Verification argmax;

  private static Verification linear;

  @BeforeAll
  static void prove() {
    bench = new Bench(15, 11);
    var random = new Random(12);
    argmax = bench.prove(Networks.random(random, Readout.ARGMAX, 1, 5, 7, 3), random);
    linear = bench.prove(Networks.random(random, Readout.LINEAR, 0, 3, 4), random);
  }

  static List<Verification> honest() {
    return List.of(argmax, linear);
  }

  static List<Network> shapes() {
    return Networks.shapes(17);
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void honestProofsAreAccepted(Network network) {
    assertThat(bench.both(bench.prove(network, new Random(18)))).isEqualTo(Verdict.ACCEPTED);
  }

  @Test
  void honestProofsOfRandomNetworksAreAccepted() {
    var random = new Random(19);
    for (int i = 0; i < 25; i++) {
      var widths = random.ints(2 + random.nextInt(4), 1, 20).toArray();
      var readout = Readout.values()[random.nextInt(2)];
      var network = Networks.random(random, readout, random.nextInt(4), widths);
      assertThat(bench.both(bench.prove(network, random)))
          .as("%s", network.architecture())
          .isEqualTo(Verdict.ACCEPTED);
    }
  }

  @Test
  void theDeepestNetworkIsVerified() {
    var widths = new int[33];
    Arrays.fill(widths, 2);
    var random = new Random(20);
    // Weights of this size would overflow after so many layers, unless shifted away.
    var layers = new ArrayList<Layer>();
    var dense = new ArrayList<Dense>();
    for (int l = 1; l <= 32; l++) {
      layers.add(new Layer(2, l == 32 ? 0 : 7 + l % 3));
      dense.add(
          new Dense(random.ints(4, -200, 201).toArray(), random.ints(2, -5000, 5001).toArray()));
    }
    var network = new Network(new Architecture(2, layers, Readout.ARGMAX, 0), dense);
    assertThat(bench.both(bench.prove(network, random))).isEqualTo(Verdict.ACCEPTED);
  }

  @Test
  void theMostModelRowsAreVerified() {
    var random = new Random(21);
    var network = Networks.random(random, Readout.ARGMAX, 10, 3, 5);
    var proven = bench.prove(network, random);
    assertThat(proven.key().length).isEqualTo(12 + 64 * 1024);
    assertThat(bench.both(proven)).isEqualTo(Verdict.ACCEPTED);
    var key = proven.key().clone();
    System.arraycopy(key, 12, key, 12 + 64 * 1023, 64);
    assertThat(bench.both(proven.withKey(key)).accepted()).isFalse();
  }

  @Test
  void manyInputsAreVerified() {
    var random = new Random(22);
    var proven = bench.prove(Networks.random(random, Readout.LINEAR, 1, 5000, 2), random);
    assertThat(bench.both(proven)).isEqualTo(Verdict.ACCEPTED);
    var features = proven.features().clone();
    features[4999] = features[4999].add(BigInteger.ONE);
    assertThat(bench.both(proven.withFeatures(features)).accepted()).isFalse();
  }

  // ---- The proof's bytes ----

  @ParameterizedTest
  @MethodSource("honest")
  void everyByteOfTheProofCounts(Verification proven) {
    var accepted =
        IntStream.range(0, proven.proof().length)
            .parallel()
            .filter(i -> bench.java(flipped(proven, i)).accepted())
            .toArray();
    assertThat(accepted).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("honest")
  void bothVerifiersNameTheSameFailureForAFlippedByte(Verification proven) {
    for (int i = 0; i < proven.proof().length; i += 7) {
      assertThat(bench.both(flipped(proven, i))).as("byte %d", i).isNotEqualTo(Verdict.ACCEPTED);
    }
  }

  private static Verification flipped(Verification proven, int at) {
    return proven.withProof(at, new byte[] {(byte) (proven.proof()[at] ^ (1 << at % 8))});
  }

  @ParameterizedTest
  @MethodSource("honest")
  void everyOtherLengthIsMalformed(Verification proven) {
    int length = proven.proof().length;
    for (int other = 0; other <= length + 96; other += other < 96 || other > length - 96 ? 1 : 32) {
      if (other != length) {
        assertThat(bench.both(proven.withProof(Arrays.copyOf(proven.proof(), other))))
            .as("%d bytes instead of %d", other, length)
            .isEqualTo(Verdict.MALFORMED_PROOF);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("honest")
  void sectionsAreNeitherDroppedNorEmptiedNorRepeatedNorSwapped(Verification proven) {
    var sections = sections(proven);
    for (int i = 0; i < sections.size(); i++) {
      var dropped = new ArrayList<>(sections);
      dropped.remove(i);
      var emptied = new ArrayList<>(sections);
      emptied.set(i, new byte[sections.get(i).length]);
      var repeated = new ArrayList<>(sections);
      repeated.add(i, sections.get(i));
      assertThat(bench.both(joined(proven, dropped))).isEqualTo(Verdict.MALFORMED_PROOF);
      assertThat(bench.both(joined(proven, emptied)).accepted()).as("section %d", i).isFalse();
      assertThat(bench.both(joined(proven, repeated))).isEqualTo(Verdict.MALFORMED_PROOF);
      for (int j = i + 1; j < sections.size(); j++) {
        var swapped = new ArrayList<>(sections);
        swapped.set(i, sections.get(j));
        swapped.set(j, sections.get(i));
        assertThat(bench.both(joined(proven, swapped)).accepted())
            .as("sections %d and %d", i, j)
            .isFalse();
      }
    }
  }

  @Test
  void sectionsOfAnotherProofOfTheSameModelAreRefused() {
    var random = new Random(23);
    var network = Networks.random(random, Readout.ARGMAX, 0, 4, 4, 3);
    var model =
        CommittedModel.commit(network, bench.srs, ComputeBackend.scalar(), Networks.seeded(24));
    var one = bench.prove(model, random);
    var other = bench.prove(model, random);
    assertThat(bench.both(one.withProof(other.proof()))).isNotEqualTo(Verdict.ACCEPTED);
    var sections = sections(one);
    for (int i = 0; i < sections.size(); i++) {
      var mixed = new ArrayList<>(sections);
      mixed.set(i, sections(other).get(i));
      assertThat(bench.both(joined(one, mixed)).accepted()).as("section %d", i).isFalse();
    }
  }

  /**
   * The proof's messages, cut where docs/protocol.md, section 5, ends one, and the points apart.
   */
  private static List<byte[]> sections(Verification proven) {
    var layout = ModelKey.parse(proven.key()).layout();
    var sizes = new ArrayList<>(List.of(64, 64, 64, 64, 32));
    if (layout.layers > 1) {
      sizes.add(32);
      addRounds(sizes, layout.innerVariables, true);
      sizes.add(32 * (layout.layers - 1));
      sizes.add(32 * (layout.layers - 1));
    }
    sizes.add(32);
    addRounds(sizes, layout.bitVariables(), true);
    sizes.add(96);
    addRounds(sizes, layout.logSize, false);
    sizes.addAll(Collections.nCopies(folds(proven), 64));
    if (rest(proven) > 0) {
      sizes.add(32 * rest(proven));
    }
    sizes.add(32);
    sizes.addAll(Collections.nCopies(folds(proven) + 1, 8 * 32));
    sizes.add(32);
    sizes.add(64);
    sizes.add(64);
    var sections = new ArrayList<byte[]>();
    int at = 0;
    for (int size : sizes) {
      sections.add(Arrays.copyOfRange(proven.proof(), at, at + size));
      at += size;
    }
    assertThat(at).isEqualTo(proven.proof().length);
    return sections;
  }

  private static void addRounds(List<Integer> sizes, int rounds, boolean masked) {
    for (int t = 1; t <= rounds; t++) {
      sizes.add(masked && t == rounds ? 128 : 64);
    }
  }

  private static Verification joined(Verification proven, List<byte[]> sections) {
    var out = new ByteArrayOutputStream();
    sections.forEach(out::writeBytes);
    return proven.withProof(out.toByteArray());
  }

  /** Where the scalars of the proof are, and the points. */
  private static List<Integer> scalarOffsets(Verification proven) {
    int points = firstFold(proven);
    int folds = folds(proven);
    int last = proven.proof().length - 128;
    var offsets = new ArrayList<Integer>();
    for (int at = 256; at < last; at += 32) {
      if (at < points || at >= points + 64 * folds) {
        offsets.add(at);
      }
    }
    return offsets;
  }

  private static List<Integer> pointOffsets(Verification proven) {
    int folds = firstFold(proven);
    int last = proven.proof().length - 128;
    var offsets = new ArrayList<>(List.of(0, 64, 128, 192));
    for (int i = 0; i < folds(proven); i++) {
      offsets.add(folds + 64 * i);
    }
    offsets.addAll(List.of(last, last + 64));
    return offsets;
  }

  /**
   * Behind the folds come F, β, eight parts of P and of every fold, one evaluation and two points.
   */
  private static int firstFold(Verification proven) {
    int scalars = rest(proven) + 1 + 8 * (folds(proven) + 1) + 1;
    return proven.proof().length - 128 - 32 * scalars - 64 * folds(proven);
  }

  private static int folds(Verification proven) {
    return ModelKey.parse(proven.key()).layout().logSize / 3 - 1;
  }

  private static int rest(Verification proven) {
    int variables = ModelKey.parse(proven.key()).layout().logSize % 3;
    return variables == 0 ? 0 : 1 << variables;
  }

  @ParameterizedTest
  @MethodSource("honest")
  void scalarsThatAreNotReducedAreRefused(Verification proven) {
    for (int at : scalarOffsets(proven)) {
      for (var scalar : List.of(proven.proofWord(at).add(R), R, LARGEST)) {
        assertThat(bench.both(proven.withProof(at, Evm.word(scalar))))
            .as("the scalar at %d", at)
            .isEqualTo(Verdict.SCALAR_OUT_OF_RANGE);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("honest")
  void pointsThatAreNotOnesAreRefused(Verification proven) {
    for (int at : pointOffsets(proven)) {
      var x = proven.proofWord(at);
      var y = proven.proofWord(at + 32);
      var bad =
          List.of(
              pair(x.add(P), y),
              pair(x, y.add(P)),
              pair(x, y.add(BigInteger.ONE).mod(P)),
              pair(y, x),
              pair(BigInteger.ZERO, BigInteger.ZERO),
              pair(P, P),
              pair(LARGEST, LARGEST));
      for (var point : bad) {
        assertThat(bench.both(proven.withProof(at, point)))
            .as("the point at %d", at)
            .isEqualTo(Verdict.INVALID_POINT);
      }
      // Another point of the curve is a point, but not the right one.
      assertThat(bench.both(proven.withProof(at, pair(x, P.subtract(y)))))
          .isIn(Verdict.OPENING_MISMATCH, Verdict.PAIRING_FAILED);
    }
  }

  @Test
  void scalarsAreCheckedBeforePoints() {
    int evaluation = argmax.proof().length - 160;
    var both = argmax.withProof(0, new byte[64]).withProof(evaluation, Evm.word(R));
    assertThat(bench.both(both)).isEqualTo(Verdict.SCALAR_OUT_OF_RANGE);
    assertThat(bench.both(argmax.withProof(0, new byte[64]))).isEqualTo(Verdict.INVALID_POINT);
  }

  @Test
  void aProofOfZerosIsRefused() {
    assertThat(bench.both(argmax.withProof(new byte[argmax.proof().length])))
        .isEqualTo(Verdict.INVALID_POINT);
  }

  private static final BigInteger LARGEST = BigInteger.ONE.shiftLeft(256).subtract(BigInteger.ONE);

  private static byte[] pair(BigInteger x, BigInteger y) {
    var out = Arrays.copyOf(Evm.word(x), 64);
    System.arraycopy(Evm.word(y), 0, out, 32, 32);
    return out;
  }

  // ---- Public values ----

  @ParameterizedTest
  @MethodSource("honest")
  void everyFeatureCounts(Verification proven) {
    for (int i = 0; i < proven.features().length; i++) {
      for (long change : new long[] {1, -1}) {
        var features = proven.features().clone();
        features[i] = features[i].add(BigInteger.valueOf(change));
        assertThat(bench.both(proven.withFeatures(features)).accepted()).isFalse();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("honest")
  void everyDecisionWordCounts(Verification proven) {
    for (int i = 0; i < proven.decision().length; i++) {
      for (int value = -1; value < 4; value++) {
        var decision = proven.decision().clone();
        decision[i] = BigInteger.valueOf(value);
        if (!decision[i].equals(proven.decision()[i])) {
          assertThat(bench.both(proven.withDecision(decision)).accepted()).isFalse();
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("honest")
  void everyByteOfTheContextCounts(Verification proven) {
    for (int i = 0; i < 32; i++) {
      var context = proven.context().toByteArray();
      context[i] ^= (byte) (1 << i % 8);
      assertThat(bench.both(proven.withContext(context)).accepted()).isFalse();
    }
  }

  @ParameterizedTest
  @MethodSource("honest")
  void everyByteOfTheModelKeyCounts(Verification proven) {
    for (int i = 0; i < proven.key().length; i++) {
      for (int bit = 0; bit < (i < 20 ? 8 : 1); bit++) {
        var key = proven.key().clone();
        key[i] ^= (byte) (1 << bit);
        assertThat(bench.both(proven.withKey(key)).accepted()).as("byte %d", i).isFalse();
      }
    }
  }

  @Test
  void theReferenceStringCounts() {
    var other = new Bench(0, 31);
    assertThat(other.both(argmax).accepted()).isFalse();
  }

  @ParameterizedTest
  @MethodSource("honest")
  void featuresOutsideTheirRangeAreMalformed(Verification proven) {
    var features = proven.features();
    for (var bad : outOfRange()) {
      for (int i = 0; i < features.length; i++) {
        var changed = features.clone();
        changed[i] = bad;
        assertThat(bench.both(proven.withFeatures(changed))).isEqualTo(Verdict.MALFORMED_FEATURES);
      }
    }
    for (int count : new int[] {0, features.length - 1, features.length + 1}) {
      var changed = Arrays.copyOf(features, count);
      Arrays.setAll(changed, i -> i < features.length ? features[i] : BigInteger.ZERO);
      assertThat(bench.both(proven.withFeatures(changed))).isEqualTo(Verdict.MALFORMED_FEATURES);
    }
    var extreme = features.clone();
    extreme[0] = LIMIT.subtract(BigInteger.ONE);
    assertThat(bench.both(proven.withFeatures(extreme))).isEqualTo(Verdict.OPENING_MISMATCH);
    extreme[0] = BigInteger.ONE.subtract(LIMIT);
    assertThat(bench.both(proven.withFeatures(extreme))).isEqualTo(Verdict.OPENING_MISMATCH);
  }

  @Test
  void decisionsOutsideTheirRangeAreMalformed() {
    for (var bad : outOfRange()) {
      var outputs = linear.decision().clone();
      outputs[2] = bad;
      assertThat(bench.both(linear.withDecision(outputs))).isEqualTo(Verdict.MALFORMED_DECISION);
      assertThat(bench.both(argmax.withDecision(bad))).isEqualTo(Verdict.MALFORMED_DECISION);
    }
    for (long bad : new long[] {-1, 3, 4, 8, Integer.MAX_VALUE}) {
      assertThat(bench.both(argmax.withDecision(BigInteger.valueOf(bad))))
          .isEqualTo(Verdict.MALFORMED_DECISION);
    }
    for (var proven : honest()) {
      var decision = proven.decision();
      for (int count : new int[] {0, decision.length - 1, decision.length + 1}) {
        var changed = new BigInteger[count];
        Arrays.fill(changed, BigInteger.ONE);
        assertThat(bench.both(proven.withDecision(changed))).isEqualTo(Verdict.MALFORMED_DECISION);
      }
    }
  }

  private static List<BigInteger> outOfRange() {
    return List.of(
        LIMIT,
        LIMIT.negate(),
        BigInteger.ONE.shiftLeft(32),
        BigInteger.ONE.shiftLeft(64),
        R,
        BigInteger.ONE.shiftLeft(255).subtract(BigInteger.ONE),
        BigInteger.ONE.shiftLeft(255).negate());
  }

  // ---- Model keys ----

  @Test
  void keysOutsideTheFormatAreMalformed() {
    for (var proven : honest()) {
      var key = proven.key();
      for (int length = 0; length < key.length + 70; length++) {
        if (length != key.length) {
          assertThat(bench.both(proven.withKey(Arrays.copyOf(key, length))))
              .isEqualTo(Verdict.MALFORMED_KEY);
        }
      }
      var zero = key.clone();
      Arrays.fill(zero, key.length - 64, key.length, (byte) 0);
      assertThat(bench.both(proven.withKey(zero))).isEqualTo(Verdict.MALFORMED_KEY);
    }
  }

  @Test
  void bothVerifiersReadTheSameHeaders() {
    var random = new Random(25);
    var point = G1.GENERATOR.encode();
    int admitted = 0;
    for (int i = 0; i < 400; i++) {
      int layers = pick(random, 1, 1, 2, 3, 32, 33, 0);
      int logRows = pick(random, 0, 1, 2, 3, 10, 11, 255);
      if (logRows > 5) {
        layers = 1;
      }
      var out = new ByteArrayOutputStream();
      out.write(pick(random, 1, 1, 1, 1, 1, 1, 0));
      int head = pick(random, 0, 1, 0, 1, 0, 1, 2);
      out.write(head);
      out.write(logRows);
      out.write(layers);
      write(out, pick(random, 1, 5, 20, 300, 65536, 65537, 0), 4);
      for (int l = 1; l <= layers; l++) {
        write(out, pick(random, 1, 2, 16, 100, 4000, random.nextInt(20) == 0 ? 65537 : 3, 7), 3);
        int shift = l == layers && head == 0 ? 0 : pick(random, 0, 3, 17, 30, 2, 5, 6);
        out.write(random.nextInt(40) == 0 ? 31 : shift);
      }
      for (int c = 0; c < 1 << Math.min(logRows, 11); c++) {
        out.writeBytes(point);
      }
      var verdict = bench.both(argmax.withKey(out.toByteArray()));
      assertThat(verdict)
          .isIn(
              Verdict.MALFORMED_KEY,
              Verdict.MALFORMED_FEATURES,
              Verdict.MALFORMED_PROOF,
              Verdict.MALFORMED_DECISION);
      admitted += verdict == Verdict.MALFORMED_KEY ? 0 : 1;
    }
    assertThat(admitted).isBetween(50, 350);
  }

  private static int pick(Random random, int... values) {
    return values[random.nextInt(values.length)];
  }

  private static void write(ByteArrayOutputStream out, int value, int bytes) {
    for (int i = bytes - 1; i >= 0; i--) {
      out.write(value >>> (8 * i));
    }
  }

  // ---- Reference strings ----

  @Test
  void referenceStringsThatAreNotPointsOfTheGroupAreRefused() {
    var good = bench.srs.tauG2Words();
    var bad = new ArrayList<List<BigInteger>>();
    bad.add(Collections.nCopies(4, BigInteger.ZERO));
    bad.add(List.of(good.get(1), good.get(0), good.get(3), good.get(2)));
    for (int i = 0; i < 4; i++) {
      var shifted = new ArrayList<>(good);
      shifted.set(i, good.get(i).add(P));
      bad.add(shifted);
    }
    bad.add(outsideTheGroup().words());
    for (var words : bad) {
      assertThat(bench.evm.deployVerifier(words)).as("%s", words).isEmpty();
      assertThatThrownBy(() -> new ProofVerifier(words))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  /** A point of the twist that is not of order r. */
  private static G2 outsideTheGroup() {
    for (long i = 1; ; i++) {
      var point = onTwist(Fp.of(i));
      if (point.isPresent()) {
        assertThat(point.get().isOnCurve()).isTrue();
        assertThat(point.get().isInSubgroup()).isFalse();
        return point.get();
      }
    }
  }

  /** A point with this x, if the right side is a square in Fp2 (by the norm's square root). */
  private static Optional<G2> onTwist(Fp x) {
    var xx = new Fp2(x, Fp.ZERO);
    var g = G2.GENERATOR;
    var b = g.y().square().minus(g.x().square().times(g.x()));
    var right = xx.square().times(xx).plus(b);
    var half = Fp.of(2).inverse();
    return right
        .c0()
        .square()
        .plus(right.c1().square())
        .squareRoot()
        .flatMap(norm -> {
          for (var sign : List.of(norm, norm.negate())) {
            var c0 = right.c0().plus(sign).times(half).squareRoot();
            if (c0.isPresent() && !c0.get().isZero()) {
              var c1 = right.c1().times(c0.get().twice().inverse());
              return Optional.of(new G2(xx, new Fp2(c0.get(), c1)));
            }
          }
          return Optional.empty();
        });
  }

  // ---- Cost ----

  @Test
  void theVerifierFitsOnChainAndIsCheap() {
    assertThat(bench.evm.codeSize(bench.contract)).isLessThan(24_576);
    var random = new Random(26);
    var v = bench.prove(Networks.random(random, Readout.ARGMAX, 1, 20, 128, 128, 3), random);
    assertThat(v.proof().length).isLessThan(8_000);
    long gas =
        bench.evm.verifyGas(
            bench.contract, v.key(), v.features(), v.decision(), v.context(), v.proof());
    assertThat(gas).isLessThan(450_000);
  }
}
