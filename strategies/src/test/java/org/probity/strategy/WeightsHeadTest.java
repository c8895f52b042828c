package org.probity.strategy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.probity.ground.Bytes32;
import org.probity.strategy.FloatNetwork.FloatLayer;
import org.probity.strategy.feature.FeatureProgram;
import org.probity.strategy.feature.OwnBooks;
import org.probity.strategy.feature.TwapReturns;
import org.probity.zk.CommittedModel;
import org.probity.zk.Decision;
import org.probity.zk.DecisionProof;
import org.probity.zk.Entropy;
import org.probity.zk.FeatureVector;
import org.probity.zk.ProofVerifier;
import org.probity.zk.Prover;
import org.probity.zk.Readout;
import org.probity.zk.Srs;
import org.probity.zk.Verdict;
import org.probity.zk.backend.ComputeBackend;

/** A linear head over a program: its outputs are weights, cut to steps inside what is proven. */
class WeightsHeadTest {

  private static final FeatureProgram PROGRAM =
      new FeatureProgram(List.of(new TwapReturns(List.of(60, 300, 900)), new OwnBooks(3)));
  private static final List<String> ASSETS = List.of("WETH", "WBTC");

  /** Weights of all kinds: some beyond 1, some below 0. */
  private static TrainedStrategy random(long seed, int... hidden) {
    var random = new Random(seed);
    var layers = new ArrayList<FloatLayer>();
    int width = PROGRAM.width();
    for (int next : IntStream.concat(Arrays.stream(hidden), IntStream.of(2)).toArray()) {
      double reach = layers.isEmpty() ? 3e-3 / width : 4.0 / width;
      layers.add(
          new FloatLayer(
              random.doubles((long) next * width, -reach, reach).toArray(),
              random.doubles(next, -0.1, 0.6).toArray()));
      width = next;
    }
    return TrainedStrategy.of(
        "weights", PROGRAM, ASSETS, new FloatNetwork(PROGRAM.width(), layers, Readout.LINEAR));
  }

  private static double[] cut(TrainedStrategy trained, FeatureVector x) {
    return Arrays.stream(trained.network().outputs(x)).map(v -> Math.clamp(v, 0.0, 1.0)).toArray();
  }

  @Property(tries = 60)
  void outputsAreTheNearestStepsAndLeaveTheVaultNowhere(@ForAll long seed) {
    var random = new Random(seed);
    int step = List.of(1, 50, 250, 2_000, 10_000).get(random.nextInt(5));
    TrainedStrategy trained =
        random.nextInt(4) == 0 ? random(seed) : random(seed, 4 + random.nextInt(12), 6);
    QuantisedStrategy quantised = trained.quantise(step);
    assertThat(quantised.manifest().weightStepBps()).hasValue(step);
    assertThat(quantised.manifest().agreement().share()).isGreaterThan(0.99);
    List<FeatureVector> vectors =
        new ArrayList<>(Networks.vectors(random, trained.features(), 100));
    vectors.addAll(Quantisation.spread(trained.features(), 100));
    List<Decision> decisions = Strategy.reference(quantised.network()).decideAll(vectors);
    int most = 10_000 / step;
    for (int n = 0; n < vectors.size(); n++) {
      double[] wanted = cut(trained, vectors.get(n));
      int[] words = decisions.get(n).words();
      for (int i = 0; i < words.length; i++) {
        assertThat(words[i]).isBetween(0, most);
        assertThat((double) words[i] / most).isCloseTo(wanted[i], within(0.5 / most + 0.01));
      }
    }
    try (var torch = new DjlStrategy(quantised.network(), trained.features())) {
      assertThat(torch.decideAll(vectors)).isEqualTo(decisions);
    }
    assertThat(new CompiledStrategy(quantised.network(), trained.features()).decideAll(vectors))
        .isEqualTo(decisions);
  }

  /** Its weight is its own feature, give or take what is asked for. */
  private static TrainedStrategy tracking(double slope) {
    int inputs = PROGRAM.width();
    double[] weights = new double[2 * inputs];
    weights[2] = slope / 10_000; // of the weight of asset 1 less half
    weights[inputs + 3] = slope / 10_000;
    return TrainedStrategy.of(
        "tracking",
        PROGRAM,
        ASSETS,
        new FloatNetwork(
            inputs,
            List.of(new FloatLayer(weights, new double[] {0.5 * slope, 0.5 * slope})),
            Readout.LINEAR));
  }

  private static int[] decide(QuantisedStrategy strategy, int first, int second) {
    int[] x = new int[PROGRAM.width()];
    x[2] = first - 5_000;
    x[3] = second - 5_000;
    return strategy.network().decide(FeatureVector.of(x)).words();
  }

  @Test
  void eachStepBeginsHalfAStepBelowIt() {
    QuantisedStrategy strategy = tracking(1).quantise();
    for (int step = 0; step <= 40; step++) {
      assertThat(decide(strategy, 250 * step, 10_000 - 250 * step))
          .containsExactly(step, 40 - step);
      if (step > 0) {
        assertThat(decide(strategy, 250 * step - 124, 250 * step - 126))
            .containsExactly(step, step - 1);
      }
    }
  }

  @Test
  void whatLiesBeyondTheVaultIsCutOff() {
    QuantisedStrategy steep = tracking(3).quantise();
    assertThat(decide(steep, 3_400, 10_000)).containsExactly(40, 40);
    assertThat(decide(steep, 1_000, 3_000)).containsExactly(12, 36);
    assertThat(decide(tracking(-1).quantise(), 5_000, 10_000)).containsExactly(0, 0);
  }

  @Test
  void theIntegersAreNoOtherNetwork() {
    TrainedStrategy trained = random(5, 16);
    Fidelity fidelity = Fidelity.of(trained, trained.quantise());
    assertThat(fidelity.moves()).hasSize(PROGRAM.width()).noneMatch(Fidelity.Move::isLost);
    assertThatCode(() -> fidelity.require(Optional.empty())).doesNotThrowAnyException();
    // An input that never moves an output by a whole step is there all the same.
    TrainedStrategy faint = tracking(0.02);
    assertThat(Fidelity.of(faint, faint.quantise(2_500)).moves()).noneMatch(Fidelity.Move::isLost);
  }

  @Test
  void whatIsProvenIsTheCutOutput(@TempDir Path folder) {
    QuantisedStrategy quantised = random(7, 6).quantise();
    assertThat(quantised.network().architecture().layers()).hasSize(3);
    Srs srs = Srs.development(10, new Random(1)::nextBytes);
    ComputeBackend backend = ComputeBackend.scalar();
    CommittedModel model =
        CommittedModel.commit(quantised.network(), srs, backend, new Random(2)::nextBytes);
    StrategyBundle.of(quantised, model).save(folder.resolve("weights"));
    StrategyBundle kept = StrategyBundle.load(folder.resolve("weights"));
    assertThat(kept.manifest()).isEqualTo(quantised.manifest());
    FeatureVector x = AgreementReport.extremes(quantised.manifest().features(), 2).getLast();
    Decision decision = kept.network().decide(x);
    DecisionProof proof =
        new Prover(srs, backend, Entropy.secure()).prove(kept.model(), x, decision, Bytes32.ZERO);
    assertThat(new ProofVerifier(srs).verify(model.key(), x, decision, Bytes32.ZERO, proof))
        .isEqualTo(Verdict.ACCEPTED);
  }

  @Test
  void aStepIsThePolicysOrIsTold() {
    StrategyManifest manifest = random(1).quantise(500).manifest();
    assertThat(manifest.stepMismatch(500)).isEmpty();
    assertThat(manifest.stepMismatch(250))
        .hasValueSatisfying(
            told -> assertThat(told).contains("steps of 500", "steps of 250", "--weight-step 250"));
    for (int none : new int[] {0, -1, 3, 300, 10_001}) {
      assertThatThrownBy(() -> random(1).quantise(none))
          .isInstanceOf(StrategyRefusedException.class)
          .hasMessageContaining("divides 10000 basis points");
    }
    assertThatThrownBy(() -> withScale(manifest, 65_536)).hasMessageContaining("output scale");
    assertThatThrownBy(() -> withScale(manifest, 0.5)).hasMessageContaining("output scale");
  }

  private static StrategyManifest withScale(StrategyManifest manifest, double scale) {
    return new StrategyManifest(
        manifest.name(),
        manifest.features(),
        manifest.outputs(),
        manifest.architecture(),
        scale,
        manifest.agreement(),
        manifest.program());
  }

  @Test
  void numbersWithoutAProgramAreNoWeights() {
    TrainedStrategy of = random(1);
    var silent = new TrainedStrategy("numbers", of.features(), ASSETS, of.network());
    StrategyManifest manifest = silent.quantise().manifest();
    assertThat(manifest.weightStepBps()).isEmpty();
    assertThat(manifest.mismatch(PROGRAM))
        .hasValueSatisfying(told -> assertThat(told).contains("no weights", "feature program"));
    assertThat(manifest.stepMismatch(250)).isEmpty();
  }

  @Test
  void whatOutputsGiveAwayIsCounted() {
    // 65 unknowns of 13.29 bits, and 5.36 bits a decision at 41 values.
    Disclosure coarse = random(1, 8, 64).disclosure(250).orElseThrow();
    assertThat(coarse).isEqualTo(new Disclosure(65, 250, 162, false));
    assertThat(coarse.isFine()).isFalse();
    assertThat(coarse.toString()).contains("65 unknowns", "162 decisions", "whoever knows");
    Disclosure fine = random(1, 64).disclosure(1).orElseThrow();
    assertThat(fine).isEqualTo(new Disclosure(65, 1, 65, false));
    assertThat(fine.isFine()).isTrue();
    Disclosure open = random(1).disclosure(10_000).orElseThrow();
    assertThat(open.unknowns()).isEqualTo(PROGRAM.width() + 1);
    assertThat(open.decisions()).isEqualTo(120);
    assertThat(open.toString()).contains("anybody");
    TrainedStrategy of = random(1, 64);
    var uncut = new TrainedStrategy("numbers", of.features(), ASSETS, of.network());
    assertThat(uncut.disclosure(250)).contains(new Disclosure(65, 0, 65, false));
    FloatNetwork chooser =
        Networks.random(new Random(1), PROGRAM.width(), List.of(3), Readout.ARGMAX);
    assertThat(
            TrainedStrategy.of("chooser", PROGRAM, List.of("a", "b", "c"), chooser).disclosure(250))
        .isEmpty();
  }

  /** As many decisions as unknowns, and a layer that is not cut is known. */
  @Test
  void anUncutLayerIsReadOffItsOutputs() {
    TrainedStrategy of = random(3);
    int inputs = PROGRAM.width();
    QuantisedStrategy uncut =
        new TrainedStrategy("numbers", of.features(), ASSETS, of.network()).quantise();
    double scale = uncut.manifest().outputScale();
    int bias = uncut.network().decide(FeatureVector.of(new int[inputs])).words()[0];
    for (int j = 0; j < inputs; j++) {
      int[] x = new int[inputs];
      x[j] = of.features().features().get(j).max();
      int output = uncut.network().decide(FeatureVector.of(x)).words()[0];
      assertThat((output - bias) / scale / x[j])
          .isCloseTo(of.network().layers().getFirst().weights()[j], within(1e-7));
    }
  }
}
