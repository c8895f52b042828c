package org.probity.sim.backtest;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.probity.chain.Address;
import org.probity.intent.policy.Executed;
import org.probity.intent.policy.Execution;
import org.probity.intent.policy.Loan;
import org.probity.intent.policy.LoanBooks;
import org.probity.intent.policy.LoanStep;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.PolicyEngine;
import org.probity.intent.policy.VaultDecision;
import org.probity.intent.policy.VaultLedger;
import org.probity.sim.market.LendingPool;
import org.probity.sim.market.RateCurve;
import org.probity.sim.market.ReserveTerms;
import org.probity.strategy.example.ExampleStrategies;

/** A simulated vault that lends ether and borrows dollars, where no chain is needed to see it. */
final class SimulatedLendingTest {

  private static final long AS_OF = Rotation.FROM + Rotation.STEP;
  private static final Address POOL = new Address("0x00000000000000000000000000000000000aa7e3");
  private static final Address DESK = new Address("0x0000000000000000000000000000000000de5c00");
  private static final Address ACCOUNT = new Address("0x00000000000000000000000000000000000acc00");
  private static final BigInteger CENTS = BigInteger.TEN.pow(8);

  private final Rotation rotation = new Rotation(5);
  private final LendingPool pool = new LendingPool("treasury");
  private final SimulatedVault vault;

  SimulatedLendingTest() {
    Policy written = rotation.vault.policy();
    List<Policy.Asset> assets = written.parts().assets();
    RateCurve curve = RateCurve.ofBasisPoints(9_000, 0, 400, 6_000);
    pool.addReserve(open(assets.get(0).decimals()), curve);
    pool.addReserve(open(assets.get(1).decimals()), curve);
    pool.setPrice(0, CENTS);
    pool.setPrice(1, CENTS.multiply(BigInteger.valueOf(2_500)));
    pool.supply(Rotation.FROM, 0, BigInteger.TEN.pow(7 + assets.get(0).decimals()), "somebody");
    var market =
        rotation
            .vault
            .market()
            .with(
                new SimulatedMarket.Lending(
                    POOL,
                    pool,
                    Map.of(assets.get(0).token(), 0, assets.get(1).token(), 1),
                    ACCOUNT));
    VaultLedger ledger = VaultLedger.created(lending(written), Rotation.FROM - 1);
    List<BigInteger> held = rotation.vault.ledger().amounts();
    for (int i = 0; i < assets.size(); i++) {
      ledger = ledger.deposited(assets.get(i).token(), held.get(i), Rotation.FROM - 1);
    }
    this.vault = new SimulatedVault(market, new PolicyEngine(Optional.empty()), ledger);
    vault.poke(Rotation.FROM);
  }

  private static ReserveTerms open(int decimals) {
    return ReserveTerms.open(decimals, 7_700, 8_000, 10_450, 1_000, 1_000);
  }

  /** Of ether 80 % is lent, and 30 % of that is owed in dollars. */
  private static Policy lending(Policy written) {
    BigInteger most = BigInteger.TEN.pow(12 + written.parts().assets().getFirst().decimals());
    int classes = written.model().directions().size();
    List<Integer> targets = new ArrayList<>();
    List<Integer> directions = new ArrayList<>();
    for (int i = 0; i < classes; i++) {
      targets.addAll(List.of(Policy.HOLD, 3_000, 8_000, 0));
      directions.add(15);
    }
    Policy.Limits limits = written.limits();
    Policy.Model model = written.model();
    Policy.Parts parts = written.parts();
    return new Policy(
        new Policy.Limits(
            limits.numbers(),
            limits.exposures(),
            limits.pools(),
            List.of(),
            List.of(
                new Policy.ReserveLimits(most, most),
                new Policy.ReserveLimits(most, BigInteger.ZERO)),
            15_000),
        new Policy.Model(
            model.digest(),
            model.code(),
            model.agent(),
            model.targets(),
            directions,
            model.weightStepBps(),
            model.program(),
            targets),
        new Policy.Parts(
            parts.assets(),
            parts.pools(),
            parts.action(),
            List.of(),
            new Policy.Lending(
                DESK,
                POOL,
                0,
                List.of(new Policy.Reserve(0, true), new Policy.Reserve(1, false)))));
  }

  private VaultDecision decision(long asOf, String action) {
    return new VaultDecision(
        vault.policy().model().digest(),
        vault.ledger().nonce(),
        BigInteger.valueOf(asOf + 240),
        asOf,
        Address.ZERO,
        50,
        List.of(BigInteger.valueOf(ExampleStrategies.ROTATION_ACTIONS.indexOf(action))));
  }

  private Executed execute(long asOf, String action) {
    rotation.scenario.advanceTo(asOf + 24);
    Execution execution =
        vault.execute(decision(asOf, action), Address.ZERO, asOf + 24).execution();
    assertThat(execution).isInstanceOf(Executed.class);
    return (Executed) execution;
  }

  private LoanBooks.Line line(int asset) {
    return vault
        .ledger()
        .loans()
        .line(vault.policy().parts().lending(), vault.policy().parts().assets().get(asset).token());
  }

  @Test
  void whatIsRehearsedLeavesTheLendingMarketAsItWas() {
    rotation.scenario.advanceTo(AS_OF + 24);
    List<Object> before = List.of(pool.state(0), pool.state(1));
    assertThat(vault.rehearse(decision(AS_OF, "both"), Address.ZERO, AS_OF + 24))
        .isInstanceOfSatisfying(Executed.class, done -> assertThat(done.plan().lends()).isTrue());
    assertThat(List.<Object>of(pool.state(0), pool.state(1))).isEqualTo(before);
  }

  @Test
  void lendsAndThenBorrowsOnIt() {
    List<BigInteger> held = vault.ledger().amounts();
    Executed first = execute(AS_OF, "both");
    assertThat(first.plan().later()).extracting(LoanStep::loan).contains(Loan.SUPPLY);
    assertThat(line(1).supplied().amount())
        .isEqualTo(pool.scaledSupply(1, ACCOUNT.hex()))
        .isPositive();
    assertThat(vault.ledger().amounts().get(1)).isLessThan(held.get(1));
    Executed second = execute(AS_OF + Rotation.STEP, "hold");
    assertThat(second.plan().before()).extracting(LoanStep::loan).contains(Loan.BORROW);
    assertThat(line(0).owed().amount()).isEqualTo(pool.scaledDebt(0, ACCOUNT.hex())).isPositive();
    // What was just borrowed is seen by whoever asks next.
    var seen =
        vault.market().seenBy(vault.ledger(), AS_OF + Rotation.STEP + 36).lending().reserves();
    assertThat(seen.getFirst().owed()).isPositive();
    assertThat(seen.get(1).thresholdBps()).isEqualTo(8_000);
  }

  @Test
  void remembersTheIndicesOnceAnHour() {
    vault.poke(Rotation.FROM + 3_599);
    assertThat(line(1).checkpoints()).hasSize(1);
    vault.poke(Rotation.FROM + 3_600);
    assertThat(line(1).checkpoints()).hasSize(2);
  }
}
