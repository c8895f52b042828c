package org.probity.agent;

import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.probity.chain.Head;
import org.probity.chain.HeadSource;

/**
 * The root of the actors: starts the provers and the agent, and brings the agent its heads. It
 * takes no messages.
 */
final class Guardian {

  private Guardian() {}

  static Behavior<Void> create(AgentRuntime.Parts parts, HeadSource heads) {
    return Behaviors.setup(context -> {
      ActorRef<ProvingWorker.Prove> provers =
          context.spawn(ProvingWorker.pool(parts.provingThreads()), "provers");
      ActorRef<VaultAgent.Command> agent =
          context.spawn(VaultAgent.create(parts, provers), "agent");
      HeadSource.Subscription subscription = heads.subscribe(forwardingTo(agent));
      return Behaviors.receive(Void.class)
          .onSignal(
              PostStop.class,
              _ -> {
                subscription.close();
                return Behaviors.same();
              })
          .build();
    });
  }

  private static HeadSource.Listener forwardingTo(ActorRef<VaultAgent.Command> agent) {
    return new HeadSource.Listener() {
      @Override
      public void onHead(Head head) {
        agent.tell(new VaultAgent.NewHead(head));
      }

      @Override
      public void onCondition(HeadSource.Condition condition, String detail) {
        agent.tell(new VaultAgent.HeadsChanged(condition, detail));
      }
    };
  }
}
