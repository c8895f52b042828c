package org.probity.intent;

import java.math.BigInteger;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Bytes;
import org.probity.chain.ChainClient;
import org.probity.chain.ContractArtifact;
import org.probity.chain.Head;
import org.probity.chain.uniswap.ObservationLog;
import org.probity.chain.uniswap.UniswapPool;
import org.probity.strategy.feature.DecisionFeatures;
import org.probity.strategy.feature.TwapDefinition;
import org.probity.strategy.feature.TwapFeatures;

/**
 * The features that {@code ProofBoundVault} computes on chain: sixteen returns from the pool's
 * price history, four from the vault's books.
 *
 * <p>The moment that they are of is the latest one of the vault's schedule at the head: the
 * multiple of its step at or before the head's timestamp. Nothing later can change them: a pool's
 * cumulative tick at a moment is settled as soon as the chain's time has reached it.
 *
 * <p>Successive heads share most of their history, so only what a head adds is read. One source may
 * serve many threads; they take turns.
 */
public final class TwapFeatureSource implements FeatureSource {

  private static final ContractArtifact SOURCE = ContractArtifact.load("TwapFeatureSource");

  private final UniswapPool pool;
  private final Vault vault;
  private final TwapDefinition definition;
  private @Nullable ObservationLog history;

  private TwapFeatureSource(UniswapPool pool, Vault vault, TwapDefinition definition) {
    this.pool = pool;
    this.vault = vault;
    this.definition = definition;
  }

  /** The features of {@code vault}, by the definition that its contract for features holds. */
  public static TwapFeatureSource of(ChainClient chain, Vault vault) {
    Address source = vault.parts().source();
    List<?> horizons = (List<?>) chain.call(source, SOURCE.function("horizons")).getFirst();
    BigInteger reference =
        (BigInteger) chain.call(source, SOURCE.function("referenceHorizon")).getFirst();
    TwapDefinition definition =
        new TwapDefinition(
            horizons.stream().map(h -> ((BigInteger) h).intValueExact()).toList(),
            reference.intValueExact());
    return new TwapFeatureSource(UniswapPool.at(chain, vault.parts().pool()), vault, definition);
  }

  /** What the features are. */
  public TwapDefinition definition() {
    return definition;
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if the pool's history is shorter than the features need
   */
  @Override
  public Observation at(Head head) {
    VaultState state = stateAt(head);
    return at(head, state, state.momentAt(head.timestamp()));
  }

  /**
   * The features as of any moment before {@code head}, on the books of {@code head}. A vault
   * accepts them only if the moment is one of its schedule, not too old, and after its last
   * execution's.
   *
   * @param asOf in seconds of Unix time, at most the head's timestamp
   */
  public Observation at(Head head, long asOf) {
    return at(head, stateAt(head), asOf);
  }

  private VaultState stateAt(Head head) {
    return vault.state(BlockTag.at(head.number()));
  }

  private synchronized Observation at(Head head, VaultState state, long asOf) {
    ObservationLog log = historyAt(head, asOf);
    TwapFeatures market = definition.features(log::tickCumulative, asOf, vault.parts().inverted());
    return new Observation(
        state,
        asOf,
        indices(log, asOf),
        market.referenceTick(),
        DecisionFeatures.of(market, state.books(), asOf).vector());
  }

  private ObservationLog historyAt(Head head, long asOf) {
    long since = asOf - definition.historySeconds();
    ObservationLog known = history;
    boolean follows = known != null && known.block().number() <= head.number();
    ObservationLog next =
        known != null && follows
            ? known.advance(pool, head, since)
            : ObservationLog.read(pool, head, since);
    history = next;
    return next;
  }

  private Bytes indices(ObservationLog log, long asOf) {
    long[] points = definition.points(asOf);
    byte[] packed = new byte[2 * points.length];
    for (int i = 0; i < points.length; i++) {
      int index = log.at(points[i]).index();
      packed[2 * i] = (byte) (index >> 8);
      packed[2 * i + 1] = (byte) index;
    }
    return Bytes.of(packed);
  }
}
