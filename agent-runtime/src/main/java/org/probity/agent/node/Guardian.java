package org.probity.agent.node;

import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.probity.agent.AgentParts;
import org.probity.agent.proving.ProofQueue;
import org.probity.agent.proving.ProverStation;
import org.probity.chain.HeadSource;
import org.probity.intent.conduct.AgentSpec;

/** The root of one agent's actors, for a process that runs one and nothing else. */
final class Guardian {

  private Guardian() {}

  static Behavior<Void> create(
      AgentSpec spec,
      AgentRuntime.Parts parts,
      HeadSource heads,
      InstantSource clock,
      Executor threads) {
    return Behaviors.setup(context -> {
      context.spawn(
          ProverStation.create(spec.model(), parts.cycle()::proof, clock, parts.provingThreads()),
          "prover");
      ActorRef<ProofQueue.Command> proofs =
          context.spawn(
              ProofQueue.create("local", threads, clock, new ProofQueue.Gauge()), "proofs");
      ActorRef<HeadHub.Command> hub =
          context.spawn(HeadHub.create(heads, parts.watcher()), "heads");
      AgentHost host =
          new AgentHost(
              "local",
              _ ->
                  new AgentParts(
                      parts.cycle(),
                      x -> CompletableFuture.completedFuture(parts.cycle().decide(x)),
                      parts.venue(),
                      parts.retry()),
              hub,
              proofs,
              threads,
              parts.retry(),
              parts.listener(),
              clock,
              (_, _) -> {},
              Optional.empty());
      ActorRef<VaultAgent.Command> agent =
          context.spawn(VaultAgent.create(spec.id(), host), "agent");
      agent.tell(new VaultAgent.Create(spec, true, context.getSystem().ignoreRef()));
      return Behaviors.empty();
    });
  }
}
