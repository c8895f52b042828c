package org.probity.agent.node;

import java.time.InstantSource;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import org.apache.pekko.actor.typed.ActorRef;
import org.probity.agent.AgentListener;
import org.probity.agent.AgentParts;
import org.probity.agent.proving.ProofQueue;
import org.probity.intent.conduct.Event;
import org.probity.intent.conduct.Retry;

/**
 * What a node offers to the agents on it.
 *
 * @param node its name, for reports
 * @param heads brings heads
 * @param proofs takes orders for proofs
 * @param threads for steps that block
 * @param retry how long to wait before an agent is equipped again
 * @param written told of every event once it is durable
 */
record AgentHost(
    String node,
    AgentParts.Outfitter outfitter,
    ActorRef<HeadHub.Command> heads,
    ActorRef<ProofQueue.Command> proofs,
    Executor threads,
    Retry retry,
    AgentListener listener,
    InstantSource clock,
    BiConsumer<String, Event> written) {}
