package org.probity.sim.market;

import static org.assertj.core.api.Assertions.assertThat;
import static org.probity.sim.market.Twins.big;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.probity.chain.AbiFunction;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.chain.Call;
import org.probity.chain.ContractArtifact;
import org.probity.ground.TestKind;
import org.probity.sim.market.Twins.Operation;
import org.probity.sim.market.Twins.View;

/**
 * Random sequences of operations on the bytecode of v2-core and on {@link V2Pair}, compared like
 * those of {@link V3PoolDifferentialTest} and repeated by the same properties.
 */
@TestKind.Differential
final class V2PairDifferentialTest {

  private static final int OPERATIONS =
      Integer.getInteger("probity.market.operations", 2_000) * 2 / 10;
  private static final long SEED = Long.getLong("probity.market.seed", 1);

  private static final AbiFunction CREATE =
      AbiFunction.parse("createPair(address,address) returns (address)");
  private static final AbiFunction GET =
      AbiFunction.parse("getPair(address,address) returns (address)");
  private static final AbiFunction SET_FEE_TO = AbiFunction.parse("setFeeTo(address)");
  private static final AbiFunction TRANSFER =
      AbiFunction.parse("transfer(address,uint256) returns (bool)");
  private static final AbiFunction BALANCE =
      AbiFunction.parse("balanceOf(address) returns (uint256)");
  private static final AbiFunction MINT = AbiFunction.parse("mint(address) returns (uint256)");
  private static final AbiFunction BURN =
      AbiFunction.parse("burn(address) returns (uint256,uint256)");
  private static final AbiFunction SWAP = AbiFunction.parse("swap(uint256,uint256,address,bytes)");
  private static final AbiFunction SKIM = AbiFunction.parse("skim(address)");
  private static final AbiFunction SYNC = AbiFunction.parse("sync()");
  private static final AbiFunction PAID = AbiFunction.parse("f(uint256,uint256)");
  private static final AbiFunction RESERVES =
      AbiFunction.parse("getReserves() returns (uint112,uint112,uint32)");

  @Test
  void everyOperationReturnsRevertsAndLeavesTheStateOfTheContract() {
    Twins.Met met =
        Twins.inSequences(
            OPERATIONS,
            Twins.ACTORS,
            (twins, i, operations) -> new Sequence(twins, SEED + i).run(operations));
    assertThat(met.returned())
        .containsAll(Set.of("mint", "burn", "swap", "skim", "sync", "transfer", "setFeeTo"));
    assertThat(met.reasons())
        .contains(
            "UniswapV2: K",
            "UniswapV2: INSUFFICIENT_LIQUIDITY",
            "UniswapV2: INSUFFICIENT_INPUT_AMOUNT",
            "UniswapV2: INSUFFICIENT_LIQUIDITY_BURNED");
  }

  private static final class Sequence {
    final Twins twins;
    final long seed;
    final Draw draw;
    final List<Address> tokens;
    final Address factory;
    final Address contract;
    final V2Pair pair;

    Sequence(Twins twins, long seed) {
      this.twins = twins;
      this.seed = seed;
      this.draw = new Draw(seed);
      this.tokens = twins.tokens();
      this.factory =
          twins.chain.deploy(
              twins.deployer, ContractArtifact.load("UniswapV2Factory").deployment(twins.actor(0)));
      twins.chain.execute(twins.deployer, Call.of(factory, CREATE, tokens.get(0), tokens.get(1)));
      this.contract =
          (Address)
              twins.chain.client().call(factory, GET, tokens.get(0), tokens.get(1)).getFirst();
      this.pair = new V2Pair(contract.hex());
    }

    void run(int operations) {
      twins.follow();
      int done = 0;
      while (done < operations) {
        int actor = draw.below(Twins.ACTORS);
        List<Operation> block = new ArrayList<>();
        if (done == 0) {
          block.add(deposit(0, draw.sized(40, 90)));
          block.add(deposit(1, draw.sized(40, 90)));
          block.add(mint(actor));
        }
        int size = draw.between(1, 5);
        for (int i = 0; i < size; i++) {
          add(block, actor);
        }
        twins.run(actor, block, views());
        done += block.size();
        if (draw.oneIn(3)) {
          twins.pass(draw.oneIn(10) ? draw.between(0, 500_000_000) : draw.between(0, 5_000));
        }
      }
      twins.compare("seed " + seed);
      twins.unfollow();
    }

    private void add(List<Operation> block, int actor) {
      switch (draw.below(10)) {
        case 0, 1 -> {
          block.add(deposit(0, amount(0)));
          block.add(deposit(1, amount(1)));
          block.add(mint(actor));
        }
        case 2 -> {
          block.add(send(actor));
          block.add(burn(actor));
        }
        case 3 -> block.add(deposit(draw.below(2), amount(0)));
        case 4 -> block.add(draw.oneIn(2) ? skim(actor) : sync());
        case 5 -> block.add(actor == 0 ? setFeeTo() : burn(actor));
        case 6 -> block.add(anySwap(actor));
        default -> block.add(exactSwap(actor));
      }
    }

    private BigInteger amount(int token) {
      BigInteger reserve = token == 0 ? pair.balances().amount0() : pair.balances().amount1();
      return draw.oneIn(8) ? draw.sized(draw.oneIn(8) ? 240 : 112) : draw.part(reserve);
    }

    private Operation op(
        AbiFunction function, List<Object> arguments, Supplier<List<Object>> java) {
      return new Operation(contract, function, arguments, java);
    }

    private Operation deposit(int token, BigInteger amount) {
      return new Operation(
          tokens.get(token),
          TRANSFER,
          List.of(contract, amount),
          () -> {
            pair.deposit(
                token == 0 ? amount : BigInteger.ZERO, token == 1 ? amount : BigInteger.ZERO);
            return List.of(true);
          });
    }

    private Operation mint(int actor) {
      Address to = twins.actor(actor);
      return op(MINT, List.of(to), () -> List.of(pair.mint(twins.time(), to.hex())));
    }

    private Operation send(int actor) {
      String from = twins.actor(actor).hex();
      BigInteger amount = draw.part(pair.shares(from));
      return op(
          TRANSFER,
          List.of(contract, amount),
          () -> {
            pair.transferShares(from, contract.hex(), amount);
            return List.of(true);
          });
    }

    private Operation burn(int actor) {
      return op(
          BURN,
          List.of(twins.actor(actor)),
          () -> {
            Amounts amounts = pair.burn(twins.time());
            return List.of(amounts.amount0(), amounts.amount1());
          });
    }

    /** The most that the router says comes out, or one more, which the pair must refuse. */
    private Operation exactSwap(int actor) {
      boolean zeroForOne = draw.oneIn(2);
      V2Pair.State s = pair.state();
      BigInteger in = zeroForOne ? s.reserve0() : s.reserve1();
      BigInteger out = zeroForOne ? s.reserve1() : s.reserve0();
      if (in.signum() == 0 || out.signum() == 0) {
        return anySwap(actor);
      }
      BigInteger amountIn = draw.oneIn(4) ? draw.sized(1, 100) : draw.part(in).max(BigInteger.ONE);
      BigInteger amountOut;
      if (draw.oneIn(2)) {
        amountOut = V2Pair.amountOut(amountIn, in, out);
      } else {
        amountOut = draw.part(out).min(out.subtract(BigInteger.ONE)).max(BigInteger.ONE);
        amountIn = V2Pair.amountIn(amountOut, in, out);
      }
      if (draw.oneIn(4)) {
        amountOut = amountOut.add(BigInteger.ONE);
      }
      return zeroForOne
          ? swap(actor, BigInteger.ZERO, amountOut, amountIn, BigInteger.ZERO)
          : swap(actor, amountOut, BigInteger.ZERO, BigInteger.ZERO, amountIn);
    }

    private Operation anySwap(int actor) {
      return swap(actor, amount(0), draw.oneIn(2) ? BigInteger.ZERO : amount(1), paid(), paid());
    }

    private BigInteger paid() {
      return draw.oneIn(3) ? BigInteger.ZERO : draw.oneIn(8) ? draw.sized(240) : draw.sized(100);
    }

    private Operation swap(
        int actor, BigInteger out0, BigInteger out1, BigInteger paid0, BigInteger paid1) {
      Bytes data = PAID.encode(paid0, paid1);
      return op(
          SWAP,
          List.of(out0, out1, twins.actor(actor), data.slice(4, data.length())),
          () -> {
            pair.swap(twins.time(), out0, out1, paid0, paid1);
            return List.of();
          });
    }

    private Operation skim(int actor) {
      return op(
          SKIM,
          List.of(twins.actor(actor)),
          () -> {
            pair.skim();
            return List.of();
          });
    }

    private Operation sync() {
      return op(
          SYNC,
          List.of(),
          () -> {
            pair.sync(twins.time());
            return List.of();
          });
    }

    private Operation setFeeTo() {
      Address to = draw.oneIn(3) ? Address.ZERO : twins.actor(1);
      return new Operation(
          factory,
          SET_FEE_TO,
          List.of(to),
          () -> {
            pair.setFeeTo(to.equals(Address.ZERO) ? null : to.hex());
            return List.of();
          });
    }

    private List<View> views() {
      List<View> views = new ArrayList<>();
      views.add(
          view(
              "reserves",
              RESERVES,
              () -> {
                V2Pair.State s = pair.state();
                return List.of(s.reserve0(), s.reserve1(), big(s.lastTime()));
              }));
      views.add(number("price0CumulativeLast", () -> pair.state().price0Cumulative()));
      views.add(number("price1CumulativeLast", () -> pair.state().price1Cumulative()));
      views.add(number("kLast", () -> pair.state().lastK()));
      views.add(number("totalSupply", () -> pair.state().totalShares()));
      for (Address owner : List.of(twins.actor(0), twins.actor(1), contract, Address.ZERO)) {
        views.add(
            new View(
                "shares of " + owner,
                contract,
                BALANCE,
                List.of(owner),
                () -> List.of(pair.shares(owner.hex()))));
      }
      views.add(balance(0, () -> pair.balances().amount0()));
      views.add(balance(1, () -> pair.balances().amount1()));
      return views;
    }

    private View view(String name, AbiFunction function, Supplier<List<Object>> java) {
      return new View(name, contract, function, List.of(), java);
    }

    private View number(String name, Supplier<BigInteger> java) {
      return view(
          name, AbiFunction.parse(name + "() returns (uint256)"), () -> List.of(java.get()));
    }

    private View balance(int token, Supplier<BigInteger> java) {
      return new View(
          "balance " + token,
          tokens.get(token),
          BALANCE,
          List.of(contract),
          () -> List.of(java.get()));
    }
  }
}
