package org.probity.agent.node;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.probity.agent.AgentListener;
import org.probity.agent.Agents;
import org.probity.agent.DecisionRecord;
import org.probity.agent.DecisionSlice;
import org.probity.agent.Ending;
import org.probity.agent.HoldFigures;
import org.probity.agent.settings.HoldSettings;
import org.probity.chain.Address;
import org.probity.chain.ChainClient;
import org.probity.chain.Head;
import org.probity.ground.Bytes32;
import org.probity.ground.Printable;
import org.probity.intent.HoldRecorder;
import org.probity.intent.HoldRecorder.Recorded;
import org.probity.intent.Prospect;
import org.probity.intent.ProvenIntent;
import org.probity.intent.conduct.AgentSpec;
import org.probity.intent.conduct.Notice;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the holds that a node's agents prove and do not execute, and tells their vaults of many at
 * once. What is claimed is decided from files and chain alone; agents know nothing of it, and wait
 * for nothing of it.
 */
final class HoldClaims implements AgentListener, AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(HoldClaims.class);
  private static final Duration LOOK = Duration.ofSeconds(10);

  /** Between a failure and the next attempt; it doubles from one to the next. */
  static final Duration FIRST_PAUSE = Duration.ofMinutes(1);

  private static final Duration LONGEST_PAUSE = Duration.ofHours(1);

  /** So many failures in a row are an alert. */
  static final int TRIES = 3;

  /** Decisions of one question to the journal. */
  private static final int PAGE = 64;

  private final HoldSettings settings;
  private final ChainClient chain;
  private final int depth;
  private final Duration firstPause;
  private final BiFunction<Address, Address, HoldRecorder> recorders;
  private final Map<Address, Desk> desks = new ConcurrentHashMap<>();

  /** Why the last hold of a vault could not be kept, where it could not. */
  private final Map<Address, String> unkept = new ConcurrentHashMap<>();

  private final AtomicLong claimed = new AtomicLong();
  private final ExecutorService keeping =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name("holds").factory());
  private final ScheduledExecutorService claiming =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("claims").factory());
  private volatile Consumer<String> told = _ -> {};
  private volatile @Nullable Agents agents;

  /** What a vault's holds need, and how its claims go. */
  private static final class Desk {
    private final HoldFile file;
    private final Set<String> agents = ConcurrentHashMap.newKeySet();
    private volatile @Nullable Address account;
    private volatile boolean incomplete;
    private volatile @Nullable String failing;
    private int failures;
    private long notBefore = System.nanoTime();

    Desk(HoldFile file) {
      this.file = file;
    }

    /** What a new agent proved before it was heard of is in its journal alone. */
    void serve(String agent, Address by) {
      account = by;
      if (agents.add(agent)) {
        incomplete = true;
      }
    }
  }

  /**
   * @param depth how many blocks deep a hold's head must be: what a reorg may take back is not
   *     claimed
   * @param firstPause after a failure
   * @param recorders tell a vault, by an account; asked once a claim is due
   */
  HoldClaims(
      HoldSettings settings,
      ChainClient chain,
      int depth,
      Duration firstPause,
      BiFunction<Address, Address, HoldRecorder> recorders) {
    this.settings = settings;
    this.chain = chain;
    this.depth = depth;
    this.firstPause = firstPause;
    this.recorders = recorders;
  }

  /**
   * Opens the files of an agent's vault, so that what is wrong with them is told before it acts.
   *
   * @throws org.probity.settings.BadSetting if they cannot be used
   */
  void require(AgentSpec spec) {
    desk(spec.vault()).serve(spec.id(), spec.account());
  }

  private Desk desk(Address vault) {
    return desks.computeIfAbsent(
        vault,
        _ ->
            new Desk(
                HoldFile.open(
                    settings.folder(), chain.chainId(), vault, chain.head().timestamp())));
  }

  /** Keeps what agents have proven since it was last kept, then claims from time to time. */
  void begin(Agents all, Consumer<String> says) {
    agents = all;
    told = says;
    claiming.scheduleWithFixedDelay(this::look, 0, LOOK.toMillis(), TimeUnit.MILLISECONDS);
  }

  // ---- what agents tell ----

  @Override
  public void on(String agent, Notice event) {
    if (event instanceof Notice.Kept(ProvenIntent intent, Prospect.Hold _)
        && !intent.proposal().mandate().executor().equals(Address.ZERO)) {
      try {
        keeping.execute(() -> {
          keep(agent, intent);
          claiming.execute(this::look);
        });
      } catch (RejectedExecutionException _) {
        // The node ends; the journal has it for the next start.
      }
    }
  }

  private void keep(String agent, ProvenIntent intent) {
    Address vault = intent.proposal().mandate().vault();
    try {
      Desk desk = desk(vault);
      desk.serve(agent, intent.proposal().mandate().executor());
      keep(desk, intent);
      unkept.remove(vault);
    } catch (RuntimeException e) {
      String sentence = "A hold of vault %s is not kept: %s".formatted(vault, words(e));
      LOG.error(sentence);
      unkept.put(vault, sentence);
    } catch (Error e) {
      Ending.report(e);
      throw e;
    }
  }

  private static void keep(Desk desk, ProvenIntent intent) {
    try {
      desk.file.keep(intent);
    } catch (RuntimeException e) {
      // The journal has it: it is kept as soon as that is possible again.
      desk.incomplete = true;
      throw e;
    }
  }

  // ---- claims ----

  /** Claims what is due. */
  void look() {
    desks.forEach((vault, desk) -> {
      if (System.nanoTime() - desk.notBefore < 0) {
        return;
      }
      try {
        Agents all = agents;
        if (desk.incomplete && all != null) {
          desk.incomplete = false;
          recover(all, desk);
        }
        claim(vault, desk);
        desk.failures = 0;
        desk.failing = null;
      } catch (RuntimeException e) {
        failed(vault, desk, words(e));
      } catch (Error e) {
        // The executor would keep it to itself.
        Ending.report(e);
        throw e;
      }
    });
  }

  private void failed(Address vault, Desk desk, String why) {
    desk.failures++;
    Duration doubled = firstPause.multipliedBy(1L << Math.min(desk.failures - 1, 10));
    Duration pause = doubled.compareTo(LONGEST_PAUSE) < 0 ? doubled : LONGEST_PAUSE;
    desk.notBefore = System.nanoTime() + pause.toNanos();
    String sentence =
        "Holds of vault %s cannot be claimed: %s".formatted(vault, Printable.line(why));
    LOG.warn("{} (attempt {}, again in {} s)", sentence, desk.failures, pause.toSeconds());
    if (desk.failures == 1) {
      told.accept(sentence);
    }
    if (desk.failures >= TRIES) {
      desk.failing = sentence;
    }
  }

  /** Keeps the holds of the journal that were proven, and not kept before the node ended. */
  private void recover(Agents all, Desk desk) {
    try {
      for (String agent : desk.agents) {
        List<ProvenIntent> found = proven(all, agent, desk.file.newest());
        found.reversed().forEach(intent -> keep(desk, intent));
      }
    } catch (RuntimeException e) {
      desk.incomplete = true;
      throw e;
    }
  }

  /** Holds that {@code agent} proved and did not execute, back to a moment; the newest first. */
  private static List<ProvenIntent> proven(Agents all, String agent, long since) {
    List<ProvenIntent> found = new ArrayList<>();
    long after = 0;
    while (true) {
      List<DecisionRecord> page =
          all.decisions(agent, new DecisionSlice(true, after, PAGE)).toCompletableFuture().join();
      for (DecisionRecord decision : page) {
        if (decision.prospect() instanceof Prospect.Hold
            && decision.transaction().isEmpty()
            && !decision.proposal().mandate().executor().equals(Address.ZERO)) {
          decision
              .proof()
              .ifPresent(proof -> found.add(new ProvenIntent(decision.proposal(), proof)));
        }
      }
      if (page.size() < PAGE || page.getLast().proposal().observation().asOf() <= since) {
        return found;
      }
      after = page.getLast().sequence();
    }
  }

  /**
   * Follows the claim that is open, or makes the one that is due.
   *
   * @throws IllegalStateException that says why it did not succeed
   */
  private void claim(Address vault, Desk desk) {
    Address account = desk.account;
    HoldFile file = desk.file;
    if (account == null || (file.open().isEmpty() && file.waiting().isEmpty())) {
      return;
    }
    HoldRecorder recorder = recorders.apply(vault, account);
    HoldFile.Claim open = file.open().orElse(null);
    if (open != null && !recorder.knows(open.key())) {
      file.refused("it was never sent");
      open = null;
    }
    if (open == null) {
      List<HoldFile.Hold> due = due(desk, account, recorder);
      if (due.isEmpty()) {
        return;
      }
      open = file.begin(due);
    }
    switch (recorder.record(open.key(), open.moments(), open.digests())) {
      case Recorded.Claimed(var receipt) -> {
        file.claimed(receipt.transactionHash());
        claimed.addAndGet(open.holds().size());
        String sentence =
            "claimed %s holds of vault %s in %s: %,d gas"
                .formatted(
                    open.holds().size(), vault, receipt.transactionHash(), receipt.gasUsed());
        LOG.atInfo()
            .addKeyValue("vault", vault)
            .addKeyValue("holds", open.holds().size())
            .addKeyValue("transaction", receipt.transactionHash())
            .addKeyValue("gas", receipt.gasUsed())
            .log(sentence);
        told.accept(sentence);
      }
      case Recorded.Refused(String why) -> {
        file.refused(why);
        throw new IllegalStateException(why);
      }
      case Recorded.Underway(String detail) -> throw new IllegalStateException(detail);
    }
  }

  /** What is to be claimed now, ascending; what never will be is left. */
  private List<HoldFile.Hold> due(Desk desk, Address account, HoldRecorder recorder) {
    Head now = chain.head();
    List<HoldFile.Hold> ready =
        desk.file.waiting().stream()
            .filter(
                hold -> hold.executor().equals(account) && now.number() - hold.block() + 1 >= depth)
            .sorted(Comparator.comparingLong(HoldFile.Hold::asOf))
            .limit(settings.batch())
            .toList();
    boolean due =
        ready.size() >= settings.batch()
            || (!ready.isEmpty()
                && now.timestamp() - ready.getFirst().asOf() >= settings.longestWait().toSeconds());
    return due ? claimable(desk.file, ready, recorder) : List.of();
  }

  private List<HoldFile.Hold> claimable(
      HoldFile file, List<HoldFile.Hold> ready, HoldRecorder recorder) {
    Map<Long, Bytes32> heads = heads(ready);
    long step = recorder.step();
    Set<Long> settled =
        recorder.settled(ready.stream().mapToLong(HoldFile.Hold::block).min().orElseThrow());
    Map<String, List<HoldFile.Hold>> left = new TreeMap<>();
    Map<Long, HoldFile.Hold> chosen = new TreeMap<>();
    for (HoldFile.Hold hold : ready) {
      String why =
          !Objects.equals(hold.head(), heads.get(hold.block()))
              ? "its head was reverted"
              : settled.contains(hold.asOf())
                  ? "the vault has a decision or a claim of its moment"
                  : hold.asOf() % step != 0 ? "the policy has another step now" : null;
      if (why == null) {
        HoldFile.Hold before = chosen.put(hold.asOf(), hold);
        if (before != null) {
          left.computeIfAbsent("decided anew", _ -> new ArrayList<>()).add(before);
        }
      } else {
        left.computeIfAbsent(why, _ -> new ArrayList<>()).add(hold);
      }
    }
    left.forEach((why, holds) -> {
      LOG.info("{} holds are left unclaimed: {}", holds.size(), why);
      file.leave(holds, why);
    });
    return List.copyOf(chosen.values());
  }

  private Map<Long, Bytes32> heads(List<HoldFile.Hold> holds) {
    Map<Long, Bytes32> heads = new HashMap<>();
    chain
        .heads(holds.stream().map(HoldFile.Hold::block).distinct().toList())
        .forEach(head -> heads.put(head.number(), head.hash()));
    return heads;
  }

  private static String words(RuntimeException e) {
    String message = e.getMessage();
    return message == null ? e.toString() : message;
  }

  // ---- how it stands ----

  /** How claims stand. */
  HoldFigures figures() {
    Map<Address, String> failing = new HashMap<>(unkept);
    desks.forEach((vault, desk) -> {
      String why = desk.failing;
      if (why != null) {
        failing.put(vault, why);
      }
    });
    return new HoldFigures(
        claimed.get(),
        desks.values().stream().mapToLong(desk -> desk.file.waiting().size()).sum(),
        failing);
  }

  /** Ends it; what is being claimed is followed from the next start on. */
  @Override
  public void close() {
    keeping.close();
    claiming.shutdownNow();
    try {
      if (!claiming.awaitTermination(5, TimeUnit.SECONDS)) {
        LOG.warn("A claim of holds is still on its way: the next start follows it");
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    desks.values().forEach(desk -> desk.file.close());
  }
}
