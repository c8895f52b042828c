package org.probity.agent.node;

import java.util.Map;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.probity.agent.proving.ProofOrder;
import org.probity.agent.record.BinaryFormat;
import org.probity.agent.record.MessageSerializer;

/**
 * What nodes say to each other: requests to agents and their replies, orders for proofs and their
 * answers. Statements and proofs travel; weights and keys never do, for there is no message that
 * could hold them.
 */
public final class WireSerializer extends MessageSerializer {

  /** Made by Pekko. */
  public WireSerializer(ExtendedActorSystem system) {
    this(ActorRefResolver.get(Adapter.toTyped(system)));
  }

  private WireSerializer(ActorRefResolver references) {
    super(
        7_290_002,
        Map.ofEntries(
            Map.entry("create.2", VaultAgent.Create.class),
            Map.entry("pause.1", VaultAgent.Pause.class),
            Map.entry("resume.1", VaultAgent.Resume.class),
            Map.entry("retire.1", VaultAgent.Retire.class),
            Map.entry("report.1", VaultAgent.Report.class),
            Map.entry("told.2", VaultAgent.Told.class),
            Map.entry("refused.1", VaultAgent.Refused.class),
            Map.entry("order.2", ProofOrder.class),
            Map.entry("made.1", ProofOrder.Made.class),
            Map.entry("failed.1", ProofOrder.Failed.class),
            Map.entry("expired.1", ProofOrder.Expired.class)),
        new BinaryFormat()
            .texts(ActorRef.class, references::toSerializationFormat, references::resolveActorRef));
  }
}
