package org.probity.agent.node;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import java.util.function.Function;
import javax.sql.DataSource;
import org.apache.pekko.Done;
import org.apache.pekko.actor.BootstrapSetup;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.setup.ActorSystemSetup;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.apache.pekko.cluster.sharding.typed.javadsl.EntityTypeKey;
import org.apache.pekko.cluster.typed.Cluster;
import org.probity.agent.AgentListener;
import org.probity.agent.AgentParts;
import org.probity.agent.Agents;
import org.probity.agent.Ending;
import org.probity.agent.journal.JournalRows;
import org.probity.agent.journal.JournalStore;
import org.probity.agent.journal.VaultSeats;
import org.probity.agent.proving.ProofQueue;
import org.probity.agent.settings.NodeSettings;
import org.probity.agent.tls.MutualTls;
import org.probity.agent.tls.NodeKeys;
import org.probity.chain.HeadSource;
import org.probity.ground.Bytes32;
import org.probity.intent.AgentCycle;
import org.probity.settings.BadSetting;

/**
 * One process of a cluster, or all of it: runs agents, makes proofs, answers for the agents of
 * every node.
 */
public final class ProbityNode implements AutoCloseable {

  /** The kind of sharded entity that agents are. */
  static final EntityTypeKey<VaultAgent.Command> AGENTS =
      EntityTypeKey.create(VaultAgent.Command.class, JournalRows.AGENTS);

  /** Connections to a node that has no others: whoever makes one is refused. */
  private static final int STRANGERS = 32;

  private static final Duration FAREWELL = Duration.ofSeconds(38);
  private static final Duration JOINING = Duration.ofSeconds(60);

  private final ActorSystem<Void> system;
  private final JournalStore journal;
  private final ExecutorService threads;
  private final Agents agents;
  private final ProofQueue.Gauge proofs;
  private final Ending ending;
  private volatile boolean started;
  private volatile boolean closing;

  private ProbityNode(
      ActorSystem<Void> system,
      JournalStore journal,
      VaultSeats seats,
      ExecutorService threads,
      ProofQueue.Gauge proofs,
      Ending ending) {
    this.system = system;
    this.journal = journal;
    this.threads = threads;
    this.proofs = proofs;
    this.ending = ending;
    this.agents =
        new ShardedAgents(
            ClusterSharding.get(system), journal.rows(), seats, threads, () -> started && !isUp());
    atItsEnd(CoordinatedShutdown.PhaseBeforeServiceUnbind(), this::tellIfDowned);
    // An actor whose thread died never ends, and neither would the node.
    atItsEnd(CoordinatedShutdown.PhaseBeforeActorSystemTerminate(), this::tellIfNotAsked);
    system.getWhenTerminated().thenRun(this::tellIfNotAsked);
  }

  private void atItsEnd(String phase, Runnable what) {
    CoordinatedShutdown.get(system)
        .addTask(
            phase,
            "reason",
            () -> {
              what.run();
              return CompletableFuture.completedFuture(Done.getInstance());
            });
  }

  private void tellIfNotAsked() {
    tell(
        "The node cannot go on, for its actors ended without being asked to: start it again, with --verbose if this comes back.");
  }

  private void tellIfDowned() {
    if (NodeGuardian.wasDowned(system)) {
      tell(
          "The node cannot go on, for its cluster takes it for dead and its agents go on elsewhere: see whether its network was cut or its machine stood still, and start it again.");
    }
  }

  /** Why it ends, unless somebody wants it to. */
  private void tell(String sentence) {
    if (started && !closing) {
      ending.because(sentence);
    }
  }

  /**
   * What a node has besides its settings.
   *
   * @param outfitter equips the agents that come to live here
   * @param heads brings heads to them
   * @param provers makes proofs, by the digest of the model's key
   * @param watcher told of heads and of how they come
   * @param listener told what the agents here do
   */
  public record Equipment(
      AgentParts.Outfitter outfitter,
      HeadSource heads,
      Map<Bytes32, AgentCycle.Proving> provers,
      HeadSource.Listener watcher,
      AgentListener listener) {

    /** The same, for one agent a vault. */
    private Equipment seating(VaultSeats seats) {
      AgentParts.Outfitter first =
          spec -> {
            seats.requireFirst(spec);
            return outfitter.outfit(spec);
          };
      return new Equipment(first, heads, provers, watcher, listener);
    }
  }

  /**
   * What a node is held in by whoever tries it, beyond what a configuration can say.
   *
   * @param written told the agent and the kind of every event, as the journal names it, once the
   *     event is durable and before anything comes of it
   * @param bind where the node listens and whence it connects, if the address in its settings is a
   *     relay's
   */
  public record Harness(BiConsumer<String, String> written, Optional<InetSocketAddress> bind) {

    /** Nothing holds it: the node of a user. */
    public static final Harness NONE = new Harness((_, _) -> {}, Optional.empty());
  }

  /**
   * Opens the journal, joins the cluster, and takes up the agents that it remembers.
   *
   * @param equipment made once the journal's database is open
   * @throws BadSetting if the journal cannot be opened, the address is taken, or the keys for the
   *     other nodes cannot be used
   */
  public static ProbityNode start(
      NodeSettings settings, Function<DataSource, Equipment> equipment, InstantSource clock) {
    return start(settings, equipment, clock, Ending.ofNode(), Harness.NONE);
  }

  /**
   * As {@link #start(NodeSettings, Function, InstantSource)}.
   *
   * @param ending told if the node cannot go on
   * @param harness what holds the node, if anything does
   */
  public static ProbityNode start(
      NodeSettings settings,
      Function<DataSource, Equipment> equipment,
      InstantSource clock,
      Ending ending,
      Harness harness) {
    NodeKeys keys = keys(settings, clock);
    JournalStore journal = JournalStore.open(settings.journal(), ending);
    ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    VaultSeats seats = journal.seats(clock);
    ProofQueue.Gauge proofs = new ProofQueue.Gauge();
    CompletableFuture<Void> ready = new CompletableFuture<>();
    try {
      ActorSystem<Void> system =
          ActorSystem.create(
              NodeGuardian.create(
                  settings,
                  equipment.apply(journal.source()).seating(seats),
                  clock,
                  threads,
                  proofs,
                  ending,
                  harness.written(),
                  ready),
              "probity",
              ActorSystemSetup.create(
                  BootstrapSetup.create(bind(harness).withFallback(actors(settings))),
                  MutualTls.setup(keys),
                  journal.setup()));
      ProbityNode node = new ProbityNode(system, journal, seats, threads, proofs, ending);
      node.awaitMembership(ready);
      node.started = true;
      return node;
    } catch (RuntimeException e) {
      threads.close();
      journal.close();
      throw e;
    }
  }

  /** Those in files; without any, keys that are in this process alone, so that nobody gets in. */
  private static NodeKeys keys(NodeSettings settings, InstantSource clock) {
    try {
      return settings
          .tls()
          .map(files -> NodeKeys.load(files, clock.instant()))
          .orElseGet(NodeKeys::ofThisProcessAlone);
    } catch (IllegalArgumentException e) {
      throw new BadSetting(String.valueOf(e.getMessage()));
    }
  }

  private void awaitMembership(CompletableFuture<Void> ready) {
    CompletableFuture<?> ended = system.getWhenTerminated().toCompletableFuture();
    try {
      CompletableFuture.anyOf(ready, ended).get(JOINING.toMillis(), TimeUnit.MILLISECONDS);
      long deadline = System.nanoTime() + JOINING.toNanos();
      while (!isUp()) {
        if (ended.isDone() || System.nanoTime() > deadline) {
          throw new BadSetting(
              "The node could not join its cluster within %d s: check that a node of probity.cluster.seeds is running, and that its probity.cluster.tls is of the same authority."
                  .formatted(JOINING.toSeconds()));
        }
        Thread.sleep(20);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      system.terminate();
      throw new IllegalStateException("Interrupted while joining the cluster", e);
    } catch (ExecutionException | TimeoutException e) {
      system.terminate();
      throw new IllegalStateException("The node could not start", e);
    } catch (BadSetting e) {
      system.terminate();
      throw e;
    }
  }

  /** The actors' own configuration; nothing of it comes from a user's file. */
  static Config actors(NodeSettings settings) {
    List<String> seeds = settings.seeds().stream().map(seed -> "pekko://probity@" + seed).toList();
    Config node =
        ConfigFactory.parseMap(
            Map.of(
                "probity.prover.threads", settings.provingThreads(),
                "pekko.remote.artery.canonical.hostname", settings.host(),
                "pekko.remote.artery.canonical.port", settings.port(),
                "pekko.cluster.roles",
                    settings.roles().stream().map(Object::toString).sorted().toList(),
                "pekko.cluster.seed-nodes", seeds));
    Config alone =
        settings.tls().isPresent()
            ? ConfigFactory.empty()
            : ConfigFactory.parseMap(Map.of("pekko.io.tcp.max-channels", STRANGERS));
    ClassLoader loader = ProbityNode.class.getClassLoader();
    return alone
        .withFallback(node)
        .withFallback(ConfigFactory.parseResources(loader, "probity-actors.conf"))
        .withFallback(ConfigFactory.defaultReferenceUnresolved(loader))
        .resolve();
  }

  private static Config bind(Harness harness) {
    return harness
        .bind()
        .map(address ->
            ConfigFactory.parseMap(
                Map.of(
                    "pekko.remote.artery.bind.hostname", address.getHostString(),
                    "pekko.remote.artery.bind.port", address.getPort(),
                    "pekko.remote.artery.advanced.tcp.outbound-client-hostname",
                        address.getHostString())))
        .orElseGet(ConfigFactory::empty);
  }

  /** All agents of the cluster. */
  public Agents agents() {
    return agents;
  }

  /** How the proofs of this node stand. */
  public ProofQueue.Figures proofs() {
    return proofs.read();
  }

  /** Lines of this node's agents that are on their way into the journal. */
  public int linesWaiting() {
    return journal.waiting();
  }

  /** The journal's database, for what else must survive. */
  public DataSource database() {
    return journal.source();
  }

  /** Where other nodes reach this one: host and port. */
  public String address() {
    return address(system);
  }

  static String address(ActorSystem<?> system) {
    var self = Cluster.get(system).selfMember().address();
    return self.getHost().get() + ":" + self.getPort().get();
  }

  /** Whether this node is a full member of its cluster, and does not end. */
  public boolean isUp() {
    return !closing
        && !ending.isAsked()
        && CoordinatedShutdown.get(system).getShutdownReason().isEmpty()
        && Cluster.get(system).selfMember().status() == MemberStatus.up();
  }

  ActorSystem<Void> system() {
    return system;
  }

  /** Waits until the node has ended, or cannot go on. */
  public void join() throws InterruptedException {
    try {
      CompletableFuture.anyOf(
              system.getWhenTerminated().toCompletableFuture(),
              ending.reason().toCompletableFuture())
          .get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("The node ended by a failure", e.getCause());
    }
  }

  /**
   * Ends the node in good order. It takes no new heads and orders; proofs in hand are finished and
   * reach their agents, for ten seconds at most, and orders that are not begun go to other provers;
   * agents stop once their current event is durable and go to other nodes where there are some; the
   * node leaves the cluster, and the journal is closed last. A transaction that is under way is not
   * waited for: its decision goes on from the journal, wherever its agent lives next.
   */
  @Override
  public void close() {
    closing = true;
    Ending.endActors(system, "node", FAREWELL);
    threads.shutdownNow();
    journal.close();
  }
}
