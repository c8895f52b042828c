package org.probity.intent;

import java.math.BigInteger;
import java.util.List;
import org.probity.chain.Bytes;
import org.probity.zk.FeatureVector;

/**
 * What is known at one head: the model's features, and what the vault needs to find the same ones.
 *
 * @param state the vault, its nonce and its books among the rest
 * @param asOf the moment the features are of, in seconds of Unix time; never after the head
 * @param refs reference ticks of the moment by asset, each in units of the numeraire: a higher one
 *     is a dearer asset; the numeraire's, which is first, is 0
 * @param guardHints where the vault's policy engine finds the prices in the pools' oracles
 * @param features the model's inputs, in its order
 * @param sourceHints where each source of features finds its own
 */
public record Observation(
    VaultState state,
    long asOf,
    List<Integer> refs,
    Bytes guardHints,
    FeatureVector features,
    List<Bytes> sourceHints) {

  public Observation {
    refs = List.copyOf(refs);
    sourceHints = List.copyOf(sourceHints);
  }

  /** What the vault is worth at the moment's reference prices, in the numeraire's smallest unit. */
  public BigInteger equity() {
    return state.equity(refs);
  }
}
