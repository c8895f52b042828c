package org.probity.agent.proving;

import java.time.Duration;
import java.time.Instant;
import org.apache.pekko.actor.typed.ActorRef;
import org.probity.ground.Bytes32;
import org.probity.zk.Decision;
import org.probity.zk.DecisionProof;
import org.probity.zk.FeatureVector;

/**
 * A proof that a prover is to make, as it travels: the statement alone. The model's weights are on
 * the prover's own disk.
 *
 * @param ticket names the order to whoever gave it
 * @param expires when nobody needs it any more; nodes' clocks must agree to a second or so
 */
public record ProofOrder(
    long ticket,
    Bytes32 model,
    FeatureVector features,
    Decision decision,
    Bytes32 context,
    Instant expires,
    ActorRef<Answer> replyTo) {

  /** What became of it. */
  public sealed interface Answer {
    long ticket();
  }

  /** The proof, not yet checked by whoever ordered it, and how long it took. */
  public record Made(long ticket, DecisionProof proof, Duration took) implements Answer {}

  /** There is none, and why. */
  public record Failed(long ticket, String reason) implements Answer {}

  /** It came too late to be begun. */
  public record Expired(long ticket) implements Answer {}
}
