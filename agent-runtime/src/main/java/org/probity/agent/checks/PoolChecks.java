package org.probity.agent.checks;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Optional;
import org.probity.agent.Token;
import org.probity.chain.AbiFunction;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Bytes;
import org.probity.chain.CallReverted;
import org.probity.chain.ChainClient;
import org.probity.chain.ChainException;
import org.probity.chain.uniswap.UniswapPool;

/** Whether a vault can trade on a pool: it is one of Uniswap v3, has a price and liquidity. */
public final class PoolChecks {

  private static final AbiFunction FACTORY = AbiFunction.parse("factory() returns (address)");
  private static final AbiFunction GET_POOL =
      AbiFunction.parse("getPool(address,address,uint24) returns (address pool)");

  /**
   * Selector of {@code uniswapV3SwapCallback(int256,int256,bytes)}, by which a pool asks the vault
   * for what it sold. Pools of other exchanges that answer the same questions call another one.
   */
  private static final String CALLBACK = "fa461e33";

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
    return BigDecimal.valueOf(pool.fee(), 4).stripTrailingZeros().toPlainString();
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
}
