package org.probity.sim.backtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.probity.chain.Address;
import org.probity.intent.policy.Executed;
import org.probity.intent.policy.Execution;
import org.probity.intent.policy.Plan;
import org.probity.intent.policy.Refusal;
import org.probity.intent.policy.VaultDecision;
import org.probity.intent.policy.VaultLedger;
import org.probity.sim.market.V3Pool;
import org.probity.sim.scenario.ExactPool;
import org.probity.strategy.example.ExampleStrategies;
import org.probity.zk.FeatureVector;

/** The simulated vault where no chain is needed to see it. */
final class SimulatedVaultTest {

  private static final long AS_OF = Rotation.FROM + Rotation.STEP;

  private static VaultDecision decision(Rotation rotation, String action) {
    return decision(rotation, action, AS_OF);
  }

  private static VaultDecision decision(Rotation rotation, String action, long asOf) {
    return new VaultDecision(
        rotation.vault.policy().model().digest(),
        rotation.vault.ledger().nonce(),
        BigInteger.valueOf(asOf + 240),
        asOf,
        Address.ZERO,
        50,
        List.of(BigInteger.valueOf(ExampleStrategies.ROTATION_ACTIONS.indexOf(action))));
  }

  private static List<Object> state(Rotation rotation) {
    List<Object> state = new ArrayList<>();
    state.add(rotation.vault.ledger());
    for (ExactPool each : rotation.scenario.pools()) {
      V3Pool pool = each.exact();
      state.add(pool.sqrtPriceX96());
      state.add(pool.feeGrowthGlobal0());
      state.add(pool.feeGrowthGlobal1());
      state.add(pool.balances());
      state.add(pool.observationIndex());
    }
    return state;
  }

  @Test
  void whatIsRehearsedHappensAndARehearsalChangesNothing() {
    Rotation rotation = new Rotation(5);
    rotation.scenario.advanceTo(AS_OF + 24);
    List<Object> before = state(rotation);
    Execution rehearsed =
        rotation.vault.rehearse(decision(rotation, "both"), Address.ZERO, AS_OF + 24);
    assertThat(state(rotation)).isEqualTo(before);
    assertThat(rotation.execute(decision(rotation, "both"), AS_OF + 24)).isEqualTo(rehearsed);
    assertThat(rehearsed)
        .isInstanceOfSatisfying(
            Executed.class,
            executed -> {
              assertThat(executed.plan().steps()).hasSize(2);
              assertThat(rotation.vault.ledger()).isEqualTo(executed.ledger());
            });
    assertThat(state(rotation)).isNotEqualTo(before);
  }

  /**
   * Both assets are traded over one pool. The first step takes all that this pool bears, and the
   * second waits: a refusal of the whole decision would come again at each later moment.
   */
  @Test
  void aStepThatFindsItsPoolUsedUpWaits() {
    Rotation rotation = new Rotation(5, 12_000, "0.4");
    rotation.scenario.advanceTo(AS_OF + 24);
    assertThat(rotation.execute(decision(rotation, "both"), AS_OF + 24))
        .isInstanceOfSatisfying(
            Executed.class, executed -> assertThat(executed.plan().steps()).hasSize(1));
  }

  /**
   * Bitcoin is not held, and one decision wants some where the other wants none: both are made of
   * the same features, or whoever proves could choose.
   */
  @Test
  void oneMomentHasOneFeatureVectorForEveryDecision() {
    Rotation rotation = new Rotation(5, 60_000, "0");
    rotation.scenario.advanceTo(AS_OF + 24);
    assertThat(rotation.execute(decision(rotation, "first"), AS_OF + 24))
        .isInstanceOf(Executed.class);
    long asOf = AS_OF + Rotation.STEP;
    rotation.scenario.advanceTo(asOf + 24);
    assertThat(features(rotation, "out", asOf)).isEqualTo(features(rotation, "second", asOf));
  }

  /** What a vault computes for a decision. */
  private static FeatureVector features(Rotation rotation, String action, long asOf) {
    Plan plan = (Plan) rotation.vault.plan(decision(rotation, action, asOf), asOf + 24);
    return rotation.features.features(asOf, asOf + 24, plan.refs());
  }

  @Test
  void whatTheOwnerMayNotDoIsToldByTheContractsName() {
    Rotation rotation = new Rotation(5);
    assertThatThrownBy(() ->
            rotation.vault.own(ledger -> ledger.deposited(Address.ZERO, BigInteger.ONE, AS_OF)))
        .hasMessageContaining("NotAnAsset");
    VaultLedger before = rotation.vault.ledger();
    rotation.vault.own(ledger -> ledger.withPause(true));
    assertThat(rotation.vault.ledger().nonce()).isEqualTo(before.nonce() + 1);
    assertThat(rotation.vault.rehearse(decision(rotation, "both"), Address.ZERO, AS_OF + 24))
        .isEqualTo(new Refusal("Paused", List.of()));
  }

  @Test
  void aPoolThatTheMarketDoesNotHaveIsNamed() {
    Rotation rotation = new Rotation(5);
    assertThatThrownBy(() -> rotation.vault.market().pool(Address.ZERO))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("has no pool at 0x0000000000000000000000000000000000000000");
  }
}
