package org.probity.agent.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.probity.agent.AgentRefused;
import org.probity.agent.AgentStatus;
import org.probity.agent.record.RecordCodec;
import org.probity.chain.Address;
import org.probity.chain.Head;
import org.probity.chain.Receipt;
import org.probity.ground.Bytes32;
import org.probity.ground.Frozen;
import org.probity.ground.TestKind;
import org.probity.intent.AssetDelta;
import org.probity.intent.Pace;
import org.probity.intent.Proposal;
import org.probity.intent.Prospect;
import org.probity.intent.Settlement;
import org.probity.intent.Standing;
import org.probity.intent.conduct.AgentSpec;
import org.probity.intent.conduct.Event;
import org.probity.intent.conduct.Life;
import org.probity.intent.conduct.Notice;
import org.probity.intent.conduct.Step;
import org.probity.zk.DecisionProof;

/**
 * What an agent does in named scenarios, frozen line by line: what it is given ({@code >}), what it
 * writes into its journal, what it tells, and what it asks of the world ({@code acts}), in the
 * order in which it does so; at the end how it stands. Times, proofs and what merely counts time
 * are left out.
 *
 * <p>Each scenario gives it one thing at a time and waits for what comes of it, so that there is
 * one order. Written anew by {@code -Dprobity.freeze=conduct} ({@link Frozen}).
 */
@TestKind.Differential
final class FrozenConductTest {
  private static final String GROUP = "conduct";
  private static final Pace PACE = new Pace(120, false);
  private static final long STEP = TinyModel.STEP_SECONDS;

  private static ActorTestKit kit;

  /** Kinds of what was told and written in any scenario. */
  private static final Set<String> KINDS = new ConcurrentSkipListSet<>();

  @BeforeAll
  static void start() {
    kit = ActorTestKit.create("frozen-conduct", TestActors.inMemory(1));
  }

  @AfterAll
  static void stop() {
    kit.shutdownTestKit();
  }

  // ---- the scenarios ----

  private static Map<String, Consumer<Story>> scenarios() {
    Map<String, Consumer<Story>> all = new LinkedHashMap<>();
    all.put(
        "trades",
        story -> {
          story.create(PACE);
          story.head(1, "tells Executed 1");
          story.head(2, "tells Executed 2");
        });
    all.put(
        "not-equipped-at-first",
        story -> {
          story.unequipped.set(2);
          story.create(PACE);
          story.until("is equipped");
          story.until("is equipped");
          story.head(1, "tells Executed 1");
        });
    all.put(
        "nothing-to-trade",
        story -> {
          story.create(new Pace(120, false, false, false));
          story.world().prospect = new Prospect.Refused("at its target");
          story.head(1, "tells Decided 1");
          story.world().prospect = TinyModel.HOLD;
          story.head(2, "tells Decided 2");
        });
    all.put(
        "holds-proven-and-kept",
        story -> {
          story.create(PACE);
          story.world().prospect = TinyModel.HOLD;
          story.head(1, "tells Kept 1");
          story.world().prospect = new Prospect.Refused("no budget left");
          story.head(2, "tells Kept 2");
        });
    all.put(
        "what-lasts-is-told-once",
        story -> {
          story.create(PACE);
          story.world().prospect = new Prospect.Hindered("the node's pending block is ahead");
          story.head(1, "tells Hindered 1");
          for (long head = 2; head <= 3; head++) {
            // Of these nothing is told: the next one comes when the agent has done with it.
            story.head(head, "reads head " + head);
            story.world().awaitRest();
          }
          story.world().prospect = TinyModel.trade(10);
          story.head(4, "tells Executed 4");
        });
    all.put(
        "refused-for-now-until-the-market-is-back",
        story -> {
          story.create(PACE);
          story.world().prospect = new Prospect.NotNow("the price is too far away");
          story.head(1, "tells Postponed 1");
          story.head(late(100, STEP + 12), "reads head 100");
          story.world().awaitRest();
          story.world().prospect = TinyModel.trade(10);
          story.head(late(101, STEP + 24), "tells Executed 101");
        });
    all.put(
        "refused-for-now-until-its-moment-is-over",
        story -> {
          story.create(PACE);
          story.world().prospect = new Prospect.NotNow("the price is too far away");
          story.head(1, "tells Postponed 1");
          story.world().prospect = new Prospect.Refused("its moment is too old");
          story.head(late(100, STEP + 40), "tells Missed 1");
          story.world().prospect = new Prospect.NotNow("the price is too far away");
          story.head(2, "tells Postponed 2");
          story.world().prospect = TinyModel.trade(10);
          story.head(3, "tells Executed 3");
        });
    all.put(
        "refused-when-sent-and-sent-again-with-its-proof",
        story -> {
          story.create(PACE);
          story.world().features = story.world()::ofMoment;
          story.world().answers.add(notNow(Optional.empty()));
          story.world().answers.add(notNow(Optional.of(TinyModel.receipt(9, false))));
          story.head(1, "tells Postponed 1");
          story.world().prospect = new Prospect.NotNow("the price is too far away");
          story.head(late(100, STEP + 12), "reads head 100");
          story.world().awaitRest();
          story.world().prospect = TinyModel.trade(10);
          story.head(late(101, STEP + 24), "tells Postponed 1");
          story.head(late(102, STEP + 36), "tells Executed 1");
        });
    all.put(
        "refused-when-sent-until-its-moment-is-over",
        story -> {
          story.create(PACE);
          story.world().answers.add(notNow(Optional.empty()));
          story.head(1, "tells Postponed 1");
          story.head(2, "tells Executed 2");
        });
    all.put(
        "refused-when-sent-and-decided-otherwise-then",
        story -> {
          story.create(PACE);
          story.world().answers.add(notNow(Optional.empty()));
          story.head(1, "tells Postponed 1");
          story.world().prospect = TinyModel.HOLD;
          story.head(late(100, STEP + 12), "tells Kept 100");
        });
    all.put(
        "restart-while-it-is-refused-for-now",
        story -> {
          story.create(PACE);
          story.world().features = story.world()::ofMoment;
          story.world().answers.add(notNow(Optional.of(TinyModel.receipt(9, false))));
          story.head(1, "tells Postponed 1");
          story.crash();
          story
              .world()
              .standings
              .add(new Standing.Concluded(notNow(Optional.of(TinyModel.receipt(9, false)))));
          story.start();
          story.until("tells Postponed 1");
          story.head(late(100, STEP + 12), "tells Executed 1");
        });
    all.put(
        "holds-sent",
        story -> {
          story.create(new Pace(120, true, false, false));
          story.world().prospect = TinyModel.HOLD;
          story.head(1, "tells Executed 1");
        });
    all.put(
        "reading-fails-and-is-tried-again",
        story -> {
          story.create(PACE);
          failing(story, 2);
          story.head(1, "tells Executed 1");
        });
    all.put(
        "reading-keeps-failing",
        story -> {
          story.create(PACE);
          failing(story, ScriptedWorld.ATTEMPTS);
          story.head(1, "attempt 5");
          story.head(2, "tells Executed 2");
        });
    all.put(
        "proving-fails",
        story -> {
          story.create(PACE);
          AtomicInteger calls = new AtomicInteger();
          story.world().prover =
              (x, y, context) -> {
                if (calls.getAndIncrement() == 0) {
                  throw new IllegalStateException("no memory for the witness");
                }
                return TinyModel.prove(x, y, context);
              };
          story.head(1, "tells Executed 1");
        });
    all.put(
        "proving-keeps-failing",
        story -> {
          story.create(PACE);
          story.world().prover =
              (_, _, _) -> {
                throw new IllegalStateException("the prover is broken");
              };
          story.head(1, "attempt 5");
          story.world().prover = TinyModel::prove;
          story.head(2, "tells Executed 2");
        });
    all.put(
        "own-verifier-refuses",
        story -> {
          story.create(PACE);
          AtomicInteger calls = new AtomicInteger();
          story.world().prover =
              (x, y, context) -> {
                byte[] bytes = TinyModel.prove(x, y, context).bytes();
                bytes[bytes.length / 2] ^= (byte) (calls.getAndIncrement() == 0 ? 1 : 0);
                return DecisionProof.of(bytes);
              };
          story.head(1, "tells Executed 1");
        });
    all.put(
        "proof-comes-too-late",
        story -> {
          story.create(PACE);
          story.world().prover =
              (x, y, context) -> {
                story.world().ahead = Duration.ofSeconds(PACE.lifetimeSeconds() + 1);
                return TinyModel.prove(x, y, context);
              };
          story.head(1, "tells Dropped 1");
        });
    all.put(
        "deadline-passes-before-the-venue",
        story -> {
          story.create(PACE);
          story.whenWritten(
              Event.IntentSubmitted.class,
              () -> {
                if (story.world().ahead.isZero()) {
                  story.world().ahead = Duration.ofSeconds(PACE.lifetimeSeconds() + 1);
                }
              });
          story.head(1, "tells Failed 1 SETTLING");
          // Of head 1 again, as it comes anew: its time is over for this node.
          story.until("tells Dropped 1");
        });
    all.put(
        "refused-before-it-is-sent",
        story -> {
          story.create(PACE);
          story
              .world()
              .answers
              .add(new Settlement.Refused("the vault is paused by its owner", Optional.empty()));
          story.head(1, "tells Executed 1");
        });
    all.put(
        "reverted-in-a-block",
        story -> {
          story.create(PACE);
          for (int i = 0; i < ScriptedWorld.ATTEMPTS; i++) {
            story
                .world()
                .answers
                .add(
                    new Settlement.Refused(
                        "reverted: SlippageExceeded(99, 100)",
                        Optional.of(TinyModel.receipt(9, false))));
          }
          story.head(1, "attempt 5");
          story.head(2, "tells Executed 2");
        });
    all.put(
        "in-no-block-yet",
        story -> {
          story.create(PACE);
          story.world().answers.add(new Settlement.Unsettled("in no block yet"));
          story.world().standings.add(new Standing.Underway("in no block yet"));
          story.head(1, "tells Executed 1");
        });
    all.put(
        "newest-head-wins",
        story -> {
          story.create(PACE);
          CountDownLatch gate = new CountDownLatch(1);
          story.world().features =
              head -> {
                if (head.number() == 1) {
                  await(gate);
                }
                return story.world().observe(head);
              };
          story.head(1, "reads head 1");
          story.head(2);
          story.head(3);
          gate.countDown();
          story.until("tells Executed 3");
        });
    all.put(
        "newer-moment-while-the-order-waits",
        story -> {
          story.create(PACE);
          story.world().proversAreBusy = true;
          story.head(1, "orders a proof of head 1");
          story.world().proversAreBusy = false;
          story.head(2, "tells Executed 2");
        });
    all.put(
        "same-moment-past-moment-other-step",
        story -> {
          story.create(PACE);
          story.head(1, "tells Executed 1");
          story.head(late(2, STEP + 12));
          story.world().features = head -> TinyModel.observation(head, 1, STEP, 2 * STEP);
          story.head(late(3, 2 * STEP), "tells Past 3");
          story.world().features = story.world()::observe;
          story.world().stepSeconds = 10;
          story.head(late(4, 3 * STEP), "tells Executed 4");
          story.head(late(5, 3 * STEP + 9));
          story.head(late(6, 3 * STEP + 10), "tells Executed 6");
        });
    all.put(
        "vault-is-ahead-of-the-journal",
        story -> {
          story.world().skipTo(7);
          story.create(PACE);
          story.head(1, "tells Executed 1");
          story.head(2, "tells Executed 2");
        });
    reorgs(all);
    lives(all);
    for (String kind :
        List.of(
            "DecisionMade", "DecisionProven", "IntentSubmitted", "IntentSettled", "IntentFailed")) {
      all.put("restart-after-" + kind, story -> restart(story, kind));
    }
    restarts(all);
    return all;
  }

  private static Settlement notNow(Optional<Receipt> receipt) {
    return new Settlement.NotNow("the price is too far away", receipt);
  }

  private static void reorgs(Map<String, Consumer<Story>> all) {
    all.put(
        "reorg-before-the-proof",
        story -> {
          story.create(PACE);
          story.world().proversAreBusy = true;
          story.head(1, "orders a proof of head 1");
          story.gone(TinyModel.head(1), "withdraws its order");
          story.world().proversAreBusy = false;
          story.head(other(1, 91, STEP), "tells Executed 1");
        });
    all.put(
        "reorg-while-it-is-read",
        story -> {
          story.create(PACE);
          CountDownLatch gate = new CountDownLatch(1);
          story.world().features =
              head -> {
                await(gate);
                return story.world().observe(head);
              };
          story.head(1, "reads head 1");
          story.gone(TinyModel.head(1));
          gate.countDown();
          story.head(other(1, 91, STEP), "tells Executed 1");
        });
    all.put(
        "reorg-of-the-head-while-it-is-on-its-way",
        story -> {
          story.create(PACE);
          CountDownLatch gate = new CountDownLatch(1);
          story.world().afterExecution = () -> await(gate);
          story.head(1, "submits head 1");
          story.gone(TinyModel.head(1), "tells Reverted 1");
          gate.countDown();
          story.until("tells Executed 1");
        });
    all.put(
        "reorg-of-an-execution",
        story -> {
          story.create(PACE);
          story.head(1, "tells Executed 1");
          story.world().forget(story.world().submitted.getFirst().context(), 0);
          story.gone(executing(1), "tells Failed 1 ASKING");
          story.head(other(2, 92, STEP + 1), "tells Executed 2");
        });
    all.put(
        "reorg-of-an-execution-that-the-new-branch-has-too",
        story -> {
          story.create(PACE);
          story.head(1, "tells Executed 1");
          story.gone(executing(1), "tells Executed 1");
          story.head(2, "tells Executed 2");
        });
    all.put(
        "reorg-of-an-execution-that-is-on-its-way-again",
        story -> {
          story.create(PACE);
          story.head(1, "tells Executed 1");
          story.world().standings.add(new Standing.Underway("in the pool again"));
          story.gone(executing(1), "tells Executed 1");
        });
    all.put(
        "reorg-of-a-kept-decision",
        story -> {
          story.create(PACE);
          story.world().prospect = TinyModel.HOLD;
          story.head(1, "tells Kept 1");
          story.gone(TinyModel.head(1), "tells Reverted 1");
          story.head(other(1, 91, STEP), "tells Kept 1");
        });
    all.put(
        "reorg-while-nobody-looked",
        story -> {
          story.create(PACE);
          story.head(1, "tells Executed 1");
          story.crash();
          story.world().forget(story.world().submitted.getFirst().context(), 0);
          story.start();
          story.head(2, "tells Executed 2");
        });
  }

  private static void lives(Map<String, Consumer<Story>> all) {
    all.put(
        "pause-resume-retire",
        story -> {
          story.create(PACE);
          story.request("pause", to -> new VaultAgent.Pause("maintenance", to));
          story.request("pause again", to -> new VaultAgent.Pause("again", to));
          story.head(1);
          story.request("resume", VaultAgent.Resume::new);
          story.request("resume again", VaultAgent.Resume::new);
          story.head(2, "tells Executed 2");
          story.request("retire", to -> new VaultAgent.Retire("closed", to));
          story.request("retire again", to -> new VaultAgent.Retire("again", to));
          story.request("resume", VaultAgent.Resume::new);
          story.request("pause", to -> new VaultAgent.Pause("late", to));
          story.head(3);
        });
    all.put(
        "pause-gives-up-what-is-not-proven",
        story -> {
          story.create(PACE);
          story.world().proversAreBusy = true;
          story.head(1, "orders a proof of head 1");
          story.request("pause", to -> new VaultAgent.Pause("maintenance", to));
          story.until("withdraws its order");
          story.world().proversAreBusy = false;
          story.request("resume", VaultAgent.Resume::new);
          story.head(2, "tells Executed 2");
        });
    all.put(
        "retired-while-it-is-on-its-way",
        story -> {
          story.create(PACE);
          CountDownLatch gate = new CountDownLatch(1);
          story.world().afterExecution = () -> await(gate);
          story.head(1, "submits head 1");
          story.request("retire", to -> new VaultAgent.Retire("closed", to));
          gate.countDown();
          story.until("tells Executed 1");
        });
    all.put(
        "asked-before-it-is-created-and-created-twice",
        story -> {
          story.start(PACE);
          story.request("report", VaultAgent.Report::new);
          story.request("pause", to -> new VaultAgent.Pause("early", to));
          story.request("resume", VaultAgent.Resume::new);
          story.request("retire", to -> new VaultAgent.Retire("early", to));
          story.request("create", to -> new VaultAgent.Create(story.spec(PACE), false, to));
          story.until("is equipped");
          story.request(
              "create the same", to -> new VaultAgent.Create(story.spec(PACE), false, to));
          Pace other = new Pace(60, true, false, false);
          story.request(
              "create another", to -> new VaultAgent.Create(story.spec(other), false, to));
          story.request("amend", to -> new VaultAgent.Create(story.spec(other), true, to));
          story.until("is equipped");
          story.world().prospect = TinyModel.HOLD;
          story.head(1, "tells Executed 1");
        });
  }

  private static void restarts(Map<String, Consumer<Story>> all) {
    all.put(
        "restart-while-it-is-on-its-way",
        story -> {
          story.create(PACE);
          CountDownLatch gate = new CountDownLatch(1);
          story.world().afterExecution = () -> await(gate);
          story.head(1, "submits head 1");
          story.crash();
          story.world().afterExecution = () -> {};
          story.start();
          story.until("tells Executed 1");
          gate.countDown();
        });
    all.put(
        "restart-after-the-deadline",
        story -> {
          story.create(PACE);
          story.dieAfter("IntentSubmitted", () -> story.bring(TinyModel.head(1)));
          // What the venue knows of the chain's time is not this node's: head 1 is now for it.
          story.world().standings.add(new Standing.Void("its time is over"));
          story.start();
          story.until("tells Failed 1 ASKING");
          story.head(4, "tells Executed 4");
        });
    all.put(
        "restart-after-AgentCreated",
        story -> {
          story.start(PACE);
          story.dieAfter(
              "AgentCreated",
              () -> story.tell("create", to -> new VaultAgent.Create(story.spec(PACE), false, to)));
          story.start();
          story.head(1, "tells Executed 1");
        });
    all.put(
        "restart-after-AgentPaused",
        story -> {
          story.create(PACE);
          story.world().proversAreBusy = true;
          story.head(1, "orders a proof of head 1");
          story.dieAfter(
              "AgentPaused",
              () -> story.tell("pause", to -> new VaultAgent.Pause("maintenance", to)));
          story.world().proversAreBusy = false;
          story.startAtRest();
          story.request("resume", VaultAgent.Resume::new);
          story.until("is equipped");
          story.head(2, "tells Executed 2");
        });
    all.put(
        "restart-after-HeadReverted",
        story -> {
          story.create(PACE);
          story.head(1, "tells Executed 1");
          story.world().forget(story.world().submitted.getFirst().context(), 0);
          story.dieAfter("HeadReverted", () -> story.lose(executing(1)));
          story.start();
          story.until("tells Failed 1 ASKING");
          story.head(other(2, 92, STEP + 1), "tells Executed 2");
        });
  }

  private static void restart(Story story, String kind) {
    story.create(PACE);
    if (kind.equals("IntentFailed")) {
      story.world().answers.add(new Settlement.Unsettled("in no block yet"));
    }
    story.dieAfter(kind, () -> story.bring(TinyModel.head(1)));
    story.start();
    if (!kind.equals("IntentSettled")) {
      story.until("tells Executed 1");
    }
    story.head(2, "tells Executed 2");
  }

  private static void failing(Story story, int times) {
    AtomicInteger reads = new AtomicInteger();
    story.world().features =
        head -> {
          if (reads.getAndIncrement() < times) {
            throw new IllegalStateException("The node does not answer");
          }
          return story.world().observe(head);
        };
  }

  private static Head late(long number, long timestamp) {
    return other(number, number, timestamp);
  }

  /** A head of another branch. */
  private static Head other(long number, long hash, long timestamp) {
    return new Head(
        number, TinyModel.hash(hash), TinyModel.hash(number - 1), timestamp, BigInteger.TWO);
  }

  /** The block that executed what was decided on head {@code number}. */
  private static Head executing(long number) {
    return new Head(
        number,
        TinyModel.receipt(number, true).blockHash(),
        TinyModel.hash(number),
        STEP * number,
        BigInteger.ONE);
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  // ---- the tests ----

  @TestFactory
  @DisabledIfSystemProperty(named = Frozen.PROPERTY, matches = GROUP)
  Stream<DynamicTest> agentsDoWhatTheyDid() {
    return Stream.concat(
        scenarios().entrySet().stream()
            .map(scenario ->
                DynamicTest.dynamicTest(
                    scenario.getKey(),
                    () ->
                        assertThat(told(scenario.getValue()))
                            .isEqualTo(Frozen.text(file(scenario.getKey()))))),
        Stream.of(
            DynamicTest.dynamicTest(
                "every kind of event comes in one of them", FrozenConductTest::requireEveryKind)));
  }

  private static void requireEveryKind() {
    Set<String> all = new TreeSet<>();
    for (Class<?> type : List.of(Event.class, Notice.class)) {
      Stream.of(type.getPermittedSubclasses()).map(Class::getSimpleName).forEach(all::add);
    }
    for (Notice.Stage stage : Notice.Stage.values()) {
      all.add("Timed " + stage);
    }
    for (Step step : Step.values()) {
      all.add("Failed " + step.name());
    }
    // A journal that does not hold is JournalRecoveryTest's.
    all.removeAll(List.of("Stopped", "Unreadable"));
    assertThat(KINDS).containsExactlyInAnyOrderElementsOf(all);
  }

  @Test
  @EnabledIfSystemProperty(named = Frozen.PROPERTY, matches = GROUP)
  void writeAnew() {
    scenarios().forEach((name, scenario) -> Frozen.write(file(name), told(scenario)));
    Frozen.writtenAnew(GROUP);
  }

  private static String file(String scenario) {
    return "%s/%s.txt".formatted(GROUP, scenario);
  }

  private static String told(Consumer<Story> scenario) {
    Story story = new Story();
    scenario.accept(story);
    return story.end();
  }

  // ---- a story ----

  /** One scenario, and the lines of what happens in it. */
  private static final class Story {
    private final List<String> lines = new ArrayList<>();
    private final ScriptedWorld world;
    private volatile Predicate<Event> dies = _ -> false;
    private volatile Consumer<Event> written = _ -> {};
    private int read;

    /** How often it is not equipped. */
    private final AtomicInteger unequipped = new AtomicInteger();

    Story() {
      // The pace of a world is that of its deadlines: the same in all scenarios.
      world = new ScriptedWorld(kit, PACE);
      world.told = this::onTold;
      world.asked = this::onAsked;
      world.afterEvent = (_, event) -> onWritten(event);
    }

    ScriptedWorld world() {
      return world;
    }

    AgentSpec spec(Pace pace) {
      return world.own(pace);
    }

    // ---- what the agent does ----

    private synchronized void add(String line) {
      lines.add("  " + line);
      notifyAll();
    }

    private void onTold(Notice event) {
      if (event instanceof Notice.Timed timed) {
        KINDS.add("Timed");
        KINDS.add("Timed " + timed.stage());
        return;
      }
      KINDS.add(event.getClass().getSimpleName());
      if (event instanceof Notice.Failed failed) {
        KINDS.add("Failed " + failed.step().name());
      }
      add("tells  " + text(event));
    }

    private void onAsked(String what) {
      add("acts   " + what);
      if (what.equals("is equipped") && unequipped.getAndDecrement() > 0) {
        throw new IllegalStateException("The key store is locked");
      }
    }

    private void onWritten(Event event) {
      KINDS.add(RecordCodec.name(event));
      add("writes " + text(event));
      written.accept(event);
      if (dies.test(event)) {
        dies = _ -> false;
        throw new IllegalStateException("The agent's process is killed here");
      }
    }

    void whenWritten(Class<? extends Event> kind, Runnable then) {
      written =
          event -> {
            if (kind.isInstance(event)) {
              then.run();
            }
          };
    }

    // ---- what is done to it ----

    private synchronized void given(String what) {
      lines.add("> " + what);
    }

    void create(Pace pace) {
      start(pace);
      request("create", to -> new VaultAgent.Create(spec(pace), false, to));
      until("is equipped");
    }

    void start(Pace pace) {
      given("start, to be paced by " + pace.lifetimeSeconds() + " s");
      world.start();
    }

    /** After a crash, with something to do. */
    void start() {
      startAtRest();
      until("is equipped");
    }

    /** After a crash, with nothing to do: it is not equipped before there is. */
    void startAtRest() {
      given("start again");
      world.start();
    }

    void crash() {
      given("crash");
      world.crash();
    }

    /** The agent dies as soon as the journal has an event of this kind. */
    void dieAfter(String kind, Runnable cause) {
      dies = event -> RecordCodec.name(event).equals(kind);
      cause.run();
      world.awaitDeath();
      given("it died");
    }

    void head(long number) {
      head(TinyModel.head(number));
    }

    void head(long number, String ending) {
      head(TinyModel.head(number), ending);
    }

    void head(Head head) {
      bring(head);
      world.awaitTurn();
    }

    void head(Head head, String ending) {
      bring(head);
      until(ending);
    }

    void gone(Head head) {
      lose(head);
      world.awaitTurn();
    }

    void gone(Head head, String ending) {
      lose(head);
      until(ending);
    }

    /** To an agent that may not live to answer. */
    void bring(Head head) {
      given("head %d of second %d".formatted(head.number(), head.timestamp()));
      world.tell(head);
    }

    void lose(Head head) {
      given("gone head %d of second %d".formatted(head.number(), head.timestamp()));
      world.agent().tell(new VaultAgent.GoneHead(head));
    }

    /** Asks, and hears whether it is refused. */
    void request(String what, Function<ActorRef<VaultAgent.Reply>, VaultAgent.Command> request) {
      given(what);
      try {
        world.request(request);
      } catch (AgentRefused e) {
        add("refuses: " + String.valueOf(e.getMessage()).replace(world.id(), "ID"));
      }
    }

    /** Asks, and hears nothing. */
    void tell(String what, Function<ActorRef<VaultAgent.Reply>, VaultAgent.Command> request) {
      given(what);
      world.agent().tell(request.apply(kit.<VaultAgent.Reply>createTestProbe().getRef()));
    }

    // ---- waiting ----

    /** Waits until a line that was not waited for yet ends or goes on with {@code part}. */
    void until(String part) {
      String shape = part.replaceFirst("^tells ", "tells  ");
      await(line -> line.contains(shape), part);
      world.awaitTurn();
    }

    private synchronized void await(Predicate<String> found, String what) {
      long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
      while (true) {
        for (; read < lines.size(); read++) {
          if (found.test(lines.get(read))) {
            read++;
            return;
          }
        }
        long left = Duration.ofNanos(end - System.nanoTime()).toMillis();
        if (left <= 0) {
          throw new AssertionError(
              "This never came: %s, after\n%s".formatted(what, String.join("\n", lines)));
        }
        try {
          wait(left);
        } catch (InterruptedException e) {
          throw new AssertionError(e);
        }
      }
    }

    /** All lines and how the agent stands at the end. */
    String end() {
      AgentStatus status = world.awaitRest();
      StringBuilder out = new StringBuilder();
      synchronized (this) {
        lines.forEach(line -> out.append(line).append('\n'));
      }
      return out.append("= ")
          .append(status.life())
          .append(", ")
          .append(status.doing())
          .append(", decided up to ")
          .append(status.lastDecided())
          .append(
              "; events %d, decisions %d, proofs %d, executions %d, reverts %d, failures %d, gas %d, %s\n"
                  .formatted(
                      status.events(),
                      status.tally().decisions(),
                      status.tally().proofs(),
                      status.tally().executions(),
                      status.tally().reverts(),
                      status.tally().failures(),
                      status.tally().gasSpent(),
                      status.lastFailure().isEmpty() ? "no failure" : status.lastFailure()))
          .toString();
    }

    // ---- words ----

    private static String text(Notice event) {
      return switch (event) {
        case Notice.Dropped(Head head, Head newer) ->
            "Dropped %d for %d".formatted(head.number(), newer.number());
        case Notice.Decided(Proposal proposal, Prospect prospect) ->
            "Decided %s, %s".formatted(words(proposal), words(prospect));
        case Notice.Kept(var intent, Prospect prospect) ->
            "Kept %d, %s".formatted(intent.proposal().head().number(), words(prospect));
        case Notice.Past(Head head, long asOf) -> "Past %d as of %d".formatted(head.number(), asOf);
        case Notice.Executed(Proposal proposal, var done) ->
            "Executed %d in block %d, asset %d, numeraire %d"
                .formatted(
                    proposal.head().number(),
                    done.receipt().blockNumber(),
                    gained(done.deltas(), TinyModel.ASSET),
                    gained(done.deltas(), TinyModel.NUMERAIRE));
        case Notice.Reverted(Proposal proposal, Head head, boolean executed) ->
            "Reverted %d with block %s, %s"
                .formatted(
                    proposal.head().number(),
                    tail(head.hash().hex()),
                    executed ? "executed there" : "decided there");
        case Notice.LifeChanged(Life life, String reason) ->
            "LifeChanged %s \"%s\"".formatted(life, reason);
        case Notice.Failed(var head, Step step, String reason, int attempt, Duration pause) ->
            "Failed %s%s attempt %d, again in %d ms: %s"
                .formatted(
                    head == null ? "" : head.number() + " ",
                    step.name(),
                    attempt,
                    pause.toMillis(),
                    reason);
        case Notice.Hindered(Head head, String why) ->
            "Hindered %d: %s".formatted(head.number(), why);
        case Notice.Postponed(Head head, String why) ->
            "Postponed %d: %s".formatted(head.number(), why);
        case Notice.Missed(Head head, String why) -> "Missed %d: %s".formatted(head.number(), why);
        default -> ScriptedWorld.kind(event);
      };
    }

    private String text(Event event) {
      return RecordCodec.name(event)
          + switch (event) {
            case Event.AgentCreated(AgentSpec spec) -> words(spec);
            case Event.AgentAmended(AgentSpec spec) -> words(spec);
            case Event.AgentPaused(String reason) -> " \"%s\"".formatted(reason);
            case Event.AgentRetired(String reason) -> " \"%s\"".formatted(reason);
            case Event.AgentResumed() -> "";
            case Event.DecisionMade(Proposal proposal, Prospect prospect) ->
                " %s, %s".formatted(words(proposal), words(prospect));
            case Event.DecisionProven(var intent, Prospect prospect, var _) ->
                " %s, %s".formatted(words(intent.proposal()), words(prospect));
            case Event.IntentSubmitted(Bytes32 context, BigInteger nonce) ->
                " %s nonce %d".formatted(words(context), nonce);
            case Event.IntentSettled(Bytes32 context, Event.Execution done) ->
                " %s by %s in block %d %s, gas %d at %d, asset %d, numeraire %d"
                    .formatted(
                        words(context),
                        tail(done.transaction().hex()),
                        done.blockNumber(),
                        tail(done.block().hex()),
                        done.gasUsed(),
                        done.gasPrice(),
                        gained(done.deltas(), TinyModel.ASSET),
                        gained(done.deltas(), TinyModel.NUMERAIRE));
            case Event.IntentFailed failed ->
                " %s %s, gas %d, %s: %s"
                    .formatted(
                        words(failed.context()),
                        failed.step().name(),
                        failed.gasCost(),
                        switch (failed.aftermath()) {
                          case OPEN -> "open, not left";
                          case RETRY -> "over, not left";
                          case LEFT -> "over, left";
                          case AGAIN -> "asked again";
                        },
                        failed.reason());
            case Event.HeadReverted(long number, var block, Bytes32 context, boolean executed) ->
                " %d %s %s, %s"
                    .formatted(
                        number,
                        tail(block.hex()),
                        words(context),
                        executed ? "executed there" : "decided there");
            case Event.Unreadable(String why) -> why;
          };
    }

    private String words(AgentSpec spec) {
      return " %s for %s, model %s, lifetime %d s, %s, %s"
          .formatted(
              spec.id().equals(world.id()) ? "ID" : spec.id(),
              tail(spec.vault().hex()),
              words(spec.model()),
              spec.pace().lifetimeSeconds(),
              spec.pace().sendsHolds() ? "sends holds" : "keeps holds",
              spec.pace().provesAll() ? "proves all" : "proves what is sent");
    }

    private static String words(Prospect prospect) {
      return switch (prospect) {
        case Prospect.Trade(var steps, var _) -> "a trade of " + steps.getFirst().notional();
        case Prospect.Hold hold -> hold.words();
        case Prospect.Refused(String reason) -> "nothing: " + reason;
        case Prospect.NotNow(String reason) -> "nothing now: " + reason;
        case Prospect.Hindered(String reason) -> "nothing, and it lasts: " + reason;
      };
    }

    private static String words(Proposal proposal) {
      return "%d as of %d until %d, nonce %d, choice %d, context %s"
          .formatted(
              proposal.head().number(),
              proposal.observation().asOf(),
              proposal.deadline(),
              proposal.observation().state().nonce(),
              proposal.decision().words()[0],
              words(proposal.context()));
    }

    private static BigInteger gained(List<AssetDelta> deltas, Address asset) {
      return deltas.stream()
          .filter(delta -> delta.asset().equals(asset))
          .map(AssetDelta::amount)
          .reduce(BigInteger.ZERO, BigInteger::add);
    }

    private static String words(Bytes32 word) {
      return word.hex().substring(0, 10);
    }

    private static String tail(String hex) {
      return "\u2026" + hex.substring(hex.length() - 4);
    }
  }
}
