package org.probity.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.probity.agent.AgentSettings;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.KeyStore;
import org.probity.ground.PlainFile;
import org.probity.intent.Vault;
import org.probity.strategy.QuantisedStrategy;
import org.probity.zk.Srs;

/** From a key to an agent at work, by the commands that a user types. */
final class DeployAndRunTest {

  private static final Duration PATIENCE = Duration.ofSeconds(90);

  @TempDir private Path folder;

  @Test
  void deployWritesTheConfigurationThatRunTradesWith() throws Exception {
    QuantisedStrategy quantised = PracticeStrategy.quantised();
    Srs reference = PracticeStrategy.srs(quantised);
    Path srs = folder.resolve("srs.bin");
    reference.save(srs);
    Path strategy = folder.resolve("tiny");
    PracticeStrategy.bundle(quantised, reference).save(strategy);
    Path password = folder.resolve("password");
    Files.createFile(password, PlainFile.ownerOnlyFile(password));
    Files.writeString(password, "correct horse");
    Path store = folder.resolve("keys");
    Ran.of("keys", "new", "--store", store, "--password-file", password).succeeded();
    Address account = KeyStore.at(store).list().getFirst();
    Path config = folder.resolve("agent.conf");

    try (DemoWorld world = DemoWorld.open(OptionalInt.empty(), 4)) {
      world.makeHistory();
      world.chain().setBalance(account, BigInteger.TEN.pow(20));
      deploy(world, store, account, password, strategy, srs, config)
          .failed(2)
          .saying("has 0 WETH, less than the 2 WETH to be deposited: fund it");
      assertThat(world.chain().client().transactionCount(account, BlockTag.LATEST)).isZero();
      assertThat(config).doesNotExist();
      world
          .market()
          .fund(account, world.market().usd().units(5_000), world.market().weth().units(2));
      Path other = folder.resolve("other.bin");
      Ran.of("srs", "new", "--power", reference.logSize(), "--out", other).succeeded();
      deploy(world, store, account, password, strategy, other, config)
          .failed(2)
          .saying("do not hold under this reference string", "import its weights again");
      assertThat(world.chain().client().transactionCount(account, BlockTag.LATEST)).isZero();
      assertThat(config).doesNotExist();
      deploy(world, store, account, password, strategy, srs, config).succeeded();
      Vault vault =
          Vault.at(world.chain().client(), AgentSettings.load(config).agents().getFirst().vault());
      assertThat(vault.state(BlockTag.LATEST).books().quoteBalance())
          .as("deposited")
          .isEqualTo(world.market().usd().units(5_000));
      world.nextHead();

      Thread agent = Thread.ofPlatform().start(() -> Ran.of("run", config).succeeded());
      try {
        awaitNonce(vault, 1);
      } finally {
        agent.interrupt();
        agent.join(PATIENCE);
      }
      assertThat(agent.isAlive()).isFalse();
    }
  }

  private Ran deploy(
      DemoWorld world,
      Path store,
      Address account,
      Path password,
      Path strategy,
      Path srs,
      Path config)
      throws IOException {
    return Ran.of(
        "deploy",
        "--rpc",
        world.chain().http(),
        "--chain-id",
        world.chain().client().chainId(),
        "--key-store",
        store,
        "--account",
        account,
        "--password-file",
        password,
        "--strategy",
        strategy,
        "--srs",
        srs,
        "--pool",
        world.market().pool().address(),
        "--base",
        "WETH",
        "--deposit",
        "2,5000",
        "--policy",
        policy(),
        "--out",
        config);
  }

  private static void awaitNonce(Vault vault, long nonce) throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (vault.state(BlockTag.LATEST).nonce().longValue() < nonce) {
      assertThat(System.nanoTime()).as("executed in time").isLessThan(deadline);
      Thread.sleep(50);
    }
  }

  private Path policy() throws IOException {
    return Files.writeString(
        folder.resolve("policy.conf"),
        """
        policy {
          max-slippage-bps = 100, max-age-seconds = 300, step-seconds = 600, epoch-seconds = 900
          min-trade = 10, max-notional-per-epoch = 1000, targets = [2500, 8000, 7500]
        }
        """);
  }
}
