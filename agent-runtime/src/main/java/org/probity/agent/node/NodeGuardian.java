package org.probity.agent.node;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.apache.pekko.Done;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.sharding.typed.ClusterShardingSettings;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.apache.pekko.cluster.sharding.typed.javadsl.Entity;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;
import org.apache.pekko.event.Logging;
import org.probity.agent.Ending;
import org.probity.agent.proving.ProofQueue;
import org.probity.agent.proving.ProverStation;
import org.probity.agent.record.RecordCodec;
import org.probity.agent.settings.NodeSettings;
import org.probity.agent.settings.NodeSettings.Role;

/** The root of a node's actors: joins the cluster and starts what the node's roles ask for. */
final class NodeGuardian {

  /** The longest that proofs in hand are waited for; the shutdown phase's timeout is longer. */
  private static final Duration DRAINING = Duration.ofSeconds(10);

  private NodeGuardian() {}

  /**
   * @param ending told of errors of the virtual machine that end an actor's thread
   * @param written told the agent and the kind of every event once it is durable
   * @param ready completed once everything is started
   */
  static Behavior<Void> create(
      NodeSettings settings,
      ProbityNode.Equipment equipment,
      InstantSource clock,
      Executor threads,
      ProofQueue.Gauge gauge,
      Ending ending,
      BiConsumer<String, String> written,
      CompletableFuture<Void> ready) {
    return Behaviors.setup(context -> {
      hearErrors(context.getSystem(), ending);
      Cluster cluster = Cluster.get(context.getSystem());
      if (settings.seeds().isEmpty()) {
        cluster.manager().tell(Join.create(cluster.selfMember().address()));
      }
      List<ActorRef<ProverStation.Command>> stations = new ArrayList<>();
      if (settings.is(Role.PROVER)) {
        equipment
            .provers()
            .forEach((model, prover) ->
                stations.add(
                    context.spawn(
                        ProverStation.create(
                            model, gauge.counting(prover), clock, settings.provingThreads()),
                        "prover-" + model.hex())));
      }
      Optional<AgentHost> host =
          settings.is(Role.AGENT)
              ? Optional.of(host(context, settings, equipment, clock, threads, gauge, written))
              : Optional.empty();
      share(context, host);
      drainAtTheEnd(context.getSystem(), stations, host);
      ready.complete(null);
      return Behaviors.empty();
    });
  }

  /**
   * Hears of errors of the virtual machine in the library's threads: the library logs them, ends
   * its actors, and tells nobody what it was. Who hears of them is not one of the actors that end
   * with them, has a thread of its own, and is there before this returns.
   */
  static void hearErrors(ActorSystem<?> system, Ending ending) {
    ActorRef<Logging.Error> hearing =
        system.systemActorOf(
            Behaviors.receiveMessage(failure -> {
              Ending.ofTheMachine(failure.cause())
                  .ifPresent(error -> ending.error(failure.thread().getName(), error));
              return Behaviors.same();
            }),
            "errors",
            DispatcherSelector.fromConfig("probity-errors-dispatcher"));
    Adapter.toClassic(system)
        .eventStream()
        .subscribe(Adapter.toClassic(hearing), Logging.Error.class);
  }

  /**
   * Before its agents are handed over and it leaves, a node takes no new work: no heads come any
   * more, proofs in hand are finished and checked, orders that are not begun go to other provers.
   * One that was downed does not wait for anything: its agents begin elsewhere.
   */
  private static void drainAtTheEnd(
      ActorSystem<?> system,
      List<ActorRef<ProverStation.Command>> stations,
      Optional<AgentHost> host) {
    CoordinatedShutdown.get(system)
        .addTask(
            CoordinatedShutdown.PhaseBeforeServiceUnbind(),
            "drain",
            () -> {
              host.ifPresent(here -> here.heads().tell(new HeadHub.Quiet()));
              if (wasDowned(system)) {
                return CompletableFuture.completedFuture(Done.getInstance());
              }
              CompletableFuture<?>[] drained =
                  stations.stream()
                      .map(station -> ask(system, station, ProverStation.Drain::new))
                      .toArray(CompletableFuture[]::new);
              return CompletableFuture.allOf(drained)
                  .thenCompose(_ ->
                      host.map(here -> ask(system, here.proofs(), ProofQueue.Settle::new))
                          .orElseGet(() -> CompletableFuture.completedFuture(Done.getInstance())));
            });
  }

  static boolean wasDowned(ActorSystem<?> system) {
    return CoordinatedShutdown.get(system)
        .getShutdownReason()
        .filter(CoordinatedShutdown.clusterDowningReason()::equals)
        .isPresent();
  }

  private static <T> CompletableFuture<Done> ask(
      ActorSystem<?> system, ActorRef<T> actor, Function<ActorRef<Done>, T> message) {
    return AskPattern.<T, Done>ask(actor, message::apply, DRAINING, system.scheduler())
        .toCompletableFuture();
  }

  private static AgentHost host(
      ActorContext<Void> context,
      NodeSettings settings,
      ProbityNode.Equipment equipment,
      InstantSource clock,
      Executor threads,
      ProofQueue.Gauge gauge,
      BiConsumer<String, String> written) {
    String node = ProbityNode.address(context.getSystem());
    ActorRef<ProofQueue.Command> proofs =
        context.spawn(ProofQueue.create(node, checking(context), clock, gauge), "proofs");
    ActorRef<HeadHub.Command> heads =
        context.spawn(HeadHub.create(equipment.heads(), equipment.watcher()), "heads");
    return new AgentHost(
        node,
        equipment.outfitter(),
        heads,
        proofs,
        threads,
        settings.retry(),
        equipment.listener(),
        clock,
        (agent, event) -> written.accept(agent, RecordCodec.name(event)));
  }

  /** A check takes as long as hundreds of decisions, and the threads of those are not preempted. */
  private static Executor checking(ActorContext<Void> context) {
    return context
        .getSystem()
        .dispatchers()
        .lookup(DispatcherSelector.fromConfig("probity-checking-dispatcher"));
  }

  /** Agents live on nodes of their role; the others reach them through the same shards. */
  private static void share(ActorContext<Void> context, Optional<AgentHost> host) {
    ClusterSharding sharding = ClusterSharding.get(context.getSystem());
    Entity<VaultAgent.Command, ?> agents =
        Entity.of(
                ProbityNode.AGENTS,
                entity ->
                    VaultAgent.create(
                        entity.getEntityId(),
                        host.orElseThrow(),
                        agent -> entity.getShard().tell(new ClusterSharding.Passivate<>(agent))))
            .withRole(Role.AGENT.toString())
            .withStopMessage(new VaultAgent.Stop())
            .withSettings(
                ClusterShardingSettings.create(context.getSystem())
                    .withRememberEntities(true)
                    .withRole(Role.AGENT.toString()));
    sharding.init(agents);
  }
}
