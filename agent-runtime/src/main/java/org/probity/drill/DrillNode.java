package org.probity.drill;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import org.probity.agent.AgentListener;
import org.probity.agent.gateway.HttpGateway;
import org.probity.agent.node.LiveEquipment;
import org.probity.agent.node.ProbityNode;
import org.probity.agent.settings.AgentSettings;
import org.probity.agent.watch.NodeWatch;
import org.probity.agent.watch.Surroundings;
import org.probity.chain.EndpointStatus;
import org.probity.chain.HeadSource;
import org.probity.intent.conduct.AgentSpec;
import org.probity.terminal.Passwords;

/**
 * A whole node within the drill's own process, made of the parts that {@code probity run} is made
 * of, so that the drill hears every event of it.
 */
record DrillNode(
    LiveEquipment equipment, NodeWatch watch, ProbityNode node, HttpGateway gateway, Path tokenFile)
    implements AutoCloseable {

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
        Surroundings.of(
            node,
            settings.node().roles(),
            equipment.chain(),
            equipment.fallbacks(),
            equipment::holds,
            equipment::loans));
    HttpGateway gateway = HttpGateway.listen(settings.operation().http(), _ -> node.close());
    gateway.serve(
        new HttpGateway.Served(
            node.agents(),
            watch,
            equipment.reference(),
            List.copyOf(equipment.strategies().keySet()),
            settings.pace(),
            equipment::check));
    agents.forEach(agent -> node.agents().ensure(agent).toCompletableFuture().join());
    return new DrillNode(equipment, watch, node, gateway, settings.operation().http().tokenFile());
  }

  /** How its endpoints do at this moment. */
  List<EndpointStatus> endpoints() {
    return equipment.chain().endpoints();
  }

  /** What {@code /metrics} answers. */
  String metrics() throws InterruptedException {
    try {
      HttpResponse<String> response =
          NodeApi.send(gateway.address() + "/metrics", tokenFile, request -> request);
      if (response.statusCode() != 200) {
        throw new IllegalStateException("/metrics answers " + response.statusCode());
      }
      return response.body();
    } catch (IOException e) {
      throw new UncheckedIOException("/metrics does not answer", e);
    }
  }

  @Override
  public void close() {
    gateway.close();
    node.close();
    watch.close();
    equipment.close();
  }
}
