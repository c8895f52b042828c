package org.probity.agent.cli;

import java.net.URI;
import java.time.InstantSource;
import java.util.List;
import org.probity.agent.AgentListener;
import org.probity.agent.AgentSettings;
import org.probity.agent.AgentSpec;
import org.probity.agent.LiveEquipment;
import org.probity.agent.ProbityNode;
import org.probity.agent.gateway.HttpGateway;
import org.probity.agent.watch.NodeWatch;
import org.probity.agent.watch.Surroundings;
import org.probity.chain.HeadSource;

/**
 * A whole node within the drill's own process, made of the parts that {@code probity run} is made
 * of, so that the drill hears every event of it.
 */
final class DrillNode implements AutoCloseable {

  private final LiveEquipment equipment;
  private final NodeWatch watch;
  private final ProbityNode node;
  private final HttpGateway gateway;

  private DrillNode(
      LiveEquipment equipment, NodeWatch watch, ProbityNode node, HttpGateway gateway) {
    this.equipment = equipment;
    this.watch = watch;
    this.node = node;
    this.gateway = gateway;
  }

  static DrillNode start(
      AgentSettings settings, HeadSource.Listener heads, AgentListener listener) {
    LiveEquipment equipment =
        LiveEquipment.open(settings, () -> Passwords.known(settings.keys().passwordFile()));
    List<AgentSpec> agents = settings.agents().stream().map(equipment::spec).toList();
    agents.forEach(equipment::check);
    equipment.prepareToProve();
    NodeWatch watch =
        new NodeWatch(
            settings.operation().alerts(),
            agents.stream().map(AgentSpec::account).distinct().toList(),
            InstantSource.system());
    ProbityNode node =
        ProbityNode.start(
            settings.node(),
            database -> equipment.with(database, watch.heads(heads), watch.agents(listener)),
            InstantSource.system());
    watch.begin(
        Surroundings.of(node, settings.node().roles(), equipment.chain(), equipment.fallbacks()));
    HttpGateway gateway =
        HttpGateway.open(
            settings.operation().http(),
            node.agents(),
            watch,
            equipment.reference(),
            List.copyOf(equipment.strategies().keySet()),
            settings.pace());
    agents.forEach(agent -> node.agents().ensure(agent).toCompletableFuture().join());
    return new DrillNode(equipment, watch, node, gateway);
  }

  /** Where its API is. */
  URI address() {
    return URI.create(gateway.address());
  }

  @Override
  public void close() {
    gateway.close();
    node.close();
    watch.close();
    equipment.close();
  }
}
