package org.probity.chain.aave;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.probity.chain.AbiFunction;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.chain.ChainClient;
import org.probity.chain.Head;
import org.probity.chain.StubNode;
import org.probity.ground.Bytes32;
import org.probity.ground.Keccak;

/**
 * Answers of a later version than the byte code that is published: each is encoded by the interface
 * that {@code @aave-dao/aave-address-book} publishes (its {@code abis}), in which a function that
 * is not there reverts.
 */
final class AaveV3AnswersTest {

  private static final String PRINT =
      """
      const type = (p) =>
        (p.type.startsWith('tuple') ? '(' + p.components.map(type) + ')' + p.type.slice(5) : p.type)
        + ' ' + p.name;
      const told = {};
      for (const name of ['IPool', 'IAaveOracle', 'IPoolAddressesProvider', 'IAToken']) {
        const path = './node_modules/@aave-dao/aave-address-book/dist/abis/' + name + '.js';
        told[name] = Object.values(require(path))[0]
          .filter((f) => f.type === 'function' && f.outputs.length > 0)
          .map((f) => f.name + '(' + f.inputs.map(type) + ') returns (' + f.outputs.map(type) + ')');
      }
      console.log(JSON.stringify(told));
      """;

  private static final Map<String, AbiFunction> PUBLISHED = new TreeMap<>();

  private static final Address POOL = at(1);
  private static final Address PROVIDER = at(2);
  private static final Address ORACLE = at(3);
  private static final Address TOKEN = at(4);
  private static final Address SUPPLY = at(5);
  private static final Address DEBT = at(6);
  private static final Address USER = at(7);
  private static final BigInteger RAY = BigInteger.TEN.pow(27);
  private static final Bytes32 ANOTHER = Keccak.hash("another branch");

  private final Map<String, Bytes> answers = new HashMap<>();
  private StubNode node;
  private ChainClient chain;

  @BeforeAll
  static void readTheInterface() throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder("node", "-e", PRINT)
            .directory(Path.of(System.getProperty("probity.home")).toFile())
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    JsonNode told = StubNode.JSON.readTree(said);
    told.properties()
        .forEach(face ->
            face.getValue()
                .forEach(text -> {
                  AbiFunction function = AbiFunction.parse(text.textValue());
                  PUBLISHED.put(face.getKey() + "." + function.name(), function);
                }));
  }

  @BeforeEach
  void aMarketOfOneReserve() throws IOException {
    node = new StubNode();
    node.answer("eth_call", this::called);
    chain = ChainClient.connect(node.address());
    // Not in the published list, as a constant is not: every pool has it.
    revision(11);
    say("IPool.ADDRESSES_PROVIDER", POOL, List.of(), PROVIDER);
    say("IPoolAddressesProvider.getPool", PROVIDER, List.of(), POOL);
    say("IPoolAddressesProvider.getPriceOracle", PROVIDER, List.of(), ORACLE);
    say("IPool.getReservesList", POOL, List.of(), List.of(TOKEN));
    say("IAaveOracle.BASE_CURRENCY_UNIT", ORACLE, List.of(), BigInteger.valueOf(100_000_000));
    say("IAaveOracle.getAssetPrice", ORACLE, List.of(TOKEN), BigInteger.valueOf(2_000_00000000L));
    reserve(SUPPLY);
    say("IPool.getReserveNormalizedIncome", POOL, List.of(TOKEN), RAY.multiply(BigInteger.TWO));
    say(
        "IPool.getReserveNormalizedVariableDebt",
        POOL,
        List.of(TOKEN),
        RAY.multiply(BigInteger.valueOf(3)));
    say("IPool.getVirtualUnderlyingBalance", POOL, List.of(TOKEN), BigInteger.valueOf(500));
    say("IAToken.scaledTotalSupply", SUPPLY, List.of(), BigInteger.valueOf(1_000));
    say("IAToken.scaledTotalSupply", DEBT, List.of(), BigInteger.valueOf(600));
    // Sent there by a stranger: the market's own books know nothing of it.
    say("IAToken.balanceOf", TOKEN, List.of(SUPPLY), BigInteger.valueOf(700));
    answers.put(
        key(TOKEN, AbiFunction.parse("symbol() returns (string)").encode()),
        AbiFunction.parse("symbol() returns (string)").encodeReturn("WETH"));
  }

  @AfterEach
  void end() {
    chain.close();
    node.close();
  }

  private static Address at(int number) {
    return new Address("0x%040x".formatted(number));
  }

  private void revision(int number) {
    AbiFunction revision = AbiFunction.parse("POOL_REVISION() returns (uint256)");
    answers.put(key(POOL, revision.encode()), revision.encodeReturn(BigInteger.valueOf(number)));
  }

  /** LTV 80 %, threshold 82.5 %, bonus 5 %, 18 decimals, active, lent, flash loans, 15 %, caps. */
  private void reserve(Address supplyToken) {
    BigInteger word =
        BigInteger.valueOf(8_000)
            .or(BigInteger.valueOf(8_250).shiftLeft(16))
            .or(BigInteger.valueOf(10_500).shiftLeft(32))
            .or(BigInteger.valueOf(18).shiftLeft(48))
            .or(BigInteger.ONE.shiftLeft(56))
            .or(BigInteger.ONE.shiftLeft(58))
            .or(BigInteger.ONE.shiftLeft(63))
            .or(BigInteger.valueOf(1_500).shiftLeft(64))
            .or(BigInteger.valueOf(11).shiftLeft(80))
            .or(BigInteger.valueOf(12).shiftLeft(116))
            // Isolated and siloed, until version 3.7.
            .or(BigInteger.ONE.shiftLeft(62))
            .or(BigInteger.valueOf(99).shiftLeft(212));
    say(
        "IPool.getReserveData",
        POOL,
        List.of(TOKEN),
        List.of(
            List.of(word),
            RAY,
            RAY.shiftRight(5),
            RAY,
            RAY.shiftRight(4),
            BigInteger.ZERO,
            1_700_000_000,
            3,
            supplyToken,
            Address.ZERO, // Debts at a stable rate are gone.
            DEBT,
            at(8),
            BigInteger.valueOf(20),
            BigInteger.ZERO,
            BigInteger.ZERO));
  }

  private void say(String name, Address contract, List<Object> arguments, Object... values) {
    AbiFunction function = PUBLISHED.get(name);
    assertThat(function).as(name).isNotNull();
    answers.put(key(contract, function.encode(arguments.toArray())), function.encodeReturn(values));
  }

  private static String key(Address contract, Bytes data) {
    return contract.hex() + data;
  }

  private String called(JsonNode question) {
    JsonNode call = question.path("params").path(0);
    Bytes answer = answers.get(call.path("to").asText() + call.path("data").asText());
    return answer == null
        ? StubNode.error(3, "execution reverted").toString()
        : "{\"result\": \"" + answer + "\"}";
  }

  @Test
  void aReserveOfALaterVersionIsRead() {
    Head head = chain.head();
    AaveV3 aave = AaveV3.at(chain, POOL);
    assertThat(aave.tokens(head)).containsExactly(TOKEN);
    AaveV3.Market market = aave.market(head, List.of(TOKEN));
    assertThat(market.revision()).isEqualTo(11);
    assertThat(market.oracle()).isEqualTo(ORACLE);
    assertThat(market.unit()).contains(BigInteger.valueOf(100_000_000));
    assertThat(market.reserves())
        .containsExactly(
            new Reserve(
                3,
                "WETH",
                TOKEN,
                SUPPLY,
                DEBT,
                new ReserveConfiguration(
                    8_000,
                    8_250,
                    10_500,
                    18,
                    true,
                    false,
                    false,
                    true,
                    true,
                    false,
                    false,
                    1_500,
                    BigInteger.valueOf(11),
                    BigInteger.valueOf(12),
                    0,
                    BigInteger.ZERO),
                RAY.multiply(BigInteger.TWO),
                RAY.multiply(BigInteger.valueOf(3)),
                RAY.shiftRight(5),
                RAY.shiftRight(4),
                BigInteger.valueOf(2 * (1_000 + 20)),
                BigInteger.valueOf(3 * 600),
                BigInteger.valueOf(500),
                BigInteger.valueOf(2_000_00000000L)));
  }

  /** Before version 3.4 what a market has is in its own books if the reserve says so. */
  @Test
  void whatIsThereIsByTheBooksOfTheVersion() {
    revision(7);
    Reserve unbooked =
        AaveV3.at(chain, POOL).market(chain.head(), List.of(TOKEN)).reserves().getFirst();
    assertThat(unbooked.liquid()).isEqualTo(BigInteger.valueOf(700));
    assertThat(unbooked.configuration().siloed()).isTrue();
    assertThat(unbooked.configuration().isolated()).isTrue();
    revision(8);
    Reserve booked =
        AaveV3.at(chain, POOL).market(chain.head(), List.of(TOKEN)).reserves().getFirst();
    assertThat(booked.liquid()).isEqualTo(BigInteger.valueOf(500));
  }

  /** All of a head goes in one request once the market's contracts are known, and once a head. */
  @Test
  void aHeadIsReadOnceAndInOneRequest() {
    AaveV3 aave = AaveV3.at(chain, POOL);
    Head head = chain.head();
    AaveV3.Market first = aave.market(head, List.of(TOKEN));
    int asked = node.requests().size();
    assertThat(aave.market(head, List.of(TOKEN))).isSameAs(first);
    assertThat(node.requests()).hasSize(asked);
    Head same = new Head(head.number(), head.hash(), head.parentHash(), 0, head.baseFee());
    assertThat(aave.market(same, List.of(TOKEN))).isSameAs(first);
    aave.market(head, List.of(TOKEN, TOKEN));
    assertThat(node.requests()).hasSize(asked + 1);
  }

  /** A reserve's contracts are not believed to be what they were. */
  @Test
  void anotherSupplyTokenIsFollowed() {
    AaveV3 aave = AaveV3.at(chain, POOL);
    aave.market(chain.head(), List.of(TOKEN));
    Address other = at(9);
    reserve(other);
    say("IAToken.scaledTotalSupply", other, List.of(), BigInteger.valueOf(77));
    say("IAToken.balanceOf", TOKEN, List.of(other), BigInteger.ZERO);
    Reserve now = aave.market(chain.head(), List.of(TOKEN, TOKEN)).reserves().getFirst();
    assertThat(now.supplyToken()).isEqualTo(other);
    assertThat(now.supplied()).isEqualTo(BigInteger.valueOf(2 * (77 + 20)));
  }

  @Test
  void aCategoryOfALaterVersionNamesItsReserves() {
    for (int id = 1; id < 256; id++) {
      say(
          "IPool.getEModeCategoryData",
          POOL,
          List.of(id),
          id == 2
              ? List.of(9_300, 9_500, 10_100, Address.ZERO, "ETH correlated")
              : List.of(0, 0, 0, Address.ZERO, ""));
    }
    BigInteger collateral = BigInteger.valueOf(0b1010);
    say("IPool.getEModeCategoryCollateralBitmap", POOL, List.of(2), collateral);
    say("IPool.getEModeCategoryBorrowableBitmap", POOL, List.of(2), BigInteger.ONE);
    AaveV3 aave = AaveV3.at(chain, POOL);
    Head head = chain.head();
    List<Category> categories = aave.categories(head);
    assertThat(categories)
        .containsExactly(
            new Category(2, 9_300, 9_500, 10_100, "ETH correlated", collateral, BigInteger.ONE));
    Reserve weth = aave.market(head, List.of(TOKEN)).reserves().getFirst();
    assertThat(categories.getFirst().takes(weth)).isTrue();
    assertThat(categories.getFirst().lends(weth)).isFalse();
  }

  @Test
  void anAccountIsReadByTheReservesNumber() {
    say(
        "IPool.getUserAccountData",
        POOL,
        List.of(USER),
        Arrays.stream(new long[] {1_000, 400, 300, 8_250, 8_000, 2_062_500_000_000_000_000L})
            .mapToObj(BigInteger::valueOf)
            .toArray());
    say("IPool.getUserEMode", POOL, List.of(USER), BigInteger.TWO);
    // Pairs of bits: reserve 3 is owed and collateral, reserve 2 is owed alone.
    say(
        "IPool.getUserConfiguration",
        POOL,
        List.of(USER),
        List.of(BigInteger.valueOf(0b11_01_0000)));
    say("IAToken.balanceOf", SUPPLY, List.of(USER), BigInteger.valueOf(100));
    say("IAToken.balanceOf", DEBT, List.of(USER), BigInteger.valueOf(30));
    say("IAToken.scaledBalanceOf", SUPPLY, List.of(USER), BigInteger.valueOf(50));
    say("IAToken.scaledBalanceOf", DEBT, List.of(USER), BigInteger.valueOf(10));
    Account account = AaveV3.at(chain, POOL).account(chain.head(), USER, List.of(TOKEN));
    assertThat(account.health().orElseThrow()).isEqualByComparingTo("2.0625");
    assertThat(account.category()).isEqualTo(2);
    assertThat(account.positions())
        .isEqualTo(
            Collections.singletonList(
                new Account.Position(
                    TOKEN,
                    BigInteger.valueOf(100),
                    BigInteger.valueOf(30),
                    BigInteger.valueOf(50),
                    BigInteger.valueOf(10),
                    true)));
  }

  @Test
  void aRevisionThatIsNotKnownIsRefusedBeforeAndAfterAnUpgrade() {
    AaveV3 aave = AaveV3.at(chain, POOL);
    revision(AaveV3.LAST_REVISION + 1);
    assertThatThrownBy(() -> AaveV3.at(chain, POOL))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is of revision 12, and 1 to 11 are known here")
        .hasMessageContaining("take a release that knows it");
    assertThatThrownBy(() -> aave.market(chain.head(), List.of(TOKEN)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is of revision 12");
    revision(0);
    assertThatThrownBy(() -> AaveV3.at(chain, POOL)).hasMessageContaining("is of revision 0");
  }

  @Test
  void moreReservesThanAMarketCanHaveAreRefused() {
    say("IPool.getReservesList", POOL, List.of(), Collections.nCopies(129, TOKEN));
    assertThatThrownBy(() -> AaveV3.at(chain, POOL).tokens(chain.head()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is said to have 129 reserves");
  }

  @Test
  void aPoolThatItsMarketDoesNotNameIsRefused() {
    say("IPoolAddressesProvider.getPool", PROVIDER, List.of(), at(10));
    assertThatThrownBy(() -> AaveV3.at(chain, POOL))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is not the pool of the market that it names");
  }

  @Test
  void aHeadOfAnotherBranchIsRefused() {
    AaveV3 aave = AaveV3.at(chain, POOL);
    Head head = chain.head();
    Head other =
        new Head(head.number(), ANOTHER, head.parentHash(), head.timestamp(), head.baseFee());
    assertThatThrownBy(() -> aave.market(other, List.of(TOKEN)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("a reorg replaced it while the market was read");
  }
}
