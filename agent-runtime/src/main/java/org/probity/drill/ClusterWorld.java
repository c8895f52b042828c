package org.probity.drill;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
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
import org.probity.demo.DemoWorld;
import org.probity.intent.Vault;
import org.probity.intent.conduct.Retry;
import org.probity.terminal.Complaint;

/**
 * Several nodes on this machine, each a process of its own: a local chain with a vault for each
 * agent, a PostgreSQL journal, and this process as the member of the cluster through which the
 * others join, which runs no agents and can ask them all.
 */
public final class ClusterWorld implements AutoCloseable {

  /** Of a node's process: several of them share a small machine. */
  private static final String HEAP = "400m";

  /** Number of the wire to this process. */
  private static final int ENTRANCE = 200;

  private static final String LOOPBACK = "127.0.0.1";

  private final NodeFiles files;
  private final DemoWorld world;
  private final Authority authority;
  private final ScratchDatabase database;
  private final List<Seat> seats;
  private final TcpProxy entrance = TcpProxy.toNode(ENTRANCE);
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
  public record Member(int number, String address, NodeProcess process, TcpProxy wire) {
    public boolean isHere() {
      return !process.hasEnded();
    }
  }

  private ClusterWorld(
      NodeFiles files, Authority authority, ScratchDatabase database, List<Seat> seats) {
    this.files = files;
    this.world = files.world();
    this.authority = authority;
    this.database = database;
    this.seats = seats;
    this.observer = observer(keys("observer"), journal(), entrance);
  }

  /** Starts the chain and the database, deploys everything, and begins a cluster without agents. */
  public static ClusterWorld open(Path folder, long seed, int agents) {
    DemoWorld world = DemoWorld.open(OptionalInt.empty(), seed);
    Optional<ScratchDatabase> database = Optional.empty();
    try {
      database = Optional.of(ScratchDatabase.start(folder.resolve("database")));
      PracticeStrategy.Committed strategy = PracticeStrategy.Committed.make();
      world.makeHistory();
      NodeFiles files = NodeFiles.write(folder, world, strategy);
      files.secret("database.password", database.get().journal().password().orElseThrow());
      Address eldest = files.account();
      DemoWorld.Deployed first = world.deploy(strategy.bundle(), strategy.srs(), eldest);
      List<Seat> seats = new ArrayList<>();
      for (String agent : names(agents)) {
        Address account = seats.isEmpty() ? eldest : files.account();
        Vault vault = seats.isEmpty() ? first.vault() : world.another(first, account);
        seats.add(new Seat(agent, vault, account));
      }
      return new ClusterWorld(files, Authority.make(), database.get(), seats);
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

  static List<String> names(int agents) {
    return IntStream.rangeClosed(1, agents).mapToObj(number -> "agent-" + number).toList();
  }

  /** A member of the cluster that runs nothing: the first one, so that others can join it. */
  private static ProbityNode observer(
      NodeKeys.Place keys, JournalSettings journal, TcpProxy entrance) {
    return ProbityNode.start(
        new NodeSettings(
            Set.of(NodeSettings.Role.GATEWAY),
            LOOPBACK,
            entrance.address().getPort(),
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
        new ProbityNode.Harness(
            (_, _) -> {},
            Optional.of(
                new InetSocketAddress(entrance.target().getHost(), entrance.target().getPort()))));
  }

  /** Makes the keys of one more node; the authority's own stays in this process. */
  private NodeKeys.Place keys(String node) {
    Path place = files.folder().resolve(node + "-keys");
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
    TcpProxy wire = TcpProxy.toNode(number);
    Path config = configuration(number, wire.address().getPort(), keys("node-" + number));
    Member member =
        new Member(
            number,
            wire.address().getAuthority(),
            NodeProcess.start(
                config,
                files.folder().resolve("node-%s.log".formatted(number)),
                files.folder().resolve("http-%s.token".formatted(number)),
                // What becomes of the cluster is in its library's words.
                List.of("-Xmx" + HEAP, "-Dprobity.log.libraries=WARN"),
                List.of(DrillNodeMain.listen(wire.target().getAuthority()))),
            wire);
    members.add(member);
    return member;
  }

  private Path configuration(int number, int port, NodeKeys.Place keys) {
    StringBuilder agents = new StringBuilder();
    seats.forEach(seat ->
        agents.append(
            "  { id = %s, vault = \"%s\", account = \"%s\" }\n"
                .formatted(seat.agent, seat.vault.address(), seat.account)));
    try {
      return files.configuration(
          "node-%s.conf".formatted(number),
          """
          agents = [
          %s]
          journal { url = "%s", user = %s, password-file = database.password }
          cluster { roles = [agent, prover, gateway], port = %s, seeds = ["%s"] }
          cluster.tls { key = "%s", certificate = "%s", authority = "%s" }
          http.token-file = http-%s.token
          """
              .formatted(
                  agents,
                  journal().url(),
                  journal().user(),
                  port,
                  observer.address(),
                  files.folder().relativize(keys.key()),
                  files.folder().relativize(keys.certificate()),
                  files.folder().relativize(keys.authority()),
                  number));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
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
    return files.strategy().verified(journal);
  }

  /** Executions in the chain, of all vaults. */
  public long executions() {
    return seats.stream()
        .mapToLong(seat -> seat.vault.state(BlockTag.LATEST).nonce().longValueExact())
        .sum();
  }

  /** Compares the journal with the chain, when no node runs any more. */
  void reconcile(DrillReport report) {
    Reconciliation.of(
        report,
        journal(),
        files.strategy(),
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
}
