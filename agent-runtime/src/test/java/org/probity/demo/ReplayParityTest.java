package org.probity.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.probity.chain.AbiEvent;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.ChainClient;
import org.probity.chain.ContractArtifact;
import org.probity.chain.Head;
import org.probity.drill.PracticeStrategy;
import org.probity.ground.TestKind;
import org.probity.intent.Vault;
import org.probity.intent.VaultReader;
import org.probity.intent.policy.Policy;
import org.probity.intent.source.Reports;
import org.probity.sim.backtest.Backtest;
import org.probity.sim.backtest.BacktestListener;
import org.probity.sim.backtest.BacktestResult;
import org.probity.sim.backtest.BacktestSettings;
import org.probity.sim.backtest.DecisionLog;
import org.probity.sim.backtest.StrategyUnderTest;
import org.probity.sim.backtest.Trade;
import org.probity.sim.history.ChainImport;
import org.probity.sim.history.HistoryStore;
import org.probity.sim.history.ImportListener;
import org.probity.strategy.QuantisedStrategy;
import org.probity.terminal.Screen;
import org.probity.zk.Entropy;
import org.probity.zk.FeatureVector;
import org.probity.zk.backend.ComputeBackend;

/**
 * A demo's chain, imported event by event and played again in the simulator without the vault's own
 * swaps: the simulated agent must see, decide and trade what the live one did, to the last bit and
 * the last wei.
 */
@TestKind.Differential
final class ReplayParityTest {

  private static final int HEADS = Integer.getInteger("probity.parity.heads", 8);
  private static final long SEED = 23;
  private static final AbiEvent EXECUTED = ContractArtifact.load("Vault").event("DecisionExecuted");

  @TempDir private static Path folder;

  private static DemoReport report;
  private static List<Executed> live;
  private static BacktestResult simulated;

  /** What the vault did on chain, and what its model saw. */
  private record Executed(
      long headTime,
      long time,
      int decision,
      BigInteger baseDelta,
      BigInteger quoteDelta,
      long featuresDigest) {}

  @BeforeAll
  static void runAndReplay() {
    QuantisedStrategy strategy = PracticeStrategy.quantised();
    Screen screen =
        new Screen(
            new PrintWriter(new StringWriter()),
            new PrintWriter(new StringWriter()),
            false,
            200,
            true);
    Demo demo =
        new Demo(
            screen,
            new Demo.Options(Demo.Scenario.PAIR, HEADS, SEED, false, OptionalInt.empty()),
            ComputeBackend.best(),
            Entropy.secure());
    try (DemoWorld world = DemoWorld.open(OptionalInt.empty(), SEED)) {
      world.makeHistory();
      report = demo.run(world, strategy, System.nanoTime());
      ChainClient client = world.chain().client();
      Vault vault = vault(client);
      live = executed(client, vault);
      var about = new TreeMap<String, String>();
      about.put("base", "WETH");
      new ChainImport(
              HistoryStore.at(folder), client, new ChainImport.Pace(10_000, 0), ImportListener.NONE)
          .pool("demo", world.market().pool().address(), new ChainImport.Blocks(0L, null), about);
      simulated =
          Backtest.run(settings(vault), StrategyUnderTest.of(strategy), BacktestListener.NONE);
    }
  }

  /** The vault's policy in the words of a file, without the vault's own swaps. */
  private static BacktestSettings settings(Vault vault) {
    Policy policy = vault.policy();
    Policy.PoolLimits pool = policy.limits().pools().getFirst();
    return BacktestSettings.read(
        ConfigFactory.parseString(
            """
            backtest {
              from = "%s"
              to = "%s"
              market { source = events, store = "%s", series = demo, without = "%s" }
              vault { base = 20, quote = 50000 }
              policy {
                step = 10 min, max-age = 5 min, min-interval = 5 min
                max-slippage = 50 bps, max-drift = 50, min-trade = 1000, max-action = 10000
                turnover { most = 2000000, window = 1 d }
                losses { day = 5000, month = 100000, action = 200 }
                pools = [ { name = pool, min-liquidity = %s, counted-liquidity = %s } ]
                assets = [
                  { symbol = USD }
                  { symbol = WETH, route = [pool], exposure { most = 1000000, share = 90 %% } }
                ]
                targets = [25 %%, hold, 75 %%], directions = [sell, both, buy]
              }
              pace { lifetime-seconds = 240, send-holds = true }
              chain {
                id = 31337, block-seconds = 1, missed-blocks = 0
                inclusion-chance = 1, failure-chance = 0
              }
              proving { latency = 0 }
            }
            """
                .formatted(
                    java.time.Instant.ofEpochSecond(live.getFirst().headTime()),
                    java.time.Instant.ofEpochSecond(live.getLast().time()),
                    folder,
                    policy.parts().action().hex(), // who swaps, as the pool sees it
                    pool.minLiquidity(),
                    pool.countedLiquidity())),
        Path.of("."));
  }

  /** The one vault that has executed anything. */
  private static Vault vault(ChainClient client) {
    var filter =
        Map.of(
            "fromBlock",
            "0x0",
            "toBlock",
            BlockTag.LATEST.rpcForm(),
            "topics",
            List.of(EXECUTED.topic().hex()));
    var logs = client.request("eth_getLogs", filter);
    return Vault.at(client, new Address(logs.path(0).path("address").asText()));
  }

  private static List<Executed> executed(ChainClient client, Vault vault) {
    VaultReader reader = new VaultReader(client, vault, Reports.NONE);
    List<Executed> executed = new ArrayList<>();
    for (Vault.Entry entry : vault.executions()) {
      long time = client.head(BlockTag.at(entry.blockNumber())).orElseThrow().timestamp();
      Head head = client.head(BlockTag.at(entry.blockNumber() - 1)).orElseThrow();
      executed.add(
          new Executed(
              head.timestamp(),
              time,
              entry.outputs().getFirst().intValueExact(),
              entry.deltas().getLast(),
              entry.deltas().getFirst(),
              digest(reader.at(head).features())));
    }
    return executed;
  }

  private static long digest(FeatureVector features) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * features.size());
    for (int value : features.toArray()) {
      bytes.putInt(value);
    }
    try {
      return ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(bytes.array())).getLong();
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void everyHeadIsDecidedAlike() {
    List<String> decided =
        simulated.decisions().entries().stream()
            .map(entry -> simulated.market().decisions().get(entry.outputs().getFirst()))
            .toList();
    List<String> live = report.rounds().stream().map(DemoReport.Round::decision).toList();
    // The demo ends at its last execution; a decision after it that came to nothing has no block.
    assertThat(live).startsWith(decided.toArray(String[]::new));
    assertThat(decided.size()).isGreaterThanOrEqualTo(ReplayParityTest.live.size());
  }

  @Test
  void theModelSawTheSameFeaturesToTheLastBit() {
    List<DecisionLog.Entry> sent =
        simulated.decisions().entries().stream()
            .filter(
                e -> e.fate() == DecisionLog.Fate.TRADED || e.fate() == DecisionLog.Fate.RECORDED)
            .toList();
    assertThat(sent)
        .extracting(DecisionLog.Entry::time)
        .isEqualTo(live.stream().map(Executed::headTime).toList());
    assertThat(sent)
        .extracting(entry -> entry.outputs().getFirst())
        .isEqualTo(live.stream().map(Executed::decision).toList());
    assertThat(sent)
        .extracting(DecisionLog.Entry::featuresDigest)
        .isEqualTo(live.stream().map(Executed::featuresDigest).toList());
  }

  @Test
  void theVaultTradedTheSameAmountsToTheLastWei() {
    List<Executed> traded = live.stream().filter(e -> e.baseDelta().signum() != 0).toList();
    assertThat(traded).isNotEmpty();
    assertThat(simulated.trades())
        .extracting(Trade::executedAt)
        .isEqualTo(traded.stream().map(Executed::time).toList());
    assertThat(simulated.trades())
        .extracting(Trade::baseDelta)
        .isEqualTo(traded.stream().map(Executed::baseDelta).toList());
    assertThat(simulated.trades())
        .extracting(Trade::quoteDelta)
        .isEqualTo(traded.stream().map(Executed::quoteDelta).toList());
  }
}
