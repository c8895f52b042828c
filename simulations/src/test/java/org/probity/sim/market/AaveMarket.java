package org.probity.sim.market;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.probity.chain.AbiFunction;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.chain.Call;
import org.probity.chain.ContractArtifact;
import org.probity.chain.local.LocalChain;

/** The contracts of Aave v3 on a local chain, with reserves of test tokens and prices of ours. */
final class AaveMarket {

  static final Address TREASURY = new Address("0x00000000000000000000000000000000007ea5e1");

  final Address pool;
  final Address configurator;
  final Address oracle;
  final Address reader;
  final List<Address> tokens = new ArrayList<>();
  final List<Address> supplyTokens = new ArrayList<>();

  private final LocalChain chain;
  private final Address deployer;
  private final Address provider;
  private final ContractArtifact configuratorCode;

  AaveMarket(LocalChain chain, Address deployer, List<Address> admins) {
    this.chain = chain;
    this.deployer = deployer;
    this.provider = deploy(code("PoolAddressesProvider"), "Twins", deployer);
    call(provider, "setACLAdmin(address)", deployer);
    Address roles = deploy(code("ACLManager"), provider);
    call(provider, "setACLManager(address)", roles);
    call(roles, "addPoolAdmin(address)", deployer);
    admins.forEach(admin -> call(roles, "addPoolAdmin(address)", admin));
    this.oracle = deploy(ContractArtifact.load("SetPrices"));
    call(provider, "setPriceOracle(address)", oracle);
    this.configuratorCode =
        code("PoolConfigurator")
            .linked(Map.of("ConfiguratorLogic", deploy(code("ConfiguratorLogic"))));
    call(provider, "setPoolImpl(address)", deploy(linkedPool(), provider));
    call(provider, "setPoolConfiguratorImpl(address)", deploy(configuratorCode));
    Address facts = deploy(code("ProtocolDataProvider"), provider);
    call(provider, "setPoolDataProvider(address)", facts);
    this.pool = read(provider, "getPool() returns (address)");
    this.configurator = read(provider, "getPoolConfigurator() returns (address)");
    this.reader = deploy(ContractArtifact.load("LendingReader"));
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

  /** Lists reserves, each with its token, and configures them. */
  void list(List<ReserveTerms> terms, List<RateCurve> curves) {
    Address supplyCode = deploy(code("AToken"), pool);
    Address stableCode = deploy(code("StableDebtToken"), pool);
    Address debtCode = deploy(code("VariableDebtToken"), pool);
    List<Object> inputs = new ArrayList<>();
    for (int i = 0; i < terms.size(); i++) {
      BigInteger decimals = BigInteger.valueOf(terms.get(i).decimals());
      Address token = deploy(ContractArtifact.load("TestToken"), "T" + i, "T" + i, decimals);
      tokens.add(token);
      RateCurve c = curves.get(i);
      Address strategy =
          deploy(
              code("DefaultReserveInterestRateStrategy"),
              provider,
              c.optimalUsage(),
              c.base(),
              c.slope1(),
              c.slope2(),
              c.stableSlope1(),
              c.stableSlope2(),
              c.stableOffset(),
              BigInteger.ZERO,
              BigInteger.ZERO);
      inputs.add(
          List.of(
              supplyCode,
              stableCode,
              debtCode,
              decimals,
              strategy,
              token,
              TREASURY,
              Address.ZERO,
              "a",
              "a",
              "v",
              "v",
              "s",
              "s",
              Bytes.parse("0x")));
    }
    chain.execute(
        deployer, Call.of(configurator, configuratorCode.function("initReserves"), inputs));
    AbiFunction reserve = code("Pool").function("getReserveData");
    for (int i = 0; i < terms.size(); i++) {
      Address token = tokens.get(i);
      List<?> state = (List<?>) chain.client().call(pool, reserve, token).getFirst();
      supplyTokens.add((Address) state.get(8));
      configure(token, terms.get(i));
    }
  }

  private void configure(Address token, ReserveTerms t) {
    call(
        configurator,
        "configureReserveAsCollateral(address,uint256,uint256,uint256)",
        token,
        number(t.ltv()),
        number(t.liquidationThreshold()),
        number(t.liquidationBonus()));
    call(configurator, "setReserveFactor(address,uint256)", token, number(t.reserveFactor()));
    call(
        configurator,
        "setLiquidationProtocolFee(address,uint256)",
        token,
        number(t.liquidationProtocolFee()));
    call(configurator, "setReserveBorrowing(address,bool)", token, t.borrowing());
    call(configurator, "setReserveFlashLoaning(address,bool)", token, t.flashLoans());
  }

  void setFlashLoanPremium(int total, int toTreasury) {
    call(configurator, "updateFlashloanPremiumTotal(uint128)", number(total));
    call(configurator, "updateFlashloanPremiumToProtocol(uint128)", number(toTreasury));
  }

  void call(Address target, String function, Object... arguments) {
    chain.execute(deployer, Call.of(target, AbiFunction.parse(function), arguments));
  }

  private Address read(Address target, String function) {
    return (Address) chain.client().call(target, AbiFunction.parse(function)).getFirst();
  }

  private Address deploy(ContractArtifact code, Object... arguments) {
    return chain.deploy(deployer, code.deployment(arguments));
  }

  private static ContractArtifact code(String name) {
    return ContractArtifact.load("Aave" + name);
  }

  private static BigInteger number(long value) {
    return BigInteger.valueOf(value);
  }
}
