package org.probity.zk;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.probity.ground.Bytes32;
import org.probity.ground.Keccak;
import org.probity.ground.TestKind;
import org.probity.zk.Schedule.Kind;
import org.probity.zk.Transcripts.Frozen;
import org.probity.zk.Transcripts.Statement;
import org.probity.zk.Verification.Bench;
import org.probity.zk.backend.ComputeBackend;
import org.probity.zk.curve.G1;
import org.probity.zk.field.Fr;
import org.probity.zk.field.PrimeField;

/**
 * Everything that the challenges depend on, one by one (docs/protocol.md, section 5): leave a value
 * out of the transcript, or absorb it too late, and a test here fails. Both verifiers, and the
 * prover.
 */
@TestKind.Differential
class TranscriptInventoryTest {
  private static final ComputeBackend BACKEND = ComputeBackend.scalar(1);

  private static Bench bench;
  private static final List<Proven> PROOFS = new ArrayList<>();

  /** An honest proof with what its prover's transcript saw. */
  record Proven(
      CommittedModel model,
      FeatureVector features,
      Statement statement,
      List<Kind> events,
      List<Fr> challenges,
      byte[] proof) {
    Layout layout() {
      return model.key().layout();
    }

    Schedule schedule() {
      return Schedule.of(layout());
    }

    Verification verification() {
      return new Verification(
          model.key().bytes(),
          Verification.integers(features.toArray()),
          Verification.integers(statement.decision().words()),
          statement.context(),
          proof);
    }

    @Override
    public String toString() {
      return model.network().toString();
    }
  }

  @BeforeAll
  static void prove() {
    bench = new Bench(12, 81);
    var random = new Random(82);
    for (var network :
        List.of(
            Networks.random(random, Readout.ARGMAX, 1, 5, 7, 3),
            Networks.random(random, Readout.LINEAR, 0, 3, 4),
            Networks.random(random, Readout.LINEAR, 2, 4, 3, 17, 5))) {
      var model = CommittedModel.commit(network, bench.srs, BACKEND, Networks.seeded(83));
      var features = Networks.features(random, network.architecture().inputs());
      var statement =
          new Statement(
              model.key().digest(),
              bench.srs.digest(),
              features,
              network.decide(features),
              Networks.context(random));
      var transcript = statement.transcript();
      var layout = model.key().layout();
      new Prover(bench.srs, BACKEND, Networks.seeded(84))
          .prove(
              model,
              features,
              Witness.of(network, features, layout),
              new Masks(layout, Networks.seeded(85)),
              transcript,
              BACKEND);
      PROOFS.add(
          new Proven(
              model,
              features,
              statement,
              transcript.events,
              transcript.challenges,
              transcript.messages()));
    }
  }

  static List<Proven> proofs() {
    return PROOFS;
  }

  @ParameterizedTest
  @MethodSource("proofs")
  void proverAndVerifierSendAndDrawInTheOrderOfThePage(Proven proven) throws Rejection {
    var schedule = proven.schedule();
    var page = schedule.steps().stream().map(Schedule.Step::kind).toList();
    assertThat(proven.events()).isEqualTo(page);
    assertThat(proven.proof()).hasSize(schedule.steps().getLast().end());

    // The verifier draws nothing after the last point, so it need not absorb it.
    var replayed = replay(proven.statement(), proven.layout(), proven.proof());
    assertThat(replayed.events).isEqualTo(page.subList(0, page.size() - 1));
    assertThat(replayed.messages())
        .isEqualTo(Arrays.copyOf(proven.proof(), proven.proof().length - 64));
    assertThat(replayed.challenges).isEqualTo(proven.challenges());
  }

  @ParameterizedTest
  @MethodSource("proofs")
  void theFirstChallengeIsTheDigestOfTheWholeStatementAndTheFirstMessage(Proven proven) {
    var statement = proven.statement();
    var absorbed = new ByteArrayOutputStream();
    absorbed.writeBytes(
        Keccak.hash("probity/decision/v1".getBytes(StandardCharsets.US_ASCII)).toByteArray());
    absorbed.writeBytes(Keccak.hash(proven.model().key().bytes()).toByteArray());
    var tau = new ByteArrayOutputStream();
    bench.srs.tauG2Words().forEach(word -> tau.writeBytes(Evm.word(word)));
    absorbed.writeBytes(Keccak.hash(tau.toByteArray()).toByteArray());
    for (int feature : proven.features().toArray()) {
      absorbed.writeBytes(Evm.word(BigInteger.valueOf(feature)));
    }
    for (int word : statement.decision().words()) {
      absorbed.writeBytes(Evm.word(BigInteger.valueOf(word)));
    }
    absorbed.writeBytes(statement.context().toByteArray());
    var state = Keccak.hash(absorbed.toByteArray()).toByteArray();
    var first = Arrays.copyOf(proven.proof(), 4 * 64 + 32);
    assertThat(proven.challenges().getFirst())
        .isEqualTo(Fr.of(new BigInteger(1, Keccak.hash(state, first).toByteArray())));
  }

  @ParameterizedTest
  @MethodSource("proofs")
  void everyPublicValueChangesEveryChallenge(Proven proven) throws Rejection {
    for (var changed : otherStatements(proven.statement()).entrySet()) {
      var replayed = replay(changed.getValue(), proven.layout(), proven.proof());
      assertThat(unchanged(replayed.challenges, proven.challenges()))
          .as(changed.getKey())
          .isEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource("proofs")
  void everyMessageChangesEveryLaterChallengeAndNoEarlierOne(Proven proven) throws Rejection {
    var schedule = proven.schedule();
    for (var message : schedule.messages()) {
      var replayed = replay(proven.statement(), proven.layout(), changed(proven.proof(), message));
      int before = schedule.challengesBefore(message);
      assertThat(unchanged(replayed.challenges, proven.challenges()))
          .as(message.name())
          .isEqualTo(IntStream.range(0, before).boxed().toList());
    }
  }

  @ParameterizedTest
  @MethodSource("proofs")
  void bothVerifiersRefuseAProofWithAnyOneValidMessageChanged(Proven proven) {
    assertThat(bench.both(proven.verification())).isEqualTo(Verdict.ACCEPTED);
    for (var message : proven.schedule().messages()) {
      assertThat(bench.both(proven.verification().withProof(changed(proven.proof(), message))))
          .as(message.name())
          .isIn(Verdict.OPENING_MISMATCH, Verdict.PAIRING_FAILED);
    }
  }

  @ParameterizedTest
  @MethodSource("proofs")
  void bothVerifiersRefuseAProofForAnyOtherStatement(Proven proven) {
    var verification = proven.verification();
    for (int i = 0; i < verification.features().length; i++) {
      var features = verification.features().clone();
      features[i] = features[i].add(BigInteger.ONE);
      refused(verification.withFeatures(features));
    }
    for (int i = 0; i < verification.decision().length; i++) {
      var decision = verification.decision().clone();
      decision[i] = decision[i].signum() == 0 ? BigInteger.ONE : BigInteger.ZERO;
      refused(verification.withDecision(decision));
    }
    for (int i = 0; i < 32; i++) {
      var context = verification.context().toByteArray();
      context[i] ^= 1;
      refused(verification.withContext(context));
    }
    // The same network under other blinders: another key, and so another digest.
    var other =
        CommittedModel.commit(proven.model().network(), bench.srs, BACKEND, Networks.seeded(86));
    refused(verification.withKey(other.key().bytes()));
  }

  private static void refused(Verification verification) {
    assertThat(bench.both(verification)).isEqualTo(Verdict.OPENING_MISMATCH);
  }

  @ParameterizedTest
  @MethodSource("proofs")
  void aVerifierThatDrewTheSameChallengesWouldNotSeeTheContext(Proven proven) throws Rejection {
    // So the context is bound by the transcript alone, and the tests above are what shows it.
    var key = proven.model().key();
    var messages = ProofMessages.read(key.layout(), proven.proof());
    var transcript = new Frozen(proven.challenges());
    // It would throw a Rejection.
    bench.java.check(key, proven.features(), proven.statement().decision(), messages, transcript);
  }

  private static Transcripts.Recording replay(Statement statement, Layout layout, byte[] proof)
      throws Rejection {
    var transcript = statement.transcript();
    Challenges.replay(transcript, layout, ProofMessages.read(layout, proof));
    return transcript;
  }

  private static List<Integer> unchanged(List<Fr> one, List<Fr> other) {
    assertThat(one).hasSameSizeAs(other);
    return IntStream.range(0, one.size())
        .filter(i -> one.get(i).equals(other.get(i)))
        .boxed()
        .toList();
  }

  /** Another valid scalar, or another point of the curve, in a message's place. */
  private static byte[] changed(byte[] proof, Schedule.Step message) {
    var out = proof.clone();
    byte[] other =
        message.kind() == Kind.POINT
            ? G1.decode(proof, message.offset()).orElseThrow().plus(G1.GENERATOR).encode()
            : Evm.word(
                new BigInteger(1, proof, message.offset(), 32)
                    .add(BigInteger.ONE)
                    .mod(PrimeField.FR.modulus()));
    System.arraycopy(other, 0, out, message.offset(), other.length);
    return out;
  }

  /** The statement with one value changed, by what was changed. */
  private static Map<String, Statement> otherStatements(Statement s) {
    var out = new LinkedHashMap<String, Statement>();
    for (int i = 0; i < 32; i++) {
      out.put(
          "byte %d of the model's digest".formatted(i),
          new Statement(flipped(s.model(), i), s.srs(), s.features(), s.decision(), s.context()));
      out.put(
          "byte %d of the reference string's digest".formatted(i),
          new Statement(s.model(), flipped(s.srs(), i), s.features(), s.decision(), s.context()));
      out.put(
          "byte %d of the context".formatted(i),
          new Statement(s.model(), s.srs(), s.features(), s.decision(), flipped(s.context(), i)));
    }
    for (int i = 0; i < s.features().size(); i++) {
      for (int bit = 0; bit < 32; bit++) {
        var features = s.features().toArray();
        features[i] ^= 1 << bit;
        out.put(
            "bit %d of feature %d".formatted(bit, i),
            new Statement(
                s.model(), s.srs(), FeatureVector.of(features), s.decision(), s.context()));
      }
    }
    for (int i = 0; i < s.decision().words().length; i++) {
      for (int bit = 0; bit < 32; bit++) {
        var words = s.decision().words();
        words[i] ^= 1 << bit;
        Decision decision =
            s.decision() instanceof Decision.Choice
                ? new Decision.Choice(words[0])
                : new Decision.Outputs(Arrays.stream(words).boxed().toList());
        out.put(
            "bit %d of decision word %d".formatted(bit, i),
            new Statement(s.model(), s.srs(), s.features(), decision, s.context()));
      }
    }
    return out;
  }

  private static Bytes32 flipped(Bytes32 word, int at) {
    var bytes = word.toByteArray();
    bytes[at] ^= 1;
    return Bytes32.of(bytes);
  }
}
