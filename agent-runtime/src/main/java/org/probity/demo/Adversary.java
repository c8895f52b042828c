package org.probity.demo;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.List;
import java.util.Objects;
import org.probity.chain.AbiFunction;
import org.probity.chain.AbiValues;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Bytes;
import org.probity.chain.Call;
import org.probity.chain.ContractArtifact;
import org.probity.chain.local.LocalChain;
import org.probity.chain.local.LocalMarket;
import org.probity.chain.uniswap.UniswapPool;

/**
 * Somebody with any amount of money, by a contract of its own, which can do several things in one
 * transaction ({@code Adversary.sol}). Prices are moved by ticks of a dearer WETH.
 *
 * @param account that calls the contract
 * @param contract of the adversary
 */
record Adversary(LocalChain chain, LocalMarket market, Address account, Address contract) {

  /** The outermost ticks that positions of the market's pool can have. */
  private static final int WIDEST = 887_270;

  /** The first position that was ever made: all of the market's liquidity. */
  private static final BigInteger OF_THE_MARKET = BigInteger.ONE;

  private static final ContractArtifact CODE = ContractArtifact.load("Adversary");
  private static final AbiFunction PUSH = CODE.function("pushTo");
  private static final AbiFunction PROVIDE = CODE.function("provide");
  private static final AbiFunction DEPART = CODE.function("depart");
  private static final AbiFunction SANDWICH = CODE.function("sandwich");
  private static final AbiFunction LEAVE =
      AbiFunction.parse(
          "decreaseLiquidity((uint256 tokenId, uint128 liquidity, uint256 amount0Min,"
              + " uint256 amount1Min, uint256 deadline)) payable"
              + " returns (uint256 amount0, uint256 amount1)");

  static Adversary arm(LocalChain chain, LocalMarket market, Address account) {
    return new Adversary(
        chain, market, account, chain.deploy(account, CODE.deployment(market.pool().address())));
  }

  private UniswapPool pool() {
    return market.pool();
  }

  /** 1 if a dearer WETH is a higher price of the pool, -1 if it is a lower one. */
  int orientation() {
    return pool().token0().equals(market.weth().address()) ? 1 : -1;
  }

  BigInteger price() {
    return pool().slot0(BlockTag.LATEST).sqrtPriceX96();
  }

  /** The price that is {@code ticks} beyond that of now. */
  BigInteger beyond(int ticks) {
    BigDecimal factor = BigDecimal.valueOf(StrictMath.pow(1.0001, orientation() * ticks / 2.0));
    return new BigDecimal(price()).multiply(factor, MathContext.DECIMAL128).toBigInteger();
  }

  /** Moves the price, in a block of its own. */
  void push(int ticks) {
    chain.execute(account, Call.of(contract, PUSH, beyond(ticks)));
  }

  /** Provides liquidity at every price. */
  void provide(BigInteger liquidity) {
    chain.execute(account, Call.of(contract, PROVIDE, -WIDEST, WIDEST, liquidity));
  }

  void depart(BigInteger liquidity) {
    chain.execute(account, Call.of(contract, DEPART, -WIDEST, WIDEST, liquidity));
  }

  /** Has everybody else take liquidity away. */
  void othersDepart(BigInteger liquidity) {
    chain.execute(
        chain.account(0).address(),
        Call.of(
            market.uniswap().contracts().positionManager(),
            LEAVE,
            List.of(
                OF_THE_MARKET,
                liquidity,
                BigInteger.ZERO,
                BigInteger.ZERO,
                BigInteger.valueOf(Long.MAX_VALUE))));
  }

  BigInteger liquidity() {
    return pool().liquidity(BlockTag.LATEST);
  }

  /**
   * Moves the price, calls, and moves the price back.
   *
   * @param own liquidity at every price that it takes away at the end
   */
  Call sandwich(BigInteger priceX96, Call call, BigInteger own) {
    Address to = Objects.requireNonNull(call.to(), "a call that creates nothing");
    return Call.of(contract, SANDWICH, priceX96, to, call.data(), -WIDEST, WIDEST, own);
  }

  /**
   * What {@link #sandwich} would leave it with, in dollars at the market's price of now.
   *
   * @throws org.probity.chain.CallReverted if it is refused
   */
  BigDecimal gain(BigInteger priceX96, Call call, BigInteger own) {
    Call whole = sandwich(priceX96, call, own);
    Bytes returned = chain.client().callFrom(account, whole, BlockTag.PENDING);
    AbiValues gains = SANDWICH.decode(returned);
    boolean wethFirst = orientation() > 0;
    BigInteger weth = gains.integer(wethFirst ? "gain0" : "gain1");
    BigInteger usd = gains.integer(wethFirst ? "gain1" : "gain0");
    return market
        .usd()
        .amount(usd)
        .add(market.weth().amount(weth).multiply(market.price(BlockTag.LATEST)));
  }
}
