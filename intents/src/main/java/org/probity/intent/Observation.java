package org.probity.intent;

import java.math.BigInteger;
import java.util.List;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.strategy.feature.PriceMath;
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

  /**
   * What these gains come to at the moment's reference prices, in the numeraire's smallest unit.
   */
  public BigInteger worth(List<AssetDelta> deltas) {
    return deltas.stream().map(this::worth).reduce(BigInteger.ZERO, BigInteger::add);
  }

  /** How much was exchanged against the numeraire, valued likewise. */
  public BigInteger traded(List<AssetDelta> deltas) {
    Address numeraire = state.books().getFirst().token();
    return deltas.stream()
        .filter(delta -> !delta.asset().equals(numeraire))
        .map(delta -> worth(delta).abs())
        .reduce(BigInteger.ZERO, BigInteger::add);
  }

  private BigInteger worth(AssetDelta delta) {
    int asset = state.books().stream().map(VaultState.Book::token).toList().indexOf(delta.asset());
    BigInteger value = value(asset, delta.amount().abs());
    return delta.amount().signum() < 0 ? value.negate() : value;
  }

  /** What an amount of an asset of the policy, by its index, is worth. */
  BigInteger value(int asset, BigInteger amount) {
    return asset == 0 ? amount : PriceMath.valueAt(amount, PriceMath.sqrtRatioX96(refs.get(asset)));
  }

  /** What the vault is worth at the moment's reference prices, in the numeraire's smallest unit. */
  public BigInteger equity() {
    return state.equity(refs);
  }
}
