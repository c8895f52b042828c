package org.probity.agent.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.probity.agent.journal.Journal;
import org.probity.agent.settings.AgentSettings;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Erc20;
import org.probity.chain.keys.KeyStore;
import org.probity.demo.DemoWorld;
import org.probity.drill.PracticeStrategy;
import org.probity.ground.TestKind;
import org.probity.intent.Prospect;
import org.probity.intent.Vault;
import org.probity.intent.VaultDeployment;
import org.probity.intent.conduct.AgentSpec;
import org.probity.intent.conduct.Notice;
import org.probity.intent.policy.Policy;
import org.probity.settings.BadSetting;
import org.probity.strategy.FloatNetwork;
import org.probity.strategy.QuantisedStrategy;
import org.probity.strategy.Strategy;
import org.probity.strategy.StrategyBundle;
import org.probity.strategy.TrainedStrategy;
import org.probity.strategy.example.ExampleStrategies;
import org.probity.zk.Decision;
import org.probity.zk.ProofVerifier;
import org.probity.zk.Readout;
import org.probity.zk.Srs;

/** An agent whose model gives weights and makes no choice, on a node with a real chain. */
@TestKind.Acceptance
final class WeightsTest {

  private static final int STEP_BPS = 250;
  private static final char[] PASSWORD = "a password for tests".toCharArray();

  @TempDir private Path folder;

  @Test
  void aModelThatGivesWeightsIsProvenExecutedAndJournalled() throws Exception {
    QuantisedStrategy choosing = PracticeStrategy.quantised();
    QuantisedStrategy weighing = aQuarter();
    // The larger of both: one string, and so one verifier, for all.
    Srs srs = PracticeStrategy.srs(choosing);
    StrategyBundle bundle = PracticeStrategy.bundle(weighing, srs);
    srs.save(folder.resolve("srs.bin"));
    bundle.save(folder.resolve("strategy"));
    Address account =
        KeyStore.at(folder.resolve("keys")).create(PASSWORD, new SecureRandom()).address();
    try (DemoWorld world = DemoWorld.open(OptionalInt.empty(), 7)) {
      world.chain().setBalance(account, BigInteger.TEN.pow(19));
      world.makeHistory();
      DemoWorld.Deployed deployed =
          world.deploy(PracticeStrategy.bundle(choosing, srs), srs, account);
      Vault coarse = vault(world, deployed, bundle, account, 2 * STEP_BPS);
      Vault vault = vault(world, deployed, bundle, account, STEP_BPS);
      AgentSettings settings = settings(world, vault, account);
      BlockingQueue<Notice> told = new LinkedBlockingQueue<>();
      try (LiveEquipment equipment = LiveEquipment.open(settings, () -> PASSWORD.clone())) {
        AgentSpec spec = equipment.spec(settings.agents().getFirst());
        assertThatThrownBy(() ->
                equipment.check(
                    new AgentSpec("c", coarse.address(), spec.model(), account, spec.pace())))
            .isInstanceOf(BadSetting.class)
            .hasMessageContaining(
                "gives weights in steps of 250 basis points and the policy takes them in steps of 500");
        equipment.check(spec);
        try (ProbityNode node =
            ProbityNode.start(
                settings.node(),
                database -> equipment.with(database, _ -> {}, (_, notice) -> told.add(notice)),
                InstantSource.system())) {
          node.agents().ensure(spec).toCompletableFuture().join();
          world.nextHead();
          Notice.Decided decided = await(told, Notice.Decided.class);
          assertThat(decided.proposal().decision())
              .isEqualTo(new Decision.Outputs(List.of(10_000 / 4 / STEP_BPS)));
          assertThat(decided.prospect()).isInstanceOf(Prospect.Trade.class);
          Notice.Executed executed = await(told, Notice.Executed.class);
          assertThat(executed.settlement().gained(world.market().weth().address())).isNegative();
          assertThat(executed.settlement().gained(world.market().usd().address())).isPositive();
        }
      }
      assertThat(vault.executions()).hasSize(1);
      assertThat(vault.executions().getFirst().outputs()).containsExactly(BigInteger.TEN);
      try (Journal journal = Journal.open(settings.node().journal())) {
        Journal.Checked checked =
            journal.verify(
                Map.of(bundle.model().key().digest(), bundle.model().key()),
                new ProofVerifier(srs),
                _ -> {});
        assertThat(checked.fault()).isEmpty();
        assertThat(checked.proofs()).isEqualTo(1);
        assertThat(checked.executions()).isEqualTo(1);
        Journal.Replayed replayed =
            journal.replay(
                Map.of(bundle.model().key().digest(), Strategy.reference(bundle.model().network())),
                _ -> {});
        assertThat(replayed.differing()).isEmpty();
        assertThat(replayed.unlike()).isEmpty();
      }
    }
  }

  private static <T extends Notice> T await(BlockingQueue<Notice> told, Class<T> kind)
      throws InterruptedException {
    while (true) {
      Notice next = told.poll(60, TimeUnit.SECONDS);
      assertThat(next).as("a " + kind.getSimpleName()).isNotNull();
      if (next instanceof Notice.Failed failed) {
        throw new AssertionError(failed);
      }
      if (kind.isInstance(next)) {
        return kind.cast(next);
      }
    }
  }

  /** Gives a weight of a quarter on everything that it may see. */
  private static QuantisedStrategy aQuarter() {
    int inputs = ExampleStrategies.PAIR_PROGRAM.width();
    int hidden = 12;
    FloatNetwork network =
        new FloatNetwork(
            inputs,
            List.of(
                new FloatNetwork.FloatLayer(
                    DoubleStream.iterate(1e-3, last -> -last)
                        .limit((long) inputs * hidden)
                        .toArray(),
                    new double[hidden]),
                new FloatNetwork.FloatLayer(
                    DoubleStream.generate(() -> 1e-9).limit(hidden).toArray(),
                    new double[] {0.25})),
            Readout.LINEAR);
    return TrainedStrategy.of("a quarter", ExampleStrategies.PAIR_PROGRAM, List.of("WETH"), network)
        .quantise(STEP_BPS);
  }

  /** A funded vault for a model that gives weights. */
  private static Vault vault(
      DemoWorld world,
      DemoWorld.Deployed like,
      StrategyBundle bundle,
      Address agent,
      int weightStepBps) {
    VaultDeployment.Sending sending = new VaultDeployment.Sending(world.owner(), _ -> {});
    sending.execute(
        "the model's key", VaultDeployment.store(like.foundation(), bundle.model().key()));
    Policy policy =
        new Policy(
            like.policy().limits(),
            new Policy.Model(
                bundle.model().key().digest(),
                VaultDeployment.keyAt(
                    world.chain().client(), like.foundation(), bundle.model().key().digest()),
                agent,
                List.of(),
                List.of(),
                weightStepBps,
                like.policy().model().program()),
            like.policy().parts());
    VaultDeployment.validate(world.chain().client(), like.foundation(), policy);
    Address owner = world.owner().address();
    Vault vault =
        Vault.at(
            world.chain().client(),
            sending.create(
                "the vault", VaultDeployment.vault(like.foundation(), owner, owner, policy)));
    BigInteger usd = world.market().usd().units(50_000);
    BigInteger weth = world.market().weth().units(20);
    world.market().fund(owner, usd, weth);
    Map.of(world.market().usd().address(), usd, world.market().weth().address(), weth)
        .forEach((token, amount) -> {
          sending.execute("an approval", new Erc20(token).approve(vault.address(), amount));
          sending.execute("a deposit", vault.owners("deposit", token, amount));
        });
    assertThat(vault.book(BlockTag.LATEST, world.market().usd().address()).amount()).isEqualTo(usd);
    return vault;
  }

  private AgentSettings settings(DemoWorld world, Vault vault, Address account) throws IOException {
    return AgentSettings.load(
        Files.writeString(
            folder.resolve("agent.conf"),
            """
            probity {
              chain { rpc = "%s", web-socket = "%s", id = %s, poll = 100 ms }
              vault = "%s"
              strategy = "strategy"
              srs = "srs.bin"
              key { store = "keys", account = "%s" }
              prover.backend = scalar
            }
            """
                .formatted(
                    world.chain().http(),
                    world.chain().webSocket(),
                    world.chain().client().chainId(),
                    vault.address(),
                    account)));
  }
}
