package org.probity.agent.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.probity.agent.AgentSettings;
import org.probity.agent.Journal;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.KeyStore;
import org.probity.intent.Vault;
import org.probity.strategy.QuantisedStrategy;
import org.probity.strategy.StrategyBundle;
import org.probity.zk.ModelKey;
import org.probity.zk.ProofVerifier;
import org.probity.zk.Srs;

/**
 * Where drills are held: a local chain with a market and a vault, and in a folder all that a node
 * needs to run the vault's agent, as a user would have it.
 */
final class DrillWorld implements AutoCloseable {

  private static final BigInteger GAS_MONEY = BigInteger.TEN.pow(21);

  private final Path folder;
  private final DemoWorld world;
  private final Vault vault;
  private final Address account;
  private final ModelKey model;
  private final ProofVerifier verifier;

  private DrillWorld(
      Path folder,
      DemoWorld world,
      Vault vault,
      Address account,
      ModelKey model,
      ProofVerifier verifier) {
    this.folder = folder;
    this.world = world;
    this.vault = vault;
    this.account = account;
    this.model = model;
    this.verifier = verifier;
  }

  /** Starts the chain, deploys everything and writes the configuration. */
  static DrillWorld open(Path folder, long seed) {
    DemoWorld world = DemoWorld.open(OptionalInt.empty(), seed);
    try {
      QuantisedStrategy strategy = PracticeStrategy.quantised();
      Srs srs = PracticeStrategy.srs(strategy);
      StrategyBundle bundle = PracticeStrategy.bundle(strategy, srs);
      world.makeHistory();
      Vault vault = world.deploy(bundle, srs).vault();
      bundle.save(folder.resolve("strategy"));
      srs.save(folder.resolve("drill.srs"));
      Address account = newKey(folder);
      world.chain().setBalance(account, GAS_MONEY);
      Files.writeString(folder.resolve("agent.conf"), configuration(world, vault, account));
      return new DrillWorld(
          folder, world, vault, account, bundle.model().key(), new ProofVerifier(srs));
    } catch (IOException e) {
      world.close();
      throw new UncheckedIOException("The drill's files cannot be written to " + folder, e);
    } catch (RuntimeException e) {
      world.close();
      throw e;
    }
  }

  private static Address newKey(Path folder) throws IOException {
    char[] password = "a drill's own".toCharArray();
    Files.writeString(folder.resolve("password"), new String(password));
    try {
      return KeyStore.at(folder.resolve("keys")).create(password, new SecureRandom()).address();
    } finally {
      Arrays.fill(password, ' ');
    }
  }

  private static String configuration(DemoWorld world, Vault vault, Address account) {
    return """
    probity {
      chain { rpc = "%s", web-socket = "%s", id = %d, poll = 100 ms }
      vault = "%s"
      strategy = strategy
      srs = drill.srs
      key { store = keys, account = "%s", password-file = password }
      journal.folder = journal
      pace.send-holds = true
      retry { first = 100 ms, most = 2 s }
      prover.backend = scalar
    }
    """
        .formatted(
            world.chain().http(),
            world.chain().webSocket(),
            world.chain().client().chainId(),
            vault.address(),
            account);
  }

  /** Starts a node of this world's agent; its output goes to a file beside the configuration. */
  NodeProcess node(String name, String... javaOptions) {
    return NodeProcess.start(config(), folder.resolve(name + ".log"), javaOptions);
  }

  /** What {@code probity journal verify} finds, its proofs included; empty if nothing is wrong. */
  Optional<String> verified(Journal journal) {
    return journal
        .verify(Map.of(model.digest(), model), verifier, _ -> {})
        .fault()
        .map(Journal.Fault::toString);
  }

  Path config() {
    return folder.resolve("agent.conf");
  }

  AgentSettings settings() {
    return AgentSettings.load(config());
  }

  DemoWorld world() {
    return world;
  }

  Vault vault() {
    return vault;
  }

  /** Pays for the agent's transactions. */
  Address account() {
    return account;
  }

  /** How many transactions the agent's account has in the chain. */
  long transactions() {
    return world.chain().client().transactionCount(account, BlockTag.LATEST);
  }

  @Override
  public void close() {
    world.close();
  }
}
