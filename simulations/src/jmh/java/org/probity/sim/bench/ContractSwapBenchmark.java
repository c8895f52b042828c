package org.probity.sim.bench;

import java.math.BigInteger;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.probity.chain.AbiFunction;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.chain.Call;
import org.probity.chain.ContractArtifact;
import org.probity.chain.local.LocalChain;
import org.probity.sim.market.V3Pool;

/**
 * The swap of {@link SwapBenchmark#v3InsideRange} in the contract's own bytecode, a block for each:
 * in go-ethereum's machine within this process, and on anvil over HTTP. Before it is measured the
 * machine's first swaps are compared with the simulator's.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 1,
    jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
public class ContractSwapBenchmark {

  private static final BigInteger IN = BigInteger.TEN.pow(15);
  private static final BigInteger FUNDS = BigInteger.ONE.shiftLeft(200);
  private static final AbiFunction TRADE = AbiFunction.parse("trade(address,address)");
  private static final AbiFunction TRANSFER =
      AbiFunction.parse("transfer(address,uint256) returns (bool)");
  private static final AbiFunction RUN =
      AbiFunction.parse("run(address[],bytes[],address[],bytes[])");
  private static final AbiFunction CREATE =
      AbiFunction.parse("createPool(address,address,uint24) returns (address)");
  private static final AbiFunction GET =
      AbiFunction.parse("getPool(address,address,uint24) returns (address)");
  private static final AbiFunction INITIALIZE = AbiFunction.parse("initialize(uint160)");
  private static final AbiFunction MINT =
      AbiFunction.parse("mint(address,int24,int24,uint128,bytes)");
  private static final AbiFunction SWAP =
      AbiFunction.parse("swap(address,bool,int256,uint160,bytes)");
  private static final AbiFunction SLOT0 =
      AbiFunction.parse("slot0() returns (uint160,int24,uint16,uint16,uint16,uint8,bool)");

  /** What a chain of either kind does. */
  private interface Machine {
    Address deploy(Call deployment);

    void execute(Address to, Bytes data);

    List<Object> view(Address target, AbiFunction function, Object... arguments);
  }

  /** The pool of {@link SwapBenchmark#wide}, and a driver that trades with it. */
  private record Market(Address pool, Address driver, Bytes down, Bytes up) {

    static Market deploy(Machine machine) {
      Address factory = machine.deploy(ContractArtifact.load("UniswapV3Factory").deployment());
      Address driver = machine.deploy(ContractArtifact.load("MarketDriver").deployment());
      ContractArtifact token = ContractArtifact.load("ERC20");
      Address a = machine.deploy(token.deployment(FUNDS));
      Address b = machine.deploy(token.deployment(FUNDS));
      Address token0 = a.compareTo(b) < 0 ? a : b;
      Address token1 = a.compareTo(b) < 0 ? b : a;
      for (Address one : List.of(token0, token1)) {
        machine.execute(one, TRANSFER.encode(driver, FUNDS));
      }
      machine.execute(driver, TRADE.encode(token0, token1));
      machine.execute(factory, CREATE.encode(token0, token1, 500));
      Address pool = (Address) machine.view(factory, GET, token0, token1, 500).getFirst();
      machine.execute(driver, run(pool, INITIALIZE.encode(BigInteger.ONE.shiftLeft(96))));
      Bytes mint = MINT.encode(driver, -887_270, 887_270, BigInteger.TEN.pow(24), Bytes.EMPTY);
      machine.execute(driver, run(pool, mint));
      return new Market(pool, driver, swap(pool, driver, true), swap(pool, driver, false));
    }

    private static Bytes swap(Address pool, Address driver, boolean zeroForOne) {
      BigInteger limit = zeroForOne ? V3Pool.LEAST_LIMIT : V3Pool.GREATEST_LIMIT;
      return run(pool, SWAP.encode(driver, zeroForOne, IN, limit, Bytes.EMPTY));
    }

    private static Bytes run(Address pool, Bytes call) {
      return RUN.encode(List.of(pool), List.of(call), List.of(), List.of());
    }
  }

  /** go-ethereum's machine in this process. */
  @State(Scope.Thread)
  public static class InProcess implements Machine {
    private final Evm evm = new Evm();
    private final Market market = Market.deploy(this);
    private boolean zeroForOne;

    @Override
    public Address deploy(Call deployment) {
      return evm.deploy(deployment);
    }

    @Override
    public void execute(Address to, Bytes data) {
      evm.execute(to, data);
    }

    @Override
    public List<Object> view(Address target, AbiFunction function, Object... arguments) {
      return function.decode(evm.execute(target, function.encode(arguments)));
    }

    /** It does what the simulator does, or nothing is measured. */
    @Setup(Level.Trial)
    public void compare() {
      V3Pool pool = SwapBenchmark.wide();
      for (int i = 0; i < 10; i++) {
        swap();
        BigInteger limit = zeroForOne ? V3Pool.LEAST_LIMIT : V3Pool.GREATEST_LIMIT;
        pool.swap(2 + i, zeroForOne, IN, limit);
        Object price = view(market.pool(), SLOT0).getFirst();
        if (!price.equals(pool.sqrtPriceX96())) {
          throw new IllegalStateException(
              "After %d swaps the contract's price is %s and the simulator's %s"
                  .formatted(i + 1, price, pool.sqrtPriceX96()));
        }
      }
    }

    void swap() {
      zeroForOne = !zeroForOne;
      execute(market.driver(), zeroForOne ? market.down() : market.up());
    }

    /** Frees the machine's state. */
    @TearDown(Level.Trial)
    public void close() throws Exception {
      evm.close();
    }
  }

  /** A node of its own, over HTTP. */
  @State(Scope.Thread)
  public static class OnAnvil implements Machine {
    private final LocalChain chain = LocalChain.start();
    private final Address sender = chain.account(0).address();
    private final Market market = Market.deploy(this);
    private boolean zeroForOne;

    @Override
    public Address deploy(Call deployment) {
      return chain.deploy(sender, deployment);
    }

    @Override
    public void execute(Address to, Bytes data) {
      chain.execute(sender, Call.of(to, data));
    }

    @Override
    public List<Object> view(Address target, AbiFunction function, Object... arguments) {
      return chain.client().call(target, function, arguments);
    }

    void swap() {
      zeroForOne = !zeroForOne;
      execute(market.driver(), zeroForOne ? market.down() : market.up());
    }

    /** Ends the node. */
    @TearDown(Level.Trial)
    public void close() {
      chain.close();
    }
  }

  /** In go-ethereum's machine within this process. */
  @Benchmark
  public void libevm(InProcess machine) {
    machine.swap();
  }

  /** In a block of its own on anvil, receipt included. */
  @Benchmark
  public void anvil(OnAnvil node) {
    node.swap();
  }
}
