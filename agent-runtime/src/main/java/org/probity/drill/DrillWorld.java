package org.probity.drill;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.probity.agent.journal.Journal;
import org.probity.agent.settings.AgentSettings;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.TransactionSettings;
import org.probity.demo.DemoWorld;
import org.probity.intent.Vault;
import org.probity.intent.conduct.Notice;

/**
 * Where drills are held: a local chain with a market and a vault, and in a folder all that a node
 * needs to run the vault's agent, as a user would have it.
 */
public final class DrillWorld implements AutoCloseable {

  /** What is said of an agent that does not come to the end of a decision any more. */
  static final String STUCK = "the agent does not act any more";

  /** Enough for an execution. */
  static final Duration BRIEF = Duration.ofSeconds(3);

  private static final Duration LOOK = Duration.ofMillis(10);

  /** More than the agent's own patience with a transaction that is in no block. */
  static final Duration PATIENCE =
      TransactionSettings.DEFAULT.patience().plus(Duration.ofMinutes(1));

  private final NodeFiles files;
  private final DemoWorld world;
  private final Vault vault;
  private final Address account;

  private DrillWorld(NodeFiles files, Vault vault, Address account) {
    this.files = files;
    this.world = files.world();
    this.vault = vault;
    this.account = account;
  }

  /** Starts the chain, deploys everything and writes the configuration. */
  public static DrillWorld open(Path folder, long seed) {
    DemoWorld world = DemoWorld.open(OptionalInt.empty(), seed);
    try {
      PracticeStrategy.Committed strategy = PracticeStrategy.Committed.make();
      world.makeHistory();
      NodeFiles files = NodeFiles.write(folder, world, strategy);
      Address account = files.account();
      Vault vault = world.deploy(strategy.bundle(), strategy.srs(), account).vault();
      files.configuration(
          "agent.conf",
          """
          vault = "%s"
          key.account = "%s"
          journal.folder = journal
          """
              .formatted(vault.address(), account));
      return new DrillWorld(files, vault, account);
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
        files.folder().resolve(name + ".log"),
        settings().operation().http().tokenFile(),
        List.of(),
        List.of(arguments));
  }

  /** A configuration that differs by some lines. */
  private Path including(String name, String lines) {
    try {
      return Files.writeString(
          files.folder().resolve(name),
          "include \"%s\"\n%s\n".formatted(config().getFileName(), lines));
    } catch (IOException e) {
      throw new UncheckedIOException("The drill's files cannot be written to " + files.folder(), e);
    }
  }

  /** What {@code probity journal verify} finds, its proofs included; empty if nothing is wrong. */
  Optional<String> verified(Journal journal) {
    return files.strategy().verified(journal);
  }

  /** Compares the journal with the chain, when no node runs any more. */
  void reconcile(DrillReport report) {
    Reconciliation.of(
        report,
        settings().node().journal(),
        files.strategy(),
        List.of(vault),
        world.chain().client().transactionCount(account, BlockTag.LATEST));
  }

  public Path config() {
    return files.folder().resolve("agent.conf");
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

  String agent() {
    return vault.address().toString();
  }

  /** Pays for the agent's transactions. */
  Address account() {
    return account;
  }

  @Override
  public void close() {
    world.close();
  }
}
