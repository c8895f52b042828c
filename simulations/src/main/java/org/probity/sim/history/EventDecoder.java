package org.probity.sim.history;

import java.math.BigInteger;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.probity.chain.AbiEvent;
import org.probity.chain.AbiValues;
import org.probity.chain.Address;
import org.probity.chain.LogEntry;
import org.probity.ground.Bytes32;

/** From a log entry to a row; empty for entries that a series does not keep. */
@FunctionalInterface
interface EventDecoder {

  Optional<Row> row(LogEntry entry, long time);

  /** The events of {@code IUniswapV3PoolEvents.sol}. */
  static EventDecoder pool() {
    return new Pool();
  }

  /** The events of {@code IPool.sol} of Aave v3 that are about one reserve. */
  static EventDecoder aave(Address reserve) {
    return new Aave(reserve);
  }

  /** See {@link #pool}. */
  final class Pool implements EventDecoder {
    /**
     * How one kind of event becomes a {@link PoolEvent}: the names of what goes into its columns.
     * Ticks, price and liquidity are called there as here.
     */
    private record Reading(
        PoolEvent.Kind kind,
        AbiEvent event,
        String actor,
        String amount,
        String amount0,
        String amount1) {}

    private static final String NONE = "";

    private static final Map<Bytes32, Reading> READINGS =
        Stream.of(
                new Reading(
                    PoolEvent.Kind.SWAP,
                    AbiEvent.parse(
                        "Swap(address indexed sender, address indexed recipient, int256 amount0, int256 amount1, uint160 sqrtPriceX96, uint128 liquidity, int24 tick)"),
                    "sender",
                    NONE,
                    "amount0",
                    "amount1"),
                new Reading(
                    PoolEvent.Kind.MINT,
                    AbiEvent.parse(
                        "Mint(address sender, address indexed owner, int24 indexed tickLower, int24 indexed tickUpper, uint128 amount, uint256 amount0, uint256 amount1)"),
                    "owner",
                    "amount",
                    "amount0",
                    "amount1"),
                new Reading(
                    PoolEvent.Kind.BURN,
                    AbiEvent.parse(
                        "Burn(address indexed owner, int24 indexed tickLower, int24 indexed tickUpper, uint128 amount, uint256 amount0, uint256 amount1)"),
                    "owner",
                    "amount",
                    "amount0",
                    "amount1"),
                new Reading(
                    PoolEvent.Kind.COLLECT,
                    AbiEvent.parse(
                        "Collect(address indexed owner, address recipient, int24 indexed tickLower, int24 indexed tickUpper, uint128 amount0, uint128 amount1)"),
                    "owner",
                    NONE,
                    "amount0",
                    "amount1"),
                new Reading(
                    PoolEvent.Kind.INITIALIZE,
                    AbiEvent.parse("Initialize(uint160 sqrtPriceX96, int24 tick)"),
                    NONE,
                    NONE,
                    NONE,
                    NONE),
                new Reading(
                    PoolEvent.Kind.GROW,
                    AbiEvent.parse(
                        "IncreaseObservationCardinalityNext(uint16 observationCardinalityNextOld, uint16 observationCardinalityNextNew)"),
                    NONE,
                    "observationCardinalityNextNew",
                    NONE,
                    NONE),
                new Reading(
                    PoolEvent.Kind.FLASH,
                    AbiEvent.parse(
                        "Flash(address indexed sender, address indexed recipient, uint256 amount0, uint256 amount1, uint256 paid0, uint256 paid1)"),
                    "sender",
                    NONE,
                    "paid0",
                    "paid1"),
                new Reading(
                    PoolEvent.Kind.PROTOCOL_FEE,
                    AbiEvent.parse(
                        "SetFeeProtocol(uint8 feeProtocol0Old, uint8 feeProtocol1Old, uint8 feeProtocol0New, uint8 feeProtocol1New)"),
                    NONE,
                    NONE,
                    "feeProtocol0New",
                    "feeProtocol1New"),
                new Reading(
                    PoolEvent.Kind.COLLECT_PROTOCOL,
                    AbiEvent.parse(
                        "CollectProtocol(address indexed sender, address indexed recipient, uint128 amount0, uint128 amount1)"),
                    "sender",
                    NONE,
                    "amount0",
                    "amount1"))
            .collect(
                Collectors.toUnmodifiableMap(
                    reading -> reading.event().topic(), reading -> reading));

    /** Swaps of other exchanges, whose pools answer a v3 pool's questions or are taken for one. */
    private static final Map<Bytes32, String> OTHERS =
        topics(
            Map.of(
                "Swap(address a, address b, int256 c, int256 d, uint160 e, uint128 f, int24 g, uint128 h, uint128 i)",
                "PancakeSwap v3",
                "Swap(address a, address b, int256 c, int256 d, uint160 e, uint128 f, int24 g, uint24 h, uint24 i)",
                "Algebra (QuickSwap, Camelot and others)",
                "Swap(address a, uint256 b, uint256 c, uint256 d, uint256 e, address f)",
                "Uniswap v2 and its like",
                "Swap(address a, address b, uint256 c, uint256 d, uint256 e, uint256 f)",
                "Solidly (Aerodrome, Velodrome)",
                "Swap(bytes32 a, address b, int128 c, int128 d, uint160 e, uint128 f, int24 g, uint24 h)",
                "Uniswap v4",
                "Swap(bytes32 a, address b, address c, uint256 d, uint256 e)",
                "Balancer v2",
                "Swap(address a, address b, uint24 c, bytes32 d, bytes32 e, uint24 f, bytes32 g, bytes32 h)",
                "Trader Joe's Liquidity Book",
                "TokenExchange(address a, int128 b, uint256 c, int128 d, uint256 e)",
                "Curve"));

    /**
     * {@inheritDoc}
     *
     * <p>A v3 pool writes nine events. One of another kind says that this is a pool of something
     * else, whose swaps must not be left out in silence.
     *
     * @throws HistoryRefused if it is
     */
    @Override
    public Optional<Row> row(LogEntry entry, long time) {
      PoolEvent event =
          event(entry, time)
              .orElseThrow(() ->
                  new HistoryRefused(
                      "The contract %s writes events that no Uniswap v3 pool does (block %d, log %d, %s): another DEX? Name a pool of Uniswap v3."
                          .formatted(
                              entry.address(),
                              entry.blockNumber(),
                              entry.logIndex(),
                              said(entry))));
      return Optional.of(event.row());
    }

    private static String said(LogEntry entry) {
      if (entry.topics().isEmpty()) {
        return "without a topic";
      }
      Bytes32 topic = entry.topics().getFirst();
      String other = OTHERS.get(topic);
      return other == null ? "topic " + topic.hex() : "a swap of " + other;
    }

    private static Optional<PoolEvent> event(LogEntry entry, long time) {
      return entry.topics().stream()
          .findFirst()
          .map(READINGS::get)
          .flatMap(reading ->
              reading.event().decode(entry).map(values -> event(entry, time, reading, values)));
    }

    private static PoolEvent event(LogEntry entry, long time, Reading reading, AbiValues values) {
      String actor = reading.actor();
      return new PoolEvent(
          time,
          entry.blockNumber(),
          entry.logIndex(),
          reading.kind(),
          actor.isEmpty() ? "" : values.address(actor).hex(),
          number(values, "tickLower").intValueExact(),
          number(values, "tickUpper").intValueExact(),
          number(values, reading.amount()),
          number(values, reading.amount0()),
          number(values, reading.amount1()),
          number(values, "sqrtPriceX96"),
          number(values, "liquidity"),
          number(values, "tick").intValueExact());
    }

    /** What an event does not have is zero. */
    private static BigInteger number(AbiValues values, String name) {
      return values.has(name) ? values.integer(name) : BigInteger.ZERO;
    }
  }

  /** See {@link #aave}. */
  final class Aave implements EventDecoder {
    private static final AbiEvent SUPPLY =
        AbiEvent.parse(
            "Supply(address indexed reserve, address user, address indexed onBehalfOf, uint256 amount, uint16 indexed referralCode)");
    private static final AbiEvent WITHDRAW =
        AbiEvent.parse(
            "Withdraw(address indexed reserve, address indexed user, address indexed to, uint256 amount)");
    private static final AbiEvent BORROW =
        AbiEvent.parse(
            "Borrow(address indexed reserve, address user, address indexed onBehalfOf, uint256 amount, uint8 interestRateMode, uint256 borrowRate, uint16 indexed referralCode)");
    private static final AbiEvent REPAY =
        AbiEvent.parse(
            "Repay(address indexed reserve, address indexed user, address indexed repayer, uint256 amount, bool useATokens)");
    private static final AbiEvent LIQUIDATION =
        AbiEvent.parse(
            "LiquidationCall(address indexed collateralAsset, address indexed debtAsset, address indexed user, uint256 debtToCover, uint256 liquidatedCollateralAmount, address liquidator, bool receiveAToken)");
    private static final AbiEvent UPDATED =
        AbiEvent.parse(
            "ReserveDataUpdated(address indexed reserve, uint256 liquidityRate, uint256 stableBorrowRate, uint256 variableBorrowRate, uint256 liquidityIndex, uint256 variableBorrowIndex)");

    private static final Map<Bytes32, String> SECOND_VERSION =
        topics(
            Map.of(
                "Deposit(address a, address b, address c, uint256 d, uint16 e)",
                "Deposit",
                "Borrow(address a, address b, address c, uint256 d, uint256 e, uint256 f, uint16 g)",
                "Borrow",
                "Repay(address a, address b, address c, uint256 d)",
                "Repay"));

    private final Address reserve;

    private Aave(Address reserve) {
      this.reserve = reserve;
    }

    /**
     * {@inheritDoc}
     *
     * @throws HistoryRefused if it is an event of Aave v2, whose reserves change by other events
     */
    @Override
    public Optional<Row> row(LogEntry entry, long time) {
      if (!entry.topics().isEmpty() && SECOND_VERSION.containsKey(entry.topics().getFirst())) {
        throw new HistoryRefused(
            "The contract %s writes events of Aave v2 (block %d, log %d): name the Pool contract of Aave v3."
                .formatted(entry.address(), entry.blockNumber(), entry.logIndex()));
      }
      return SUPPLY
          .decode(entry)
          .flatMap(v -> moved(entry, time, "supply", "onBehalfOf", v))
          .or(() -> WITHDRAW.decode(entry).flatMap(v -> moved(entry, time, "withdraw", "user", v)))
          .or(() ->
              BORROW.decode(entry).flatMap(v -> moved(entry, time, "borrow", "onBehalfOf", v)))
          .or(() -> REPAY.decode(entry).flatMap(v -> moved(entry, time, "repay", "user", v)))
          .or(() -> LIQUIDATION.decode(entry).flatMap(v -> liquidated(entry, time, v)))
          .or(() -> UPDATED.decode(entry).flatMap(v -> updated(entry, time, v)));
    }

    private Optional<Row> liquidated(LogEntry entry, long time, AbiValues v) {
      Address collateral = v.address("collateralAsset");
      Address user = v.address("user");
      return collateral.equals(reserve)
          ? moved(
              entry,
              time,
              "liquidated-collateral",
              collateral,
              user,
              v.integer("liquidatedCollateralAmount"))
          : moved(
              entry,
              time,
              "liquidated-debt",
              v.address("debtAsset"),
              user,
              v.integer("debtToCover"));
    }

    private Optional<Row> updated(LogEntry entry, long time, AbiValues v) {
      return row(
          entry,
          time,
          "updated",
          v.address("reserve"),
          "",
          BigInteger.ZERO,
          v.integer("liquidityRate"),
          v.integer("variableBorrowRate"),
          v.integer("liquidityIndex"),
          v.integer("variableBorrowIndex"));
    }

    private Optional<Row> moved(LogEntry entry, long time, String event, String user, AbiValues v) {
      return moved(entry, time, event, v.address("reserve"), v.address(user), v.integer("amount"));
    }

    private Optional<Row> moved(
        LogEntry entry, long time, String event, Address asset, Address user, BigInteger amount) {
      BigInteger zero = BigInteger.ZERO;
      return row(entry, time, event, asset, user.hex(), amount, zero, zero, zero, zero);
    }

    private Optional<Row> row(
        LogEntry entry,
        long time,
        String event,
        Address asset,
        String user,
        BigInteger amount,
        BigInteger liquidityRate,
        BigInteger borrowRate,
        BigInteger liquidityIndex,
        BigInteger borrowIndex) {
      if (!asset.equals(reserve)) {
        return Optional.empty();
      }
      return Optional.of(
          new Row(
              SeriesKind.AAVE_EVENTS,
              time,
              entry.blockNumber(),
              (long) entry.logIndex(),
              event,
              reserve.hex(),
              user,
              amount,
              liquidityRate,
              borrowRate,
              liquidityIndex,
              borrowIndex));
    }
  }

  private static Map<Bytes32, String> topics(Map<String, String> declarations) {
    return declarations.entrySet().stream()
        .collect(
            Collectors.toUnmodifiableMap(
                e -> AbiEvent.parse(e.getKey()).topic(), Map.Entry::getValue));
  }
}
