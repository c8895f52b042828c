package org.probity.drill;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import org.probity.agent.AgentListener;
import org.probity.agent.AgentStatus;
import org.probity.agent.Ending;
import org.probity.agent.journal.Journal;
import org.probity.agent.node.ProbityNode;
import org.probity.agent.settings.JournalSettings;
import org.probity.agent.settings.NodeSettings;
import org.probity.agent.tls.Authority;
import org.probity.agent.tls.NodeKeys;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.keys.KeyStore;
import org.probity.demo.DemoWorld;
import org.probity.ground.PlainFile;
import org.probity.intent.Vault;
import org.probity.intent.conduct.Retry;
import org.probity.strategy.QuantisedStrategy;
import org.probity.strategy.StrategyBundle;
import org.probity.terminal.Complaint;
import org.probity.zk.ModelKey;
import org.probity.zk.ProofVerifier;
import org.probity.zk.Srs;

/**
 * Several nodes on this machine, each a process of its own: a local chain with a vault for each
 * agent, a PostgreSQL journal, and this process as the member of the cluster through which the
 * others join, which runs no agents and can ask them all.
 */
public final class ClusterWorld implements AutoCloseable {

  private static final BigInteger GAS_MONEY = BigInteger.TEN.pow(21);

  /** Of a node's process: several of them share a small machine. */
  private static final String HEAP = "400m";

  /** Number of the wire to this process. */
  private static final int ENTRANCE = 200;

  private static final String LOOPBACK = "127.0.0.1";

  private final Path folder;
  private final DemoWorld world;
  private final Authority authority;
  private final ScratchDatabase database;
  private final List<Seat> seats;
  private final ModelKey model;
  private final ProofVerifier verifier;
  private final NodeWire entrance = NodeWire.open(ENTRANCE);
  private final ProbityNode observer;
  private final List<Member> members = new ArrayList<>();
  private int started;

  /** An agent's place. */
  private record Seat(String agent, Vault vault, Address account) {}

  /**
   * A node.
   *
   * @param address as the cluster knows it
   * @param wire the way to it
   */
  public record Member(int number, String address, NodeProcess process, NodeWire wire) {
    public boolean isHere() {
      return !process.hasEnded();
    }
  }

  private ClusterWorld(
      Path folder,
      DemoWorld world,
      Authority authority,
      ScratchDatabase database,
      List<Seat> seats,
      ModelKey model,
      ProofVerifier verifier) {
    this.folder = folder;
    this.world = world;
    this.authority = authority;
    this.database = database;
    this.seats = seats;
    this.model = model;
    this.verifier = verifier;
    this.observer = observer(keys("observer"), journal(), entrance);
  }

  /** Starts the chain and the database, deploys everything, and begins a cluster without agents. */
  public static ClusterWorld open(Path folder, long seed, int agents) {
    DemoWorld world = DemoWorld.open(OptionalInt.empty(), seed);
    Optional<ScratchDatabase> database = Optional.empty();
    try {
      database = Optional.of(ScratchDatabase.start(folder.resolve("database")));
      QuantisedStrategy strategy = PracticeStrategy.quantised();
      Srs srs = PracticeStrategy.srs(strategy);
      StrategyBundle bundle = PracticeStrategy.bundle(strategy, srs);
      world.makeHistory();
      bundle.save(folder.resolve("strategy"));
      srs.save(folder.resolve("cluster.srs"));
      List<Seat> seats = seats(folder, world, world.deploy(bundle, srs), agents);
      secret(
          folder.resolve("database.password"), database.get().journal().password().orElseThrow());
      return new ClusterWorld(
          folder,
          world,
          Authority.make(),
          database.get(),
          seats,
          bundle.model().key(),
          new ProofVerifier(srs));
    } catch (IOException e) {
      database.ifPresent(ScratchDatabase::close);
      world.close();
      throw new Complaint(
          "The cluster's database or files cannot be made in %s: %s"
              .formatted(folder, e.getMessage()));
    } catch (RuntimeException e) {
      database.ifPresent(ScratchDatabase::close);
      world.close();
      throw e;
    }
  }

  /** What agents are called. */
  static List<String> names(int agents) {
    return IntStream.rangeClosed(1, agents).mapToObj(number -> "agent-" + number).toList();
  }

  private static List<Seat> seats(
      Path folder, DemoWorld world, DemoWorld.Deployed first, int agents) throws IOException {
    char[] password = "a local cluster's own".toCharArray();
    secret(folder.resolve("password"), new String(password));
    KeyStore keys = KeyStore.at(folder.resolve("keys"));
    List<Seat> seats = new ArrayList<>();
    for (String agent : names(agents)) {
      Vault vault = seats.isEmpty() ? first.vault() : world.another(first);
      Address account = keys.create(password, new SecureRandom()).address();
      world.chain().setBalance(account, GAS_MONEY);
      seats.add(new Seat(agent, vault, account));
    }
    Arrays.fill(password, ' ');
    return List.copyOf(seats);
  }

  /** Into a new file for its owner alone. */
  private static void secret(Path file, String text) throws IOException {
    Files.createFile(file, PlainFile.ownerOnlyFile(file));
    Files.writeString(file, text);
  }

  /** A member of the cluster that runs nothing: the first one, so that others can join it. */
  private static ProbityNode observer(
      NodeKeys.Place keys, JournalSettings journal, NodeWire entrance) {
    return ProbityNode.start(
        new NodeSettings(
            Set.of(NodeSettings.Role.GATEWAY),
            LOOPBACK,
            entrance.port(),
            List.of(),
            Optional.of(keys),
            journal,
            1,
            new Retry(Duration.ofMillis(100), Duration.ofSeconds(2))),
        _ ->
            new ProbityNode.Equipment(
                spec -> {
                  throw new IllegalStateException("No agent lives here: " + spec.id());
                },
                _ -> () -> {},
                Map.of(),
                _ -> {},
                AgentListener.NONE),
        InstantSource.system(),
        Ending.ofNode(),
        new ProbityNode.Harness((_, _) -> {}, Optional.of(entrance.node())));
  }

  /** Makes the keys of one more node; the authority's own stays in this process. */
  private NodeKeys.Place keys(String node) {
    Path place = folder.resolve(node + "-keys");
    try {
      authority.issue(node).save(place);
    } catch (IOException e) {
      throw new UncheckedIOException("The keys of a node cannot be written to " + place, e);
    }
    return NodeKeys.in(place);
  }

  JournalSettings.Postgres journal() {
    return database.journal();
  }

  /** Starts one more node, of all roles; it is not waited for. */
  public Member add() {
    int number = ++started;
    NodeWire wire = NodeWire.open(number);
    Path config = folder.resolve("node-%s.conf".formatted(number));
    try {
      Files.writeString(config, configuration(number, wire.port(), keys("node-" + number)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Member member =
        new Member(
            number,
            LOOPBACK + ":" + wire.port(),
            NodeProcess.start(
                config,
                folder.resolve("node-%s.log".formatted(number)),
                folder.resolve("http-%s.token".formatted(number)),
                // What becomes of the cluster is in its library's words.
                List.of("-Xmx" + HEAP, "-Dprobity.log.libraries=WARN"),
                List.of(DrillNodeMain.listen(wire.behind()))),
            wire);
    members.add(member);
    return member;
  }

  private String configuration(int number, int port, NodeKeys.Place keys) {
    StringBuilder agents = new StringBuilder();
    seats.forEach(seat ->
        agents.append(
            "    { id = %s, vault = \"%s\", account = \"%s\" }\n"
                .formatted(seat.agent, seat.vault.address(), seat.account)));
    return """
    probity {
      chain { rpc = "%s", web-socket = "%s", id = %s, poll = 100 ms }
      strategy = strategy
      srs = cluster.srs
      key { store = keys, password-file = password }
      agents = [
    %s  ]
      journal { url = "%s", user = %s, password-file = database.password }
      cluster { roles = [agent, prover, gateway], port = %s, seeds = ["%s"] }
      cluster.tls { key = "%s", certificate = "%s", authority = "%s" }
      http.token-file = http-%s.token
      pace.send-holds = true
      retry { first = 100 ms, most = 2 s }
      prover.backend = scalar
    }
    """
        .formatted(
            world.chain().http(),
            world.chain().webSocket(),
            world.chain().client().chainId(),
            agents,
            journal().url(),
            journal().user(),
            port,
            observer.address(),
            folder.relativize(keys.key()),
            folder.relativize(keys.certificate()),
            folder.relativize(keys.authority()),
            number);
  }

  /** No node reaches {@code lost} any more, and it reaches none. Journal and chain it does. */
  void part(Member lost) {
    lost.wire.cut();
    members.stream()
        .filter(member -> member.number != lost.number)
        .forEach(member -> member.wire.cutFrom(lost.wire));
    entrance.cutFrom(lost.wire);
  }

  /** {@code lost} was meant to end. */
  void forget(Member lost) {
    lost.wire.close();
    members.remove(lost);
  }

  /** The nodes that are not forgotten, in the order of their start. */
  public List<Member> members() {
    return List.copyOf(members);
  }

  public DemoWorld world() {
    return world;
  }

  /** What all agents say of themselves; those that are on their way to another node do not. */
  public List<AgentStatus> agents() {
    try {
      return observer.agents().list().toCompletableFuture().join();
    } catch (CompletionException e) {
      return List.of();
    }
  }

  /** What {@code probity journal verify} finds, proofs included; empty if nothing is wrong. */
  Optional<String> verified(Journal journal) {
    return journal
        .verify(Map.of(model.digest(), model), verifier, _ -> {})
        .fault()
        .map(Journal.Fault::toString);
  }

  /** Executions in the chain, of all vaults. */
  public long executions() {
    return seats.stream()
        .mapToLong(seat -> seat.vault.state(BlockTag.LATEST).nonce().longValueExact())
        .sum();
  }

  /** The journal beside the chain; when no node runs any more. */
  Reconciliation reconciliation() {
    return Reconciliation.of(
        journal(),
        this::verified,
        seats.stream().map(Seat::vault).toList(),
        seats.stream()
            .mapToLong(
                seat -> world.chain().client().transactionCount(seat.account, BlockTag.LATEST))
            .sum());
  }

  /** Has all nodes leave in good order, at once; returns when they are gone. */
  public void endNodes() {
    members.forEach(member -> member.process.askToLeave());
    members.forEach(member -> {
      member.process.close();
      member.wire.close();
    });
  }

  @Override
  public void close() {
    try (world) {
      endNodes();
      observer.close();
      entrance.close();
      database.close();
    }
  }

  /** A port that was free a moment ago. */
  static int freePort(String host) {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(host))) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
