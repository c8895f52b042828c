package org.probity.cli;

import java.math.BigInteger;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.RpcUnreachable;
import org.probity.chain.local.LocalMarket;
import org.probity.demo.DemoWorld;
import org.probity.terminal.Complaint;
import org.probity.terminal.Screen;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "chain",
    description = {
      "Run a chain on this machine to try things on, with the real contracts of Uniswap v3 and a market that moves, until it is interrupted.",
      "Nothing on it is worth anything; it ends with the command."
    })
final class ChainCommand implements Runnable {

  private static final int MOST_PORT = 65_535;
  private static final int MOST_PACE = 3_600;
  private static final BigInteger GAS_MONEY = BigInteger.TEN.pow(20);
  private static final long WETH = 20;
  private static final long USD = 50_000;

  @Option(names = "--port", paramLabel = "P", description = "Port of its JSON-RPC (default: 8545).")
  private int port = 8545;

  @Option(
      names = "--fund",
      paramLabel = "ADDRESS",
      description = "Give this account 100 coins for gas, 20 WETH and 50,000 USD; may be repeated.")
  private List<String> funded = List.of();

  @Option(
      names = "--pace",
      paramLabel = "S",
      description = "Seconds from one head to the next, ten minutes of the market (default: 10).")
  private int pace = 10;

  @Option(names = "--seed", paramLabel = "S", description = "Seed of the market (default: 7).")
  private long seed = 7;

  @Override
  public void run() {
    Complaint.unlessWithin("--port", port, 1, MOST_PORT);
    Complaint.unlessWithin("--pace", pace, 1, MOST_PACE);
    List<Address> accounts = funded.stream().map(Address::new).toList();
    try (Screen screen = Screen.open(false)) {
      Screen.Step starting =
          screen.step("Starting a chain with Uniswap v3 and two hours of trades");
      try (DemoWorld world = DemoWorld.open(OptionalInt.of(port), seed)) {
        world.makeHistory();
        accounts.forEach(account -> fund(world, account));
        starting.done("A chain with Uniswap v3 and two hours of trades");
        LocalMarket market = world.market();
        screen.say(
            "    RPC   %s, chain id %d", world.chain().http(), world.chain().client().chainId());
        screen.say("    pool  %s", market.pool().address());
        screen.say("    WETH  %s", market.weth().address());
        screen.say("    USD   %s", market.usd().address());
        accounts.forEach(account ->
            screen.say("    %s has 100 coins for gas, %d WETH and %,d USD", account, WETH, USD));
        keepOn(
            screen,
            Duration.ofSeconds(pace),
            world.chain()::isAlive,
            () -> {
              world.nextHead();
              return String.format(
                  Locale.ROOT,
                  "    head %d, WETH at %,.2f USD; Ctrl-C ends it",
                  world.chain().client().head().number(),
                  market.price(BlockTag.LATEST));
            });
      }
    }
  }

  private static void fund(DemoWorld world, Address account) {
    LocalMarket market = world.market();
    world.chain().setBalance(account, GAS_MONEY);
    market.fund(account, market.usd().units(USD), market.weth().units(WETH));
  }

  /**
   * Takes one step after the other until somebody interrupts. A chain that stands still, as on a
   * machine that slept, is waited for.
   *
   * @param alive whether there is still a chain to wait for
   * @param step returns what is to be seen of it
   */
  static void keepOn(Screen screen, Duration pace, BooleanSupplier alive, Supplier<String> step) {
    boolean silent = false;
    try {
      while (true) {
        Thread.sleep(pace);
        try {
          screen.live(List.of(step.get()));
          if (silent) {
            screen.say("The chain answers again.");
          }
          silent = false;
        } catch (RpcUnreachable e) {
          // Interrupted between two answers of the node, which is as good a moment to end.
          if (Thread.currentThread().isInterrupted()) {
            return;
          }
          if (!alive.getAsBoolean()) {
            throw e;
          }
          if (!silent) {
            screen.say("The chain does not answer: it is waited for.");
          }
          silent = true;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
