package org.probity.chain.aave;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.probity.chain.AbiFunction;
import org.probity.chain.AbiValues;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.CallReverted;
import org.probity.chain.ChainClient;
import org.probity.chain.Head;
import org.probity.chain.Reads;
import org.probity.ground.Bytes32;
import org.probity.ground.Printable;

/**
 * One market of Aave v3, read through a node. Safe for use by many threads.
 *
 * <p>What is read is as of a head, in one request as far as the node takes it, and remembered by
 * the head's hash: another branch has other hashes. Where the node turns out to be on another
 * branch than the head, a read throws an {@code IllegalStateException}: read as of the new head.
 *
 * <p>Every revision answers {@code getReserveData} in the words of the first; from version 3.1 on
 * that is {@code ReserveDataLegacy}, with zeros for what is gone. What only some have is asked for
 * and taken from those that answer.
 */
public final class AaveV3 {

  /** Revisions of pools whose answers are known: those of the versions 3.0 to 3.7. */
  static final int FIRST_REVISION = 1;

  static final int LAST_REVISION = 11;

  /** A user's word has two bits for each. */
  private static final int RESERVES = 128;

  /** Categories have numbers of one byte. */
  private static final int CATEGORIES = 256;

  /** Answers of each kind that are remembered. */
  private static final int REMEMBERED = 64;

  private static final AbiFunction REVISION =
      AbiFunction.parse("POOL_REVISION() returns (uint256)");
  private static final AbiFunction PROVIDER =
      AbiFunction.parse("ADDRESSES_PROVIDER() returns (address)");
  private static final AbiFunction POOL = AbiFunction.parse("getPool() returns (address)");
  private static final AbiFunction TOKENS =
      AbiFunction.parse("getReservesList() returns (address[] tokens)");
  private static final AbiFunction ACCOUNT =
      AbiFunction.parse(
          "getUserAccountData(address user) returns (uint256 totalCollateralBase,"
              + " uint256 totalDebtBase, uint256 availableBorrowsBase,"
              + " uint256 currentLiquidationThreshold, uint256 ltv, uint256 healthFactor)");
  private static final AbiFunction CATEGORY_OF =
      AbiFunction.parse("getUserEMode(address user) returns (uint256 category)");
  private static final AbiFunction BITS_OF =
      AbiFunction.parse("getUserConfiguration(address user) returns ((uint256 data) bits)");
  private static final AbiFunction BALANCE =
      AbiFunction.parse("balanceOf(address) returns (uint256 balance)");
  private static final AbiFunction SCALED_BALANCE =
      AbiFunction.parse("scaledBalanceOf(address) returns (uint256 balance)");

  /** Until version 3.1, and kept since. */
  private static final AbiFunction OLD_CATEGORY =
      AbiFunction.parse(
          "getEModeCategoryData(uint8 id) returns ((uint16 ltv, uint16 liquidationThreshold,"
              + " uint16 liquidationBonus, address priceSource, string label) category)");

  /** From version 3.2 on. */
  private static final AbiFunction CATEGORY_COLLATERAL =
      AbiFunction.parse("getEModeCategoryCollateralBitmap(uint8 id) returns (uint128 bits)");

  private static final AbiFunction CATEGORY_BORROWABLE =
      AbiFunction.parse("getEModeCategoryBorrowableBitmap(uint8 id) returns (uint128 bits)");

  private final ChainClient chain;
  private final Address pool;
  private final Address provider;
  private final Map<Address, MarketReading.Tokens> known = new ConcurrentHashMap<>();
  private volatile Address oracle = Address.ZERO;

  private final Cache<Bytes32, List<Address>> tokens = cache();
  private final Cache<OfMarket, Market> markets = cache();
  private final Cache<OfAccount, Account> accounts = cache();
  private final Cache<Bytes32, List<Category>> categories = cache();

  private record OfMarket(Bytes32 block, List<Address> tokens) {}

  private record OfAccount(Bytes32 block, Address account, List<Address> tokens) {}

  private AaveV3(ChainClient chain, Address pool, Address provider) {
    this.chain = chain;
    this.pool = pool;
    this.provider = provider;
  }

  private static <K, V> Cache<K, V> cache() {
    return Caffeine.newBuilder().maximumSize(REMEMBERED).executor(Runnable::run).build();
  }

  /**
   * A market as of a head.
   *
   * @param revision the pool's own number of its version
   * @param oracle that the market believes
   * @param unit what one of the base currency is in prices; empty if the oracle does not tell it
   * @param reserves those that were asked for, in that order
   */
  public record Market(
      Head head, int revision, Address oracle, Optional<BigInteger> unit, List<Reserve> reserves) {

    public Market {
      reserves = List.copyOf(reserves);
    }
  }

  /**
   * The market whose pool is at {@code pool}.
   *
   * @throws IllegalArgumentException if there is none, if this release does not know its revision,
   *     or if its addresses provider names another pool
   */
  public static AaveV3 at(ChainClient chain, Address pool) {
    Address provider;
    Address named;
    try {
      AbiValues told = chain.getAll(BlockTag.LATEST, pool, List.of(REVISION, PROVIDER));
      known(pool, told.integer("POOL_REVISION"));
      provider = told.address("ADDRESSES_PROVIDER");
      named = chain.call(provider, POOL).address("getPool");
    } catch (CallReverted e) {
      throw new IllegalArgumentException(
          "The contract %s does not answer as a pool of Aave v3: name the one that Aave lists for this chain"
              .formatted(pool),
          e);
    }
    if (!named.equals(pool)) {
      throw new IllegalArgumentException(
          "The contract %s is not the pool of the market that it names, %s is: name that one"
              .formatted(pool, named));
    }
    return new AaveV3(chain, pool, provider);
  }

  private static int known(Address pool, BigInteger revision) {
    if (revision.compareTo(BigInteger.valueOf(FIRST_REVISION)) < 0
        || revision.compareTo(BigInteger.valueOf(LAST_REVISION)) > 0) {
      throw new IllegalArgumentException(
          "The pool %s of Aave v3 is of revision %s, and %d to %d are known here: take a release that knows it, or another market"
              .formatted(pool, revision, FIRST_REVISION, LAST_REVISION));
    }
    return revision.intValueExact();
  }

  public Address pool() {
    return pool;
  }

  /** The addresses provider: it names the pool and the oracle. */
  public Address provider() {
    return provider;
  }

  /** The tokens of all reserves, by the reserves' numbers. */
  public List<Address> tokens(Head head) {
    return tokens.get(
        head.hash(),
        _ ->
            asOf(
                head,
                (reads, at) -> {
                  Supplier<AbiValues> list = reads.call(at, pool, TOKENS);
                  return () -> listed(list.get().addresses("tokens"));
                }));
  }

  private List<Address> listed(List<Address> told) {
    if (told.size() > RESERVES) {
      throw new IllegalArgumentException(
          "The market %s is said to have %d reserves, and none has more than %d: ask another node"
              .formatted(pool, told.size(), RESERVES));
    }
    return List.copyOf(told);
  }

  /**
   * The market with the reserves of {@code tokens}.
   *
   * @throws IllegalArgumentException if one of them has no reserve, or this release does not know
   *     the revision that the market is of by now
   */
  public Market market(Head head, List<Address> tokens) {
    return markets.get(
        new OfMarket(head.hash(), List.copyOf(tokens)), asked -> read(head, asked.tokens()));
  }

  /** Reads with the addresses that were right last time, and again where they are not any more. */
  private Market read(Head head, List<Address> tokens) {
    for (int attempts = 0; attempts < 3; attempts++) {
      MarketReading.Found found =
          asOf(
              head,
              (reads, at) ->
                  new MarketReading(reads, at, pool, provider).of(tokens, known, oracle));
      int revision = known(pool, found.revision());
      Optional<List<Reserve>> reserves = found.reserves();
      if (reserves.isPresent()) {
        return new Market(head, revision, found.oracle(), found.unit(), reserves.get());
      }
      known.putAll(found.tokens());
      oracle = found.oracle();
    }
    throw new IllegalStateException(
        "The market %s names other contracts each time that it is asked: ask another node"
            .formatted(pool));
  }

  /**
   * What {@code account} has and owes, in the reserves of {@code tokens}.
   *
   * @throws IllegalArgumentException if one of them has no reserve
   */
  public Account account(Head head, Address account, List<Address> tokens) {
    return accounts.get(
        new OfAccount(head.hash(), account, List.copyOf(tokens)),
        asked -> {
          List<Reserve> reserves = market(head, asked.tokens()).reserves();
          return asOf(head, (reads, at) -> account(reads, at, account, reserves));
        });
  }

  private Supplier<Account> account(
      Reads reads, BlockTag at, Address account, List<Reserve> reserves) {
    Supplier<AbiValues> sums = reads.call(at, pool, ACCOUNT, account);
    Supplier<AbiValues> category = reads.call(at, pool, CATEGORY_OF, account);
    Supplier<AbiValues> bits = reads.call(at, pool, BITS_OF, account);
    List<Function<BigInteger, Account.Position>> positions =
        reserves.stream().map(reserve -> position(reads, at, account, reserve)).toList();
    return () -> {
      AbiValues sum = sums.get();
      BigInteger used = bits.get().struct("bits").integer("data");
      return new Account(
          account,
          sum.integer("totalCollateralBase"),
          sum.integer("totalDebtBase"),
          sum.integer("availableBorrowsBase"),
          sum.int32("currentLiquidationThreshold"),
          sum.int32("ltv"),
          sum.integer("healthFactor"),
          category.get().int32("category"),
          positions.stream().map(position -> position.apply(used)).toList());
    };
  }

  /** A user's word has two bits for each reserve: it owes, and what it supplied is collateral. */
  private static Function<BigInteger, Account.Position> position(
      Reads reads, BlockTag at, Address account, Reserve reserve) {
    Supplier<AbiValues> supplied = reads.call(at, reserve.supplyToken(), BALANCE, account);
    Supplier<AbiValues> owed = reads.call(at, reserve.debtToken(), BALANCE, account);
    Supplier<AbiValues> scaledSupplied =
        reads.call(at, reserve.supplyToken(), SCALED_BALANCE, account);
    Supplier<AbiValues> scaledOwed = reads.call(at, reserve.debtToken(), SCALED_BALANCE, account);
    return bits ->
        new Account.Position(
            reserve.token(),
            supplied.get().integer("balance"),
            owed.get().integer("balance"),
            scaledSupplied.get().integer("balance"),
            scaledOwed.get().integer("balance"),
            bits.testBit(2 * reserve.number() + 1));
  }

  /** The market's categories of efficiency, by their numbers. */
  public List<Category> categories(Head head) {
    return categories.get(
        head.hash(),
        _ -> {
          List<Category> there =
              asOf(
                  head,
                  (reads, at) -> {
                    List<Supplier<Category>> asked =
                        IntStream.range(1, CATEGORIES)
                            .mapToObj(id -> category(reads, at, id))
                            .toList();
                    return () ->
                        asked.stream()
                            .map(Supplier::get)
                            .filter(c -> c.thresholdBps() > 0)
                            .toList();
                  });
          return there.isEmpty() ? there : withMembers(head, there);
        });
  }

  private Supplier<Category> category(Reads reads, BlockTag at, int id) {
    Supplier<AbiValues> told = reads.call(at, pool, OLD_CATEGORY, id);
    return () -> {
      AbiValues category = told.get().struct("category");
      return new Category(
          id,
          category.int32("ltv"),
          category.int32("liquidationThreshold"),
          category.int32("liquidationBonus"),
          Printable.line(category.string("label"), 32),
          BigInteger.ZERO,
          BigInteger.ZERO);
    };
  }

  /** Since version 3.2 a category names its reserves, and before each reserve named its one. */
  private List<Category> withMembers(Head head, List<Category> categories) {
    List<Reserve> reserves = market(head, tokens(head)).reserves();
    return asOf(
        head,
        (reads, at) -> {
          List<Supplier<Category>> asked = new ArrayList<>();
          for (Category category : categories) {
            Supplier<AbiValues> collateral =
                reads.call(at, pool, CATEGORY_COLLATERAL, category.id());
            Supplier<AbiValues> borrowable =
                reads.call(at, pool, CATEGORY_BORROWABLE, category.id());
            BigInteger named =
                reserves.stream()
                    .filter(reserve -> reserve.configuration().category() == category.id())
                    .map(reserve -> BigInteger.ONE.shiftLeft(reserve.number()))
                    .reduce(BigInteger.ZERO, BigInteger::or);
            asked.add(() ->
                category.with(
                    MarketReading.where(collateral, "bits").orElse(named),
                    MarketReading.where(borrowable, "bits").orElse(named)));
          }
          return () -> asked.stream().map(Supplier::get).toList();
        });
  }

  /** What is to be asked as of one block, and what becomes of the answers. */
  @FunctionalInterface
  private interface Questions<T> {
    Supplier<T> of(Reads reads, BlockTag at);
  }

  /** Nodes are asked by height; the head before and after the rest says which branch answered. */
  private <T> T asOf(Head head, Questions<T> questions) {
    Reads reads = chain.reads();
    BlockTag at = BlockTag.at(head.number());
    Supplier<Optional<Head>> before = reads.head(at);
    Supplier<T> answer = questions.of(reads, at);
    Supplier<Optional<Head>> after = reads.head(at);
    reads.ask();
    for (Optional<Head> seen : List.of(before.get(), after.get())) {
      if (seen.filter(block -> block.hash().equals(head.hash())).isEmpty()) {
        throw new IllegalStateException(
            "Block %d is not %s any more: a reorg replaced it while the market was read"
                .formatted(head.number(), head.hash()));
      }
    }
    return answer.get();
  }
}
