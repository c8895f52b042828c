package org.probity.drill;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.probity.agent.AgentListener;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.chain.ChainClient;
import org.probity.chain.Head;
import org.probity.chain.RpcRefused;
import org.probity.chain.local.LocalChain;
import org.probity.intent.conduct.Notice;
import org.probity.terminal.Screen;

/**
 * Takes blocks away from under an acting agent, 1 to 12 at a time, at moments of every kind: right
 * after a head, while its transaction is in no block, after its execution. The new branch holds
 * none of the old one's transactions, or the agent's own once more. In the end, what the node has
 * written down must be what a run on the final chain alone gives.
 *
 * <p><b>What equal means.</b> An agent that only ever saw the final chain might have decided on
 * other heads, since which heads are seen and which are overtaken depends on time. What does not
 * depend on time is this, and all of it is checked against the final chain by a client that has
 * seen no other branch ({@link FinalChain}):
 *
 * <ul>
 *   <li>for each execution in the chain, the model decides the same on what the final chain alone
 *       shows right before it, for the same moment and nonce: same features to the bit, same
 *       action;
 *   <li>the journal has each of these executions once and no other, and no decision without an end;
 *   <li>the vault's nonce is their number, their moments rise, and its balances are those that it
 *       began with plus the settlements that the journal has for them.
 * </ul>
 *
 * <p>A transaction that was sent for a head which is gone may be mined on the new branch. The vault
 * executes it only if its own features are the same there; so it does count, and the first check
 * holds for it like for any other. How many were such is told.
 */
public final class ReorgDrill {

  private static final int DEEPEST = 12;

  /**
   * Reorgs on one chain. anvil keeps the states of 500 blocks in memory, and fewer with every block
   * from then on; after some 90 reorgs of one chain the vault was gone from it.
   */
  private static final int CHAIN = 10;

  private static final int LAST = 2;

  /** More than anvil takes to mine a block. */
  private static final Duration MINING = Duration.ofMillis(50);

  private final Screen screen;
  private final int runs;
  private final long seed;
  private final Watching watching = new Watching();
  private final DrillReport report;
  private long pendingHit;
  private long againIncluded;

  /** When a reorg comes. */
  private enum Moment {
    /** Shortly after a head: the agent reads, decides or proves. */
    AT_WORK,
    /** Its transaction is known to the node and in no block. */
    PENDING,
    /** Its execution is in a block. */
    EXECUTED
  }

  public ReorgDrill(Screen screen, int runs, long seed) {
    this.screen = screen;
    this.runs = runs;
    this.seed = seed;
    this.report = new DrillReport("reorg", seed);
  }

  public DrillReport run(Path folder) throws InterruptedException {
    for (int done = 0; done < runs; done += CHAIN) {
      Path place = DrillWorld.place(folder, "from-%d".formatted(done));
      report.add(
          new ReorgDrill(screen, Math.min(CHAIN, runs - done), seed + done).onOneChain(place));
    }
    return report;
  }

  private DrillReport onOneChain(Path folder) throws InterruptedException {
    SplittableRandom random = new SplittableRandom(seed);
    Screen.Step opening = screen.step("A chain, a vault and its agent");
    try (DrillWorld world = DrillWorld.open(folder, seed)) {
      opening.done("A chain, a vault and its agent");
      // The vault's own beginning is to lie deeper than any reorg.
      for (int head = 0; head < 2; head++) {
        world.world().nextHead();
      }
      FinalChain.Balances before = FinalChain.Balances.of(world.vault());
      long[] depths = new long[DEEPEST + 1];
      Screen.Step reorging = screen.step("Taking blocks away");
      try (DrillNode _ = DrillNode.start(world.settings(), watching, watching)) {
        for (int run = 0; run < runs; run++) {
          reorging.progress("%d of %d".formatted(run + 1, runs), (double) run / runs);
          int depth = random.nextInt(1, DEEPEST + 1);
          depths[reorg(world, Moment.values()[run % Moment.values().length], depth, random)]++;
        }
        reorging.done("%d reorgs", runs);
        Screen.Step settling = screen.step("Two more decisions, to finish what is open");
        if (!world.actUntil(LAST, watching.ends::get)) {
          report.violation(DrillWorld.STUCK);
        }
        settling.done("Two more decisions, to finish what is open");
      }
      report(world, before, depths);
      return report;
    }
  }

  /** How deep it was in the end. */
  private int reorg(DrillWorld world, Moment moment, int depth, SplittableRandom random)
      throws InterruptedException {
    LocalChain chain = world.world().chain();
    if (random.nextBoolean()) {
      // Left alone for once: there is to be something to take away, and to come back to.
      world.act(watching.ends::get);
    }
    long nonce = world.nonce();
    world.world().nextHead();
    switch (moment) {
      case AT_WORK -> Thread.sleep(random.nextInt(400));
      case PENDING -> {
        chain.setAutomaticMining(false);
        DrillWorld.await(DrillWorld.BRIEF, chain::hasPending);
      }
      case EXECUTED -> DrillWorld.await(DrillWorld.BRIEF, () -> world.nonce() > nonce);
    }
    // anvil takes blocks back while it mines others: what is mined then has a receipt, and its
    // effect is lost.
    chain.setAutomaticMining(false);
    Thread.sleep(MINING.toMillis());
    pendingHit += chain.hasPending() ? 1 : 0;
    int taken = takeAway(world, depth, random.nextBoolean());
    chain.setAutomaticMining(true);
    // A new block makes the node announce the new branch.
    chain.mine();
    Thread.sleep(random.nextInt(300));
    return taken;
  }

  /** As deep as wanted, or as anvil does: now and then it refuses one ("Resource not found"). */
  private int takeAway(DrillWorld world, int depth, boolean again) {
    for (int taken = depth; ; taken--) {
      List<Bytes> kept = again ? own(world, taken) : List.of();
      try {
        world.world().chain().reorg(taken, kept);
        againIncluded += kept.size();
        return taken;
      } catch (RpcRefused e) {
        if (taken == 1) {
          throw e;
        }
      }
    }
  }

  /** The agent's transactions in the last blocks, as they were signed, the oldest first. */
  private static List<Bytes> own(DrillWorld world, int depth) {
    ChainClient client = world.world().chain().client();
    Address account = world.account();
    List<Bytes> signed = new ArrayList<>();
    long tip = client.head().number();
    for (long number = tip - depth + 1; number <= tip; number++) {
      var block = client.request("eth_getBlockByNumber", "0x" + Long.toHexString(number), true);
      for (var transaction : block.path("transactions")) {
        if (account.equals(new Address(transaction.path("from").asText()))) {
          String hash = transaction.path("hash").asText();
          signed.add(Bytes.parse(client.request("eth_getRawTransactionByHash", hash).asText()));
        }
      }
    }
    return signed;
  }

  private void report(DrillWorld world, FinalChain.Balances before, long[] depths) {
    report.fact("reorgs", runs);
    report.fact("of them more than six blocks deep", Arrays.stream(depths).skip(7).sum());
    report.fact("heads taken back", watching.heads.get());
    report.fact("decisions taken back", watching.decisions.get());
    report.fact("executions taken back", watching.executions.get());
    report.fact("reorgs with a transaction pending", pendingHit);
    report.fact("transactions put into the new branch", againIncluded);
    world.reconcile(report);
    watching.violations().forEach(report::violation);
    FinalChain.compare(world, before, report);
  }

  /** Counts what reorgs hit, and sees that heads stay a chain. */
  private static final class Watching extends HeadSequence implements AgentListener {

    private final AtomicLong heads = new AtomicLong();
    private final AtomicLong decisions = new AtomicLong();
    private final AtomicLong executions = new AtomicLong();
    private final AtomicLong ends = new AtomicLong();

    @Override
    public synchronized void onReverted(Head head) {
      heads.incrementAndGet();
      super.onReverted(head);
    }

    @Override
    public void on(String agent, Notice event) {
      if (DrillWorld.isEnd(event)) {
        ends.incrementAndGet();
      }
      if (event instanceof Notice.Reverted(var _, var _, boolean executed)) {
        (executed ? executions : decisions).incrementAndGet();
      }
    }
  }
}
