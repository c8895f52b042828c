package org.probity.agent.node;

import java.util.LinkedHashSet;
import java.util.Set;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.jspecify.annotations.Nullable;
import org.probity.chain.Head;
import org.probity.chain.HeadSource;

/** Brings the heads of one subscription to every agent of a node that wants them. */
final class HeadHub {

  sealed interface Command {}

  /** Heads are wanted; the newest one comes at once. */
  record Join(ActorRef<VaultAgent.Command> agent) implements Command {}

  /** No more heads are wanted. */
  record Leave(ActorRef<VaultAgent.Command> agent) implements Command {}

  /** From now on no heads are brought: the node ends, and its agents begin nothing new. */
  record Quiet() implements Command {}

  private record Came(Head head) implements Command {}

  private record Gone(Head head) implements Command {}

  private final Set<ActorRef<VaultAgent.Command>> agents = new LinkedHashSet<>();
  private @Nullable Head newest;
  private boolean quiet;

  private HeadHub() {}

  static Behavior<Command> create(HeadSource heads, HeadSource.Listener listener) {
    return Behaviors.setup(context -> {
      HeadHub hub = new HeadHub();
      HeadSource.Subscription subscription =
          heads.subscribe(listener.and(forwarding(context.getSelf())));
      return Behaviors.receive(Command.class)
          .onAnyMessage(message -> {
            hub.on(message);
            return Behaviors.same();
          })
          .onSignal(
              PostStop.class,
              _ -> {
                subscription.close();
                return Behaviors.same();
              })
          .build();
    });
  }

  private void on(Command message) {
    switch (message) {
      case Join(ActorRef<VaultAgent.Command> agent) -> {
        agents.add(agent);
        if (newest != null && !quiet) {
          agent.tell(new VaultAgent.NewHead(newest));
        }
      }
      case Leave(ActorRef<VaultAgent.Command> agent) -> agents.remove(agent);
      case Came(Head head) -> {
        newest = head;
        if (!quiet) {
          VaultAgent.NewHead news = new VaultAgent.NewHead(head);
          agents.forEach(agent -> agent.tell(news));
        }
      }
      case Gone(Head head) -> {
        if (newest != null && newest.hash().equals(head.hash())) {
          newest = null;
        }
        VaultAgent.GoneHead news = new VaultAgent.GoneHead(head);
        agents.forEach(agent -> agent.tell(news));
      }
      case Quiet() -> quiet = true;
    }
  }

  private static HeadSource.Listener forwarding(ActorRef<Command> self) {
    return new HeadSource.Listener() {
      @Override
      public void onHead(Head head) {
        self.tell(new Came(head));
      }

      @Override
      public void onReverted(Head head) {
        self.tell(new Gone(head));
      }
    };
  }
}
