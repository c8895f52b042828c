package org.probity.sim.history;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.probity.chain.AbiEvent;
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
    private static final AbiEvent INITIALIZE =
        AbiEvent.parse("Initialize(uint160 sqrtPriceX96, int24 tick)");
    private static final AbiEvent MINT =
        AbiEvent.parse(
            "Mint(address sender, address indexed owner, int24 indexed tickLower, int24 indexed tickUpper, uint128 amount, uint256 amount0, uint256 amount1)");
    private static final AbiEvent BURN =
        AbiEvent.parse(
            "Burn(address indexed owner, int24 indexed tickLower, int24 indexed tickUpper, uint128 amount, uint256 amount0, uint256 amount1)");
    private static final AbiEvent COLLECT =
        AbiEvent.parse(
            "Collect(address indexed owner, address recipient, int24 indexed tickLower, int24 indexed tickUpper, uint128 amount0, uint128 amount1)");
    private static final AbiEvent SWAP =
        AbiEvent.parse(
            "Swap(address indexed sender, address indexed recipient, int256 amount0, int256 amount1, uint160 sqrtPriceX96, uint128 liquidity, int24 tick)");
    private static final AbiEvent FLASH =
        AbiEvent.parse(
            "Flash(address indexed sender, address indexed recipient, uint256 amount0, uint256 amount1, uint256 paid0, uint256 paid1)");
    private static final AbiEvent GROW =
        AbiEvent.parse(
            "IncreaseObservationCardinalityNext(uint16 observationCardinalityNextOld, uint16 observationCardinalityNextNew)");
    private static final AbiEvent PROTOCOL_FEE =
        AbiEvent.parse(
            "SetFeeProtocol(uint8 feeProtocol0Old, uint8 feeProtocol1Old, uint8 feeProtocol0New, uint8 feeProtocol1New)");
    private static final AbiEvent COLLECT_PROTOCOL =
        AbiEvent.parse(
            "CollectProtocol(address indexed sender, address indexed recipient, uint128 amount0, uint128 amount1)");
    private static final BigInteger ZERO = BigInteger.ZERO;

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
      Optional<List<Object>> swap = SWAP.decode(entry);
      if (swap.isPresent()) {
        List<Object> v = swap.get();
        return Optional.of(
            event(
                entry,
                time,
                PoolEvent.Kind.SWAP,
                v.get(0),
                new int[2],
                ZERO,
                number(v, 2),
                number(v, 3),
                number(v, 4),
                number(v, 5),
                number(v, 6).intValueExact()));
      }
      return MINT.decode(entry)
          .map(v ->
              event(
                  entry,
                  time,
                  PoolEvent.Kind.MINT,
                  v.get(1),
                  ticks(v, 2),
                  number(v, 4),
                  number(v, 5),
                  number(v, 6),
                  ZERO,
                  ZERO,
                  0))
          .or(() ->
              BURN.decode(entry)
                  .map(v ->
                      event(
                          entry,
                          time,
                          PoolEvent.Kind.BURN,
                          v.get(0),
                          ticks(v, 1),
                          number(v, 3),
                          number(v, 4),
                          number(v, 5),
                          ZERO,
                          ZERO,
                          0)))
          .or(() ->
              COLLECT
                  .decode(entry)
                  .map(v ->
                      event(
                          entry,
                          time,
                          PoolEvent.Kind.COLLECT,
                          v.get(0),
                          ticks(v, 2),
                          ZERO,
                          number(v, 4),
                          number(v, 5),
                          ZERO,
                          ZERO,
                          0)))
          .or(() ->
              INITIALIZE
                  .decode(entry)
                  .map(v ->
                      event(
                          entry,
                          time,
                          PoolEvent.Kind.INITIALIZE,
                          "",
                          new int[2],
                          ZERO,
                          ZERO,
                          ZERO,
                          number(v, 0),
                          ZERO,
                          number(v, 1).intValueExact())))
          .or(() ->
              GROW.decode(entry)
                  .map(v ->
                      event(
                          entry,
                          time,
                          PoolEvent.Kind.GROW,
                          "",
                          new int[2],
                          number(v, 1),
                          ZERO,
                          ZERO,
                          ZERO,
                          ZERO,
                          0)))
          .or(() ->
              FLASH
                  .decode(entry)
                  .map(v ->
                      event(
                          entry,
                          time,
                          PoolEvent.Kind.FLASH,
                          v.get(0),
                          new int[2],
                          ZERO,
                          number(v, 4),
                          number(v, 5),
                          ZERO,
                          ZERO,
                          0)))
          .or(() ->
              PROTOCOL_FEE
                  .decode(entry)
                  .map(v ->
                      event(
                          entry,
                          time,
                          PoolEvent.Kind.PROTOCOL_FEE,
                          "",
                          new int[2],
                          ZERO,
                          number(v, 2),
                          number(v, 3),
                          ZERO,
                          ZERO,
                          0)))
          .or(() ->
              COLLECT_PROTOCOL
                  .decode(entry)
                  .map(v ->
                      event(
                          entry,
                          time,
                          PoolEvent.Kind.COLLECT_PROTOCOL,
                          v.get(0),
                          new int[2],
                          ZERO,
                          number(v, 2),
                          number(v, 3),
                          ZERO,
                          ZERO,
                          0)));
    }

    private static PoolEvent event(
        LogEntry entry,
        long time,
        PoolEvent.Kind kind,
        Object actor,
        int[] ticks,
        BigInteger amount,
        BigInteger amount0,
        BigInteger amount1,
        BigInteger sqrtPriceX96,
        BigInteger liquidity,
        int tick) {
      String account = actor instanceof Address address ? address.hex() : "";
      return new PoolEvent(
          time,
          entry.blockNumber(),
          entry.logIndex(),
          kind,
          account,
          ticks[0],
          ticks[1],
          amount,
          amount0,
          amount1,
          sqrtPriceX96,
          liquidity,
          tick);
    }

    private static int[] ticks(List<Object> values, int from) {
      return new int[] {
        number(values, from).intValueExact(), number(values, from + 1).intValueExact()
      };
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
          .flatMap(v -> moved(entry, time, "supply", v.get(0), v.get(2), number(v, 3)))
          .or(() ->
              WITHDRAW
                  .decode(entry)
                  .flatMap(v -> moved(entry, time, "withdraw", v.get(0), v.get(1), number(v, 3))))
          .or(() ->
              BORROW
                  .decode(entry)
                  .flatMap(v -> moved(entry, time, "borrow", v.get(0), v.get(2), number(v, 3))))
          .or(() ->
              REPAY
                  .decode(entry)
                  .flatMap(v -> moved(entry, time, "repay", v.get(0), v.get(1), number(v, 3))))
          .or(() -> LIQUIDATION.decode(entry).flatMap(v -> liquidated(entry, time, v)))
          .or(() -> UPDATED.decode(entry).flatMap(v -> updated(entry, time, v)));
    }

    private Optional<Row> liquidated(LogEntry entry, long time, List<Object> v) {
      return v.get(0).equals(reserve)
          ? moved(entry, time, "liquidated-collateral", v.get(0), v.get(2), number(v, 4))
          : moved(entry, time, "liquidated-debt", v.get(1), v.get(2), number(v, 3));
    }

    private Optional<Row> updated(LogEntry entry, long time, List<Object> v) {
      return row(
          entry,
          time,
          "updated",
          v.get(0),
          "",
          BigInteger.ZERO,
          number(v, 1),
          number(v, 3),
          number(v, 4),
          number(v, 5));
    }

    private Optional<Row> moved(
        LogEntry entry, long time, String event, Object asset, Object user, BigInteger amount) {
      BigInteger zero = BigInteger.ZERO;
      return row(entry, time, event, asset, ((Address) user).hex(), amount, zero, zero, zero, zero);
    }

    private Optional<Row> row(
        LogEntry entry,
        long time,
        String event,
        Object asset,
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

  private static BigInteger number(List<Object> values, int index) {
    return (BigInteger) values.get(index);
  }
}
