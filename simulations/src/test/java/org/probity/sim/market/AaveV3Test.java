package org.probity.sim.market;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.probity.sim.market.Twins.big;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.probity.chain.AbiFunction;
import org.probity.chain.AbiValues;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Call;
import org.probity.chain.ContractArtifact;
import org.probity.chain.Erc20;
import org.probity.chain.Head;
import org.probity.chain.aave.AaveV3;
import org.probity.chain.aave.Account;
import org.probity.chain.aave.Category;
import org.probity.chain.aave.Reserve;
import org.probity.chain.aave.ReserveConfiguration;
import org.probity.chain.local.LocalChain;
import org.probity.ground.TestKind;

/** The adapter against the byte code of Aave's core-v3, and its own ProtocolDataProvider. */
@TestKind.Differential
final class AaveV3Test {

  private static final int YEAR = 31_536_000;
  private static final BigInteger USD = BigInteger.TEN.pow(8);

  private static LocalChain chain;
  private static AaveMarket market;
  private static AaveV3 aave;
  private static Address lender;
  private static Address borrower;
  private static Address facts;

  /** A lender of token 0; a borrower of it on token 1, in a category with token 2; half a year. */
  @BeforeAll
  static void lend() {
    chain = LocalChain.start();
    Address deployer = chain.account(0).address();
    lender = chain.account(1).address();
    borrower = chain.account(2).address();
    market = new AaveMarket(chain, deployer, List.of());
    market.list(
        List.of(
            ReserveTerms.open(6, 7_700, 8_000, 10_450, 1_000, 1_000),
            ReserveTerms.open(18, 8_000, 8_250, 10_500, 1_500, 1_000),
            ReserveTerms.open(8, 7_000, 7_500, 11_000, 2_000, 0)),
        List.of(
            RateCurve.ofBasisPoints(9_000, 0, 400, 6_000),
            RateCurve.ofBasisPoints(8_000, 100, 400, 9_000),
            RateCurve.ofBasisPoints(4_500, 100, 700, 30_000)));
    List<Integer> prices = List.of(1, 2_000, 30_000);
    for (int i = 0; i < 3; i++) {
      market.call(
          market.oracle,
          "setAssetPrice(address,uint256)",
          token(i),
          USD.multiply(big(prices.get(i))));
    }
    configure("setSupplyCap(address,uint256)", token(0), big(5_000_000));
    configure("setBorrowCap(address,uint256)", token(0), big(900_000));
    configure("setSiloedBorrowing(address,bool)", token(2), true);
    configure("setDebtCeiling(address,uint256)", token(2), big(123_456));
    configure("setReserveFreeze(address,bool)", token(2), true);
    configure(
        "setEModeCategory(uint8,uint16,uint16,uint16,address,string)",
        big(7),
        big(9_000),
        big(9_300),
        big(10_200),
        Address.ZERO,
        "Correlated\nthings");
    configure("setAssetEModeCategory(address,uint8)", token(0), big(7));
    configure("setAssetEModeCategory(address,uint8)", token(1), big(7));
    supply(lender, 0, units(1_000_000, 6));
    supply(borrower, 1, units(300, 18));
    act(borrower, "setUserEMode(uint8)", big(7));
    act(
        borrower,
        "borrow(address,uint256,uint256,uint16,address)",
        token(0),
        units(500_000, 6),
        big(2),
        big(0),
        borrower);
    chain.mine(1, YEAR / 2);
    aave = AaveV3.at(chain.client(), market.pool);
    facts =
        chain
            .client()
            .call(aave.provider(), AbiFunction.parse("getPoolDataProvider() returns (address)"))
            .address("getPoolDataProvider");
  }

  @AfterAll
  static void end() {
    chain.close();
  }

  private static Address token(int i) {
    return market.tokens.get(i);
  }

  private static BigInteger units(int whole, int decimals) {
    return big(whole).multiply(BigInteger.TEN.pow(decimals));
  }

  private static void configure(String function, Object... arguments) {
    market.call(market.configurator, function, arguments);
  }

  private static void act(Address who, String function, Object... arguments) {
    chain.execute(who, Call.of(market.pool, AbiFunction.parse(function), arguments));
  }

  private static void supply(Address who, int asset, BigInteger amount) {
    market.call(token(asset), "mint(address,uint256)", who, amount);
    chain.execute(who, new Erc20(token(asset)).approve(market.pool, amount));
    act(who, "supply(address,uint256,address,uint16)", token(asset), amount, who, big(0));
  }

  private static AbiValues fact(String function, Object... arguments) {
    return chain.client().callAt(at(), facts, AbiFunction.parse(function), arguments);
  }

  private static BlockTag at() {
    return BlockTag.at(chain.client().head().number());
  }

  @Test
  void reservesAreAsTheMarketsOwnReaderTells() {
    Head head = chain.client().head();
    assertThat(aave.tokens(head)).isEqualTo(market.tokens);
    AaveV3.Market now = aave.market(head, market.tokens);
    assertThat(now.revision()).isEqualTo(1);
    assertThat(now.oracle()).isEqualTo(market.oracle);
    for (Reserve reserve : now.reserves()) {
      int i = reserve.number();
      assertThat(reserve.token()).isEqualTo(token(i));
      assertThat(reserve.symbol()).isEqualTo("T" + i);
      AbiValues set =
          fact(
              "getReserveConfigurationData(address) returns (uint256 decimals, uint256 ltv,"
                  + " uint256 threshold, uint256 bonus, uint256 factor, bool collateral,"
                  + " bool borrowing, bool stable, bool active, bool frozen)",
              token(i));
      AbiValues caps =
          fact("getReserveCaps(address) returns (uint256 borrow, uint256 supply)", token(i));
      assertThat(reserve.configuration())
          .isEqualTo(
              new ReserveConfiguration(
                  set.int32("ltv"),
                  set.int32("threshold"),
                  set.int32("bonus"),
                  set.int32("decimals"),
                  set.bool("active"),
                  set.bool("frozen"),
                  fact("getPaused(address) returns (bool x)", token(i)).bool("x"),
                  set.bool("borrowing"),
                  fact("getFlashLoanEnabled(address) returns (bool x)", token(i)).bool("x"),
                  false,
                  fact("getSiloedBorrowing(address) returns (bool x)", token(i)).bool("x"),
                  set.int32("factor"),
                  caps.integer("borrow"),
                  caps.integer("supply"),
                  fact("getReserveEModeCategory(address) returns (uint256 x)", token(i)).int32("x"),
                  fact("getDebtCeiling(address) returns (uint256 x)", token(i)).integer("x")));
      AbiValues tokens =
          fact(
              "getReserveTokensAddresses(address) returns (address a, address s, address v)",
              token(i));
      assertThat(reserve.supplyToken()).isEqualTo(tokens.address("a"));
      assertThat(reserve.debtToken()).isEqualTo(tokens.address("v"));
      assertThat(reserve.owed())
          .isEqualTo(fact("getTotalDebt(address) returns (uint256 x)", token(i)).integer("x"));
      assertThat(reserve.liquid())
          .isEqualTo(new Erc20(token(i)).balanceOf(chain.client(), reserve.supplyToken(), at()));
    }
    Reserve first = now.reserves().getFirst();
    // Nobody touched it since: the treasury has nothing yet.
    assertThat(first.supplied())
        .isEqualTo(
            fact("getATokenTotalSupply(address) returns (uint256 x)", token(0)).integer("x"));
    assertThat(first.debtIndex()).isGreaterThan(first.supplyIndex());
    assertThat(first.debtRate()).isGreaterThan(first.supplyRate());
    assertThat(first.supplyRoom()).isEqualTo(units(5_000_000, 6).subtract(first.supplied()));
    assertThat(first.borrowRoom()).isEqualTo(units(900_000, 6).subtract(first.owed()));
    assertThat(first.price()).isEqualTo(USD);
    Reserve frozen = now.reserves().getLast();
    assertThat(frozen.supplyRoom()).isZero();
    assertThat(frozen.borrowRoom()).isZero();
    assertThat(frozen.configuration().isolated()).isTrue();
  }

  @Test
  void anAccountIsAsTheMarketsOwnReaderTells() {
    Account account = aave.account(chain.client().head(), borrower, market.tokens);
    for (int i = 0; i < 3; i++) {
      AbiValues told =
          fact(
              "getUserReserveData(address,address) returns (uint256 supplied, uint256 stable,"
                  + " uint256 owed, uint256 stable2, uint256 scaledOwed, uint256 r1, uint256 r2,"
                  + " uint40 t, bool collateral)",
              token(i),
              borrower);
      Account.Position position = account.positions().get(i);
      assertThat(position.token()).isEqualTo(token(i));
      assertThat(position.supplied()).isEqualTo(told.integer("supplied"));
      assertThat(position.owed()).isEqualTo(told.integer("owed"));
      assertThat(position.scaledOwed()).isEqualTo(told.integer("scaledOwed"));
      assertThat(position.collateral()).isEqualTo(told.bool("collateral"));
    }
    assertThat(account.category()).isEqualTo(7);
    assertThat(account.ltvBps()).isEqualTo(9_000);
    assertThat(account.thresholdBps()).isEqualTo(9_300);
    BigDecimal health =
        new BigDecimal(account.collateralBase())
            .multiply(new BigDecimal("0.93"))
            .divide(new BigDecimal(account.debtBase()), MathContext.DECIMAL64);
    assertThat(account.health().orElseThrow())
        .isBetween(health.subtract(new BigDecimal("1e-9")), health.add(new BigDecimal("1e-9")));
    assertThat(aave.account(chain.client().head(), lender, market.tokens).health()).isEmpty();
  }

  @Test
  void aCategoryNamesTheReservesThatNameIt() {
    Head head = chain.client().head();
    assertThat(aave.categories(head))
        .containsExactly(
            new Category(7, 9_000, 9_300, 10_200, "Correlated\\nthings", big(3), big(3)));
    AaveV3.Market now = aave.market(head, market.tokens);
    Category category = aave.categories(head).getFirst();
    assertThat(now.reserves()).filteredOn(category::takes).hasSize(2);
    assertThat(now.reserves()).filteredOn(category::lends).hasSize(2);
  }

  @Test
  void anotherBranchIsAnotherMarketAndAHeadOfNoBranchIsRefused() {
    String before = chain.snapshot();
    Head parent = chain.client().head();
    market.call(
        market.oracle, "setAssetPrice(address,uint256)", token(1), USD.multiply(big(1_500)));
    Head left = chain.client().head();
    assertThat(price(left)).isEqualTo(USD.multiply(big(1_500)));
    chain.revert(before);
    market.call(
        market.oracle, "setAssetPrice(address,uint256)", token(1), USD.multiply(big(1_700)));
    Head now = chain.client().head();
    assertThat(now.number()).isEqualTo(left.number());
    assertThat(price(now)).isEqualTo(USD.multiply(big(1_700)));
    assertThat(price(left)).isEqualTo(USD.multiply(big(1_500)));
    assertThat(price(parent)).isEqualTo(USD.multiply(big(2_000)));
    assertThatThrownBy(() -> aave.account(left, lender, market.tokens))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("a reorg replaced it");
    market.call(
        market.oracle, "setAssetPrice(address,uint256)", token(1), USD.multiply(big(2_000)));
  }

  private static BigInteger price(Head head) {
    return aave.market(head, market.tokens).reserves().get(1).price();
  }

  @Test
  void anotherOracleIsFollowed() {
    Head before = chain.client().head();
    aave.market(before, market.tokens);
    Address other =
        chain.deploy(chain.account(0).address(), ContractArtifact.load("SetPrices").deployment());
    market.call(other, "setAssetPrice(address,uint256)", token(1), big(42));
    market.call(aave.provider(), "setPriceOracle(address)", other);
    AaveV3.Market now = aave.market(chain.client().head(), market.tokens);
    assertThat(now.oracle()).isEqualTo(other);
    assertThat(now.reserves().get(1).price()).isEqualTo(big(42));
    market.call(aave.provider(), "setPriceOracle(address)", market.oracle);
  }

  @Test
  void whatIsNoMarketOrNoReserveIsToldInASentence() {
    Head head = chain.client().head();
    assertThatThrownBy(() -> aave.market(head, List.of(market.oracle)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("has no reserve in the market");
    assertThatThrownBy(() -> AaveV3.at(chain.client(), token(0)))
        .hasMessageContaining("does not answer as a pool of Aave v3");
    assertThatThrownBy(() -> AaveV3.at(chain.client(), lender))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
