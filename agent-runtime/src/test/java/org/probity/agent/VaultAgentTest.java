package org.probity.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.probity.agent.AgentEvent.Step;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.chain.Hash;
import org.probity.chain.Head;
import org.probity.chain.Receipt;
import org.probity.intent.AgentCycle;
import org.probity.intent.FeatureSource;
import org.probity.intent.Mandate;
import org.probity.intent.Observation;
import org.probity.intent.Proposal;
import org.probity.intent.Prospect;
import org.probity.intent.ProvenIntent;
import org.probity.intent.Settlement;
import org.probity.intent.VaultState;
import org.probity.intent.Venue;
import org.probity.strategy.Strategy;
import org.probity.strategy.feature.VaultBooks;
import org.probity.zk.Architecture;
import org.probity.zk.CommittedModel;
import org.probity.zk.DecisionProof;
import org.probity.zk.Dense;
import org.probity.zk.Entropy;
import org.probity.zk.FeatureVector;
import org.probity.zk.Layer;
import org.probity.zk.Network;
import org.probity.zk.ProofVerifier;
import org.probity.zk.Prover;
import org.probity.zk.Readout;
import org.probity.zk.Srs;
import org.probity.zk.Verdict;
import org.probity.zk.backend.ComputeBackend;

/**
 * The agent's conduct, with a real model, real proofs and a real verifier; the chain and the venue
 * answer what a test tells them to.
 */
final class VaultAgentTest {

  private static final AgentSettings.Pace PACE = new AgentSettings.Pace(120, false);
  private static final long STEP_SECONDS = 60;
  private static final AgentSettings.Retry RETRY =
      new AgentSettings.Retry(Duration.ofMillis(5), Duration.ofMillis(20));
  private static final Address VAULT = new Address("0x" + "11".repeat(20));

  private static final Srs SRS;
  private static final CommittedModel MODEL;

  static {
    Architecture shape =
        new Architecture(2, List.of(new Layer(4, 0), new Layer(3, 0)), Readout.ARGMAX, 0);
    Network network =
        new Network(
            shape,
            List.of(
                new Dense(new int[] {3, 1, -2, 5, 1, 1, 0, -4}, new int[] {1, 2, 3, 4}),
                new Dense(new int[] {1, 2, -1, 1, 0, 1, 1, -3, 2, 0, 1, 1}, new int[] {0, 5, -2})));
    SRS = Srs.development(shape.logSize(), Entropy.secure());
    MODEL = CommittedModel.commit(network, SRS, ComputeBackend.scalar(), Entropy.secure());
  }

  private static final Prover PROVER = new Prover(SRS, ComputeBackend.scalar(), Entropy.secure());
  private static final ProofVerifier VERIFIER = new ProofVerifier(SRS);

  private static ActorTestKit kit;

  @BeforeAll
  static void start() {
    kit = ActorTestKit.create("agent-test", AgentRuntime.actors(1));
  }

  @AfterAll
  static void stop() {
    kit.shutdownTestKit();
  }

  @Test
  void headBecomesExecutedIntent() {
    Fixture agent = new Fixture();
    agent.head(1);
    assertThat(agent.kindsUntilDone())
        .containsExactly("Taken 1", "Decided 1", "Proved 1", "Executed 1");
    assertThat(agent.venue.submitted).hasSize(1);
  }

  @Test
  void newestHeadWinsAndStaleOnesAreDropped() throws InterruptedException {
    Fixture agent = new Fixture();
    CountDownLatch reading = new CountDownLatch(1);
    CountDownLatch answer = new CountDownLatch(1);
    agent.features =
        head -> {
          if (head.number() == 1) {
            reading.countDown();
            await(answer);
          }
          return observation(head);
        };
    agent.head(1);
    assertThat(reading.await(10, TimeUnit.SECONDS)).isTrue();
    agent.head(2);
    agent.head(3);
    agent.barrier();
    answer.countDown();
    assertThat(agent.kindsUntilDone())
        .containsExactly(
            "Taken 1", "Dropped 2", "Dropped 1", "Taken 3", "Decided 3", "Proved 3", "Executed 3");
    assertThat(agent.venue.submitted)
        .extracting(i -> i.proposal().head().number())
        .containsExactly(3L);
  }

  @Test
  void headOfDecidedMomentIsLeftAlone() {
    Fixture agent = new Fixture();
    agent.head(1);
    agent.kindsUntilDone();
    agent.tell(new Head(100, hash(100), hash(99), STEP_SECONDS + 12, BigInteger.ONE));
    agent.head(2);
    assertThat(agent.kindsUntilDone()).first().isEqualTo("Taken 2");
  }

  @Test
  void momentThatTheVaultHasActedOnIsNotProposedAgain() {
    Fixture restarted = new Fixture();
    restarted.features = head -> observation(head, STEP_SECONDS, STEP_SECONDS);
    restarted.head(1);
    assertThat(restarted.kindsUntilDone()).containsExactly("Taken 1", "Past 1");
    restarted.tell(new Head(100, hash(100), hash(99), STEP_SECONDS + 12, BigInteger.ONE));
    restarted.head(2);
    assertThat(restarted.kindsUntilDone())
        .containsExactly("Taken 2", "Decided 2", "Proved 2", "Executed 2");
  }

  @Test
  void transactionThatWasMinedAfterAllIsNotRepeated() {
    Fixture agent = new Fixture();
    agent.venue.answers.add(new Settlement.Unsettled("transaction 0x… is in no block yet"));
    agent.features =
        head -> observation(head, STEP_SECONDS, agent.venue.submitted.isEmpty() ? 0 : STEP_SECONDS);
    agent.head(1);
    assertThat(agent.kindsUntilDone())
        .containsExactly(
            "Taken 1", "Decided 1", "Proved 1", "Failed 1 SETTLING", "Taken 1", "Past 1");
    assertThat(agent.venue.submitted).hasSize(1);
  }

  @Test
  void anotherStepOfThePolicyIsFollowedFromTheNextDecisionOn() {
    Fixture agent = new Fixture();
    agent.features = head -> observation(head, head.number() == 1 ? STEP_SECONDS : 10, 0);
    agent.head(1);
    agent.kindsUntilDone();
    agent.head(2);
    agent.kindsUntilDone();
    agent.tell(new Head(3, hash(3), hash(2), 2 * STEP_SECONDS + 9, BigInteger.ONE));
    agent.tell(new Head(4, hash(4), hash(3), 2 * STEP_SECONDS + 12, BigInteger.ONE));
    assertThat(agent.kindsUntilDone()).first().isEqualTo("Taken 4");
    assertThat(agent.venue.submitted.getLast().asOf()).isEqualTo(2 * STEP_SECONDS + 10);
  }

  @Test
  void proverFailureIsRecoveredFrom() {
    Fixture agent = new Fixture();
    AtomicInteger calls = new AtomicInteger();
    agent.prover =
        (x, y, context) -> {
          if (calls.getAndIncrement() == 0) {
            throw new IllegalStateException("no memory for the witness");
          }
          return PROVER.prove(MODEL, x, y, context);
        };
    agent.head(1);
    assertThat(agent.kindsUntilDone())
        .containsExactly(
            "Taken 1",
            "Decided 1",
            "Failed 1 PROVING",
            "Taken 1",
            "Decided 1",
            "Proved 1",
            "Executed 1");
    assertThat(agent.failures.getFirst().reason()).isEqualTo("no memory for the witness");
  }

  @Test
  void corruptedProofIsNeverSent() {
    Fixture agent = new Fixture();
    AtomicInteger calls = new AtomicInteger();
    agent.prover =
        (x, y, context) -> {
          DecisionProof proof = PROVER.prove(MODEL, x, y, context);
          if (calls.getAndIncrement() > 1) {
            return proof;
          }
          byte[] bytes = proof.bytes();
          bytes[bytes.length / 2] ^= 1;
          return DecisionProof.of(bytes);
        };
    agent.head(1);
    List<String> kinds = agent.kindsUntilDone();
    assertThat(kinds).filteredOn(k -> k.equals("Failed 1 CHECKING")).hasSize(2);
    assertThat(agent.failures.getFirst().reason()).contains("own verifier").contains("not sent");
    assertThat(agent.venue.submitted)
        .hasSize(1)
        .allSatisfy(intent ->
            assertThat(
                    VERIFIER.verify(
                        MODEL.key(),
                        intent.features(),
                        intent.decision(),
                        intent.context(),
                        intent.proof()))
                .isEqualTo(Verdict.ACCEPTED));
  }

  @Test
  void revertedTransactionIsRecoveredFromWithItsReason() {
    Fixture agent = new Fixture();
    AtomicInteger reads = new AtomicInteger();
    agent.features =
        head -> {
          reads.incrementAndGet();
          return observation(head);
        };
    agent.venue.answers.add(
        new Settlement.Refused("reverted: SlippageExceeded(99, 100)", Optional.of(receipt(false))));
    agent.head(1);
    assertThat(agent.kindsUntilDone())
        .containsSubsequence("Proved 1", "Failed 1 SETTLING", "Taken 1", "Proved 1", "Executed 1");
    assertThat(agent.failures.getFirst().reason()).contains("SlippageExceeded(99, 100)");
    assertThat(reads).as("the second attempt reads the chain anew").hasValue(2);
  }

  @Test
  void chainThatIsGoneIsAskedAgainUntilItIsBack() {
    Fixture agent = new Fixture();
    AtomicInteger reads = new AtomicInteger();
    agent.features =
        head -> {
          if (reads.getAndIncrement() < 3) {
            throw new IllegalStateException("The node does not answer");
          }
          return observation(head);
        };
    agent.head(1);
    assertThat(agent.kindsUntilDone())
        .containsExactly(
            "Taken 1",
            "Failed 1 OBSERVING",
            "Taken 1",
            "Failed 1 OBSERVING",
            "Taken 1",
            "Failed 1 OBSERVING",
            "Taken 1",
            "Decided 1",
            "Proved 1",
            "Executed 1");
  }

  @Test
  void headThatKeepsFailingIsLeftForTheNextMoment() {
    Fixture agent = new Fixture();
    agent.prover =
        (x, y, context) -> {
          throw new IllegalStateException("the prover is broken");
        };
    agent.head(1);
    agent.kindsUntilDone();
    assertThat(agent.failures).hasSize(VaultAgent.ATTEMPTS);
    assertThat(agent.failures.getLast().pause()).isEqualTo(Duration.ZERO);
    agent.prover = (x, y, context) -> PROVER.prove(MODEL, x, y, context);
    agent.head(2);
    assertThat(agent.kindsUntilDone()).endsWith("Executed 2");
  }

  @Test
  void pausesGrowFromOneFailureToTheNext() {
    Fixture agent = new Fixture();
    agent.features =
        head -> {
          throw new IllegalStateException("gone");
        };
    agent.head(1);
    agent.kindsUntilDone();
    assertThat(agent.failures)
        .extracting(failed -> failed.pause().toMillis())
        .containsExactly(5L, 10L, 20L, 20L, 0L);
  }

  @Test
  void holdIsProvenAndKeptUnlessHoldsAreSent() {
    Fixture keeps = new Fixture();
    keeps.venue.prospect = new Prospect.Hold();
    keeps.head(1);
    assertThat(keeps.kindsUntilDone()).endsWith("Proved 1", "Kept 1");
    assertThat(keeps.venue.submitted).isEmpty();

    Fixture sends = new Fixture(new AgentSettings.Pace(120, true));
    sends.venue.prospect = new Prospect.Hold();
    sends.head(1);
    assertThat(sends.kindsUntilDone()).endsWith("Proved 1", "Executed 1");
  }

  @Test
  void decisionThatTheVaultWouldRefuseIsNotSent() {
    Fixture agent = new Fixture(new AgentSettings.Pace(120, true));
    agent.venue.prospect = new Prospect.Nothing("at its target");
    agent.head(1);
    assertThat(agent.kindsUntilDone()).endsWith("Proved 1", "Kept 1");
    assertThat(agent.venue.submitted).isEmpty();
  }

  @Test
  void transactionInNoBlockIsTriedAgainFromTheStart() {
    Fixture agent = new Fixture();
    agent.venue.answers.add(new Settlement.Unsettled("transaction 0x… is in no block yet"));
    agent.head(1);
    assertThat(agent.kindsUntilDone()).contains("Failed 1 SETTLING").endsWith("Executed 1");
  }

  // ---- the fixture ----

  /** An agent on a chain and a venue of the test's making. */
  private static final class Fixture {
    private final BlockingQueue<AgentEvent> events = new LinkedBlockingQueue<>();
    private final List<AgentEvent.Failed> failures = new ArrayList<>();
    private final ScriptedVenue venue = new ScriptedVenue();
    private final ActorRef<VaultAgent.Command> agent;
    private volatile FeatureSource features = VaultAgentTest::observation;
    private volatile AgentCycle.Proving prover =
        (x, y, context) -> PROVER.prove(MODEL, x, y, context);

    Fixture() {
      this(PACE);
    }

    Fixture(AgentSettings.Pace pace) {
      AgentCycle cycle =
          new AgentCycle(
              new Mandate(31_337, VAULT, MODEL.key().digest(), pace.lifetimeSeconds()),
              head -> features.at(head),
              Strategy.reference(MODEL.network()),
              (x, y, context) -> prover.prove(x, y, context),
              (x, y, context, proof) -> VERIFIER.verify(MODEL.key(), x, y, context, proof));
      ActorRef<ProvingWorker.Prove> provers = kit.spawn(ProvingWorker.pool(1));
      agent =
          kit.spawn(
              VaultAgent.create(
                  new AgentRuntime.Parts(cycle, venue, pace, RETRY, 1, events::add), provers));
    }

    /** A head of its own moment. */
    void head(long number) {
      tell(new Head(number, hash(number), hash(number - 1), STEP_SECONDS * number, BigInteger.ONE));
    }

    void tell(Head head) {
      agent.tell(new VaultAgent.NewHead(head));
    }

    /** Returns once the agent has seen every message sent so far. */
    void barrier() {
      agent.tell(
          new VaultAgent.HeadsChanged(org.probity.chain.HeadSource.Condition.POLLED, "barrier"));
      List<AgentEvent> seen = new ArrayList<>();
      AgentEvent event = next();
      while (!(event instanceof AgentEvent.HeadsChanged)) {
        seen.add(event);
        event = next();
      }
      events.addAll(seen);
    }

    /** What happens until the agent is done with a head, each event as its kind and head. */
    List<String> kindsUntilDone() {
      List<String> kinds = new ArrayList<>();
      while (true) {
        AgentEvent event = next();
        kinds.add(kind(event));
        boolean done =
            switch (event) {
              case AgentEvent.Executed _, AgentEvent.Kept _, AgentEvent.Past _ -> true;
              case AgentEvent.Failed failed -> {
                failures.add(failed);
                yield failed.pause().isZero();
              }
              case AgentEvent.Taken _,
                  AgentEvent.Dropped _,
                  AgentEvent.Decided _,
                  AgentEvent.Proved _,
                  AgentEvent.HeadsChanged _ ->
                  false;
            };
        if (done) {
          return kinds;
        }
      }
    }

    private AgentEvent next() {
      try {
        AgentEvent event = events.poll(30, TimeUnit.SECONDS);
        assertThat(event).as("the agent's next event").isNotNull();
        return event;
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }

    private static String kind(AgentEvent event) {
      return switch (event) {
        case AgentEvent.HeadsChanged _ -> "HeadsChanged";
        case AgentEvent.Taken(Head head) -> "Taken " + head.number();
        case AgentEvent.Dropped(Head head, Head _) -> "Dropped " + head.number();
        case AgentEvent.Decided(Proposal proposal, _) -> "Decided " + proposal.head().number();
        case AgentEvent.Proved(ProvenIntent intent, _) ->
            "Proved " + intent.proposal().head().number();
        case AgentEvent.Kept(ProvenIntent intent, _) -> "Kept " + intent.proposal().head().number();
        case AgentEvent.Past(Head head, _) -> "Past " + head.number();
        case AgentEvent.Executed(ProvenIntent intent, _) ->
            "Executed " + intent.proposal().head().number();
        case AgentEvent.Failed(Head head, Step step, _, _, _) ->
            "Failed " + head.number() + " " + step.name();
      };
    }
  }

  /** Executes everything, after the answers that it was given. */
  private static final class ScriptedVenue implements Venue {
    private final List<ProvenIntent> submitted = new CopyOnWriteArrayList<>();
    private final BlockingQueue<Settlement> answers = new LinkedBlockingQueue<>();
    private volatile Prospect prospect = new Prospect.Trade(BigInteger.TEN);

    @Override
    public Prospect prospect(Proposal proposal) {
      return prospect;
    }

    @Override
    public Settlement submit(ProvenIntent intent) {
      submitted.add(intent);
      Settlement answer = answers.poll();
      return answer == null
          ? new Settlement.Executed(receipt(true), BigInteger.ONE, BigInteger.ONE.negate())
          : answer;
    }
  }

  private static Observation observation(Head head) {
    return observation(head, STEP_SECONDS, 0);
  }

  private static Observation observation(Head head, long stepSeconds, long lastAsOf) {
    VaultBooks books =
        new VaultBooks(
            BigInteger.TEN, BigInteger.TEN, 0, 0, 0, BigInteger.ZERO, BigInteger.TEN, 3_600);
    int number = (int) head.number();
    VaultState state =
        new VaultState(
            BigInteger.valueOf(number), false, books, MODEL.key().digest(), lastAsOf, stepSeconds);
    return new Observation(
        state,
        state.momentAt(head.timestamp()),
        Bytes.EMPTY,
        0,
        FeatureVector.of(number * 3 - 7, 11 - number));
  }

  private static Receipt receipt(boolean succeeded) {
    return new Receipt(hash(7), 1, hash(8), succeeded, 600_000, BigInteger.ONE, null, List.of());
  }

  private static Hash hash(long number) {
    return new Hash("0x%064x".formatted(number));
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
