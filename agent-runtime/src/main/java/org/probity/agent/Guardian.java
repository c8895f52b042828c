package org.probity.agent;

import java.util.function.Consumer;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.probity.chain.Head;

/** The root of the actors: starts the provers and the agent, and brings the agent its heads. */
final class Guardian {

  /** Where heads come from: told whom to bring them to, it gives back how to stop. */
  @FunctionalInterface
  interface Heads {
    AutoCloseable watch(Consumer<Head> listener);
  }

  /** The guardian needs to be told nothing. */
  sealed interface Command {}

  private Guardian() {}

  static Behavior<Command> create(VaultAgent.Parts parts, int provingThreads, Heads heads) {
    return Behaviors.setup(
        context -> {
          ActorRef<ProvingWorker.Prove> provers =
              context.spawn(ProvingWorker.pool(provingThreads), "provers");
          ActorRef<VaultAgent.Command> agent =
              context.spawn(VaultAgent.create(parts, provers), "agent");
          AutoCloseable watch = heads.watch(head -> agent.tell(new VaultAgent.NewHead(head)));
          return Behaviors.receive(Command.class)
              .onSignal(
                  PostStop.class,
                  _ -> {
                    watch.close();
                    return Behaviors.same();
                  })
              .build();
        });
  }
}
