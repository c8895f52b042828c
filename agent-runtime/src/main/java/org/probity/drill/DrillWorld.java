package org.probity.drill;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.probity.agent.journal.Journal;
import org.probity.agent.settings.AgentSettings;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.TransactionSettings;
import org.probity.chain.keys.KeyStore;
import org.probity.demo.DemoWorld;
import org.probity.ground.PlainFile;
import org.probity.intent.Vault;
import org.probity.intent.conduct.Notice;
import org.probity.strategy.QuantisedStrategy;
import org.probity.strategy.StrategyBundle;
import org.probity.zk.ModelKey;
import org.probity.zk.ProofVerifier;
import org.probity.zk.Srs;

/**
 * Where drills are held: a local chain with a market and a vault, and in a folder all that a node
 * needs to run the vault's agent, as a user would have it.
 */
public final class DrillWorld implements AutoCloseable {

  /** What is said of an agent that does not come to the end of a decision any more. */
  static final String STUCK = "the agent does not act any more";

  /** Enough for an execution. */
  static final Duration BRIEF = Duration.ofSeconds(3);

  private static final BigInteger GAS_MONEY = BigInteger.TEN.pow(21);
  private static final Duration LOOK = Duration.ofMillis(10);

  /** More than the agent's own patience with a transaction that is in no block. */
  static final Duration PATIENCE =
      TransactionSettings.DEFAULT.patience().plus(Duration.ofMinutes(1));

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
  public static DrillWorld open(Path folder, long seed) {
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

  /** A folder for one of several worlds. */
  static Path place(Path folder, String name) {
    try {
      return Files.createDirectory(folder.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException("The drill's files cannot be written to " + folder, e);
    }
  }

  private static Address newKey(Path folder) throws IOException {
    char[] password = "a drill's own".toCharArray();
    Path secret = folder.resolve("password");
    Files.createFile(secret, PlainFile.ownerOnlyFile(secret));
    Files.writeString(secret, new String(password));
    try {
      return KeyStore.at(folder.resolve("keys")).create(password, new SecureRandom()).address();
    } finally {
      Arrays.fill(password, ' ');
    }
  }

  private static String configuration(DemoWorld world, Vault vault, Address account) {
    return """
    probity {
      chain { rpc = "%s", web-socket = "%s", id = %s, poll = 100 ms }
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
  NodeProcess node(String name, String... arguments) {
    return start(config(), name, arguments);
  }

  /** The same with other settings for its agent, whose journal has to say so. */
  NodeProcess nodeOfAnotherPace(String name, String... arguments) {
    return start(including("amended.conf", "probity.pace.lifetime-seconds = 360"), name, arguments);
  }

  private NodeProcess start(Path configuration, String name, String... arguments) {
    return NodeProcess.start(
        configuration,
        folder.resolve(name + ".log"),
        settings().operation().http().tokenFile(),
        List.of(),
        List.of(arguments));
  }

  /** A configuration that differs by some lines. */
  private Path including(String name, String lines) {
    try {
      return Files.writeString(
          folder.resolve(name), "include \"%s\"\n%s\n".formatted(config().getFileName(), lines));
    } catch (IOException e) {
      throw new UncheckedIOException("The drill's files cannot be written to " + folder, e);
    }
  }

  /** What {@code probity journal verify} finds, its proofs included; empty if nothing is wrong. */
  Optional<String> verified(Journal journal) {
    return journal
        .verify(Map.of(model.digest(), model), verifier, _ -> {})
        .fault()
        .map(Journal.Fault::toString);
  }

  public Path config() {
    return folder.resolve("agent.conf");
  }

  AgentSettings settings() {
    return AgentSettings.load(config());
  }

  /** The same, with the chain behind these endpoints. */
  AgentSettings settings(List<URI> rpc, List<URI> webSockets) {
    return AgentSettings.load(
        including(
            "endpoints.conf",
            "probity.chain { rpc = %s, web-socket = %s }"
                .formatted(quoted(rpc), quoted(webSockets))));
  }

  private static List<String> quoted(List<URI> addresses) {
    return addresses.stream().map(address -> '"' + address.toString() + '"').toList();
  }

  /** How many decisions the vault has executed. */
  long nonce() {
    return vault.state(BlockTag.LATEST).nonce().longValueExact();
  }

  /** Whether a decision came to its end: executed, or proven and with nothing to execute. */
  static boolean isEnd(Notice event) {
    return event instanceof Notice.Executed || event instanceof Notice.Kept;
  }

  /** A head of the next moment, and some time for what is decided on it to come to its end. */
  void act(LongSupplier ends) throws InterruptedException {
    long before = ends.getAsLong();
    world.nextHead();
    await(BRIEF, () -> ends.getAsLong() > before);
  }

  /**
   * Heads until so many more decisions have come to their end, and time for the last receipt's way
   * into the journal. Whether they came to it in time.
   */
  boolean actUntil(int more, LongSupplier ends) throws InterruptedException {
    long target = ends.getAsLong() + more;
    long limit = System.nanoTime() + PATIENCE.toNanos();
    while (ends.getAsLong() < target) {
      if (System.nanoTime() > limit) {
        return false;
      }
      act(ends);
    }
    Thread.sleep(BRIEF);
    return true;
  }

  /** Waits for a condition. Whether it came. */
  public static boolean await(Duration most, BooleanSupplier condition)
      throws InterruptedException {
    long limit = System.nanoTime() + most.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > limit) {
        return false;
      }
      Thread.sleep(LOOK);
    }
    return true;
  }

  public DemoWorld world() {
    return world;
  }

  Vault vault() {
    return vault;
  }

  /** The agent's name. */
  String agent() {
    return vault.address().toString();
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
