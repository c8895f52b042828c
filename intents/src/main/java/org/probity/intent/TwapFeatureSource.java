package org.probity.intent;

import java.math.BigInteger;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.probity.chain.AbiFunction;
import org.probity.chain.AbiValues;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Bytes;
import org.probity.chain.ChainClient;
import org.probity.chain.ContractArtifact;
import org.probity.chain.Head;
import org.probity.chain.Reads;
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
 * <p>Successive heads share most of their history, so only what a head adds is read; vaults that
 * trade with one pool share it too ({@link Pools}), and agents of one vault its books. One source
 * may serve many threads; they take turns.
 */
public final class TwapFeatureSource implements FeatureSource {

  private static final ContractArtifact SOURCE = ContractArtifact.load("TwapFeatureSource");
  private static final List<AbiFunction> DEFINITION =
      List.of(SOURCE.function("horizons"), SOURCE.function("referenceHorizon"));

  private final History history;
  private final Vault vault;
  private final TwapDefinition definition;
  private @Nullable Seen last;

  /** What was seen last, for the next agent that asks about the same head. */
  private record Seen(Head head, Observation observation) {}

  private TwapFeatureSource(History history, Vault vault, TwapDefinition definition) {
    this.history = history;
    this.vault = vault;
    this.definition = definition;
  }

  /** The pools of one chain: sources made here share what they read of one. */
  public static final class Pools {
    private final ChainClient chain;
    private final Map<Address, History> histories = new HashMap<>();

    public Pools(ChainClient chain) {
      this.chain = chain;
    }

    /** The features of {@code vault}, by the definition that its contract for features holds. */
    public TwapFeatureSource of(Vault vault) {
      return new TwapFeatureSource(
          history(vault.parts().pool()), vault, definitionOf(chain, vault));
    }

    private synchronized History history(Address pool) {
      return histories.computeIfAbsent(pool, at -> new History(UniswapPool.at(chain, at)));
    }
  }

  /** The features of {@code vault}, by the definition that its contract for features holds. */
  public static TwapFeatureSource of(ChainClient chain, Vault vault) {
    return new Pools(chain).of(vault);
  }

  private static TwapDefinition definitionOf(ChainClient chain, Vault vault) {
    Address source = vault.parts().source();
    AbiValues values = chain.getAll(BlockTag.LATEST, source, DEFINITION);
    return new TwapDefinition(
        values.integers("seconds_").stream().map(BigInteger::intValueExact).toList(),
        values.int32("referenceHorizon"));
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
  public synchronized Observation at(Head head) {
    if (last != null && last.head().equals(head)) {
      return last.observation();
    }
    Observation observation = at(head, state -> state.momentAt(head.timestamp()));
    last = new Seen(head, observation);
    return observation;
  }

  /**
   * The features as of any moment before {@code head}, on the books of {@code head}. A vault
   * accepts them only if the moment is one of its schedule, not too old, and after its last
   * execution's.
   *
   * @param asOf in seconds of Unix time, at most the head's timestamp
   */
  public Observation at(Head head, long asOf) {
    return at(head, _ -> asOf);
  }

  /** The books, and the pool's history as far as it is new, are read together. */
  private synchronized Observation at(Head head, ToLongFunction<VaultState> moment) {
    Reads reads = vault.reads();
    Supplier<VaultState> books = vault.state(reads, BlockTag.at(head.number()));
    ObservationLog log =
        history.at(
            head, reads, () -> moment.applyAsLong(books.get()) - definition.historySeconds());
    VaultState state = books.get();
    long asOf = moment.applyAsLong(state);
    TwapFeatures market = definition.features(log::tickCumulative, asOf, vault.parts().inverted());
    return new Observation(
        state,
        asOf,
        indices(log, asOf),
        market.referenceTick(),
        DecisionFeatures.of(market, state.books(), asOf).vector());
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

  /** The observations of one pool, as far back as any vault has asked. */
  private static final class History {
    private final UniswapPool pool;
    private @Nullable ObservationLog log;
    private @Nullable Head head;
    private long reach;

    History(UniswapPool pool) {
      this.pool = pool;
    }

    /**
     * The observations at {@code at}. Asks {@code reads}, among which are its own if nobody has
     * read this head yet.
     *
     * @param since in seconds of Unix time, once the reads are asked
     */
    ObservationLog at(Head at, Reads reads, LongSupplier since) {
      synchronized (this) {
        if (!at.equals(head)) {
          ObservationLog.Reading reading =
              log == null ? ObservationLog.begin(pool, at, reads) : log.advance(pool, at, reads);
          reads.ask();
          return keep(at, reading.since(since.getAsLong()), since.getAsLong());
        }
      }
      reads.ask(); // only what is the vault's own: others need not wait for it
      return known(at, since.getAsLong());
    }

    private synchronized ObservationLog known(Head at, long since) {
      ObservationLog known = log;
      return known != null && at.equals(head) && reach <= since
          ? known
          : keep(at, ObservationLog.read(pool, at, since), since);
    }

    private ObservationLog keep(Head at, ObservationLog read, long since) {
      log = read;
      head = at;
      reach = since;
      return read;
    }
  }
}
