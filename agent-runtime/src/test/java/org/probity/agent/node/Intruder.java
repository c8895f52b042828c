package org.probity.agent.node;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.AddressFromURIString;
import org.apache.pekko.actor.BootstrapSetup;
import org.apache.pekko.actor.setup.ActorSystemSetup;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.apache.pekko.cluster.sharding.typed.javadsl.Entity;
import org.apache.pekko.cluster.sharding.typed.javadsl.EntityRef;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Down;
import org.apache.pekko.remote.artery.tcp.SSLEngineProvider;
import org.apache.pekko.remote.artery.tcp.SSLEngineProviderSetup;
import org.probity.agent.tls.Gullible;
import org.probity.agent.tls.NodeKeys;
import scala.Option;

/**
 * Another user of the machine, without a token or a key, who knows the port of a node and has this
 * project's own classes: tries to join it, command its agents, take them over and put the node
 * down; in plain TCP, by TLS without a certificate, and by TLS with one of its own. It trusts
 * whoever answers, and asks the port directly too, without being a member.
 */
final class Intruder {

  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private Intruder() {}

  /**
   * @param arguments host:port of the node, and an agent's id
   */
  public static void main(String[] arguments) throws Exception {
    List<CompletableFuture<String>> outcomes = new ArrayList<>();
    for (Lock lock : Lock.values()) {
      outcomes.add(
          CompletableFuture.supplyAsync(
              () -> new Attempt(lock, arguments[0], arguments[1]).make()));
    }
    outcomes.forEach(outcome -> System.out.println(outcome.join()));
    System.exit(0);
  }

  private enum Lock {
    PLAIN,
    NO_CERTIFICATE,
    OWN_CERTIFICATE
  }

  private record Attempt(Lock lock, String node, String agent) {

    String make() {
      ActorSystem<Void> system =
          ActorSystem.create(
              Behaviors.empty(),
              "probity",
              ActorSystemSetup.create(
                  BootstrapSetup.create(config()), SSLEngineProviderSetup.create(_ -> key())));
      try {
        return "%s: %s".formatted(lock, String.join(", ", done(system)));
      } finally {
        system.terminate();
      }
    }

    private List<String> done(ActorSystem<Void> system) {
      List<String> done = new ArrayList<>();
      Cluster cluster = Cluster.get(system);
      ClusterSharding sharding = ClusterSharding.get(system);
      sharding.init(
          Entity.of(
                  ProbityNode.AGENTS,
                  entity -> {
                    done.add("took " + entity.getEntityId());
                    return Behaviors.<VaultAgent.Command>empty();
                  })
              .withRole("agent"));
      Address victim = AddressFromURIString.parse("pekko://probity@" + node);
      cluster.manager().tell(Down.apply(victim));
      EntityRef<VaultAgent.Command> target = sharding.entityRefFor(ProbityNode.AGENTS, agent);
      Stream.of(
              outcome(
                  "answered",
                  Adapter.toClassic(system).actorSelection(victim + "/").resolveOne(PATIENCE)),
              ask("reported", target, VaultAgent.Report::new),
              ask("paused", target, replyTo -> new VaultAgent.Pause("evil", replyTo)),
              ask("resumed", target, VaultAgent.Resume::new),
              ask("retired", target, replyTo -> new VaultAgent.Retire("evil", replyTo)))
          .toList()
          .forEach(outcome -> done.addAll(outcome.join()));
      if (cluster.selfMember().status() == MemberStatus.up()) {
        done.add("joined");
      }
      return done.isEmpty() ? List.of("nothing") : done;
    }

    private static CompletableFuture<List<String>> ask(
        String word,
        EntityRef<VaultAgent.Command> agent,
        Function<ActorRef<VaultAgent.Reply>, VaultAgent.Command> command) {
      return outcome(word, agent.<VaultAgent.Reply>ask(command::apply, PATIENCE));
    }

    private static CompletableFuture<List<String>> outcome(String word, CompletionStage<?> answer) {
      return answer
          .<List<String>>thenApply(_ -> List.of(word))
          .exceptionally(_ -> List.of())
          .toCompletableFuture();
    }

    private Config config() {
      return ConfigFactory.parseMap(
              Map.of(
                  "pekko.actor.provider",
                  "cluster",
                  "pekko.loglevel",
                  "OFF",
                  "pekko.remote.artery.transport",
                  lock == Lock.PLAIN ? "tcp" : "tls-tcp",
                  "pekko.remote.artery.canonical.hostname",
                  "127.0.0.1",
                  "pekko.remote.artery.canonical.port",
                  0,
                  "pekko.cluster.roles",
                  List.of("agent"),
                  "pekko.cluster.seed-nodes",
                  List.of("pekko://probity@" + node)))
          .withFallback(TestActors.inMemory(1));
    }

    private SSLEngineProvider key() {
      try {
        return new Engines(
            lock == Lock.OWN_CERTIFICATE
                ? Gullible.context(NodeKeys.ofThisProcessAlone())
                : Gullible.context());
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private record Engines(SSLContext context) implements SSLEngineProvider {
    @Override
    public SSLEngine createServerSSLEngine(String host, int port) {
      SSLEngine engine = context.createSSLEngine(host, port);
      engine.setUseClientMode(false);
      return engine;
    }

    @Override
    public SSLEngine createClientSSLEngine(String host, int port) {
      SSLEngine engine = context.createSSLEngine(host, port);
      engine.setUseClientMode(true);
      return engine;
    }

    @Override
    public Option<Throwable> verifyClientSession(String host, SSLSession session) {
      return Option.empty();
    }

    @Override
    public Option<Throwable> verifyServerSession(String host, SSLSession session) {
      return Option.empty();
    }
  }
}
