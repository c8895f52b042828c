package org.probity.zk.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.probity.ground.Bytes32;
import org.probity.ground.TestKind;
import org.probity.zk.Architecture;
import org.probity.zk.CommittedModel;
import org.probity.zk.Decision;
import org.probity.zk.DecisionProof;
import org.probity.zk.Dense;
import org.probity.zk.Entropy;
import org.probity.zk.FeatureVector;
import org.probity.zk.Layer;
import org.probity.zk.Network;
import org.probity.zk.ProofRequest;
import org.probity.zk.ProofVerifier;
import org.probity.zk.Prover;
import org.probity.zk.Readout;
import org.probity.zk.Srs;
import org.probity.zk.Verdict;
import org.probity.zk.backend.ComputeBackend;
import org.probity.zk.backend.IntegerRows;

/**
 * What becomes of proofs when a card fails: the processor makes them, it is told once and counted,
 * and neither memory nor secrets stay behind.
 */
class CudaBackendTest {
  private static final ComputeBackend SCALAR = ComputeBackend.scalar(1);
  private static final FeatureVector FEATURES = FeatureVector.of(7, -3, 2);
  private static final Bytes32 CONTEXT = Bytes32.of(new byte[Bytes32.SIZE]);

  private static Srs srs;
  private static CommittedModel model;
  private static Decision decision;

  private final List<String> warnings = new ArrayList<>();
  private final Fallbacks fallbacks = new Fallbacks((cause, warning) -> warnings.add(warning));
  private final FaultyDevice device = new FaultyDevice(TestDevices.open());
  private @Nullable CudaBackend opened;

  @BeforeAll
  static void commit() {
    var random = new Random(1);
    var network =
        new Network(
            new Architecture(3, List.of(new Layer(4, 2), new Layer(3, 0)), Readout.ARGMAX, 0),
            List.of(dense(random, 3, 4), dense(random, 4, 3)));
    srs = Srs.development(network.architecture().logSize(), new Random(2)::nextBytes);
    model = CommittedModel.commit(network, srs, SCALAR, new Random(3)::nextBytes);
    decision = network.decide(FEATURES);
  }

  private static Dense dense(Random random, int inputs, int outputs) {
    return new Dense(
        random.ints((long) inputs * outputs, -60, 61).toArray(),
        random.ints(outputs, -500, 501).toArray());
  }

  private CudaBackend open() {
    opened = OnDevice.over(device, 2, fallbacks);
    return opened;
  }

  @AfterEach
  void everythingIsGivenBack() {
    if (opened != null) {
      opened.close();
    }
    assertThat(device.allocatedBytes()).isZero();
  }

  private DecisionProof prove(CudaBackend cuda) {
    return new Prover(srs, cuda, new Random(4)::nextBytes)
        .prove(model, FEATURES, decision, CONTEXT);
  }

  private static void assertHolds(DecisionProof proof) {
    assertThat(new ProofVerifier(srs).verify(model.key(), FEATURES, decision, CONTEXT, proof))
        .isEqualTo(Verdict.ACCEPTED);
  }

  /** What is resident: the table of bases and the model; the self-check's are let go of. */
  private void assertOnlyResidentsAreLeft(CudaBackend cuda) {
    assertThat(device.written()).hasSizeLessThanOrEqualTo((int) cuda.card().residency().count());
  }

  @Test
  void aProofLeavesNothingOnTheCardButTheModelAndTheBases() {
    var cuda = open();
    assertHolds(prove(cuda));
    assertThat(cuda.proofs()).isOne();
    assertThat(fallbacks.total()).isZero();
    assertThat(warnings).isEmpty();
    assertOnlyResidentsAreLeft(cuda);
  }

  static IntStream launches() {
    return TestKind.FULL ? IntStream.of(0, 1, 10, 40, 80) : IntStream.of(0, 40);
  }

  @ParameterizedTest
  @MethodSource("launches")
  void aLaunchThatFailsMidProofCostsTheCardButNotTheProof(int launch) {
    var cuda = open();
    device.failLaunch(launch);
    assertHolds(prove(cuda));
    assertThat(cuda.isUsable()).isFalse();
    assertThat(fallbacks.count(Fallbacks.Cause.LAUNCH)).isOne();
    assertHolds(prove(cuda));
    assertThat(fallbacks.total()).isOne();
    assertThat(warnings).hasSize(1);
    assertThat(warnings.getFirst()).contains("the card failed", "scalar backend");
    assertThat(cuda.proofs()).isZero();
    assertOnlyResidentsAreLeft(cuda);
  }

  static IntStream waits() {
    return TestKind.FULL ? IntStream.of(0, 1, 20) : IntStream.of(1);
  }

  @ParameterizedTest
  @MethodSource("waits")
  void aCardThatNoLongerAnswersCostsNeitherTheProofNorMemory(int wait) {
    var cuda = open();
    device.failWait(wait);
    assertHolds(prove(cuda));
    assertThat(cuda.isUsable()).isFalse();
    assertThat(fallbacks.count(Fallbacks.Cause.LAUNCH)).isOne();
    assertThat(warnings.getFirst()).contains("does not answer");
    assertOnlyResidentsAreLeft(cuda);
    // Nobody waits for a place on the card for ever.
    cuda.close();
  }

  @Test
  void recordedLaunchesThatFailCostTheCardButNotTheProof() {
    var cuda = open();
    for (int i = 0; i < 3; i++) {
      assertHolds(prove(cuda));
    }
    assertThat(cuda.proofs()).isEqualTo(3);
    device.failGraph();
    assertHolds(prove(cuda));
    assertThat(cuda.proofs()).isEqualTo(3);
    assertThat(fallbacks.count(Fallbacks.Cause.LAUNCH)).isOne();
    assertThat(warnings.getFirst()).contains("the launch of a graph failed");
    assertOnlyResidentsAreLeft(cuda);
  }

  @Test
  void memoryThatRunsOutCostsOnlyTheProofsItRunsOutFor() {
    var cuda = open();
    device.limitMemory(0);
    assertHolds(prove(cuda));
    assertHolds(prove(cuda));
    assertThat(fallbacks.count(Fallbacks.Cause.OUT_OF_MEMORY)).isEqualTo(2);
    assertThat(warnings).hasSize(1);
    assertThat(warnings.getFirst()).contains("memory is full", "scalar backend");
    device.limitMemory(Long.MAX_VALUE);
    assertThat(cuda.isUsable()).isTrue();
    assertHolds(prove(cuda));
    assertThat(cuda.proofs()).isOne();
    assertThat(fallbacks.total()).isEqualTo(2);
    assertOnlyResidentsAreLeft(cuda);
  }

  @Test
  void aProofThatDoesNotHoldIsNotHandedOut() {
    var cuda = open();
    device.corrupt(true);
    assertHolds(prove(cuda));
    assertThat(fallbacks.count(Fallbacks.Cause.VERIFICATION)).isOne();
    assertThat(fallbacks.total()).isOne();
    assertThat(warnings).hasSize(1);
    assertThat(warnings.getFirst()).contains("does not hold");
    assertThat(cuda.isUsable()).isFalse();
    assertThat(cuda.proofs()).isZero();
    device.corrupt(false);
    assertOnlyResidentsAreLeft(cuda);
  }

  @Test
  void aCardThatComputesSomethingElseIsNotUsed() {
    device.corrupt(true);
    assertThatThrownBy(this::open)
        .isInstanceOfSatisfying(
            GpuUnavailableException.class,
            e -> assertThat(e.reason()).isEqualTo(Fallbacks.Cause.SELF_CHECK))
        .hasMessageContaining("fails its self-check");
    assertThat(device.allocatedBytes()).isZero();
  }

  @Test
  void aCardWhoseValuesAreNoneIsNotUsed() {
    device.corruptBeyondTheField();
    assertThatThrownBy(this::open)
        .isInstanceOfSatisfying(
            GpuUnavailableException.class,
            e -> assertThat(e.reason()).isEqualTo(Fallbacks.Cause.SELF_CHECK))
        .hasMessageContaining("fails its self-check");
    assertThat(device.allocatedBytes()).isZero();
  }

  @Test
  void valuesOfACardThatAreNoneCostTheCardButNotTheProof() {
    var cuda = open();
    device.corruptBeyondTheField();
    assertHolds(prove(cuda));
    assertThat(fallbacks.count(Fallbacks.Cause.VERIFICATION)).isOne();
    assertThat(cuda.isUsable()).isFalse();
  }

  @Test
  void autoGoesOnWithTheProcessorAndSaysSoOnce() {
    device.corrupt(true);
    var backend =
        CudaBackend.openIfAvailable(() -> device, CudaBackend.Settings.DEFAULT, SCALAR, fallbacks);
    assertThat(backend).isSameAs(SCALAR);
    assertThat(fallbacks.count(Fallbacks.Cause.SELF_CHECK)).isOne();
    assertThat(warnings).hasSize(1);
    assertThat(warnings.getFirst()).contains("self-check", "scalar backend");
  }

  @Test
  void aCardWithoutMemoryIsNotUsed() {
    device.limitMemory(0);
    assertThatThrownBy(this::open)
        .isInstanceOfSatisfying(
            GpuUnavailableException.class,
            e -> assertThat(e.reason()).isEqualTo(Fallbacks.Cause.OUT_OF_MEMORY));
  }

  @Test
  void proofsInFlightAreAsManyAsSettingsSayAndTheOthersWait() {
    var cuda = open();
    var requests = Collections.nCopies(5, new ProofRequest(model, FEATURES, decision, CONTEXT));
    new Prover(srs, cuda, Entropy.secure())
        .proveAll(requests)
        .forEach(CudaBackendTest::assertHolds);
    assertThat(cuda.proofs()).isEqualTo(5);
    assertOnlyResidentsAreLeft(cuda);
  }

  @Test
  void modelsLeaveTheCardWhenOthersNeedTheRoomAndAreOverwrittenThen() {
    try (var kernels = new Kernels(device);
        var residency = new Residency(device, 3 << 10)) {
      var models =
          IntStream.range(0, 4)
              .mapToObj(m -> new IntegerRows(List.of(IntStream.range(m, 256 + m).toArray())))
              .toList();
      var held = residency.rows(models.get(0), kernels);
      for (var each : models.subList(1, 4)) {
        residency.rows(each, kernels).release();
      }
      assertThat(residency.count()).isLessThan(4);
      // What a proof uses stays, evicted or not.
      assertThat(kernels(held)).isEqualTo(0x0001_0000);
      held.release();
    }
  }

  private int kernels(Residency.Resident<Rows> rows) {
    try (var stream = device.stream();
        var arena = Arena.ofConfined()) {
      var segment = arena.allocate(4, 4);
      stream.download(segment, rows.memory(), 0);
      stream.synchronize();
      return segment.get(ValueLayout.JAVA_INT, 0);
    }
  }

  @Test
  void settingsThatLeaveNoRoomAreRefused() {
    assertThatThrownBy(() -> new CudaBackend.Settings(OptionalLong.of(1), 1))
        .hasMessageContaining("probity.prover.gpu.memory");
    assertThatThrownBy(() -> new CudaBackend.Settings(OptionalLong.empty(), 0))
        .hasMessageContaining("1 to 64 proofs");
    device.close();
  }
}
