package org.probity.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.probity.agent.settings.ProverBackend;
import org.probity.drill.PracticeStrategy;
import org.probity.ground.Bytes32;
import org.probity.ground.TestKind;
import org.probity.strategy.QuantisedStrategy;
import org.probity.strategy.StrategyBundle;
import org.probity.zk.Decision;
import org.probity.zk.DecisionProof;
import org.probity.zk.Entropy;
import org.probity.zk.FeatureVector;
import org.probity.zk.Prover;
import org.probity.zk.Srs;
import org.probity.zk.backend.ComputeBackend;
import org.probity.zk.bench.ProvenDecision;
import org.probity.zk.gpu.CudaBackend;
import org.probity.zk.gpu.Fallbacks;
import org.probity.zk.gpu.GpuReport;
import org.probity.zk.gpu.GpuUnavailableException;
import org.slf4j.LoggerFactory;

/** What a card's commands say where there is none, and proofs that come from elsewhere. */
@TestKind.Acceptance
final class GpuCommandTest {

  private static final List<ProvenDecision> PROVEN = new ArrayList<>();

  @BeforeAll
  static void prove() {
    QuantisedStrategy strategy = PracticeStrategy.quantised();
    Srs srs = PracticeStrategy.srs(strategy);
    StrategyBundle bundle = PracticeStrategy.bundle(strategy, srs);
    Prover prover = new Prover(srs, ComputeBackend.best(), Entropy.secure());
    for (int i = 0; i < 3; i++) {
      int[] values = new int[strategy.network().architecture().inputs()];
      values[i] = 100 * (i + 1);
      FeatureVector features = FeatureVector.of(values);
      Decision decision = strategy.network().decide(features);
      byte[] context = new byte[Bytes32.SIZE];
      context[Bytes32.SIZE - 1] = (byte) i;
      Bytes32 bound = Bytes32.of(context);
      DecisionProof proof = prover.prove(bundle.model(), features, decision, bound);
      PROVEN.add(
          new ProvenDecision(
              srs.tauG2Words(), bundle.model().key(), features, decision, bound, proof));
    }
  }

  @Test
  void withoutCardInfoSaysWhatIsMissing() {
    requireNoCard();
    Ran.of("gpu", "info").failed(1).saying("cannot be made on a card here");
  }

  @Test
  void withoutCardNothingIsMeasuredAsOne() {
    requireNoCard();
    Ran.of("bench", "--backend", "cuda", "--sizes", "20k")
        .failed(1)
        .saying("cuda backend cannot be used here", "choose auto, simd or scalar");
  }

  @Test
  void agentThatWantsCardGoesOnWithoutAndOnlyItIsWarned() {
    requireNoCard();
    Logger log = (Logger) LoggerFactory.getLogger("a card's");
    log.setLevel(Level.DEBUG);
    ListAppender<ILoggingEvent> said = new ListAppender<>();
    said.start();
    log.addAppender(said);
    for (ProverBackend wanted : List.of(ProverBackend.CUDA, ProverBackend.AUTO)) {
      Fallbacks fallbacks = wanted.loggedBy(log);
      ComputeBackend backend = wanted.startOrSubstitute(CudaBackend.Settings.DEFAULT, fallbacks);
      assertThat(backend.name()).isEqualTo(ComputeBackend.best().name());
      assertThat(fallbacks.count(Fallbacks.Cause.NO_CARD)).isOne();
    }
    assertThat(said.list)
        .extracting(ILoggingEvent::getLevel)
        .containsExactly(Level.WARN, Level.DEBUG);
    assertThat(said.list.getFirst().getFormattedMessage()).contains("proofs are made with the ");
  }

  @Test
  void contractVerifiesProofsThatWereMadeElsewhere(@TempDir Path folder) throws IOException {
    Path file = written(folder, PROVEN.stream().map(ProvenDecision::line).toList());
    Path compressed = folder.resolve("proofs.txt.gz");
    try (OutputStream bytes = new GZIPOutputStream(Files.newOutputStream(compressed))) {
      Files.copy(file, bytes);
    }
    for (Path each : List.of(file, compressed)) {
      Ran.of("bench", "--verify-on-chain", each)
          .succeeded()
          .showing("3 proofs of 1 structured", "accepts 3, and refuses 3");
    }
  }

  @Test
  void proofOfAnotherStatementIsToldFromThem(@TempDir Path folder) throws IOException {
    ProvenDecision first = PROVEN.getFirst();
    ProvenDecision altered =
        new ProvenDecision(
            first.tauG2Words(),
            first.key(),
            PROVEN.get(1).features(),
            first.decision(),
            first.context(),
            first.proof());
    requireSecondRefused(folder, altered);
  }

  @Test
  void proofWithOneBitTurnedOverIsToldFromThem(@TempDir Path folder) throws IOException {
    ProvenDecision first = PROVEN.getFirst();
    byte[] bytes = first.proof().bytes().clone();
    bytes[bytes.length / 2] ^= 1;
    requireSecondRefused(
        folder,
        new ProvenDecision(
            first.tauG2Words(),
            first.key(),
            first.features(),
            first.decision(),
            first.context(),
            DecisionProof.of(bytes)));
  }

  private static void requireSecondRefused(Path folder, ProvenDecision altered) throws IOException {
    Path file = written(folder, List.of(PROVEN.getFirst().line(), altered.line()));
    Ran ran = Ran.of("bench", "--verify-on-chain", file);
    assertThat(ran.status()).isOne();
    ran.showing("line 2 is refused by the contract", "accepts 1, and refuses 2");
  }

  @Test
  void lineThatIsNoProofIsNamed(@TempDir Path folder) throws IOException {
    Path file = written(folder, List.of(PROVEN.getFirst().line(), "half a line"));
    Ran.of("bench", "--verify-on-chain", file).failed(1).saying("Line 2", "is no proof");
    Ran.of("bench", "--verify-on-chain", written(folder, List.of()))
        .failed(1)
        .saying("There are no proofs in");
    Ran.of("bench", "--verify-on-chain", folder.resolve("nowhere"))
        .failed(1)
        .saying("nowhere", "gpu-check");
  }

  private static Path written(Path folder, List<String> lines) throws IOException {
    return Files.write(folder.resolve("proofs.txt"), lines);
  }

  private static void requireNoCard() {
    try {
      GpuReport.inspect();
    } catch (GpuUnavailableException e) {
      return;
    }
    abort("this machine has a card");
  }
}
