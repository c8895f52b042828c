package org.probity.agent.cli;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Callable;
import org.probity.agent.AgentSettings;
import org.probity.agent.AgentSpec;
import org.probity.agent.AgentStatus;
import org.probity.agent.LiveEquipment;
import org.probity.agent.NodeSettings.Role;
import org.probity.agent.ProbityNode;
import org.probity.agent.gateway.HttpGateway;
import org.probity.agent.watch.NodeWatch;
import org.probity.agent.watch.Surroundings;
import org.probity.chain.Address;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
    name = "run",
    description =
        "Run a node: agents for deployed vaults, provers, or both, until it is interrupted.",
    mixinStandardHelpOptions = true)
final class RunCommand implements Callable<Integer> {

  @Parameters(paramLabel = "CONFIG", description = "HOCON file, as `probity deploy` writes it.")
  private Path config = Path.of("");

  @Override
  public Integer call() {
    AgentSettings settings = AgentSettings.load(config);
    settings.operation().log().apply();
    try (Screen screen = Screen.open(false);
        LiveEquipment equipment =
            LiveEquipment.open(settings, () -> Passwords.known(settings.keys().passwordFile()))) {
      List<AgentSpec> agents = settings.agents().stream().map(equipment::spec).toList();
      if (settings.node().roles().contains(Role.AGENT)) {
        agents.forEach(equipment::check);
      }
      if (settings.node().roles().contains(Role.PROVER)) {
        Screen.Step preparing = screen.step("Getting ready to prove");
        equipment.prepareToProve();
        preparing.done("Ready to prove, with the %s backend".formatted(equipment.backend()));
      }
      NodeLines lines = new NodeLines(screen, equipment.strategies().values());
      List<Address> accounts = agents.stream().map(AgentSpec::account).distinct().toList();
      try (NodeWatch watch =
              new NodeWatch(settings.operation().alerts(), accounts, InstantSource.system());
          ProbityNode node =
              ProbityNode.start(
                  settings.node(),
                  database -> equipment.with(database, watch.heads(lines), watch.agents(lines)),
                  InstantSource.system())) {
        Runtime.getRuntime().addShutdownHook(new Thread(node::close, "farewell"));
        watch.begin(
            Surroundings.of(
                node, settings.node().roles(), equipment.chain(), equipment.fallbacks()));
        for (AgentSpec agent : agents) {
          AgentStatus status = node.agents().ensure(agent).toCompletableFuture().join();
          screen.say(standing(status).formatted(agent.vault(), equipment.chain()));
        }
        if (settings.node().roles().contains(Role.GATEWAY)) {
          serve(settings, equipment, node, watch, screen);
        } else {
          node.join();
        }
      } catch (InterruptedException e) {
        // Whoever interrupts a running node wants it to end, and it has.
        Thread.currentThread().interrupt();
      }
      return 0;
    }
  }

  /** What is to be expected of the agent of a vault on a chain. */
  private static String standing(AgentStatus agent) {
    return switch (agent.life()) {
      case UNBORN, ACTIVE -> "Acting for vault %s on %s";
      case PAUSED -> "The agent of vault %s on %s is paused: it acts when it is resumed";
      case RETIRED -> "The agent of vault %s on %s is retired: it does not act any more";
    };
  }

  /** Answers the API until the node has ended. */
  private static void serve(
      AgentSettings settings,
      LiveEquipment equipment,
      ProbityNode node,
      NodeWatch watch,
      Screen screen)
      throws InterruptedException {
    try (HttpGateway gateway =
        HttpGateway.open(
            settings.operation().http(),
            node.agents(),
            watch,
            equipment.reference(),
            List.copyOf(equipment.strategies().keySet()),
            settings.pace())) {
      screen.say(
          "HTTP API on %s, its token in %s"
              .formatted(gateway.address(), settings.operation().http().tokenFile()));
      node.join();
    }
  }
}
