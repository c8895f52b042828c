package org.probity.chain.aave;

import java.math.BigInteger;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.probity.chain.AbiFunction;
import org.probity.chain.AbiValues;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.CallReverted;
import org.probity.chain.Reads;
import org.probity.ground.Printable;

/**
 * Asks for reserves among other reads. What their own contracts tell is asked for at once where
 * their addresses are thought to be known.
 */
final class MarketReading {

  private static final AbiFunction REVISION =
      AbiFunction.parse("POOL_REVISION() returns (uint256)");
  private static final AbiFunction ORACLE = AbiFunction.parse("getPriceOracle() returns (address)");
  private static final AbiFunction RESERVE =
      AbiFunction.parse(
          "getReserveData(address asset) returns (((uint256 data) configuration,"
              + " uint128 liquidityIndex, uint128 currentLiquidityRate,"
              + " uint128 variableBorrowIndex, uint128 currentVariableBorrowRate,"
              + " uint128 currentStableBorrowRate, uint40 lastUpdateTimestamp, uint16 id,"
              + " address aTokenAddress, address stableDebtTokenAddress,"
              + " address variableDebtTokenAddress, address interestRateStrategyAddress,"
              + " uint128 accruedToTreasury, uint128 unbacked, uint128 isolationModeTotalDebt)"
              + " reserve)");
  private static final AbiFunction SUPPLY_INDEX =
      AbiFunction.parse("getReserveNormalizedIncome(address asset) returns (uint256 index)");
  private static final AbiFunction DEBT_INDEX =
      AbiFunction.parse("getReserveNormalizedVariableDebt(address asset) returns (uint256 index)");

  /** From version 3.1 on: what is there by the market's own books, which know of no gift. */
  private static final AbiFunction VIRTUAL_BALANCE =
      AbiFunction.parse("getVirtualUnderlyingBalance(address asset) returns (uint128 balance)");

  private static final int BOOKED = 252;
  private static final int ALL_BOOKED = 8;

  private static final AbiFunction PRICE =
      AbiFunction.parse("getAssetPrice(address asset) returns (uint256 price)");
  private static final AbiFunction UNIT =
      AbiFunction.parse("BASE_CURRENCY_UNIT() returns (uint256 unit)");
  private static final AbiFunction SYMBOL = AbiFunction.parse("symbol() returns (string symbol)");
  private static final AbiFunction BALANCE =
      AbiFunction.parse("balanceOf(address) returns (uint256 balance)");
  private static final AbiFunction SCALED_SUPPLY =
      AbiFunction.parse("scaledTotalSupply() returns (uint256 supply)");

  private final Reads reads;
  private final BlockTag at;
  private final Address pool;
  private final Address provider;

  MarketReading(Reads reads, BlockTag at, Address pool, Address provider) {
    this.reads = reads;
    this.at = at;
    this.pool = pool;
    this.provider = provider;
  }

  /** A reserve's own contracts. */
  record Tokens(Address supply, Address debt) {}

  /**
   * What there was.
   *
   * @param tokens by the asset
   * @param reserves empty if they were asked of other contracts than these
   */
  record Found(
      BigInteger revision,
      Address oracle,
      Optional<BigInteger> unit,
      Map<Address, Tokens> tokens,
      Optional<List<Reserve>> reserves) {}

  /**
   * @param known contracts of reserves, as far as they are thought to be known
   * @param oracle likewise, or zero
   */
  Supplier<Found> of(List<Address> assets, Map<Address, Tokens> known, Address oracle) {
    Supplier<AbiValues> revision = reads.call(at, pool, REVISION);
    Supplier<AbiValues> named = reads.call(at, provider, ORACLE);
    boolean priced = !oracle.equals(Address.ZERO);
    Supplier<AbiValues> unit = priced ? reads.call(at, oracle, UNIT) : named;
    List<One> all = assets.stream().map(asset -> one(asset, known.get(asset), oracle)).toList();
    return () -> {
      Map<Address, Tokens> tokens = new HashMap<>();
      all.forEach(one -> tokens.put(one.asset(), one.told()));
      Address oracleNow = named.get().address("getPriceOracle");
      boolean right = priced && oracleNow.equals(oracle) && all.stream().allMatch(One::right);
      BigInteger number = revision.get().integer("POOL_REVISION");
      int told = number.min(BigInteger.valueOf(Integer.MAX_VALUE)).intValue();
      return new Found(
          number,
          oracleNow,
          right ? where(unit, "unit") : Optional.empty(),
          tokens,
          right
              ? Optional.of(all.stream().map(one -> one.reserve(told)).toList())
              : Optional.empty());
    };
  }

  private One one(Address asset, @Nullable Tokens known, Address oracle) {
    return new One(
        asset,
        reads.call(at, pool, RESERVE, asset),
        reads.call(at, pool, SUPPLY_INDEX, asset),
        reads.call(at, pool, DEBT_INDEX, asset),
        reads.call(at, pool, VIRTUAL_BALANCE, asset),
        known == null || oracle.equals(Address.ZERO)
            ? null
            : new Own(
                known,
                reads.call(at, asset, SYMBOL),
                reads.call(at, oracle, PRICE, asset),
                reads.call(at, known.supply(), SCALED_SUPPLY),
                reads.call(at, known.debt(), SCALED_SUPPLY),
                reads.call(at, asset, BALANCE, known.supply())));
  }

  /** What others than the pool tell of a reserve. */
  private record Own(
      Tokens asked,
      Supplier<AbiValues> symbol,
      Supplier<AbiValues> price,
      Supplier<AbiValues> supplied,
      Supplier<AbiValues> owed,
      Supplier<AbiValues> balance) {}

  private record One(
      Address asset,
      Supplier<AbiValues> data,
      Supplier<AbiValues> supplyIndex,
      Supplier<AbiValues> debtIndex,
      Supplier<AbiValues> virtualBalance,
      @Nullable Own own) {

    Tokens told() {
      AbiValues reserve = data.get().struct("reserve");
      Tokens tokens =
          new Tokens(reserve.address("aTokenAddress"), reserve.address("variableDebtTokenAddress"));
      if (tokens.supply().equals(Address.ZERO)) {
        throw new IllegalArgumentException(
            "The token %s has no reserve in the market: name one that Aave lists for this chain"
                .formatted(asset));
      }
      return tokens;
    }

    boolean right() {
      return own != null && own.asked().equals(told());
    }

    Reserve reserve(int revision) {
      Own its = Objects.requireNonNull(own);
      AbiValues reserve = data.get().struct("reserve");
      BigInteger income = supplyIndex.get().integer("index");
      BigInteger debt = debtIndex.get().integer("index");
      BigInteger scaled =
          its.supplied().get().integer("supply").add(reserve.integer("accruedToTreasury"));
      return new Reserve(
          reserve.int32("id"),
          symbol(its),
          asset,
          its.asked().supply(),
          its.asked().debt(),
          ReserveConfiguration.of(word(reserve), revision),
          income,
          debt,
          reserve.integer("currentLiquidityRate"),
          reserve.integer("currentVariableBorrowRate"),
          Reserve.grown(scaled, income),
          Reserve.grown(its.owed().get().integer("supply"), debt),
          available(its, revision, reserve),
          its.price().get().integer("price"));
    }

    private static BigInteger word(AbiValues reserve) {
      return reserve.struct("configuration").integer("data");
    }

    /** Until version 3.4 a few reserves were not in the market's own books. */
    private BigInteger available(Own its, int revision, AbiValues reserve) {
      return (revision >= ALL_BOOKED || word(reserve).testBit(BOOKED)
              ? where(virtualBalance, "balance")
              : Optional.<BigInteger>empty())
          .orElseGet(() -> its.balance().get().integer("balance"));
    }

    /** Old tokens tell theirs as 32 bytes, or none. */
    private String symbol(Own its) {
      try {
        return Printable.line(its.symbol().get().string("symbol"), 32);
      } catch (CallReverted | IllegalArgumentException e) {
        return asset.toString();
      }
    }
  }

  /** A number that not every revision or oracle tells. */
  static Optional<BigInteger> where(Supplier<AbiValues> asked, String name) {
    try {
      return Optional.of(asked.get().integer(name));
    } catch (CallReverted e) {
      return Optional.empty();
    }
  }
}
