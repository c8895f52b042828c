package org.probity.intent;

import java.math.BigInteger;
import org.probity.chain.Address;
import org.probity.ground.Bytes32;
import org.probity.zk.Decision;
import org.probity.zk.DecisionProof;
import org.probity.zk.FeatureVector;

/**
 * A decision with its proof: the only thing that moves a vault. Nobody can change it, and whoever
 * its mandate names may have it executed.
 */
public record ProvenIntent(Proposal proposal, DecisionProof proof) {

  public long chainId() {
    return proposal.mandate().chainId();
  }

  public Address vault() {
    return proposal.mandate().vault();
  }

  /** Digest of the key of the model that decided. */
  public Bytes32 model() {
    return proposal.mandate().model();
  }

  public BigInteger nonce() {
    return proposal.observation().state().nonce();
  }

  /** In seconds of Unix time. */
  public long deadline() {
    return proposal.deadline();
  }

  /** The moment of the features, in seconds of Unix time. */
  public long asOf() {
    return proposal.observation().asOf();
  }

  public FeatureVector features() {
    return proposal.observation().features();
  }

  public Decision decision() {
    return proposal.decision();
  }

  public Bytes32 context() {
    return proposal.context();
  }
}
