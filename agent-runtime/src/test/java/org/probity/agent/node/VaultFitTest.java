package org.probity.agent.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.probity.agent.checks.CheckReport;
import org.probity.agent.checks.Doctor;
import org.probity.agent.settings.AgentSettings;
import org.probity.chain.Address;
import org.probity.demo.DemoWorld;
import org.probity.drill.PracticeStrategy;
import org.probity.ground.Bytes32;
import org.probity.ground.TestKind;
import org.probity.intent.Governor;
import org.probity.intent.Pace;
import org.probity.intent.Vault;
import org.probity.intent.conduct.AgentSpec;
import org.probity.settings.BadSetting;
import org.probity.strategy.QuantisedStrategy;
import org.probity.strategy.StrategyBundle;
import org.probity.terminal.Sentences;
import org.probity.zk.Srs;

/** Whether an agent's strategy and account fit its vault, on a chain with real contracts. */
@TestKind.Acceptance
final class VaultFitTest {

  @TempDir private Path folder;

  @Test
  void whatDoesNotFitItsVaultIsRefusedBeforeAnythingStarts() throws IOException {
    QuantisedStrategy quantised = PracticeStrategy.quantised();
    Srs srs = PracticeStrategy.srs(quantised);
    StrategyBundle bundle = PracticeStrategy.bundle(quantised, srs);
    srs.save(folder.resolve("srs.bin"));
    bundle.save(folder.resolve("strategy"));
    try (DemoWorld world = DemoWorld.open(OptionalInt.empty(), 5)) {
      world.makeHistory();
      Vault vault = world.deploy(bundle, srs).vault();
      Address agent = world.agent().address();
      Address owner = world.owner().address();
      AgentSettings settings = settings(world, vault.address(), owner);
      String refusal =
          "The account %s is owner and curator of the vault %s, so that whoever takes the agent's key has that power: run the agent with another account, and keep the key of this one off this machine."
              .formatted(owner, vault.address());
      try (LiveEquipment equipment = LiveEquipment.open(settings, () -> new char[0])) {
        Bytes32 model = bundle.model().key().digest();
        assertThatThrownBy(() -> equipment.check(spec(vault, model, owner)))
            .isInstanceOf(BadSetting.class)
            .hasMessage(refusal);
        assertThatThrownBy(() -> equipment.outfit(spec(vault, model, owner))).hasMessage(refusal);
        assertThatThrownBy(() -> equipment.checkVault(spec(vault, model, owner)))
            .hasMessage(refusal);
        assertThatThrownBy(() -> equipment.checkVault(spec(vault, TinyModel.digest(), agent)))
            .isInstanceOf(BadSetting.class)
            .hasMessageContaining(
                "obeys model %s, and the strategy's is %s".formatted(model, TinyModel.digest()));
        Address sentinel = world.attacker().address();
        Governor governor = Governor.of(equipment.chain(), vault).orElseThrow();
        world
            .chain()
            .execute(
                owner, governor.submit(Governor.Change.ADD_SENTINEL, sentinel, BigInteger.ZERO));
        assertThatThrownBy(() -> equipment.checkVault(spec(vault, model, sentinel)))
            .isInstanceOf(BadSetting.class)
            .hasMessageContaining("is sentinel of the vault");
        equipment.checkVault(spec(vault, model, agent));
        assertThatThrownBy(() -> equipment.check(spec(vault, model, agent)))
            .as("all that is missing is the key")
            .hasMessageContaining("key");
        CheckReport report =
            Doctor.beforeRun(
                Throwable::getMessage, InstantSource.system(), equipment.chain(), settings);
        assertThat(report.wrong())
            .extracting(check -> check.finding().sentence())
            .containsExactly(refusal);
        report =
            Doctor.beforeRun(
                Throwable::getMessage,
                InstantSource.system(),
                equipment.chain(),
                settings(world, vault.address(), agent));
        assertThat(report.wrong()).isEmpty();
        assertThat(report.checks())
            .extracting(check -> check.name() + ": " + check.finding().seen())
            .contains(
                "the agent's account: %s is the policy's agent, and owns nothing".formatted(agent),
                "the vault's money: 50,000 USD, 20 WETH");
      }
    }
  }

  @Test
  void whatIsNoVaultIsSaidToBeNone() throws IOException {
    try (DemoWorld world = DemoWorld.open(OptionalInt.empty(), 5)) {
      Address token = world.market().usd().address();
      for (Address other : List.of(token, world.market().pool().address())) {
        AgentSettings settings = settings(world, other, world.agent().address());
        CheckReport report =
            Doctor.beforeRun(
                Sentences::of, InstantSource.system(), world.chain().client(), settings);
        assertThat(report.wrong())
            .extracting(check -> check.finding().sentence())
            .containsExactly(
                "The contract %s on chain 31337 does not answer as a vault does: check the vault's address and the chain."
                    .formatted(other));
      }
    }
  }

  private AgentSettings settings(DemoWorld world, Address vault, Address account)
      throws IOException {
    return AgentSettings.load(
        Files.writeString(
            folder.resolve("agent.conf"),
            """
            probity {
              chain { rpc = "%s", id = %s }
              vault = "%s"
              strategy = "strategy"
              srs = "srs.bin"
              key { store = "keys", account = "%s" }
              prover.backend = scalar
            }
            """
                .formatted(
                    world.chain().http(), world.chain().client().chainId(), vault, account)));
  }

  private static AgentSpec spec(Vault vault, Bytes32 model, Address account) {
    return new AgentSpec("one", vault.address(), model, account, new Pace(120, false));
  }
}
