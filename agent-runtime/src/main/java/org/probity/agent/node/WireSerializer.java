package org.probity.agent.node;

import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.serialization.SerializerWithStringManifest;
import org.probity.agent.AgentStatus;
import org.probity.agent.proving.ProofOrder;
import org.probity.agent.record.BinaryReader;
import org.probity.agent.record.BinaryWriter;
import org.probity.agent.record.RecordCodec;
import org.probity.intent.conduct.AgentSpec;
import org.probity.intent.conduct.Life;
import org.probity.zk.Decision;
import org.probity.zk.DecisionProof;

/**
 * What nodes say to each other: requests to agents and their replies, orders for proofs and their
 * answers. Statements and proofs travel; weights and keys never do, for there is no message that
 * could hold them.
 */
public final class WireSerializer extends SerializerWithStringManifest {

  private static final int IDENTIFIER = 7_290_002;

  private final ActorRefResolver references;

  /** Made by Pekko. */
  public WireSerializer(ExtendedActorSystem system) {
    this.references = ActorRefResolver.get(Adapter.toTyped(system));
  }

  @Override
  public int identifier() {
    return IDENTIFIER;
  }

  @Override
  public String manifest(Object value) {
    return switch (value) {
      case VaultAgent.Create _ -> "create.1";
      case VaultAgent.Pause _ -> "pause.1";
      case VaultAgent.Resume _ -> "resume.1";
      case VaultAgent.Retire _ -> "retire.1";
      case VaultAgent.Report _ -> "report.1";
      case VaultAgent.Told _ -> "told.1";
      case VaultAgent.Refused _ -> "refused.1";
      case ProofOrder _ -> "order.1";
      case ProofOrder.Made _ -> "made.1";
      case ProofOrder.Failed _ -> "failed.1";
      case ProofOrder.Expired _ -> "expired.1";
      default -> throw unknown(value.getClass().getName());
    };
  }

  @Override
  public byte[] toBinary(Object value) {
    BinaryWriter out = new BinaryWriter();
    switch (value) {
      case VaultAgent.Create(AgentSpec spec, boolean amends, var replyTo) -> {
        RecordCodec.spec(out, spec);
        out.flag(amends).text(name(replyTo));
      }
      case VaultAgent.Pause(String reason, var replyTo) -> out.text(reason).text(name(replyTo));
      case VaultAgent.Resume(var replyTo) -> out.text(name(replyTo));
      case VaultAgent.Retire(String reason, var replyTo) -> out.text(reason).text(name(replyTo));
      case VaultAgent.Report(var replyTo) -> out.text(name(replyTo));
      case VaultAgent.Told(AgentStatus status) -> status(out, status);
      case VaultAgent.Refused(String reason) -> out.text(reason);
      case ProofOrder order ->
          out.int64(order.ticket())
              .word(order.model())
              .features(order.features())
              .int32(order.decision().index())
              .word(order.context())
              .instant(order.expires())
              .text(name(order.replyTo()));
      case ProofOrder.Made(long ticket, DecisionProof proof, var took) ->
          out.int64(ticket).bytes(proof.bytes()).duration(took);
      case ProofOrder.Failed(long ticket, String reason) -> out.int64(ticket).text(reason);
      case ProofOrder.Expired(long ticket) -> out.int64(ticket);
      default -> throw unknown(value.getClass().getName());
    }
    return out.toByteArray();
  }

  @Override
  public Object fromBinary(byte[] bytes, String manifest) {
    BinaryReader in = new BinaryReader(bytes);
    Object value =
        switch (manifest) {
          case "create.1" ->
              new VaultAgent.Create(RecordCodec.spec(in), in.flag(), reference(in.text()));
          case "pause.1" -> new VaultAgent.Pause(in.text(), reference(in.text()));
          case "resume.1" -> new VaultAgent.Resume(reference(in.text()));
          case "retire.1" -> new VaultAgent.Retire(in.text(), reference(in.text()));
          case "report.1" -> new VaultAgent.Report(reference(in.text()));
          case "told.1" -> new VaultAgent.Told(status(in));
          case "refused.1" -> new VaultAgent.Refused(in.text());
          case "order.1" ->
              new ProofOrder(
                  in.int64(),
                  in.word(),
                  in.features(),
                  new Decision.Choice(in.int32()),
                  in.word(),
                  in.instant(),
                  reference(in.text()));
          case "made.1" ->
              new ProofOrder.Made(in.int64(), DecisionProof.of(in.bytes()), in.duration());
          case "failed.1" -> new ProofOrder.Failed(in.int64(), in.text());
          case "expired.1" -> new ProofOrder.Expired(in.int64());
          default -> throw unknown(manifest);
        };
    in.end();
    return value;
  }

  private static void status(BinaryWriter out, AgentStatus status) {
    RecordCodec.spec(out, status.spec());
    out.octet(status.life().ordinal())
        .text(status.doing())
        .text(status.node())
        .int64(status.lastDecided())
        .int64(status.events())
        .int64(status.decisions())
        .int64(status.proofs())
        .int64(status.executions())
        .int64(status.reverts())
        .int64(status.failures())
        .integer(status.gasSpent())
        .text(status.lastFailure());
  }

  private static AgentStatus status(BinaryReader in) {
    return new AgentStatus(
        RecordCodec.spec(in),
        in.constant(Life.class),
        in.text(),
        in.text(),
        in.int64(),
        in.int64(),
        in.int64(),
        in.int64(),
        in.int64(),
        in.int64(),
        in.int64(),
        in.integer(),
        in.text());
  }

  private String name(ActorRef<?> reference) {
    return references.toSerializationFormat(reference);
  }

  private <T> ActorRef<T> reference(String name) {
    return references.resolveActorRef(name);
  }

  private static IllegalArgumentException unknown(String what) {
    return new IllegalArgumentException("Nodes do not say this to each other: " + what);
  }
}
