package org.probity.chain.uniswap;

import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import org.probity.chain.AbiFunction;
import org.probity.chain.Address;
import org.probity.chain.Call;
import org.probity.chain.ChainClient;

/**
 * A deployment of Uniswap v3 on a chain: finds pools, and builds the calls that swap or provide
 * liquidity.
 */
public final class Uniswap {

  private static final AbiFunction GET_POOL =
      AbiFunction.parse("getPool(address,address,uint24) returns (address pool)");
  private static final AbiFunction SWAP =
      AbiFunction.parse(
          "exactInputSingle((address tokenIn, address tokenOut, uint24 fee, address recipient,"
              + " uint256 amountIn, uint256 amountOutMinimum, uint160 sqrtPriceLimitX96))"
              + " payable returns (uint256 amountOut)");
  private static final AbiFunction MINT =
      AbiFunction.parse(
          "mint((address token0, address token1, uint24 fee, int24 tickLower, int24 tickUpper,"
              + " uint256 amount0Desired, uint256 amount1Desired, uint256 amount0Min,"
              + " uint256 amount1Min, address recipient, uint256 deadline)) payable returns"
              + " (uint256 tokenId, uint128 liquidity, uint256 amount0, uint256 amount1)");

  private final ChainClient chain;
  private final Contracts contracts;

  public Uniswap(ChainClient chain, Contracts contracts) {
    this.chain = chain;
    this.contracts = contracts;
  }

  /**
   * Where the contracts are.
   *
   * @param router SwapRouter02
   * @param quoter QuoterV2
   */
  public record Contracts(
      Address factory, Address positionManager, Address router, Address quoter) {}

  /**
   * Liquidity to provide between two prices.
   *
   * @param tickLower a multiple of the pool's tick spacing
   * @param tickUpper a multiple of the pool's tick spacing
   * @param amount0 at most this much of token0, in its smallest unit
   * @param amount1 at most this much of token1, in its smallest unit
   */
  public record Position(int tickLower, int tickUpper, BigInteger amount0, BigInteger amount1) {}

  public Contracts contracts() {
    return contracts;
  }

  /** The pool of two tokens, in any order, with this fee in hundredths of a basis point. */
  public Optional<UniswapPool> pool(Address tokenA, Address tokenB, int fee) {
    Address found = chain.call(contracts.factory(), GET_POOL, tokenA, tokenB, fee).address("pool");
    return found.equals(Address.ZERO)
        ? Optional.empty()
        : Optional.of(UniswapPool.at(chain, found));
  }

  /**
   * The call that swaps {@code amountIn} of {@code tokenIn} and gives {@code recipient} at least
   * {@code minimumOut}. The sender must have approved the router.
   *
   * @throws IllegalArgumentException if {@code pool} does not trade {@code tokenIn}
   */
  public Call swapExactInput(
      UniswapPool pool,
      Address tokenIn,
      BigInteger amountIn,
      BigInteger minimumOut,
      Address recipient) {
    return Call.of(
        contracts.router(),
        SWAP,
        List.of(
            tokenIn,
            other(pool, tokenIn),
            pool.fee(),
            recipient,
            amountIn,
            minimumOut,
            BigInteger.ZERO));
  }

  /**
   * The call that provides liquidity, for {@code recipient}, up to the moment {@code deadline} in
   * seconds of Unix time. The sender must have approved the position manager for both tokens.
   */
  public Call mint(UniswapPool pool, Position position, Address recipient, long deadline) {
    return Call.of(
        contracts.positionManager(),
        MINT,
        List.of(
            pool.token0(),
            pool.token1(),
            pool.fee(),
            position.tickLower(),
            position.tickUpper(),
            position.amount0(),
            position.amount1(),
            BigInteger.ZERO,
            BigInteger.ZERO,
            recipient,
            deadline));
  }

  private static Address other(UniswapPool pool, Address token) {
    if (token.equals(pool.token0())) {
      return pool.token1();
    }
    if (token.equals(pool.token1())) {
      return pool.token0();
    }
    throw new IllegalArgumentException("Pool " + pool.address() + " does not trade " + token);
  }
}
