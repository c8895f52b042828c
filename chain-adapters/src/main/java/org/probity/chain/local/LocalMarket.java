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
 * the real Uniswap v3 contracts with one pool of the two, with liquidity at every price. Further
 * tokens and pools can be added.
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
  private final Address owner;
  private final Address trader;
  private final Token usd;
  private final Token weth;
  private final Uniswap uniswap;
  private final UniswapPool pool;

  private LocalMarket(LocalChain chain, Settings settings) {
    this.chain = chain;
    this.owner = chain.account(0).address();
    this.trader = chain.account(9).address();
    this.usd = new Token(deploy("TestToken", "Test dollar", "USD", 6), "USD", 6);
    this.weth = new Token(deploy("TestToken", "Test ether", "WETH", 18), "WETH", 18);
    this.uniswap = new Uniswap(chain.client(), contracts());
    admit(usd);
    admit(weth);
    this.pool = open(weth, usd, settings);
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
   * How a pool begins; the market's own has WETH as its base and USD as its quote.
   *
   * @param price of one base token in quote
   * @param depth whole base tokens in the pool, spread over every price, with quote of the same
   *     worth
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
  public record Trade(UniswapPool pool, long timestamp, Address tokenIn, BigInteger amountIn) {}

  /**
   * Deploys a market. Account 0 of the chain deploys and provides the liquidity, account 9 trades.
   *
   * @throws LocalChainFailed if a transaction reverts
   */
  public static LocalMarket deploy(LocalChain chain, Settings settings) {
    return new LocalMarket(chain, settings);
  }

  private Address deploy(String contract, Object... arguments) {
    return chain.deploy(owner, ContractArtifact.load(contract).deployment(arguments));
  }

  private Uniswap.Contracts contracts() {
    Address factory = deploy("UniswapV3Factory");
    // The token's picture is all that the missing descriptor would draw.
    Address positionManager =
        deploy("NonfungiblePositionManager", factory, weth.address(), Address.ZERO);
    Address router = deploy("SwapRouter02", Address.ZERO, factory, positionManager, weth.address());
    Address quoter = deploy("QuoterV2", factory, weth.address());
    return new Uniswap.Contracts(factory, positionManager, router, quoter);
  }

  /** A further token, which the market's account has enough of. */
  public Token token(String name, String symbol, int decimals) {
    Token made = new Token(deploy("TestToken", name, symbol, decimals), symbol, decimals);
    admit(made);
    return made;
  }

  /** Lets the two accounts of the market pay with a token that anybody, or the first, may mint. */
  public void admit(Token token) {
    Erc20 erc20 = new Erc20(token.address());
    mint(token, trader, TRADING_FUNDS);
    chain.execute(trader, erc20.approve(uniswap.contracts().router(), UNLIMITED));
    chain.execute(owner, erc20.approve(uniswap.contracts().positionManager(), UNLIMITED));
  }

  /**
   * A further pool, of 0.05 %, with liquidity at every price.
   *
   * @throws LocalChainFailed if a transaction reverts, as where there is such a pool
   */
  public UniswapPool open(Token base, Token quote, Settings settings) {
    boolean baseFirst = base.address().compareTo(quote.address()) < 0;
    BigInteger oneBase = base.units(1);
    BigInteger itsPrice = quote.units(settings.price());
    chain.execute(
        owner,
        Call.of(
            uniswap.contracts().positionManager(),
            CREATE_POOL,
            baseFirst ? base.address() : quote.address(),
            baseFirst ? quote.address() : base.address(),
            FEE,
            baseFirst ? sqrtRatioX96(itsPrice, oneBase) : sqrtRatioX96(oneBase, itsPrice)));
    UniswapPool opened =
        uniswap
            .pool(base.address(), quote.address(), FEE)
            .orElseThrow(() -> new LocalChainFailed("The factory has no pool after creating it"));
    BigInteger baseUnits = base.units(settings.depth());
    BigInteger quoteUnits =
        quote.units(settings.price().multiply(BigDecimal.valueOf(settings.depth())));
    mint(base, owner, baseUnits);
    mint(quote, owner, quoteUnits);
    chain.execute(
        owner,
        uniswap.mint(
            opened,
            new Uniswap.Position(
                -WIDEST,
                WIDEST,
                baseFirst ? baseUnits : quoteUnits,
                baseFirst ? quoteUnits : baseUnits),
            owner,
            Long.MAX_VALUE));
    grow(opened, settings.cardinality());
    return opened;
  }

  private static BigInteger sqrtRatioX96(BigInteger numerator, BigInteger denominator) {
    return numerator.shiftLeft(192).divide(denominator).sqrt();
  }

  private void grow(UniswapPool grown, int cardinality) {
    int reached = 1;
    while (reached < cardinality) {
      reached = Math.min(cardinality, reached + GROWTH_STEP);
      chain.execute(owner, grown.increaseCardinality(reached));
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
    mint(usd, account, usdUnits);
    mint(weth, account, wethUnits);
  }

  /** Mints a token, in its smallest unit, to {@code account}. */
  public void mint(Token token, Address account, BigInteger units) {
    chain.execute(owner, Call.of(token.address(), MINT, account, units));
  }

  /** The price of one WETH in USD after block {@code at}. */
  public BigDecimal price(BlockTag at) {
    return price(pool, weth, usd, at);
  }

  /** The price of one base token in quote, in a pool of the two, after block {@code at}. */
  public static BigDecimal price(UniswapPool pool, Token base, Token quote, BlockTag at) {
    BigDecimal squared = new BigDecimal(pool.slot0(at).sqrtPriceX96().pow(2));
    BigDecimal one = new BigDecimal(BigInteger.ONE.shiftLeft(192));
    BigDecimal unitsOfQuotePerUnitOfBase =
        pool.token0().equals(base.address())
            ? squared.divide(one, MathContext.DECIMAL64)
            : one.divide(squared, MathContext.DECIMAL64);
    return unitsOfQuotePerUnitOfBase.movePointRight(base.decimals() - quote.decimals());
  }

  /**
   * Swaps in the market's own pool in a block of its own, from the account that moves the market.
   *
   * @throws LocalChainFailed if the swap reverts
   */
  public Receipt swapExactInput(Address tokenIn, BigInteger amountIn) {
    return chain.execute(trader, swap(pool, tokenIn, amountIn));
  }

  /**
   * Lets the same account do these swaps, those of one moment in one block; the moments must not
   * fall, and lie after the newest block. Takes a few milliseconds a swap.
   *
   * @return the receipts
   * @throws LocalChainFailed if a swap reverts
   */
  public List<Receipt> replay(List<Trade> trades) {
    List<Bytes32> transactions = new ArrayList<>(trades.size());
    ChainClient client = chain.client();
    chain.setAutomaticMining(false);
    try {
      for (int i = 0; i < trades.size(); i++) {
        Trade trade = trades.get(i);
        Call swap = swap(trade.pool, trade.tokenIn, trade.amountIn);
        transactions.add(chain.send(trader, swap, SWAP_GAS));
        if (i + 1 == trades.size() || trades.get(i + 1).timestamp != trade.timestamp) {
          chain.mineAt(trade.timestamp);
        }
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

  private Call swap(UniswapPool in, Address tokenIn, BigInteger amountIn) {
    return uniswap.swapExactInput(in, tokenIn, amountIn, BigInteger.ZERO, trader);
  }
}
