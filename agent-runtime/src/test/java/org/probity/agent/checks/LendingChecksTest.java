package org.probity.agent.checks;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.probity.agent.Token;
import org.probity.agent.checks.Finding.Verdict;
import org.probity.agent.checks.LendingChecks.Wanted;
import org.probity.chain.AbiFunction;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.chain.Call;
import org.probity.chain.ContractArtifact;
import org.probity.chain.Erc20;
import org.probity.chain.local.LocalAave;
import org.probity.chain.local.LocalAave.Listing;
import org.probity.chain.local.LocalAave.Rates;
import org.probity.chain.local.LocalChain;
import org.probity.chain.local.LocalFeed;
import org.probity.chain.local.LocalMarket;
import org.probity.ground.TestKind;
import org.probity.intent.LendingAccount;
import org.probity.intent.policy.Policy;

/** A market's terms in sentences, on Aave's byte code: each alone refuses. */
@TestKind.Acceptance
final class LendingChecksTest {

  private static final BigInteger RAY = BigInteger.TEN.pow(27);
  private static final Rates RATES =
      new Rates(
          RAY.divide(BigInteger.TWO),
          RAY.divide(BigInteger.valueOf(50)),
          RAY.divide(BigInteger.TEN),
          RAY);

  /** Deploys five bytes that answer everything with a word of zero. */
  private static final Bytes NO_PRICES = Bytes.parse("0x6460206000f36000526005601bf3");

  private static LocalChain chain;
  private static LocalAave aave;
  private static Token weth;
  private static Token usd;

  private final Examination exam = new Examination(e -> String.valueOf(e.getMessage()));
  private String snapshot;

  @BeforeAll
  static void deploy() {
    chain = LocalChain.start();
    weth = token("WETH", 18);
    usd = token("USD", 6);
    aave =
        LocalAave.deploy(
            chain,
            List.of(
                new Listing(local(weth), feed(2_500), 8_000, 8_250, 10_500, 1_500, true, RATES),
                new Listing(local(usd), feed(1), 7_700, 8_000, 10_450, 1_000, true, RATES)));
    Address lender = chain.account(1).address();
    BigInteger amount = new BigInteger("5000000000");
    act(usd.address(), "mint(address,uint256)", lender, amount);
    chain.execute(lender, new Erc20(usd.address()).approve(aave.pool(), amount));
    aave.supply(lender, local(usd), amount);
  }

  @AfterAll
  static void end() {
    chain.close();
  }

  @BeforeEach
  void remember() {
    snapshot = chain.snapshot();
  }

  @AfterEach
  void goBack() {
    chain.revert(snapshot);
  }

  private static Token token(String symbol, int decimals) {
    return new Token(
        chain.deploy(
            chain.account(0).address(),
            ContractArtifact.load("TestToken").deployment(symbol, symbol, decimals)),
        symbol,
        decimals);
  }

  private static LocalMarket.Token local(Token token) {
    return new LocalMarket.Token(token.address(), token.symbol(), token.decimals());
  }

  private static Address feed(int dollars) {
    LocalFeed feed = new LocalFeed(chain, 8);
    feed.answer(
        chain.client().head().timestamp() + 12, 1, BigInteger.valueOf(dollars * 100_000_000L));
    return feed.proxy();
  }

  private static void act(Address contract, String function, Object... arguments) {
    chain.execute(
        chain.account(0).address(), Call.of(contract, AbiFunction.parse(function), arguments));
  }

  private static void govern(String function, Object... arguments) {
    AbiFunction where = AbiFunction.parse("getPoolConfigurator() returns (address)");
    act(
        chain.client().call(aave.provider(), where).address("getPoolConfigurator"),
        function,
        arguments);
  }

  private static void category(Token... tokens) {
    govern(
        "setEModeCategory(uint8,uint16,uint16,uint16,address,string)",
        3,
        9_000,
        9_300,
        10_200,
        Address.ZERO,
        "Alike");
    for (Token token : tokens) {
      govern("setAssetEModeCategory(address,uint8)", token.address(), 3);
    }
  }

  private void look(int category) {
    new LendingChecks(exam, chain.client())
        .look(
            aave.pool(),
            category,
            List.of(new Wanted("WETH", weth, false), new Wanted("USD", usd, true)));
  }

  private void said(CheckName name, Verdict verdict, String... words) {
    assertThat(exam.report().checks())
        .anySatisfy(check -> {
          assertThat(check.name()).isEqualTo(name);
          assertThat(check.finding().verdict()).isEqualTo(verdict);
          assertThat(check.finding().sentence()).contains(words);
        });
  }

  private void onlyOneRefuses() {
    assertThat(exam.report().checks())
        .filteredOn(check -> check.finding().verdict() == Verdict.WRONG)
        .hasSize(1);
  }

  @Test
  void whatCanBeLentIsToldWithItsTerms() {
    look(0);
    assertThat(exam.holds()).isTrue();
    said(CheckName.LENDING, Verdict.FINE, "Aave v3 with the pool " + aave.pool());
    said(
        CheckName.RESERVE,
        Verdict.FINE,
        "WETH lends at 0.00 %",
        "80 % to borrow on and 82.5 % until it is liquidated");
    said(CheckName.RESERVE, Verdict.FINE, "USD lends at", "5,000 USD is there");
  }

  @Test
  void aContractThatIsNoMarketIsRefused() {
    new LendingChecks(exam, chain.client())
        .look(weth.address(), 0, List.of(new Wanted("WETH", weth, false)));
    said(CheckName.LENDING, Verdict.WRONG, "does not answer as a pool of Aave v3");
    said(CheckName.RESERVE, Verdict.NOT_LOOKED_AT, "there is no such market");
  }

  @Test
  void aTokenWithoutAReserveIsRefused() {
    Token other = token("OTHER", 18);
    new LendingChecks(exam, chain.client())
        .look(aave.pool(), 0, List.of(new Wanted("OTHER", other, false)));
    said(CheckName.RESERVE, Verdict.WRONG, "has no reserve in the market");
  }

  @Test
  void otherDecimalsAreRefused() {
    Token other = new Token(weth.address(), "WETH", 17);
    new LendingChecks(exam, chain.client())
        .look(aave.pool(), 0, List.of(new Wanted("WETH", other, false)));
    said(CheckName.RESERVE, Verdict.WRONG, "with 18 decimals, and the token has 17");
  }

  @Test
  void aReserveThatIsFrozenIsRefused() {
    aave.freeze(local(weth), true);
    look(0);
    said(CheckName.RESERVE, Verdict.WRONG, "The reserve of WETH is frozen");
    onlyOneRefuses();
  }

  @Test
  void aReserveThatIsPausedIsRefused() {
    govern("setReservePause(address,bool)", weth.address(), true);
    look(0);
    said(CheckName.RESERVE, Verdict.WRONG, "The reserve of WETH is paused");
    onlyOneRefuses();
  }

  @Test
  void aReserveInIsolationIsRefused() {
    govern("setDebtCeiling(address,uint256)", weth.address(), 1_000_000);
    look(0);
    said(CheckName.RESERVE, Verdict.WRONG, "WETH is collateral in isolation alone");
    onlyOneRefuses();
  }

  @Test
  void aSiloedReserveIsRefused() {
    govern("setSiloedBorrowing(address,bool)", usd.address(), true);
    look(0);
    said(CheckName.RESERVE, Verdict.WRONG, "Whoever borrows USD may owe nothing else");
    onlyOneRefuses();
  }

  @Test
  void whatCannotBeBorrowedIsRefusedIfItIsToBe() {
    govern("setReserveBorrowing(address,bool)", usd.address(), false);
    govern("setReserveBorrowing(address,bool)", weth.address(), false);
    look(0);
    said(CheckName.RESERVE, Verdict.WRONG, "The reserve of USD cannot be borrowed");
    onlyOneRefuses();
  }

  @Test
  void aCategoryMustBeThereAndHoldTheReserves() {
    look(3);
    said(CheckName.LENDING, Verdict.WRONG, "has no category 3");
    said(CheckName.RESERVE, Verdict.NOT_LOOKED_AT, "there is no such category");
  }

  @Test
  void whatIsToBeBorrowedMustBeInTheCategory() {
    category(weth);
    look(3);
    said(
        CheckName.RESERVE,
        Verdict.WRONG,
        "The reserve of USD cannot be borrowed in the category 3, Alike");
    said(CheckName.RESERVE, Verdict.FINE, "WETH lends at", "90 % to borrow on and 93 %");
    onlyOneRefuses();
  }

  @Test
  void oneOfTheReservesMustBeCollateralInTheCategory() {
    category();
    new LendingChecks(exam, chain.client())
        .look(aave.pool(), 3, List.of(new Wanted("WETH", weth, false)));
    said(
        CheckName.LENDING,
        Verdict.WRONG,
        "None of the reserves is collateral in the category 3, Alike");
    onlyOneRefuses();
  }

  @Test
  void capsThatAreReachedAreDoubtful() {
    govern("setSupplyCap(address,uint256)", usd.address(), 5_000);
    look(0);
    said(CheckName.RESERVE, Verdict.DOUBTFUL, "takes no more USD, since its cap is reached");
    assertThat(exam.holds()).isTrue();
  }

  @Test
  void whatIsLentOutIsDoubtful() {
    chain.mine();
    new LendingChecks(exam, chain.client())
        .look(aave.pool(), 0, List.of(new Wanted("WETH", weth, true)));
    said(CheckName.RESERVE, Verdict.DOUBTFUL, "lends no more WETH");
  }

  @Test
  void aMarketWithoutAPriceIsRefused() {
    act(
        aave.oracle(),
        "setAssetSources(address[],address[])",
        List.of(weth.address()),
        List.of(Address.ZERO));
    Address none = chain.deploy(chain.account(0).address(), Call.deploying(NO_PRICES));
    act(aave.oracle(), "setFallbackOracle(address)", none);
    look(0);
    said(CheckName.RESERVE, Verdict.WRONG, "oracle has no price of WETH");
    onlyOneRefuses();
  }

  private static Finding account(String health, OptionalLong checkpoint) {
    BigInteger none = BigInteger.ZERO;
    Policy.Limits limits =
        new Policy.Limits(
            new Policy.Numbers(
                7_200, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, none, none, none, 0, none, none, none),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            15_000);
    return LendingChecks.account(
        new LendingAccount(
            aave.pool(),
            Optional.of(health).filter(factor -> !factor.isEmpty()).map(BigDecimal::new),
            List.of(new LendingAccount.Line(weth.address(), none, none, checkpoint))),
        limits,
        100_000);
  }

  @Test
  void anAccountIsFineFromItsFloorOnAndWhileItRemembers() {
    OptionalLong late = OptionalLong.of(100_000 - 14_400);
    assertThat(account("1.5", late).verdict()).isEqualTo(Verdict.FINE);
    assertThat(account("", late).sentence()).contains("none without debt");
    assertThat(account("1.499999", late).sentence())
        .contains("is 1.4999, under the policy's floor of 1.5", "probity vault unwind");
    assertThat(account("2", OptionalLong.of(100_000 - 14_401)).sentence())
        .contains("as it was 14401 s ago", "probity vault poke");
    assertThat(account("2", OptionalLong.empty()).sentence())
        .contains("has not remembered all of its market yet");
  }
}
