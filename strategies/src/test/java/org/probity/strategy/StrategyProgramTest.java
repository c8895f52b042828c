package org.probity.strategy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.probity.strategy.feature.ChainlinkReturns;
import org.probity.strategy.feature.FeatureProgram;
import org.probity.strategy.feature.OwnBooks;
import org.probity.strategy.feature.ProgramEntry.Input;
import org.probity.strategy.feature.SignedReport;
import org.probity.strategy.feature.TwapReturns;
import org.probity.zk.CommittedModel;
import org.probity.zk.Readout;
import org.probity.zk.Srs;
import org.probity.zk.backend.ComputeBackend;

/** A strategy that says which program it was trained for. */
class StrategyProgramTest {

  private static final FeatureProgram PROGRAM =
      new FeatureProgram(
          List.of(
              new TwapReturns(List.of(60, 120, 300)),
              new ChainlinkReturns(List.of(3600)),
              SignedReport.described(List.of(new Input("regime", "", 0, 2))),
              new OwnBooks(2)));

  /** The weights file of another test, which names a program in place of its features. */
  static final String WEIGHTS =
      WeightsFileTest.GOOD.replaceFirst(
          "(?s)\"features\".*?],",
          """
          "program": [{"source": "TwapReturns", "horizonsSeconds": [60, 120]},
                      {"source": "SignedReport", "schema": "0x%s",
                       "values": [{"name": "regime", "unit": "", "min": 0, "max": 2}]}],
          """
              .formatted("00".repeat(32)));

  @TempDir private Path temporary;

  private static QuantisedStrategy quantised() {
    FloatNetwork network =
        Networks.random(new Random(1), PROGRAM.width(), List.of(6, 2), Readout.ARGMAX);
    return TrainedStrategy.of("choice of two", PROGRAM, List.of("a", "b"), network).quantise();
  }

  @Test
  void aBundleKeepsItsProgram() {
    QuantisedStrategy quantised = quantised();
    CommittedModel model =
        CommittedModel.commit(
            quantised.network(),
            Srs.development(10, new Random(1)::nextBytes),
            ComputeBackend.scalar(1),
            new Random(2)::nextBytes);
    Path folder = temporary.resolve("bundle");
    StrategyBundle.of(quantised, model).save(folder);
    StrategyManifest loaded = StrategyBundle.load(folder).manifest();
    assertThat(loaded).isEqualTo(quantised.manifest());
    assertThat(loaded.program()).contains(PROGRAM);
    assertThat(loaded.features()).isEqualTo(FeatureDefinition.of(PROGRAM));
    assertThat(quantised.withLogRows(1).manifest().program()).contains(PROGRAM);
  }

  @Test
  void aVaultOfAnotherProgramIsTold() {
    StrategyManifest manifest = quantised().manifest();
    assertThat(manifest.mismatch(PROGRAM)).isEmpty();
    var other = new FeatureProgram(PROGRAM.entries().reversed());
    assertThat(manifest.mismatch(other))
        .hasValueSatisfying(told ->
            assertThat(told)
                .contains("Source 1", "TwapReturns for the strategy and OwnBooks for the vault"));
    var silent =
        new StrategyManifest(
            manifest.name(),
            manifest.features(),
            manifest.outputs(),
            manifest.architecture(),
            manifest.outputScale(),
            manifest.agreement());
    assertThat(silent.mismatch(other)).isEmpty();
  }

  @Test
  void featuresThatTheProgramCanLeaveAreRefused() {
    FloatNetwork network =
        Networks.random(new Random(1), PROGRAM.width(), List.of(6, 2), Readout.ARGMAX);
    FeatureDefinition narrow = Networks.uniform(PROGRAM.width(), -4000, 10_000);
    assertThatThrownBy(() ->
            new TrainedStrategy("narrow", narrow, List.of("a", "b"), network, Optional.of(PROGRAM)))
        .isInstanceOf(StrategyRefusedException.class)
        .hasMessageContainingAll("Feature 0 (x0)", "-4000..10000", "-4095..4095");
    assertThatThrownBy(() ->
            new TrainedStrategy(
                "few",
                Networks.uniform(3, -5000, 10_000),
                List.of("a", "b"),
                network,
                Optional.of(PROGRAM)))
        .hasMessageContaining("3 features and its feature program 8");
  }

  @Test
  void anImportedNetworkMayNameItsProgramInPlaceOfItsFeatures() throws IOException {
    String file = WEIGHTS;
    TrainedStrategy strategy = WeightsFile.read(written(file));
    assertThat(strategy.program().orElseThrow().entries())
        .first()
        .isEqualTo(new TwapReturns(List.of(60, 120)));
    assertThat(strategy.features().features().getLast())
        .isEqualTo(new FeatureDefinition.Feature("2: regime", "", 0, 2));
    refused(file.replace("TwapReturns", "Oracle"), "program[0].source must be \"TwapReturns\"");
    refused(file.replace("[60, 120]", "[60]"), "The feature program cannot be used: 2 to 64");
    refused(file.replace("[60, 120]", "[60, 120], \"pool\": 1"), "unknown field in program[0]");
    refused(file.replace("[60, 120]", "[60, 120, 180]"), "layers[0].weights[0]");
  }

  private void refused(String file, String part) throws IOException {
    Path path = written(file);
    assertThatThrownBy(() -> WeightsFile.read(path))
        .isInstanceOf(StrategyRefusedException.class)
        .hasMessageContaining(part)
        .message()
        .endsWith(".")
        .doesNotEndWith("..");
  }

  private Path written(String file) throws IOException {
    return Files.writeString(temporary.resolve("weights.json"), file);
  }
}
