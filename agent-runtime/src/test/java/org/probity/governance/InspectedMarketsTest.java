package org.probity.governance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.probity.agent.Token;
import org.probity.agent.checks.Examination;
import org.probity.chain.AbiFunction;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
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
import org.probity.ground.Bytes32;
import org.probity.ground.TestKind;
import org.probity.intent.LendingAccount;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.VenueWay;

/**
 * What is shown of lending and of venues, on the byte code of Aave, Uniswap and the release; the
 * vault is an account that tells the desk what a vault would.
 */
@TestKind.Acceptance
final class InspectedMarketsTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final BigInteger RAY = BigInteger.TEN.pow(27);
  private static final Rates RATES =
      new Rates(
          RAY.divide(BigInteger.TWO),
          RAY.divide(BigInteger.valueOf(50)),
          RAY.divide(BigInteger.TEN),
          RAY);
  private static final int STEP = 3_600;

  private static LocalChain chain;
  private static LocalMarket market;
  private static LocalAave aave;
  private static Address vault;
  private static Address desk;

  private final Examination exam = new Examination(e -> String.valueOf(e.getMessage()));
  private String snapshot = "";

  @BeforeAll
  static void deploy() {
    chain = LocalChain.start();
    market = LocalMarket.deploy(chain, LocalMarket.Settings.DEFAULT);
    aave =
        LocalAave.deploy(
            chain,
            List.of(
                new Listing(market.usd(), feed(1), 7_700, 8_000, 10_450, 1_000, true, RATES),
                new Listing(market.weth(), feed(2_500), 8_000, 8_250, 10_500, 1_500, true, RATES)));
    vault = chain.account(1).address();
    Address lender = chain.account(2).address();
    market.fund(lender, market.usd().units(50_000), BigInteger.ZERO);
    market.fund(vault, BigInteger.ZERO, market.weth().units(10));
    aave.supply(lender, market.usd(), market.usd().units(50_000));
    desk =
        chain.deploy(chain.account(0).address(), ContractArtifact.load("AaveV3Desk").deployment());
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

  private static Address feed(int dollars) {
    LocalFeed feed = new LocalFeed(chain, 8);
    feed.answer(
        chain.client().head().timestamp() + 12, 1, BigInteger.valueOf(dollars * 100_000_000L));
    return feed.proxy();
  }

  private static Policy policy(Policy.Lending lending, List<Policy.Venue> venues) {
    BigInteger none = BigInteger.ZERO;
    return new Policy(
        new Policy.Limits(
            new Policy.Numbers(
                STEP, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, none, none, none, 0, none, none, none),
            List.of(),
            List.of(),
            venues.stream()
                .map(_ -> new Policy.PoolLimits(BigInteger.valueOf(900), BigInteger.valueOf(800)))
                .toList(),
            List.of(
                new Policy.ReserveLimits(none, market.usd().units(9_000)),
                new Policy.ReserveLimits(market.usd().units(30_000), none)),
            15_000),
        new Policy.Model(
            Bytes32.ZERO, Address.ZERO, Address.ZERO, List.of(), List.of(), 0, List.of()),
        new Policy.Parts(
            List.of(asset(market.usd()), asset(market.weth())),
            List.of(),
            Address.ZERO,
            venues,
            lending));
  }

  private static Policy.Asset asset(LocalMarket.Token token) {
    return new Policy.Asset(
        token.address(), token.decimals(), false, List.of(), Policy.Feed.NONE, false, 0, false);
  }

  private static Policy lending(Address pool, int category) {
    return policy(
        new Policy.Lending(
            desk,
            pool,
            category,
            List.of(new Policy.Reserve(0, true), new Policy.Reserve(1, false))),
        List.of());
  }

  private InspectedLending look(Policy policy) {
    return InspectedLending.of(exam, chain.client(), vault, policy, names()).orElseThrow();
  }

  private static TokenNames names() {
    return new TokenNames(chain.client());
  }

  private static Token numeraire() {
    LocalMarket.Token usd = market.usd();
    return new Token(usd.address(), usd.symbol(), usd.decimals());
  }

  private static List<Address> tokens() {
    return List.of(market.usd().address(), market.weth().address());
  }

  /** Supplies 8 WETH, owes 5,000 USD, and gets 1 WETH as a gift. */
  private static Address openAndBorrow() {
    chain.execute(
        vault,
        Call.of(
            desk,
            AbiFunction.parse("open(address,uint256,uint256,address[]) returns (address)"),
            aave.pool(),
            0,
            STEP,
            tokens()));
    Address account =
        LendingAccount.addressOf(chain.client(), vault, lending(aave.pool(), 0).parts().lending());
    chain.execute(
        vault, new Erc20(market.weth().address()).approve(account, market.weth().units(8)));
    move(account, 3, market.weth(), market.weth().units(8));
    move(account, 1, market.usd(), market.usd().units(5_000));
    chain.execute(
        vault, new Erc20(market.weth().address()).approve(aave.pool(), market.weth().units(1)));
    chain.execute(
        vault,
        Call.of(
            aave.pool(),
            AbiFunction.parse("supply(address,uint256,address,uint16)"),
            market.weth().address(),
            market.weth().units(1),
            account,
            0));
    return account;
  }

  private static void move(Address account, int loan, LocalMarket.Token token, BigInteger amount) {
    chain.execute(
        vault,
        Call.of(
            account,
            AbiFunction.parse("move(uint8,address,uint256,uint256)"),
            loan,
            token.address(),
            amount,
            STEP));
  }

  private static JsonNode valid(String part, ObjectNode node) throws IOException {
    try (InputStream schema =
        InspectedMarketsTest.class.getResourceAsStream("/inspect.schema.json")) {
      JsonNode whole = JSON.readTree(Objects.requireNonNull(schema));
      ObjectNode wanted =
          whole
              .path("properties")
              .path("vaults")
              .path("items")
              .path("properties")
              .path(part)
              .deepCopy();
      if (wanted.has("items")) {
        wanted = (ObjectNode) wanted.path("items");
      }
      wanted.set("$defs", whole.path("$defs"));
      assertThat(
              JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
                  .getSchema(wanted)
                  .validate(node))
          .isEmpty();
    }
    return node;
  }

  @Test
  void whatIsLentAndOwedIsShownByBooksAndMarket() throws IOException {
    Address account = openAndBorrow();
    chain.mine(1, 7_200);
    InspectedLending seen = look(lending(aave.pool(), 0));
    String text = String.join("\n", seen.lines(numeraire()));
    assertThat(text)
        .contains(
            "market: Aave v3 with the pool %s, revision 1\n".formatted(aave.pool()),
            "its oracle: " + aave.oracle(),
            "e-mode: none",
            "account: " + account + "\n",
            // 9 WETH at 2,500 and 82.5 %, of some 5,000 USD.
            "health factor: 3.71",
            ", and the policy's floor is 1.5",
            "18 decimals: 8 WETH supplied and 0 WETH owed by its books, 9 WETH and 0 WETH by the market",
            "6 decimals: 0 USD supplied and 5,000.0",
            "  at most 30,000 USD supplied and 0 USD owed",
            "  at most 0 USD supplied and 9,000 USD owed",
            "% a year, debt costs 4.00 %; it counts 77 % to borrow on and 80 % until it is liquidated",
            "  the market can pay out 45,000 USD, takes any amount more and lends 45,000 USD more",
            "(2 h 1 min ago)")
        .doesNotContain("E+");
    ObjectNode node = JSON.createObjectNode();
    seen.tree(node, numeraire());
    JsonNode told = valid("lending", node);
    assertThat(told.path("published").isNull()).isTrue();
    JsonNode weth = told.path("market").path("reserves").path(1);
    assertThat(weth.path("supplied").asText()).isEqualTo("8");
    assertThat(weth.path("suppliedThere").asText()).isEqualTo("9");
    assertThat(weth.path("collateral").asBoolean()).isTrue();
    assertThat(weth.path("checkpointAge").asLong()).isGreaterThanOrEqualTo(7_200);
    assertThat(exam.holds()).isTrue();
  }

  @Test
  void anAccountThatIsNotOpenYetIsShownAsSuch() throws IOException {
    InspectedLending seen = look(lending(aave.pool(), 0));
    assertThat(String.join("\n", seen.lines(numeraire())))
        .contains(
            ", which is not open yet",
            "health factor: none without debt",
            "18 decimals: 0 WETH supplied",
            "last remembered never");
    ObjectNode node = JSON.createObjectNode();
    seen.tree(node, numeraire());
    JsonNode told = valid("lending", node);
    assertThat(told.path("market").path("open").asBoolean()).isFalse();
    assertThat(told.path("market").path("health").isNull()).isTrue();
  }

  @Test
  void aMarketThatCannotBeReadIsToldInASentence() throws IOException {
    InspectedLending seen = look(lending(market.weth().address(), 0));
    assertThat(seen.lines(numeraire()))
        .containsExactly(
            "not known: the market with the pool %s cannot be read"
                .formatted(market.weth().address()));
    assertThat(exam.report().checks().getFirst().finding().sentence())
        .contains("does not answer as a pool of Aave v3", "name the one that Aave lists");
    ObjectNode node = JSON.createObjectNode();
    seen.tree(node, numeraire());
    assertThat(valid("lending", node).path("market").isNull()).isTrue();
  }

  @Test
  void aReserveThatIsFrozenAndACategoryThatIsGoneAreShouted() {
    aave.freeze(market.weth(), true);
    assertThat(String.join("\n", look(lending(aave.pool(), 9)).lines(numeraire())))
        .contains("; it is FROZEN", "e-mode: 9, WHICH IS NOT THERE");
  }

  @Test
  void aPolicyWithoutLendingHasNone() {
    assertThat(
            InspectedLending.of(
                exam, chain.client(), vault, policy(Policy.Lending.NONE, List.of()), names()))
        .isEmpty();
  }

  @Test
  void venuesAreShownWithWhatThereIsToTradeWith() throws IOException {
    Address action =
        chain.deploy(
            chain.account(0).address(),
            ContractArtifact.load("UniswapV3PathAction")
                .deployment(market.uniswap().contracts().factory()));
    Address pool = market.pool().address();
    BigInteger there = market.pool().liquidity(BlockTag.LATEST);
    List<InspectedVenue> venues =
        InspectedVenue.of(
            exam,
            chain.client(),
            policy(
                Policy.Lending.NONE,
                List.of(
                    new Policy.Venue(
                        1, action, 500, new VenueWay.OfPools(List.of(pool)).parameters()),
                    new Policy.Venue(
                        1, action, 500, new VenueWay.OfPools(List.of(vault)).parameters()),
                    new Policy.Venue(1, desk, 3_000, Bytes.parse("0xab")))),
            names());
    assertThat(venues.get(0).line())
        .contains(
            "WETH (",
            "over Uniswap v3, %s, fee 0.05 %%: ".formatted(pool),
            "of liquidity now, trades from 900 on and counts on 800");
    assertThat(venues.get(1).line()).contains("does not answer now");
    assertThat(venues.get(2).line())
        .contains("the action %s, whose way this release does not know: 0xab".formatted(desk));
    ObjectNode node = JSON.createObjectNode();
    venues.get(0).tree(node);
    JsonNode told = valid("venues", node);
    assertThat(told.path("liquidity").asText()).isEqualTo(there.toString());
    assertThat(told.path("kind").asText()).isEqualTo("uniswap-v3");
    ObjectNode unknown = JSON.createObjectNode();
    venues.get(2).tree(unknown);
    assertThat(valid("venues", unknown).path("pools")).isEmpty();
    assertThat(exam.report().notable()).hasSize(2);
    assertThat(exam.holds()).isFalse();
  }
}
