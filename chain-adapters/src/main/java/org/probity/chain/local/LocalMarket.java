package org.probity.chain.local;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import org.probity.chain.AbiFunction;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Call;
import org.probity.chain.ChainClient;
import org.probity.chain.ContractArtifact;
import org.probity.chain.Erc20;
import org.probity.chain.Receipt;
import org.probity.chain.uniswap.Uniswap;
import org.probity.chain.uniswap.UniswapPool;
import org.probity.ground.Bytes32;

/**
 * A market on a {@link LocalChain}: two test tokens, USD (6 decimals) and WETH (18 decimals), and
 * the real Uniswap v3 contracts with one pool of the two, with liquidity at every price.
 */
public final class LocalMarket {

  /** The pool's fee, 0.05 %, in hundredths of a basis point. */
  public static final int FEE = 500;

  /** The outermost ticks that positions of a 0.05 % pool can have. */
  private static final int WIDEST = 887_270;

  // Growing by one place costs some 22,300 gas, and a transaction has at most 2^24.
  private static final int GROWTH_STEP = 600;
  private static final long SWAP_GAS = 400_000;
  private static final BigInteger UNLIMITED =
      BigInteger.ONE.shiftLeft(256).subtract(BigInteger.ONE);
  private static final BigInteger TRADING_FUNDS = BigInteger.TEN.pow(40);

  private static final AbiFunction MINT = AbiFunction.parse("mint(address,uint256)");
  private static final AbiFunction CREATE_POOL =
      AbiFunction.parse(
          "createAndInitializePoolIfNecessary(address token0, address token1, uint24 fee,"
              + " uint160 sqrtPriceX96) payable returns (address pool)");

  private final LocalChain chain;
  private final Token usd;
  private final Token weth;
  private final Uniswap uniswap;
  private final UniswapPool pool;
  private final Address trader;

  private LocalMarket(
      LocalChain chain, Token usd, Token weth, Uniswap uniswap, UniswapPool pool, Address trader) {
    this.chain = chain;
    this.usd = usd;
    this.weth = weth;
    this.uniswap = uniswap;
    this.pool = pool;
    this.trader = trader;
  }

  /** A token of the market; one whole token is {@code 10^decimals} of the smallest unit. */
  public record Token(Address address, String symbol, int decimals) {

    /** The smallest units of {@code amount} whole tokens. */
    public BigInteger units(BigDecimal amount) {
      return amount.movePointRight(decimals).toBigInteger();
    }

    /** The smallest units of {@code amount} whole tokens. */
    public BigInteger units(long amount) {
      return units(BigDecimal.valueOf(amount));
    }

    /** The whole tokens of {@code units} smallest units. */
    public BigDecimal amount(BigInteger units) {
      return new BigDecimal(units).movePointLeft(decimals);
    }
  }

  /**
   * How a market begins.
   *
   * @param price of one WETH in USD
   * @param depth whole WETH in the pool, spread over every price, with USD of the same worth
   * @param cardinality how many observations the pool's price history can hold
   */
  public record Settings(BigDecimal price, long depth, int cardinality) {

    /** 2,500 USD, 10,000 WETH, 1,200 observations. */
    public static final Settings DEFAULT = new Settings(BigDecimal.valueOf(2_500), 10_000, 1_200);

    /**
     * @throws IllegalArgumentException if a value is not positive or the cardinality above 65,535
     */
    public Settings {
      if (price.signum() <= 0 || depth <= 0 || cardinality <= 0 || cardinality > 0xffff) {
        throw new IllegalArgumentException(
            "A market needs a positive price and depth and 1 to 65535 observations");
      }
    }
  }

  /**
   * A swap at a moment, for {@link #replay}.
   *
   * @param timestamp of its block, in seconds of Unix time
   * @param amountIn in the smallest unit of {@code tokenIn}
   */
  public record Trade(long timestamp, Address tokenIn, BigInteger amountIn) {}

  /**
   * Deploys a market. Account 0 of the chain deploys and provides the liquidity, account 9 trades.
   *
   * @throws LocalChainFailed if a transaction reverts
   */
  public static LocalMarket deploy(LocalChain chain, Settings settings) {
    Address owner = chain.account(0).address();
    Address trader = chain.account(9).address();
    Token usd = token(chain, owner, "Test dollar", "USD", 6);
    Token weth = token(chain, owner, "Test ether", "WETH", 18);
    Uniswap.Contracts contracts = contracts(chain, owner, weth.address());
    Uniswap uniswap = new Uniswap(chain.client(), contracts);
    UniswapPool pool = pool(chain, owner, uniswap, settings, usd, weth);
    LocalMarket market = new LocalMarket(chain, usd, weth, uniswap, pool, trader);
    market.provideLiquidity(owner, settings);
    market.grow(owner, settings.cardinality());
    market.fund(trader, TRADING_FUNDS, TRADING_FUNDS);
    for (Token token : List.of(usd, weth)) {
      chain.execute(trader, new Erc20(token.address()).approve(contracts.router(), UNLIMITED));
    }
    return market;
  }

  private static Token token(
      LocalChain chain, Address owner, String name, String symbol, int decimals) {
    return new Token(deploy(chain, owner, "TestToken", name, symbol, decimals), symbol, decimals);
  }

  private static Uniswap.Contracts contracts(LocalChain chain, Address owner, Address weth) {
    Address factory = deploy(chain, owner, "UniswapV3Factory");
    // The token's picture is all that the missing descriptor would draw.
    Address positionManager =
        deploy(chain, owner, "NonfungiblePositionManager", factory, weth, Address.ZERO);
    Address router =
        deploy(chain, owner, "SwapRouter02", Address.ZERO, factory, positionManager, weth);
    Address quoter = deploy(chain, owner, "QuoterV2", factory, weth);
    return new Uniswap.Contracts(factory, positionManager, router, quoter);
  }

  private static UniswapPool pool(
      LocalChain chain, Address owner, Uniswap uniswap, Settings settings, Token usd, Token weth) {
    boolean usdFirst = usd.address().compareTo(weth.address()) < 0;
    Token token0 = usdFirst ? usd : weth;
    Token token1 = usdFirst ? weth : usd;
    BigInteger oneWeth = weth.units(1);
    BigInteger itsPrice = usd.units(settings.price());
    BigInteger sqrtPriceX96 =
        usdFirst ? sqrtRatioX96(oneWeth, itsPrice) : sqrtRatioX96(itsPrice, oneWeth);
    chain.execute(
        owner,
        Call.of(
            uniswap.contracts().positionManager(),
            CREATE_POOL,
            token0.address(),
            token1.address(),
            FEE,
            sqrtPriceX96));
    return uniswap
        .pool(usd.address(), weth.address(), FEE)
        .orElseThrow(() -> new LocalChainFailed("The factory has no pool after creating it"));
  }

  private static BigInteger sqrtRatioX96(BigInteger numerator, BigInteger denominator) {
    return numerator.shiftLeft(192).divide(denominator).sqrt();
  }

  private static Address deploy(
      LocalChain chain, Address owner, String contract, Object... arguments) {
    return chain.deploy(owner, ContractArtifact.load(contract).deployment(arguments));
  }

  private void provideLiquidity(Address owner, Settings settings) {
    BigInteger wethUnits = weth.units(settings.depth());
    BigInteger usdUnits =
        usd.units(settings.price().multiply(BigDecimal.valueOf(settings.depth())));
    fund(owner, usdUnits, wethUnits);
    Address positions = uniswap.contracts().positionManager();
    for (Token token : List.of(usd, weth)) {
      chain.execute(owner, new Erc20(token.address()).approve(positions, UNLIMITED));
    }
    boolean usdFirst = pool.token0().equals(usd.address());
    chain.execute(
        owner,
        uniswap.mint(
            pool,
            new Uniswap.Position(
                -WIDEST, WIDEST, usdFirst ? usdUnits : wethUnits, usdFirst ? wethUnits : usdUnits),
            owner,
            Long.MAX_VALUE));
  }

  private void grow(Address owner, int cardinality) {
    int reached = 1;
    while (reached < cardinality) {
      reached = Math.min(cardinality, reached + GROWTH_STEP);
      chain.execute(owner, pool.increaseCardinality(reached));
    }
  }

  public Token usd() {
    return usd;
  }

  public Token weth() {
    return weth;
  }

  public Uniswap uniswap() {
    return uniswap;
  }

  public UniswapPool pool() {
    return pool;
  }

  /** Mints tokens, in their smallest units, to {@code account}. */
  public void fund(Address account, BigInteger usdUnits, BigInteger wethUnits) {
    Address owner = chain.account(0).address();
    chain.execute(owner, Call.of(usd.address(), MINT, account, usdUnits));
    chain.execute(owner, Call.of(weth.address(), MINT, account, wethUnits));
  }

  /** The price of one WETH in USD after block {@code at}. */
  public BigDecimal price(BlockTag at) {
    BigDecimal squared = new BigDecimal(pool.slot0(at).sqrtPriceX96().pow(2));
    BigDecimal one = new BigDecimal(BigInteger.ONE.shiftLeft(192));
    boolean wethFirst = pool.token0().equals(weth.address());
    BigDecimal unitsOfUsdPerUnitOfWeth =
        wethFirst
            ? squared.divide(one, MathContext.DECIMAL64)
            : one.divide(squared, MathContext.DECIMAL64);
    return unitsOfUsdPerUnitOfWeth.movePointRight(weth.decimals() - usd.decimals());
  }

  /**
   * Swaps in a block of its own, from the account that moves the market.
   *
   * @throws LocalChainFailed if the swap reverts
   */
  public Receipt swapExactInput(Address tokenIn, BigInteger amountIn) {
    return chain.execute(trader, swap(tokenIn, amountIn));
  }

  /**
   * Lets the same account do these swaps, each in its own block at its own moment; the moments must
   * rise and lie after the newest block. Takes a few milliseconds a swap.
   *
   * @return the receipts
   * @throws LocalChainFailed if a swap reverts
   */
  public List<Receipt> replay(List<Trade> trades) {
    List<Bytes32> transactions = new ArrayList<>(trades.size());
    ChainClient client = chain.client();
    chain.setAutomaticMining(false);
    try {
      for (Trade trade : trades) {
        transactions.add(chain.send(trader, swap(trade.tokenIn(), trade.amountIn()), SWAP_GAS));
        chain.mineAt(trade.timestamp());
      }
    } finally {
      chain.setAutomaticMining(true);
    }
    List<Receipt> receipts =
        client.receipts(transactions).stream()
            .map(receipt ->
                receipt.orElseThrow(
                    () -> new LocalChainFailed("A swap of the replay was not mined")))
            .toList();
    for (Receipt receipt : receipts) {
      if (!receipt.succeeded()) {
        throw new LocalChainFailed(
            "The swap in block %d reverted: is its amount too large for the pool?"
                .formatted(receipt.blockNumber()));
      }
    }
    return receipts;
  }

  private Call swap(Address tokenIn, BigInteger amountIn) {
    return uniswap.swapExactInput(pool, tokenIn, amountIn, BigInteger.ZERO, trader);
  }
}
