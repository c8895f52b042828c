package org.probity.chain.local;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.probity.chain.AbiFunction;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Bytes;
import org.probity.chain.Call;
import org.probity.chain.ContractArtifact;

/**
 * Aave v3 on a {@link LocalChain}: the published byte code of core-v3 with its own oracle, whose
 * sources are feeds of the chain. Prices are in US dollars with eight decimals. Account 0 of the
 * chain deploys and administers it.
 */
public final class LocalAave {

  private static final BigInteger BASE_UNIT = BigInteger.TEN.pow(8);
  private static final Bytes NOTHING = Bytes.parse("0x");

  /** Nothing is borrowed at a stable rate; the contract wants one all the same. */
  private static final BigInteger STABLE_SLOPE = BigInteger.TEN.pow(25);

  private static final AbiFunction ACCOUNT =
      AbiFunction.parse(
          "getUserAccountData(address user) returns (uint256 collateral, uint256 debt,"
              + " uint256 available, uint256 threshold, uint256 ltv, uint256 health)");

  private final LocalChain chain;
  private final Address owner;
  private final Address provider;
  private final Address pool;
  private final Address configurator;
  private final Address oracle;

  /**
   * A reserve to be.
   *
   * @param feed its price in US dollars, eight decimals, by {@code latestAnswer}
   * @param ltvBps what may be borrowed on it; 0 for none
   * @param thresholdBps at which a position may be liquidated
   * @param bonusBps what a liquidator gets for what it pays, above 10,000; 0 without a threshold
   * @param reserveFactorBps the treasury's part of the interest
   * @param borrowing whether it may be borrowed
   * @param rates what a debt costs
   */
  public record Listing(
      LocalMarket.Token token,
      Address feed,
      int ltvBps,
      int thresholdBps,
      int bonusBps,
      int reserveFactorBps,
      boolean borrowing,
      Rates rates) {}

  /**
   * Yearly rates of a debt, in rays (10^27), by how much of the reserve is borrowed: two lines that
   * meet at the optimal usage.
   *
   * @param optimalUsage a share, as a ray
   * @param base when nothing is borrowed
   * @param slope1 what it rises by up to the optimal usage
   * @param slope2 what it rises by beyond
   */
  public record Rates(
      BigInteger optimalUsage, BigInteger base, BigInteger slope1, BigInteger slope2) {}

  private LocalAave(LocalChain chain, List<Listing> listings) {
    this.chain = chain;
    this.owner = chain.account(0).address();
    this.provider = deploy(code("PoolAddressesProvider"), "Local", owner);
    execute(provider, "setACLAdmin(address)", owner);
    Address roles = deploy(code("ACLManager"), provider);
    execute(provider, "setACLManager(address)", roles);
    execute(roles, "addPoolAdmin(address)", owner);
    execute(roles, "addRiskAdmin(address)", owner);
    this.oracle =
        deploy(
            code("Oracle"),
            provider,
            listings.stream().map(listing -> listing.token.address()).toList(),
            listings.stream().map(Listing::feed).toList(),
            Address.ZERO,
            Address.ZERO,
            BASE_UNIT);
    execute(provider, "setPriceOracle(address)", oracle);
    ContractArtifact configuratorCode =
        code("PoolConfigurator")
            .linked(Map.of("ConfiguratorLogic", deploy(code("ConfiguratorLogic"))));
    execute(provider, "setPoolImpl(address)", deploy(linkedPool(), provider));
    execute(provider, "setPoolConfiguratorImpl(address)", deploy(configuratorCode));
    execute(
        provider, "setPoolDataProvider(address)", deploy(code("ProtocolDataProvider"), provider));
    this.pool = read(provider, "getPool() returns (address)");
    this.configurator = read(provider, "getPoolConfigurator() returns (address)");
    list(configuratorCode, listings);
  }

  /**
   * Deploys the contracts and lists reserves; some forty transactions.
   *
   * @throws LocalChainFailed if one reverts, as for terms that the market does not take
   */
  public static LocalAave deploy(LocalChain chain, List<Listing> listings) {
    return new LocalAave(chain, listings);
  }

  private ContractArtifact linkedPool() {
    Address borrow = deploy(code("BorrowLogic"));
    return code("Pool")
        .linked(
            Map.of(
                "BorrowLogic", borrow,
                "BridgeLogic", deploy(code("BridgeLogic")),
                "EModeLogic", deploy(code("EModeLogic")),
                "FlashLoanLogic",
                    deploy(code("FlashLoanLogic").linked(Map.of("BorrowLogic", borrow))),
                "LiquidationLogic", deploy(code("LiquidationLogic")),
                "PoolLogic", deploy(code("PoolLogic")),
                "SupplyLogic", deploy(code("SupplyLogic"))));
  }

  private void list(ContractArtifact configuratorCode, List<Listing> listings) {
    Address supplyCode = deploy(code("AToken"), pool);
    Address stableCode = deploy(code("StableDebtToken"), pool);
    Address debtCode = deploy(code("VariableDebtToken"), pool);
    List<Object> inputs = new ArrayList<>();
    for (Listing listing : listings) {
      String symbol = listing.token.symbol();
      inputs.add(
          List.of(
              supplyCode,
              stableCode,
              debtCode,
              BigInteger.valueOf(listing.token.decimals()),
              strategy(listing.rates),
              listing.token.address(),
              owner,
              Address.ZERO,
              "Local supplied " + symbol,
              "a" + symbol,
              "Local owed " + symbol,
              "v" + symbol,
              "Local owed at a stable rate " + symbol,
              "s" + symbol,
              NOTHING));
    }
    chain.execute(owner, Call.of(configurator, configuratorCode.function("initReserves"), inputs));
    listings.forEach(this::configure);
  }

  private Address strategy(Rates rates) {
    return deploy(
        code("DefaultReserveInterestRateStrategy"),
        provider,
        rates.optimalUsage,
        rates.base,
        rates.slope1,
        rates.slope2,
        STABLE_SLOPE,
        STABLE_SLOPE,
        STABLE_SLOPE,
        BigInteger.ZERO,
        BigInteger.ZERO);
  }

  private void configure(Listing listing) {
    Address token = listing.token.address();
    if (listing.thresholdBps > 0) {
      execute(
          configurator,
          "configureReserveAsCollateral(address,uint256,uint256,uint256)",
          token,
          listing.ltvBps,
          listing.thresholdBps,
          listing.bonusBps);
    }
    execute(configurator, "setReserveFactor(address,uint256)", token, listing.reserveFactorBps);
    execute(configurator, "setReserveBorrowing(address,bool)", token, listing.borrowing);
    execute(configurator, "setReserveFlashLoaning(address,bool)", token, true);
  }

  /** What a policy names as the market. */
  public Address pool() {
    return pool;
  }

  /** Where the market's contracts are looked up. */
  public Address provider() {
    return provider;
  }

  /** The market's own prices. */
  public Address oracle() {
    return oracle;
  }

  /** Has an account supply what it holds of a token. */
  public void supply(Address account, LocalMarket.Token token, BigInteger amount) {
    approve(account, token, amount);
    execute(
        account,
        pool,
        "supply(address,uint256,address,uint16)",
        token.address(),
        amount,
        account,
        0);
  }

  /** Has an account borrow at the variable rate, on what it supplied. */
  public void borrow(Address account, LocalMarket.Token token, BigInteger amount) {
    execute(
        account,
        pool,
        "borrow(address,uint256,uint256,uint16,address)",
        token.address(),
        amount,
        2,
        0,
        account);
  }

  /** Has a liquidator repay so much of another's debt, for collateral with its bonus. */
  public void liquidate(
      Address liquidator,
      Address debtor,
      LocalMarket.Token collateral,
      LocalMarket.Token debt,
      BigInteger amount) {
    approve(liquidator, debt, amount);
    execute(
        liquidator,
        pool,
        "liquidationCall(address,address,address,uint256,bool)",
        collateral.address(),
        debt.address(),
        debtor,
        amount,
        false);
  }

  private void approve(Address account, LocalMarket.Token token, BigInteger amount) {
    execute(account, token.address(), "approve(address,uint256)", pool, amount);
  }

  /** An account's health factor times 10^18; the greatest number without debt. */
  public BigInteger health(Address account, BlockTag at) {
    return chain.client().callAt(at, pool, ACCOUNT, account).integer("health");
  }

  /** Freezes a reserve, or lets it go on: nothing new is supplied or borrowed meanwhile. */
  public void freeze(LocalMarket.Token token, boolean frozen) {
    execute(configurator, "setReserveFreeze(address,bool)", token.address(), frozen);
  }

  private void execute(Address target, String function, Object... arguments) {
    execute(owner, target, function, arguments);
  }

  private void execute(Address from, Address target, String function, Object... arguments) {
    chain.execute(from, Call.of(target, AbiFunction.parse(function), arguments));
  }

  private Address read(Address target, String function) {
    return (Address) chain.client().call(target, AbiFunction.parse(function)).getFirst();
  }

  private Address deploy(ContractArtifact code, Object... arguments) {
    return chain.deploy(owner, code.deployment(arguments));
  }

  private static ContractArtifact code(String name) {
    return ContractArtifact.load("Aave" + name);
  }
}
