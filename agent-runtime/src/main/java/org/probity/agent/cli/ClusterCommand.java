package org.probity.agent.cli;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.probity.agent.AgentListener;
import org.probity.agent.AgentSettings;
import org.probity.agent.AgentStatus;
import org.probity.agent.JournalSettings;
import org.probity.agent.NodeSettings;
import org.probity.agent.ProbityNode;
import org.probity.chain.Address;
import org.probity.chain.KeyStore;
import org.probity.intent.Vault;
import org.probity.strategy.QuantisedStrategy;
import org.probity.strategy.StrategyBundle;
import org.probity.zk.CommittedModel;
import org.probity.zk.Entropy;
import org.probity.zk.Srs;
import org.probity.zk.backend.ComputeBackend;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "cluster",
    description =
        "Run several nodes on this machine: a local chain, a PostgreSQL journal, agents that move when a node is lost.",
    mixinStandardHelpOptions = true)
final class ClusterCommand implements Callable<Integer> {

  private static final BigInteger GAS_MONEY = BigInteger.TEN.pow(20);
  private static final long JOINING_SECONDS = 90;

  @Option(names = "--nodes", paramLabel = "N", description = "How many nodes (default: 3).")
  private int nodes = 3;

  @Option(names = "--agents", paramLabel = "N", description = "How many agents (default: 6).")
  private int agents = 6;

  @Option(
      names = "--heads",
      paramLabel = "N",
      description = "End after so many heads (default: go on until interrupted).")
  private int heads = Integer.MAX_VALUE;

  @Option(
      names = "--every",
      paramLabel = "SECONDS",
      description = "From one head to the next (default: 10).")
  private int every = 10;

  @Option(
      names = "--kill",
      description = "After the third head, kill the node with the most agents.")
  private boolean kill;

  /** One of the nodes. */
  private record Member(int number, String address, Process process) {}

  @Override
  public Integer call() throws Exception {
    if (nodes < 1 || nodes > 9 || agents < 1 || agents > 100) {
      throw new Complaint("--nodes must be 1 to 9, and --agents 1 to 100.");
    }
    Path folder = Files.createTempDirectory("probity-cluster-");
    List<Member> members = new ArrayList<>();
    try (Screen screen = Screen.open(false);
        DemoWorld world = DemoWorld.open(OptionalInt.empty(), 7);
        EmbeddedPostgres database = EmbeddedPostgres.builder().start()) {
      String url = database.getJdbcUrl("postgres", "postgres");
      world.makeHistory();
      String seats = prepare(screen, folder, world);
      List<Integer> ports = freePorts(nodes + 1);
      String seed = "127.0.0.1:" + ports.getFirst();
      for (int i = 0; i < nodes; i++) {
        Path config = folder.resolve("node-%d.conf".formatted(i + 1));
        Files.writeString(
            config,
            configuration(world, url, seats, ports.get(i), List.of(seed)));
        Member member =
            new Member(
                i + 1, "127.0.0.1:" + ports.get(i), run(config, folder.resolve("node-%d.log".formatted(i + 1))));
        members.add(member);
        screen.say(
            "  node %d at %s, process %d".formatted(member.number, member.address, member.process.pid()));
      }
      screen.say("  Logs and configurations: " + folder);
      screen.say("  To see what becomes of a node's agents, end it: kill -9 PROCESS");
      try (ProbityNode observer = observer(url, ports.getLast(), seed)) {
        watch(screen, world, observer, members);
      }
      return 0;
    } finally {
      members.forEach(member -> member.process.destroy());
      for (Member member : members) {
        if (!member.process.waitFor(20, TimeUnit.SECONDS)) {
          member.process.destroyForcibly();
        }
      }
    }
  }

  /** Deploys a vault for each agent; the agents' entries of a configuration. */
  private String prepare(Screen screen, Path folder, DemoWorld world) throws IOException {
    Screen.Step step = screen.step("Training a strategy, deploying %d vaults".formatted(agents));
    QuantisedStrategy strategy = Demo.strategy(step);
    Srs srs = Srs.development(strategy.manifest().architecture().logSize(), Entropy.secure());
    StrategyBundle bundle =
        StrategyBundle.of(
            strategy,
            CommittedModel.commit(
                strategy.network(), srs, ComputeBackend.best(), Entropy.secure()));
    bundle.save(folder.resolve("strategy"));
    srs.save(folder.resolve("local.srs"));
    Files.writeString(folder.resolve("password"), "a local cluster's own");
    KeyStore keys = KeyStore.at(folder.resolve("keys"));
    DemoWorld.Deployed first = world.deploy(bundle, srs);
    StringBuilder seats = new StringBuilder();
    for (int i = 1; i <= agents; i++) {
      Vault vault = i == 1 ? first.vault() : world.another(first);
      Address account =
          keys.create("a local cluster's own".toCharArray(), new SecureRandom()).address();
      world.chain().setBalance(account, GAS_MONEY);
      seats.append(
          "    { id = agent-%d, vault = \"%s\", account = \"%s\" }%n"
              .formatted(i, vault.address(), account));
    }
    step.done("A strategy, and %d vaults that obey it".formatted(agents));
    return seats.toString();
  }

  private static String configuration(
      DemoWorld world, String url, String seats, int port, List<String> seeds) {
    return """
    probity {
      chain { rpc = "%s", web-socket = "%s", id = %d, poll = 200 ms }
      strategy = strategy
      srs = local.srs
      key { store = keys, password-file = password }
      agents = [
    %s  ]
      journal { url = "%s", user = postgres }
      cluster { port = %d, seeds = ["%s"] }
      pace.send-holds = true
    }
    """
        .formatted(
            world.chain().http(),
            world.chain().webSocket(),
            world.chain().client().chainId(),
            seats,
            url,
            port,
            String.join("\", \"", seeds));
  }

  private static Process run(Path config, Path log) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx1g",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "--add-modules",
            "jdk.incubator.vector",
            "-Dprobity.home=" + System.getProperty("probity.home", "."),
            "-cp",
            System.getProperty("java.class.path"),
            Probity.class.getName(),
            "run",
            config.toString())
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .start();
  }

  /** A member of the cluster that runs nothing and asks everybody. */
  private static ProbityNode observer(String url, int port, String seed) {
    NodeSettings settings =
        new NodeSettings(
            Set.of(NodeSettings.Role.GATEWAY),
            "127.0.0.1",
            port,
            List.of(seed),
            new JournalSettings.Postgres(url, "postgres", Optional.empty()),
            1,
            new AgentSettings.Retry(
                Duration.ofSeconds(1), Duration.ofSeconds(30)));
    return ProbityNode.start(
        settings,
        _ ->
            new ProbityNode.Equipment(
                spec -> {
                  throw new IllegalStateException("No agent lives here: " + spec.id());
                },
                _ -> () -> {},
                Map.of(),
                _ -> {},
                AgentListener.NONE),
        InstantSource.system());
  }

  private void watch(Screen screen, DemoWorld world, ProbityNode observer, List<Member> members)
      throws InterruptedException {
    awaitAgents(observer, members);
    @Nullable String killed = null;
    for (int head = 1; head <= heads; head++) {
      world.nextHead();
      TimeUnit.SECONDS.sleep(every);
      List<AgentStatus> statuses = observer.agents().list().toCompletableFuture().join();
      show(screen, head, statuses, members);
      if (kill && head == 3 && killed == null) {
        Member busiest = busiest(statuses, members);
        busiest.process.destroyForcibly();
        killed = busiest.address;
        screen.say(screen.red("  node %d is killed".formatted(busiest.number)));
      }
    }
  }

  private void awaitAgents(ProbityNode observer, List<Member> members)
      throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(JOINING_SECONDS);
    while (observer.agents().list().toCompletableFuture().join().size() < agents) {
      if (members.stream().noneMatch(member -> member.process.isAlive())
          || System.nanoTime() > deadline) {
        throw new Complaint("The nodes did not start their agents: read their logs.");
      }
      Thread.sleep(500);
    }
  }

  private static void show(
      Screen screen, int head, List<AgentStatus> statuses, List<Member> members) {
    Map<String, List<AgentStatus>> byNode = new TreeMap<>();
    statuses.forEach(status ->
        byNode.computeIfAbsent(status.node(), _ -> new ArrayList<>()).add(status));
    screen.say("");
    screen.say(screen.bold("  head %d".formatted(head)));
    for (Member member : members) {
      List<AgentStatus> here = byNode.getOrDefault(member.address, List.of());
      screen.say(
          "  node %d  %s  %s"
              .formatted(
                  member.number,
                  member.process.isAlive() ? "up  " : "gone",
                  here.isEmpty()
                      ? "-"
                      : String.join(
                          "  ",
                          here.stream()
                              .map(status ->
                                  "%s (%d decided, %d executed)"
                                      .formatted(
                                          status.id(), status.decisions(), status.executions()))
                              .toList())));
    }
  }

  private static Member busiest(List<AgentStatus> statuses, List<Member> members) {
    return members.stream()
        .max(
            Comparator.comparingLong(member ->
                statuses.stream().filter(s -> s.node().equals(member.address)).count()))
        .orElseThrow();
  }

  private static List<Integer> freePorts(int count) {
    List<ServerSocket> held = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        held.add(new ServerSocket(0));
      }
      return held.stream().map(ServerSocket::getLocalPort).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      for (ServerSocket socket : held) {
        try {
          socket.close();
        } catch (IOException e) {
          // Nothing was connected to it.
        }
      }
    }
  }
}
