package org.probity.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.probity.chain.local.LocalChain;
import org.probity.chain.local.LocalMarket;
import org.probity.cli.shared.JsonOption;
import org.probity.demo.Demo;
import org.probity.sim.backtest.StrategyUnderTest;
import org.probity.sim.backtest.YearBenchmark;
import org.probity.terminal.Screen;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "sim",
    description =
        "Measure the simulator on this machine: swaps in the exact pool beside the same pool on a local chain, and a year of minutes with a decision on each.")
final class BenchSimCommand implements Runnable {

  private static final int ANVIL_SWAPS = 400;
  private static final double SWAP_SECONDS = 4;

  @Mixin private final JsonOption json = new JsonOption();

  @Override
  public void run() {
    try (Screen screen = json.open()) {
      screen.say("");
      screen.say(screen.bold("  The simulator on this machine"));
      screen.say("");
      YearBenchmark benchmark = new YearBenchmark(System::nanoTime);
      Screen.Step training = screen.step("Training the example strategy");
      StrategyUnderTest strategy = StrategyUnderTest.of(Demo.strategy(training));
      training.done("The example strategy, 19,587 parameters");
      Screen.Step swapping = screen.step("Swaps in the exact pool");
      double swaps = benchmark.swapsPerSecond(SWAP_SECONDS);
      swapping.done("%,.0f swaps a second, one core", swaps);
      Screen.Step mining = screen.step("Swaps on a local chain");
      double mined = anvilSwapsPerSecond();
      mining.done(
          "%,.0f swaps a second on a local chain: %,.0f times as many in the exact pool",
          mined, swaps / mined);
      Screen.Step year = screen.step("A year of minutes");
      YearBenchmark.Year took =
          benchmark.year(strategy, (done, total) -> year.progress("heads", (double) done / total));
      year.done("%,d heads, a decision on each: %,.0f a second", took.heads(), took.rate());
      ObjectNode root = JsonNodeFactory.instance.objectNode();
      root.put("swapsPerSecond", Math.round(swaps));
      root.put("anvilSwapsPerSecond", Math.round(10 * mined) / 10.0);
      root.put("headsPerSecond", Math.round(took.rate()));
      root.put("yearSeconds", Math.round(100 * took.seconds()) / 100.0);
      root.put("heads", took.heads());
      screen.result(root.toString());
    }
  }

  /** Each in a block of its own, as a replay on a fork has them. */
  private static double anvilSwapsPerSecond() {
    try (LocalChain chain = LocalChain.start()) {
      LocalMarket market = LocalMarket.deploy(chain, LocalMarket.Settings.DEFAULT);
      List<LocalMarket.Trade> trades = new ArrayList<>();
      long time = chain.client().head().timestamp();
      for (int i = 0; i < ANVIL_SWAPS; i++) {
        time += 12;
        LocalMarket.Token token = i % 2 == 0 ? market.usd() : market.weth();
        BigInteger amount = i % 2 == 0 ? market.usd().units(2_500) : market.weth().units(1);
        trades.add(new LocalMarket.Trade(market.pool(), time, token.address(), amount));
      }
      market.replay(trades.subList(0, ANVIL_SWAPS / 8));
      long from = System.nanoTime();
      market.replay(trades.subList(ANVIL_SWAPS / 8, ANVIL_SWAPS));
      return (ANVIL_SWAPS - ANVIL_SWAPS / 8) * 1e9 / (System.nanoTime() - from);
    }
  }
}
