package org.probity.run;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.probity.agent.AgentStatus;
import org.probity.agent.Ending;
import org.probity.agent.VaultTokens;
import org.probity.agent.checks.CheckReport;
import org.probity.agent.checks.Doctor;
import org.probity.agent.gateway.HttpGateway;
import org.probity.agent.node.LiveEquipment;
import org.probity.agent.node.ProbityNode;
import org.probity.agent.settings.AgentSettings;
import org.probity.agent.settings.NodeSettings.Role;
import org.probity.agent.watch.NodeWatch;
import org.probity.agent.watch.Surroundings;
import org.probity.chain.Address;
import org.probity.intent.conduct.AgentSpec;
import org.probity.terminal.Complaint;
import org.probity.terminal.Passwords;
import org.probity.terminal.Screen;
import org.probity.terminal.Sentences;

/** A node from its configuration to its end. */
public final class NodeRun {

  private final AgentSettings settings;
  private final LiveEquipment equipment;
  private final Screen screen;
  private final ProbityNode.Harness harness;

  private NodeRun(
      AgentSettings settings, LiveEquipment equipment, Screen screen, ProbityNode.Harness harness) {
    this.settings = settings;
    this.equipment = equipment;
    this.screen = screen;
    this.harness = harness;
  }

  /**
   * Runs a node until it has ended.
   *
   * @param config HOCON file
   * @param refusal shows what was found before the start; the exit status if it forbids the start
   * @return the exit status
   */
  public static int of(
      Path config,
      ProbityNode.Harness harness,
      BiFunction<Screen, CheckReport, OptionalInt> refusal) {
    AgentSettings settings = AgentSettings.load(config);
    settings.operation().log().apply();
    try (Screen screen = Screen.open(false);
        LiveEquipment equipment =
            LiveEquipment.open(settings, () -> Passwords.known(settings.keys().passwordFile()))) {
      return new NodeRun(settings, equipment, screen, harness).begin(refusal);
    }
  }

  private int begin(BiFunction<Screen, CheckReport, OptionalInt> refusal) {
    List<AgentSpec> agents = settings.agents().stream().map(equipment::spec).toList();
    if (settings.node().roles().contains(Role.AGENT)) {
      OptionalInt refused = refusal.apply(screen, checked());
      if (refused.isPresent()) {
        return refused.getAsInt();
      }
      agents.forEach(equipment::check);
    }
    if (settings.node().roles().contains(Role.PROVER)) {
      Screen.Step preparing = screen.step("Getting ready to prove");
      equipment.prepareToProve();
      preparing.done("Ready to prove, with the %s backend".formatted(equipment.backend()));
    }
    return act(agents);
  }

  /** Runs the node until it has ended, and says by which status. */
  private int act(List<AgentSpec> agents) {
    try (Ending ending = Ending.ofProcess(System.err)) {
      try {
        act(agents, ending);
      } catch (InterruptedException e) {
        // Whoever interrupts a running node wants it to end, and it has.
        Thread.currentThread().interrupt();
      } catch (RuntimeException e) {
        // What fails while a node ends that cannot go on is told already, by its reason.
        if (ending.sentence().isEmpty()) {
          throw e;
        }
      }
      return ending.sentence().isPresent() ? Ending.STATUS : 0;
    }
  }

  private void act(List<AgentSpec> agents, Ending ending) throws InterruptedException {
    VaultTokens tokens = VaultTokens.on(equipment.chain());
    agents.forEach(agent -> tokens.prepare(agent.vault()));
    NodeLines lines = new NodeLines(screen, equipment.strategies().values(), tokens);
    List<Address> accounts = agents.stream().map(AgentSpec::account).distinct().toList();
    // What is wrong with the API's settings is said before any agent decides.
    try (HttpGateway gateway = gateway(ending);
        NodeWatch watch =
            new NodeWatch(settings.operation().alerts(), accounts, tokens, InstantSource.system());
        ProbityNode node =
            ProbityNode.start(
                settings.node(),
                database -> equipment.with(database, watch.heads(lines), watch.agents(lines)),
                InstantSource.system(),
                ending,
                harness);
        IdleReport idle =
            new IdleReport(node.agents()::list, screen::say, InstantSource.system())) {
      Runtime.getRuntime().addShutdownHook(new Thread(node::close, "farewell"));
      watch.begin(
          Surroundings.of(
              node,
              settings.node().roles(),
              equipment.chain(),
              equipment.fallbacks(),
              equipment::holds,
              equipment::loans));
      for (AgentSpec agent : agents) {
        AgentStatus status = node.agents().ensure(agent).toCompletableFuture().join();
        screen.say(standing(status).formatted(agent.vault(), equipment.chain()));
      }
      equipment.begin(node.agents(), agents, screen::say);
      idle.begin();
      if (gateway != null) {
        gateway.serve(served(node, watch));
        screen.say(
            "HTTP API on %s, its token in %s"
                .formatted(gateway.address(), settings.operation().http().tokenFile()));
      }
      node.join();
    }
  }

  private HttpGateway.Served served(ProbityNode node, NodeWatch watch) {
    return new HttpGateway.Served(
        node.agents(),
        watch,
        equipment.reference(),
        List.copyOf(equipment.strategies().keySet()),
        settings.pace(),
        settings.node().roles().contains(Role.AGENT) ? equipment::check : equipment::checkVault);
  }

  /** Waits for vaults that are not there yet, then looks at what the start itself does not. */
  private CheckReport checked() {
    try {
      VaultArrival.await(equipment.chain(), settings.agents(), screen);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Complaint("Interrupted while waiting for a vault: start again.", e);
    }
    return Doctor.beforeRun(Sentences::of, InstantSource.system(), equipment.chain(), settings);
  }

  /** What is to be expected of the agent of a vault on a chain. */
  private static String standing(AgentStatus agent) {
    return switch (agent.life()) {
      case UNBORN, ACTIVE -> "Acting for vault %s on %s";
      case PAUSED -> "The agent of vault %s on %s is paused: it acts when it is resumed";
      case RETIRED -> "The agent of vault %s on %s is retired: it does not act any more";
    };
  }

  /** The API, which says that the node is starting; null if this node answers none. */
  private @Nullable HttpGateway gateway(Ending ending) {
    return settings.node().roles().contains(Role.GATEWAY)
        ? HttpGateway.listen(settings.operation().http(), ending::because)
        : null;
  }
}
