package org.probity.chain.uniswap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.probity.chain.AbiErrors;
import org.probity.chain.AbiFunction;
import org.probity.chain.AbiValues;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.CallReverted;
import org.probity.chain.ContractArtifact;
import org.probity.chain.Erc20;
import org.probity.chain.FeePolicy;
import org.probity.chain.Head;
import org.probity.chain.Outcome;
import org.probity.chain.Reads;
import org.probity.chain.TransactionSender;
import org.probity.chain.local.LocalChain;
import org.probity.chain.local.LocalMarket;
import org.probity.ground.TestKind;

@TestKind.Acceptance
class UniswapTest {

  private static final AbiFunction QUOTE =
      AbiFunction.parse(
          "quoteExactInputSingle((address tokenIn, address tokenOut, uint256 amountIn, uint24 fee,"
              + " uint160 sqrtPriceLimitX96)) returns (uint256 amountOut,"
              + " uint160 sqrtPriceX96After, uint32 ticksCrossed, uint256 gasEstimate)");

  private LocalChain chain;
  private LocalMarket market;
  private UniswapPool pool;

  @BeforeEach
  void start() {
    chain = LocalChain.start();
    // A short ring, so that it turns over more than once.
    market =
        LocalMarket.deploy(chain, new LocalMarket.Settings(BigDecimal.valueOf(2_500), 10_000, 40));
    pool = market.pool();
  }

  @AfterEach
  void stop() {
    chain.close();
  }

  /** Random swaps, some of them in neighbouring seconds, some hours apart. */
  private List<LocalMarket.Trade> trades(Random random, int count) {
    List<LocalMarket.Trade> trades = new ArrayList<>();
    long now = chain.client().head().timestamp();
    for (int i = 0; i < count; i++) {
      now += 1 + (random.nextInt(10) == 0 ? random.nextInt(10_000) : random.nextInt(100));
      boolean buy = random.nextBoolean();
      trades.add(
          new LocalMarket.Trade(
              market.pool(),
              now,
              buy ? market.usd().address() : market.weth().address(),
              buy
                  ? market.usd().units(1_000 + random.nextInt(200_000))
                  : market.weth().units(1 + random.nextInt(80))));
    }
    return trades;
  }

  @Test
  void aMarketBeginsAtItsPrice() {
    assertThat(market.price(BlockTag.LATEST))
        .isCloseTo(
            BigDecimal.valueOf(2_500), org.assertj.core.data.Percentage.withPercentage(1e-6));
    assertThat(pool.token0()).isLessThan(pool.token1());
    assertThat(pool.fee()).isEqualTo(500);
    assertThat(pool.tickSpacing()).isEqualTo(10);
    assertThat(pool.liquidity(BlockTag.LATEST)).isPositive();
    assertThat(pool.slot0(BlockTag.LATEST).observationCardinalityNext()).isEqualTo(40);
    assertThat(market.uniswap().pool(pool.token1(), pool.token0(), 500))
        .get()
        .extracting(UniswapPool::address)
        .isEqualTo(pool.address());
    assertThat(market.uniswap().pool(pool.token0(), pool.token1(), 3_000)).isEmpty();
  }

  @Test
  void aSwapGivesWhatTheQuoteSaid() {
    Address account = chain.account(3).address();
    BigInteger amount = market.usd().units(50_000);
    market.fund(account, amount, BigInteger.ZERO);
    TransactionSender sender =
        new TransactionSender(
            chain.client(),
            chain.account(3),
            FeePolicy.DEFAULT,
            AbiErrors.of(ContractArtifact.load("TestToken")),
            Duration.ofSeconds(10));
    Erc20 usd = new Erc20(market.usd().address());
    Erc20 weth = new Erc20(market.weth().address());
    assertThat(sender.send(usd.approve(market.uniswap().contracts().router(), amount)))
        .isInstanceOf(Outcome.Mined.class);

    AbiValues quote =
        chain
            .client()
            .call(
                market.uniswap().contracts().quoter(),
                QUOTE,
                List.of(
                    usd.address(),
                    weth.address(),
                    amount,
                    BigInteger.valueOf(pool.fee()),
                    BigInteger.ZERO));
    BigInteger amountOut = quote.integer("amountOut");
    Outcome tooMuch =
        sender.send(
            market
                .uniswap()
                .swapExactInput(
                    pool, usd.address(), amount, amountOut.add(BigInteger.ONE), account));
    assertThat(tooMuch)
        .isInstanceOfSatisfying(
            Outcome.Refused.class,
            refused -> assertThat(refused.reason()).hasToString("Too little received"));
    Outcome swapped =
        sender.send(
            market.uniswap().swapExactInput(pool, usd.address(), amount, amountOut, account));
    assertThat(swapped).isInstanceOf(Outcome.Mined.class);
    assertThat(weth.balanceOf(chain.client(), account, BlockTag.LATEST)).isEqualTo(amountOut);
    assertThat(usd.balanceOf(chain.client(), account, BlockTag.LATEST)).isZero();
    assertThat(pool.slot0(BlockTag.LATEST).sqrtPriceX96())
        .isEqualTo(quote.integer("sqrtPriceX96After"));
  }

  @Test
  void liquidityIsProvidedInARange() {
    BigInteger before = pool.liquidity(BlockTag.LATEST);
    int tick = pool.slot0(BlockTag.LATEST).tick();
    int spacing = pool.tickSpacing();
    int middle = Math.floorDiv(tick, spacing) * spacing;
    market.fund(chain.account(0).address(), BigInteger.TEN.pow(12), BigInteger.TEN.pow(21));
    chain.execute(
        chain.account(0).address(),
        market
            .uniswap()
            .mint(
                pool,
                new Uniswap.Position(
                    middle - 100 * spacing,
                    middle + 100 * spacing,
                    BigInteger.TEN.pow(11),
                    BigInteger.TEN.pow(11)),
                chain.account(0).address(),
                chain.client().head().timestamp() + 1_000));
    assertThat(pool.liquidity(BlockTag.LATEST)).isGreaterThan(before);
  }

  @Test
  void aForeignTokenIsRefused() {
    assertThatThrownBy(() ->
            market
                .uniswap()
                .swapExactInput(pool, Address.ZERO, BigInteger.ONE, BigInteger.ZERO, Address.ZERO))
        .hasMessageContaining("does not trade");
  }

  /** The ring indices of the last observations at or before each of these moments. */
  private static List<Integer> indices(ObservationLog log, List<Long> moments) {
    return moments.stream().map(moment -> log.at(moment).index()).toList();
  }

  @Test
  void historyAgreesWithThePoolAtEveryMoment() {
    Random random = new Random(7);
    for (int round = 0; round < 4; round++) {
      market.replay(trades(random, 25));
      if (round == 2) {
        chain.mineAt(chain.client().head().timestamp() + 5_000);
      }
      Head head = chain.client().head();
      ObservationLog log = ObservationLog.read(pool, head, 0);
      long oldest = log.entries().getFirst().timestamp();
      List<Long> moments = new ArrayList<>();
      log.entries().forEach(entry -> moments.add(entry.timestamp()));
      for (int i = 0; i < 100; i++) {
        moments.add(oldest + random.nextLong(head.timestamp() - oldest + 1));
      }
      moments.add(head.timestamp());
      List<Long> ago = moments.stream().map(m -> head.timestamp() - m).toList();

      assertThat(moments.stream().map(log::tickCumulative).toList())
          .isEqualTo(pool.observe(ago, BlockTag.LATEST));
      assertIndicesEnclose(log, head, moments);
      assertThatThrownBy(
              () -> pool.observe(List.of(head.timestamp() - oldest + 1), BlockTag.LATEST))
          .isInstanceOf(CallReverted.class);
      assertThatThrownBy(() -> log.at(oldest - 1))
          .hasMessageContaining("not in the pool's history");
      assertThatThrownBy(() -> log.at(head.timestamp() + 1))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThat(pool.slot0(BlockTag.LATEST).observationCardinality()).isEqualTo(40);
  }

  private void assertIndicesEnclose(ObservationLog log, Head block, List<Long> moments) {
    BlockTag at = BlockTag.at(block.number());
    int cardinality = pool.slot0(at).observationCardinality();
    List<Integer> indices = indices(log, moments);
    List<Observation> before = pool.observations(indices, at);
    List<Observation> after =
        pool.observations(indices.stream().map(i -> (i + 1) % cardinality).toList(), at);
    for (int i = 0; i < moments.size(); i++) {
      ObservationLog.Stretch stretch = log.at(moments.get(i));
      assertThat(before.get(i)).isEqualTo(stretch.before());
      assertThat(before.get(i).timestamp()).isLessThanOrEqualTo(moments.get(i));
      if (stretch.after().isPresent()) {
        assertThat(after.get(i)).isEqualTo(stretch.after().get());
        assertThat(after.get(i).timestamp()).isGreaterThan(moments.get(i));
      }
    }
  }

  @Test
  void aLogThatAdvancesIsTheLogReadAfresh() {
    Random random = new Random(11);
    market.replay(trades(random, 30));
    ObservationLog log = ObservationLog.read(pool, chain.client().head(), 0);
    for (int swaps : IntStream.of(0, 1, 3, 9, 30, 70).toArray()) {
      market.replay(trades(random, swaps));
      Head head = chain.client().head();
      long since = log.entries().getFirst().timestamp();
      Reads reads = chain.client().reads();
      ObservationLog.Reading next = log.advance(pool, head, reads);
      reads.ask();
      log = next.since(since);
      ObservationLog afresh = ObservationLog.read(pool, head, since);
      assertThat(log.entries()).isEqualTo(afresh.entries());
      assertThat(log.tick()).isEqualTo(afresh.tick());
      List<Long> moments = log.entries().stream().map(Observation::timestamp).toList();
      assertThat(indices(log, moments)).isEqualTo(indices(afresh, moments));
    }
  }

  @Test
  void onlyTheHistoryThatIsNeededIsRead() {
    market.replay(trades(new Random(3), 30));
    ObservationLog all = ObservationLog.read(pool, chain.client().head(), 0);
    long since = all.entries().get(20).timestamp() + 1;
    ObservationLog part = ObservationLog.read(pool, chain.client().head(), since);
    assertThat(part.entries()).isEqualTo(all.entries().subList(20, all.entries().size()));
    assertThat(part.tickCumulative(since)).isEqualTo(all.tickCumulative(since));
    assertThat(indices(part, List.of(since))).isEqualTo(indices(all, List.of(since)));
  }

  @Test
  void aDayOfTradesTakesSeconds() {
    long before = System.nanoTime();
    List<LocalMarket.Trade> trades = trades(new Random(5), 300);
    assertThat(market.replay(trades)).hasSize(300);
    assertThat(chain.client().head().timestamp()).isEqualTo(trades.getLast().timestamp());
    // Measured: 5 ms a swap. The bound only catches a change of kind.
    assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(20));
  }
}
