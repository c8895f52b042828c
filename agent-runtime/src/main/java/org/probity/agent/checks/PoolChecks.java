package org.probity.agent.checks;

import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import org.probity.agent.Token;
import org.probity.chain.AbiFunction;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Bytes;
import org.probity.chain.CallReverted;
import org.probity.chain.ChainClient;
import org.probity.chain.ChainException;
import org.probity.chain.Head;
import org.probity.chain.uniswap.ObservationLog;
import org.probity.chain.uniswap.UniswapPool;
import org.probity.strategy.feature.TwapDefinition;

/**
 * Whether a vault can trade on a pool: it is one of Uniswap v3, has a price, liquidity and as much
 * history as the features need, by the very reads that an agent makes.
 */
public final class PoolChecks {

  private static final AbiFunction FACTORY = AbiFunction.parse("factory() returns (address)");
  private static final AbiFunction GET_POOL =
      AbiFunction.parse("getPool(address,address,uint24) returns (address pool)");

  /**
   * Selector of {@code uniswapV3SwapCallback(int256,int256,bytes)}, by which a pool asks the vault
   * for what it sold. Pools of other exchanges that answer the same questions call another one.
   */
  private static final String CALLBACK = "fa461e33";

  /** A ring that holds less than this many times what is needed is soon too small. */
  private static final double ROOM = 1.5;

  private final Examination exam;
  private final ChainClient chain;
  private final Address address;

  private PoolChecks(Examination exam, ChainClient chain, Address address) {
    this.exam = exam;
    this.chain = chain;
    this.address = address;
  }

  /**
   * Looks at the pool at {@code address}.
   *
   * @return empty if it is no pool whose tokens can be named
   */
  public static Optional<PoolFacts> look(Examination exam, ChainClient chain, Address address) {
    return new PoolChecks(exam, chain, address).look();
  }

  /**
   * Looks at a pool whose past is to be recorded: it need not be of use now, and a node that keeps
   * events alone will do.
   */
  public static void past(Examination exam, ChainClient chain, Address address) {
    exam.look(
        CheckName.POOL,
        () -> {
          Bytes code;
          try {
            code = chain.code(address);
          } catch (ChainException e) {
            return Finding.notLookedAt("the node does not give its code");
          }
          if (code.isEmpty()) {
            return Finding.doubtful(
                "The node has no contract at %s".formatted(address),
                "check the pool's address and the chain");
          }
          requireCallback(address, code);
          return Finding.fine("it calls a trader back as pools of Uniswap v3 do");
        });
  }

  private Optional<PoolFacts> look() {
    Optional<Bytes> code =
        exam.find(
            CheckName.POOL_CODE, this::code, found -> "%s bytes of code".formatted(found.length()));
    Optional<UniswapPool> pool =
        code.flatMap(found ->
            exam.find(
                CheckName.POOL,
                () -> pool(found),
                known -> "a Uniswap v3 pool with a fee of %s %%".formatted(percent(known))));
    if (pool.isEmpty()) {
      if (code.isEmpty()) {
        exam.skip("there is no contract", CheckName.POOL);
      }
      exam.skip(
          "there is no such pool",
          CheckName.TOKENS,
          CheckName.POOL_INITIALISED,
          CheckName.POOL_LIQUIDITY);
      return Optional.empty();
    }
    exam.look(CheckName.POOL_INITIALISED, () -> initialised(pool.get()));
    exam.look(CheckName.POOL_LIQUIDITY, () -> liquidity(pool.get()));
    return exam.find(CheckName.TOKENS, () -> facts(pool.get()), PoolChecks::words);
  }

  private Bytes code() {
    Bytes code = chain.code(address);
    if (code.isEmpty()) {
      throw new IllegalArgumentException(
          "There is no contract at %s on chain %s: check the pool's address and the chain"
              .formatted(address, chain.chainId()));
    }
    return code;
  }

  private UniswapPool pool(Bytes code) {
    UniswapPool pool;
    Address factory;
    Address known;
    try {
      pool = UniswapPool.at(chain, address);
      factory = chain.call(address, FACTORY).address("factory");
      known =
          chain.call(factory, GET_POOL, pool.token0(), pool.token1(), pool.fee()).address("pool");
    } catch (IllegalArgumentException | ArithmeticException | CallReverted e) {
      throw new IllegalArgumentException(
          "The contract %s does not answer as a Uniswap v3 pool does: name a pool's address"
              .formatted(address),
          e);
    }
    if (!known.equals(address)) {
      throw new IllegalArgumentException(
          "The factory %s that the contract %s names knows no such pool: it imitates one, name another"
              .formatted(factory, address));
    }
    requireCallback(address, code);
    return pool;
  }

  private static void requireCallback(Address address, Bytes code) {
    if (!code.toString().contains(CALLBACK)) {
      throw new IllegalArgumentException(
          "The pool %s answers like one of Uniswap v3, but does not call a trader back as those do (PancakeSwap's are such): name a pool of Uniswap v3"
              .formatted(address));
    }
  }

  private static String percent(UniswapPool pool) {
    return java.math.BigDecimal.valueOf(pool.fee(), 4).stripTrailingZeros().toPlainString();
  }

  private Finding initialised(UniswapPool pool) {
    return pool.slot0(BlockTag.LATEST).sqrtPriceX96().signum() == 0
        ? Finding.wrong(
            "The pool %s was never initialised and has no price".formatted(address),
            "initialise it, or name another")
        : Finding.fine("it has a price");
  }

  private Finding liquidity(UniswapPool pool) {
    BigInteger liquidity = pool.liquidity(BlockTag.LATEST);
    return liquidity.signum() == 0
        ? Finding.wrong(
            "The pool %s has no liquidity at its price, so that nothing can be traded"
                .formatted(address),
            "provide some, or name another")
        : Finding.fine("%s in range".formatted(liquidity));
  }

  private PoolFacts facts(UniswapPool pool) {
    return new PoolFacts(pool, token(pool.token0()), token(pool.token1()));
  }

  private Token token(Address token) {
    if (chain.code(token).isEmpty()) {
      throw new IllegalArgumentException(
          "The pool's token %s is no contract: name another pool".formatted(token));
    }
    return Token.at(chain, token);
  }

  private static String words(PoolFacts facts) {
    return "%s with %s decimals and %s with %s"
        .formatted(
            facts.token0(), facts.token0().decimals(), facts.token1(), facts.token1().decimals());
  }

  /**
   * Looks whether the pool remembers as much as the features need.
   *
   * @param step of the vault's schedule, in seconds: the moment that is decided for lies up to so
   *     long before the newest block
   */
  public static void history(
      Examination exam, ChainClient chain, UniswapPool pool, TwapDefinition features, long step) {
    long needed = features.historySeconds() + step;
    try {
      Head head = chain.head();
      UniswapPool.Slot0 slot0 = pool.slot0(BlockTag.at(head.number()));
      if (slot0.sqrtPriceX96().signum() == 0 || slot0.observationCardinality() == 0) {
        exam.skip("the pool has no price", CheckName.POOL_HISTORY, CheckName.POOL_CARDINALITY);
        return;
      }
      ObservationLog log = ObservationLog.read(pool, head, head.timestamp() - needed);
      Reach reach = new Reach(log, head, needed, slot0);
      exam.look(CheckName.POOL_HISTORY, () -> reach.history(pool, features, step));
      exam.look(CheckName.POOL_CARDINALITY, () -> reach.cardinality(pool));
    } catch (RuntimeException e) {
      exam.fail(CheckName.POOL_HISTORY, e);
      exam.skip("the history could not be read", CheckName.POOL_CARDINALITY);
    }
  }

  /** How far a pool's log reaches back. */
  private record Reach(ObservationLog log, Head head, long needed, UniswapPool.Slot0 slot0) {

    private long held() {
      return head.timestamp() - log.entries().getFirst().timestamp();
    }

    Finding history(UniswapPool pool, TwapDefinition features, long step) {
      long asOf = head.timestamp() / step * step;
      long reach = asOf - features.historySeconds();
      if (reach < log.entries().getFirst().timestamp()) {
        String seen =
            "The pool %s remembers %s s of prices and the features need %s s"
                .formatted(pool.address(), held(), needed);
        String remedy =
            slot0.observationCardinalityNext() > 1
                ? "wait %s min while it is traded".formatted((needed - held()) / 60 + 1)
                : "call increaseObservationCardinalityNext(%s) of the pool, which anybody can, and wait until it has been traded for so long"
                    .formatted(places());
        return Finding.wrong(seen, remedy);
      }
      // What the agent will do: every point, as of the moment that it decides for.
      features.features(log::tickCumulative, asOf, false);
      return Finding.fine(
          "all %s points back to %s s before the newest block can be read"
              .formatted(TwapDefinition.POINTS, head.timestamp() - reach));
    }

    /** A place a block in the worst case; the pace of the past tells how many are enough. */
    Finding cardinality(UniswapPool pool) {
      int places = slot0.observationCardinality();
      int coming = slot0.observationCardinalityNext();
      List<?> entries = log.entries();
      double perSecond = entries.size() / (double) Math.max(1, held());
      double holds = Math.max(places, coming) / perSecond;
      if (coming < 2 || holds < needed) {
        String seen =
            "The price log of the pool %s has %s places, which at its present pace hold %s s, and the features need %s s"
                .formatted(pool.address(), places, Math.round(holds), needed);
        return Finding.wrong(seen, grow());
      }
      String seen =
          "%s places, which at its present pace hold %s min; %s min are needed"
              .formatted(Math.max(places, coming), Math.round(holds / 60), needed / 60);
      return holds < ROOM * needed
          ? Finding.doubtful("The pool's price log has only " + seen, grow())
          : Finding.fine(seen);
    }

    private String grow() {
      return "call increaseObservationCardinalityNext(%s) of the pool, which anybody can"
          .formatted(places());
    }

    /** Twice what the pace of the past fills, and at least one a minute. */
    private long places() {
      long atPace = Math.round(2.0 * needed * log.entries().size() / (double) Math.max(1, held()));
      return Math.clamp(Math.max(atPace, needed / 60), 2, 65_535);
    }
  }
}
