package org.probity.intent.audit;

import java.math.BigInteger;
import java.util.List;
import org.probity.chain.Address;
import org.probity.ground.Bytes32;
import org.probity.intent.audit.Finding.Weight;
import org.probity.intent.policy.Plan.Reason;

/**
 * One executed decision and what the audit makes of it. Moments and times are seconds of Unix time.
 *
 * @param block in which it was executed, at the time {@code time}
 * @param executor who executed it
 * @param reason why nothing was traded; {@link Reason#NONE} if something was
 * @param findings what is not in order with it; none if it is proven
 */
public record Judged(
    long nonce,
    long asOf,
    long block,
    long time,
    Bytes32 transaction,
    Address executor,
    List<BigInteger> outputs,
    Reason reason,
    List<Finding> findings) {

  public Judged {
    outputs = List.copyOf(outputs);
    findings = List.copyOf(findings);
  }

  /** What became of a decision under audit. */
  public enum Outcome {
    /** The policy's model decided it, on these features, inside the policy. */
    PROVEN,
    /** Something of it could not be recomputed. */
    UNCHECKED,
    /** Something of it contradicts the vault's rules. */
    WRONG
  }

  /** The verdict. */
  public Outcome outcome() {
    boolean wrong = findings.stream().anyMatch(finding -> finding.weight() == Weight.WRONG);
    boolean unchecked = findings.stream().anyMatch(finding -> finding.weight() == Weight.UNCHECKED);
    return wrong ? Outcome.WRONG : unchecked ? Outcome.UNCHECKED : Outcome.PROVEN;
  }

  /** How long after its moment it was executed, in seconds. */
  public long lateSeconds() {
    return time - asOf;
  }
}
