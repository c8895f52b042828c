package org.probity.intent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Bytes;
import org.probity.chain.ContractArtifact;
import org.probity.ground.TestKind;
import org.probity.intent.policy.Policy;
import org.probity.intent.source.Reports;
import org.probity.intent.source.SourceContracts;

/** What an agent reads of a vault whose owner does what owners do. */
@TestKind.Acceptance
class VaultReaderTest extends OnOneChain {

  /** Holds 90,000 USD and 4 WETH. */
  private static Address vault;

  private static Bytes three;

  @BeforeAll
  static void deploy() {
    bench = new VaultBench();
    vault = bench.vault(bench.policy(_ -> {}));
    bench.store(VaultBench.modelKey(22, false, 3));
    three =
        Bytes.of(
            bench
                .policy(terms -> {
                  terms.three = true;
                  terms.targets = List.of(2_500, 0, Policy.HOLD, Policy.HOLD, 4_000, 4_000);
                })
                .encoded());
    bench.store(VaultBench.modelKey(20, false, 3));
    bench.toMoment(5);
  }

  private static Vault own() {
    return Vault.at(bench.client(), vault);
  }

  private static VaultReader reader() {
    return new VaultReader(bench.client(), own(), Reports.NONE);
  }

  /** Features are the contract's own, and so is the state. */
  private static Observation checked(VaultReader reader) {
    Observation seen = reader.at(bench.client().head());
    assertThat(own().features(seen.asOf(), seen.refs(), seen.sourceHints()))
        .isEqualTo(seen.features());
    assertThat(seen.state()).isEqualTo(own().whole(BlockTag.LATEST));
    return seen;
  }

  @Test
  void theMomentIsTheLatestOfTheSchedule() {
    VaultReader reader = reader();
    long moment = bench.now() - bench.now() % VaultBench.STEP + VaultBench.STEP;
    for (long now : new long[] {moment, moment + 1, moment + VaultBench.STEP - 1}) {
      bench.chain.mineAt(now);
      assertThat(checked(reader).asOf()).isEqualTo(moment);
    }
    bench.chain.mineAt(moment + VaultBench.STEP);
    assertThat(checked(reader).asOf()).isEqualTo(moment + VaultBench.STEP);
  }

  @Test
  void equityIsOfTheBooksAtTheReference() {
    Observation seen = checked(reader());
    assertThat(seen.equity()).isBetween(bench.usd.units(99_000), bench.usd.units(101_000));
    assertThat(seen.state().values(seen.refs()).getFirst()).isEqualTo(bench.usd.units(90_000));
    bench.market.fund(vault, bench.usd.units(5_000_000), BigInteger.ZERO);
    bench.toMoment(5);
    assertThat(checked(reader()).equity())
        .as("gifts count for nothing")
        .isLessThan(bench.usd.units(101_000));
  }

  @Test
  void oneReaderFollowsAPolicyOfMoreAssetsAndBack() {
    VaultReader reader = reader();
    Observation two = checked(reader);
    assertThat(two.refs()).hasSize(2);
    Bytes old = Bytes.of(own().policy().encoded());
    bench.owner(vault, "setPolicy", three);
    bench.toMoment(5);
    Observation more = checked(reader);
    assertThat(more.refs()).hasSize(3);
    assertThat(more.state().books()).hasSize(3);
    assertThat(more.features().size()).isEqualTo(22);
    assertThat(more).isEqualTo(reader().at(bench.client().head()));
    bench.owner(vault, "setPolicy", old);
    bench.toMoment(5);
    assertThat(checked(reader).features().size()).isEqualTo(20);
    assertThat(reader.at(bench.client().head()).state().policy()).isEqualTo(two.state().policy());
  }

  @Test
  void aBranchThatTakesAPolicyBackIsFollowed() {
    VaultReader reader = reader();
    checked(reader);
    String before = bench.chain.snapshot();
    bench.owner(vault, "setPolicy", three);
    bench.toMoment(5);
    assertThat(checked(reader).refs()).hasSize(3);
    bench.chain.revert(before);
    bench.toMoment(5);
    assertThat(checked(reader).refs()).hasSize(2);
  }

  @Test
  void whatIsPausedIsReadAllTheSame() {
    bench.owner(vault, "pause");
    bench.toMoment(5);
    Observation seen = checked(reader());
    assertThat(seen.state().paused()).isTrue();
    assertThat(seen.state().nonce()).isEqualTo(BigInteger.ONE);
  }

  @Test
  void sourcesAreToldByTheirCode() {
    List<Policy.Feature> program =
        List.of(
            new Policy.Feature(bench.sources.signedReport(), 1, Bytes.EMPTY),
            new Policy.Feature(Address.ZERO, 6, Bytes.EMPTY),
            new Policy.Feature(bench.sources.chainlinkReturns(), 1, Bytes.EMPTY),
            new Policy.Feature(bench.sources.twapReturns(), 1, Bytes.EMPTY));
    assertThat(SourceContracts.of(bench.client(), program)).isEqualTo(bench.sources);
    // Its constructor writes into its code, another time another thing.
    Address another =
        bench.chain.deploy(bench.stranger, ContractArtifact.load("SignedReport").deployment());
    assertThat(bench.client().code(another))
        .isNotEqualTo(bench.client().code(bench.sources.signedReport()));
    assertThat(
            SourceContracts.of(
                bench.client(), List.of(new Policy.Feature(another, 1, Bytes.EMPTY))))
        .isEqualTo(new SourceContracts(Address.ZERO, Address.ZERO, another));
    assertThat(
            SourceContracts.of(
                bench.client(),
                List.of(
                    new Policy.Feature(bench.usd.address(), 1, Bytes.EMPTY),
                    new Policy.Feature(bench.stranger, 1, Bytes.EMPTY))))
        .isEqualTo(new SourceContracts(Address.ZERO, Address.ZERO, Address.ZERO));
  }

  /** A vault may have one; whoever runs an agent could not repeat what it computes. */
  @Test
  void aForeignSourceIsRefused() {
    // The same but for a byte that nothing reads: behind the last instruction.
    Bytes code = Vault.TWAP_RETURNS.deployedCode();
    Address foreign = new Address("0x" + "f0".repeat(20));
    bench
        .client()
        .request("anvil_setCode", foreign.hex(), code.concat(Bytes.of(new byte[1])).toString());
    bench.setPolicy(vault, bench.policy(terms -> terms.twap = foreign));
    bench.toMoment(5);
    assertThatThrownBy(() -> reader().at(bench.client().head()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("%s is no source of this release".formatted(foreign));
  }
}
