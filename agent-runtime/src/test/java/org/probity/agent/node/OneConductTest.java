package org.probity.agent.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.probity.agent.AgentListener;
import org.probity.agent.AgentParts;
import org.probity.agent.proving.ProofQueue;
import org.probity.agent.record.AgentRecord;
import org.probity.chain.Address;
import org.probity.chain.Head;
import org.probity.chain.Receipt;
import org.probity.ground.Bytes32;
import org.probity.ground.TestKind;
import org.probity.intent.AssetDelta;
import org.probity.intent.Pace;
import org.probity.intent.Proposal;
import org.probity.intent.Prospect;
import org.probity.intent.ProvenIntent;
import org.probity.intent.Settlement;
import org.probity.intent.Standing;
import org.probity.intent.Venue;
import org.probity.intent.conduct.AgentSpec;
import org.probity.intent.conduct.AgentState;
import org.probity.intent.conduct.Conduct;
import org.probity.intent.conduct.Event;
import org.probity.intent.conduct.Input;
import org.probity.intent.conduct.Replay;
import org.probity.intent.conduct.Retry;
import org.probity.intent.conduct.Step;
import org.probity.intent.conduct.Task;
import org.probity.sim.backtest.AgentOnClock;
import org.probity.zk.DecisionProof;

/**
 * Random lives of agents (heads, failures, reorgs, deadlines, crashes, owners who change their
 * minds) through the conduct itself and its three shells: a node's actor, the simulator's clock and
 * the replay of a journal. All give the same events, byte for byte.
 */
@TestKind.Differential
final class OneConductTest {

  /** Of a build; {@code -Dprobity.conduct.lives=10000} for a night. */
  private static final int LIVES = Integer.getInteger("probity.conduct.lives", 400);

  private static final int INPUTS = 40;
  private static final Retry RETRY = new Retry(Duration.ofHours(1), Duration.ofHours(2));
  private static final DecisionProof PROOF = DecisionProof.of(new byte[] {1, 2, 3});

  private static final AtomicInteger NUMBERS = new AtomicInteger();

  private static ActorTestKit kit;

  @BeforeAll
  static void start() {
    kit = ActorTestKit.create("one-conduct", TestActors.inMemory(1));
  }

  @AfterAll
  static void stop() {
    kit.shutdownTestKit();
  }

  @Test
  void threeShellsWriteTheSameEvents() {
    for (int seed = 0; seed < LIVES; seed++) {
      new Life(seed).live();
    }
  }

  @Test
  void whatNoAgentWritesIsFound() {
    int tried = 0;
    for (int seed = 0; seed < 20; seed++) {
      Life life = new Life(seed);
      life.live();
      for (int i = 0; i < life.events.size(); i++) {
        if (life.events.get(i) instanceof Event.DecisionMade
            || life.events.get(i) instanceof Event.IntentSubmitted) {
          List<Event> doubled = new ArrayList<>(life.events);
          doubled.add(i, life.events.get(i));
          assertThat(isWhole(doubled)).as("life %d, line %d doubled", seed, i).isFalse();
          tried++;
        }
        if (life.events.get(i) instanceof Event.IntentSettled) {
          List<Event> invented = new ArrayList<>(life.events.subList(0, i));
          invented.removeIf(Event.IntentSubmitted.class::isInstance);
          invented.removeIf(Event.HeadReverted.class::isInstance);
          invented.removeIf(Event.IntentSettled.class::isInstance);
          invented.removeIf(Event.DecisionMade.class::isInstance);
          invented.add(life.events.get(i));
          assertThat(isWhole(invented)).as("life %d, execution %d invented", seed, i).isFalse();
          tried++;
        }
      }
    }
    assertThat(tried).isGreaterThan(50);
  }

  private static boolean isWhole(List<Event> events) {
    Replay replay = new Replay("life");
    return events.stream().allMatch(event -> replay.take(event).isEmpty());
  }

  /** One agent in its three shells. */
  private static final class Life {
    private final int seed;
    private final String id;
    private final Random random;
    private final List<Event> events = new ArrayList<>();
    private final List<Event> onClock = new ArrayList<>();
    private final List<Event> onNode = new CopyOnWriteArrayList<>();
    private final List<Task> open = new ArrayList<>();
    private final List<Head> heads = new ArrayList<>();
    private Instant now = Instant.ofEpochSecond(6_000).plusMillis(500);
    private Conduct conduct;
    private AgentOnClock clock;
    private ActorRef<VaultAgent.Command> actor;
    private long number = 100;

    /** Events that were compared before: the lists only grow. */
    private int compared;

    Life(int seed) {
      this.seed = seed;
      this.id = "life-" + NUMBERS.incrementAndGet();
      this.random = new Random(seed);
      this.conduct = Conduct.of(id, RETRY).recover(AgentState.UNBORN, now).conduct();
      this.clock = newClock();
      this.clock.recover(now.toEpochMilli(), AgentState.UNBORN);
      this.actor = spawn();
    }

    // ---- the shells ----

    private AgentOnClock newClock() {
      return new AgentOnClock(
          Conduct.of(id, RETRY),
          new AgentOnClock.World() {
            @Override
            public void perform(Task task, long atMillis) {}

            @Override
            public @Nullable Head newest(long millis) {
              return null;
            }

            @Override
            public @Nullable Head after(Head head) {
              return null;
            }
          },
          onClock::add);
    }

    private ActorRef<VaultAgent.Command> spawn() {
      AgentHost host =
          new AgentHost(
              "test",
              _ -> parts(),
              kit.<HeadHub.Command>createTestProbe().getRef(),
              kit.<ProofQueue.Command>createTestProbe().getRef(),
              // Nothing that takes time is done: its answers are the test's.
              _ -> {},
              RETRY,
              AgentListener.NONE,
              () -> now,
              (_, event) -> onNode.add(event));
      return kit.spawn(VaultAgent.create(id, host, _ -> {}));
    }

    private static AgentParts parts() {
      var cycle =
          TinyModel.cycle(head -> TinyModel.observation(head, 0, 60, 0), TinyModel::prove, 120);
      return new AgentParts(
          cycle, x -> CompletableFuture.completedFuture(cycle.decide(x)), NO_VENUE, RETRY);
    }

    private void hear(Input input) {
      Conduct.Next next = conduct.on(now, input);
      take(next);
      clock.hear(now.toEpochMilli(), input);
      clock.runUntil(now.toEpochMilli());
      TestProbe<VaultAgent.Reply> reply = kit.createTestProbe();
      ActorRef<VaultAgent.Reply> to = reply.getRef();
      actor.tell(
          switch (input) {
            case Input.Create(AgentSpec spec, boolean amends) ->
                new VaultAgent.Create(spec, amends, to);
            case Input.Pause(String why) -> new VaultAgent.Pause(why, to);
            case Input.Resume() -> new VaultAgent.Resume(to);
            case Input.Retire(String why) -> new VaultAgent.Retire(why, to);
            case Input.Outfitted _ -> new VaultAgent.Outfitted(parts());
            // Heads too: by VaultAgent.NewHead they would have come some moments ago.
            default -> new VaultAgent.Done(input);
          });
      boolean replies =
          input instanceof Input.Create
              || input instanceof Input.Pause
              || input instanceof Input.Resume
              || input instanceof Input.Retire;
      if (!replies) {
        actor.tell(new VaultAgent.Report(to));
      }
      boolean refused = next.tasks().stream().anyMatch(Task.Refuse.class::isInstance);
      assertThat(reply.receiveMessage(Duration.ofSeconds(20)) instanceof VaultAgent.Refused)
          .isEqualTo(refused || conduct.state().spec().isEmpty());
      for (Task task : next.tasks()) {
        if (task instanceof Task.Continue(long turn)) {
          // The actor and the clock have told themselves; the report comes after that.
          take(conduct.on(now, new Input.Continued(turn)));
          settle();
        }
      }
      compare(input);
    }

    private void settle() {
      TestProbe<VaultAgent.Reply> reply = kit.createTestProbe();
      actor.tell(new VaultAgent.Report(reply.getRef()));
      reply.receiveMessage(Duration.ofSeconds(20));
    }

    private void take(Conduct.Next next) {
      conduct = next.conduct();
      events.addAll(next.events());
      next.tasks()
          .forEach(task -> {
            switch (task) {
              case Task.Outfit _,
                  Task.Observe _,
                  Task.Prove _,
                  Task.Submit _,
                  Task.Ask _,
                  Task.Wait _ ->
                  open.add(task);
              default -> {}
            }
          });
    }

    private void compare(Object after) {
      List<Bytes32> pure = news(events);
      assertThat(news(onClock)).as("clock, life %d after %s", seed, after).isEqualTo(pure);
      assertThat(news(onNode)).as("actor, life %d after %s", seed, after).isEqualTo(pure);
      compared = events.size();
    }

    private List<Bytes32> news(List<Event> all) {
      return all.stream()
          .skip(compared)
          .map(event -> AgentRecord.after(Bytes32.ZERO, Instant.EPOCH, event).hash())
          .toList();
    }

    /** Every event is one of an agent's, and the journal up to a crash adds up to its state. */
    private void crash() {
      Replay replay = new Replay(id);
      AgentState folded = AgentState.UNBORN;
      for (Event event : events) {
        AgentState was = replay.state();
        assertThat(replay.take(event)).as("life %d, %s in %s", seed, event, was).isEmpty();
        folded = folded.after(event);
      }
      assertThat(folded).isEqualTo(conduct.state()).isEqualTo(clock.state());
      open.clear();
      take(Conduct.of(id, RETRY).recover(folded, now));
      clock = newClock();
      clock.recover(now.toEpochMilli(), folded);
      kit.stop(actor, Duration.ofSeconds(20));
      actor = spawn();
      settle();
      compare("a crash");
    }

    // ---- what happens ----

    void live() {
      hear(new Input.Create(spec(60, random.nextBoolean()), false));
      for (int i = 0; i < INPUTS; i++) {
        now = now.plusSeconds(random.nextInt(random.nextInt(8) == 0 ? 200 : 12));
        int dice = random.nextInt(100);
        if (dice < 30) {
          head();
        } else if (dice < 85 && !open.isEmpty()) {
          // Mostly the newest task; an older one may have been overtaken.
          int last = open.size() - 1;
          hear(answer(open.remove(random.nextInt(4) == 0 ? random.nextInt(last + 1) : last)));
        } else if (dice < 92 && !heads.isEmpty()) {
          hear(new Input.GoneHead(heads.remove(random.nextInt(heads.size()))));
        } else if (dice < 95) {
          crash();
        } else {
          owner();
        }
      }
      crash();
      kit.stop(actor, Duration.ofSeconds(20));
    }

    private void owner() {
      hear(
          switch (random.nextInt(8)) {
            case 0, 1 -> new Input.Pause("a look");
            case 2, 3, 4 -> new Input.Resume();
            case 5 -> random.nextInt(4) == 0 ? new Input.Retire("done") : new Input.Resume();
            case 6 -> new Input.Create(spec(60, random.nextBoolean()), true);
            default -> new Input.Create(spec(60, random.nextBoolean()), false);
          });
    }

    private AgentSpec spec(long lifetime, boolean provesAll) {
      return new AgentSpec(
          id,
          TinyModel.VAULT,
          TinyModel.digest(),
          TinyModel.VAULT,
          new Pace(lifetime, random.nextBoolean(), provesAll, random.nextBoolean()));
    }

    private void head() {
      number += random.nextInt(3);
      long time = now.getEpochSecond() - random.nextInt(4);
      Head head =
          new Head(
              number,
              TinyModel.hash(random.nextLong() >>> 1),
              TinyModel.hash(number - 1),
              time,
              BigInteger.ONE);
      heads.add(head);
      if (heads.size() > 6) {
        heads.removeFirst();
      }
      hear(new Input.NewHead(head, now));
    }

    private Input answer(Task task) {
      int dice = random.nextInt(100);
      return switch (task) {
        case Task.Outfit _ ->
            dice < 85 ? new Input.Outfitted(RETRY) : new Input.NotOutfitted("it is locked");
        case Task.Observe(long turn, Head head, var _) ->
            dice < 75
                ? new Input.Observed(turn, proposal(head), prospect())
                : new Input.NotObserved(turn, head, "no answer");
        case Task.Prove(long turn, Proposal proposal, var _) ->
            dice < 70
                ? new Input.Proved(turn, new ProvenIntent(proposal, PROOF), Duration.ofMillis(5))
                : dice < 80
                    ? new Input.NotProved(turn, Step.PROVING, "the prover is gone")
                    : dice < 90
                        ? new Input.NotProved(turn, Step.CHECKING, "it does not hold")
                        : new Input.Withdrawn(turn, "a newer moment has come");
        case Task.Submit(long turn, ProvenIntent intent, var _) ->
            dice < 85
                ? new Input.Settled(turn, settlement(intent.proposal()))
                : new Input.NotSettled(turn, "no node answers");
        case Task.Ask(long turn, Proposal proposal) ->
            dice < 90
                ? new Input.Stands(turn, proposal, standing(proposal))
                : new Input.StandingUnknown(turn, "no node answers");
        case Task.Wait _ -> new Input.Waited();
        default -> throw new IllegalStateException("Not waited for: " + task);
      };
    }

    private Proposal proposal(Head head) {
      long known =
          conduct.state().recent().stream()
              .filter(c -> c.execution().isPresent())
              .map(c -> c.proposal().observation().state().nonce().longValue() + 1)
              .reduce(0L, Math::max);
      int dice = random.nextInt(20);
      long nonce = dice == 0 ? Math.max(0, known - 1) : dice == 1 ? known + 2 : known;
      long step = random.nextInt(15) == 0 ? 30 : 60;
      long lastAsOf = random.nextInt(10) == 0 ? head.timestamp() : 0;
      return TinyModel.cycle(
              at -> TinyModel.observation(at, nonce, step, lastAsOf), TinyModel::prove, 60)
          .propose(head);
    }

    private Prospect prospect() {
      return switch (random.nextInt(10)) {
        case 0, 1 -> TinyModel.HOLD;
        case 2 -> new Prospect.Refused("at its target");
        case 3 -> new Prospect.Hindered("the node is ahead of itself");
        case 4, 5 -> new Prospect.NotNow("the price is too far away");
        default -> TinyModel.trade(random.nextInt(100) - 50);
      };
    }

    private Settlement settlement(Proposal proposal) {
      int dice = random.nextInt(100);
      if (dice < 55) {
        return new Settlement.Executed(
            receipt(true), List.of(new AssetDelta(Address.ZERO, BigInteger.valueOf(dice))));
      }
      if (dice < 80) {
        String why = "reverted: " + proposal.decision();
        Optional<Receipt> receipt = dice < 70 ? Optional.of(receipt(false)) : Optional.empty();
        return dice % 2 == 0
            ? new Settlement.Refused(why, receipt)
            : new Settlement.NotNow(why, receipt);
      }
      return new Settlement.Unsettled("in no block yet");
    }

    private Receipt receipt(boolean succeeded) {
      Bytes32 block =
          heads.isEmpty() ? TinyModel.hash(number) : heads.get(random.nextInt(heads.size())).hash();
      return new Receipt(
          TinyModel.hash(random.nextInt(1_000_000)),
          number,
          block,
          succeeded,
          21_000,
          BigInteger.TWO,
          null,
          List.of());
    }

    private Standing standing(Proposal proposal) {
      return switch (random.nextInt(5)) {
        case 0, 1 -> new Standing.Open();
        case 2 -> new Standing.Underway("it waits");
        case 3 -> new Standing.Void("its nonce is spent");
        default -> new Standing.Concluded(settlement(proposal));
      };
    }
  }

  private static final Venue NO_VENUE =
      new Venue() {
        @Override
        public Prospect prospect(Proposal proposal) {
          throw new IllegalStateException("Not asked");
        }

        @Override
        public Settlement submit(ProvenIntent intent) {
          throw new IllegalStateException("Not asked");
        }

        @Override
        public Standing standing(Proposal proposal) {
          throw new IllegalStateException("Not asked");
        }
      };
}
