package org.probity.agent.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.probity.agent.AgentRefused;
import org.probity.agent.AgentStatus;
import org.probity.agent.record.AgentRecord;
import org.probity.agent.record.RecordCodec;
import org.probity.chain.Head;
import org.probity.intent.Pace;
import org.probity.intent.Prospect;
import org.probity.intent.ProvenIntent;
import org.probity.intent.Settlement;
import org.probity.intent.conduct.Event;
import org.probity.intent.conduct.Life;
import org.probity.zk.DecisionProof;
import org.probity.zk.Verdict;

/**
 * The agent's conduct, with a real model, real proofs and a real verifier; the chain and the venue
 * answer what a test tells them to.
 */
final class VaultAgentTest {

  private static final Pace PACE = new Pace(120, false);
  private static final long STEP_SECONDS = 60;
  private static ActorTestKit kit;

  @BeforeAll
  static void start() {
    kit = ActorTestKit.create("agent-test", TestActors.inMemory(1));
  }

  @AfterAll
  static void stop() {
    kit.shutdownTestKit();
  }

  @Test
  void headBecomesExecutedIntent() {
    ScriptedWorld agent = agent();
    agent.head(1);
    assertThat(agent.kindsUntilDone())
        .containsExactly("Taken 1", "Decided 1", "Proved 1", "Executed 1");
    assertThat(agent.submitted).hasSize(1);
  }

  @Test
  void newestHeadWinsAndStaleOnesAreDropped() throws InterruptedException {
    ScriptedWorld agent = agent();
    CountDownLatch reading = new CountDownLatch(1);
    CountDownLatch answer = new CountDownLatch(1);
    agent.features =
        head -> {
          if (head.number() == 1) {
            reading.countDown();
            await(answer);
          }
          return agent.observe(head);
        };
    agent.head(1);
    assertThat(reading.await(10, TimeUnit.SECONDS)).isTrue();
    agent.head(2);
    agent.head(3);
    agent.status();
    answer.countDown();
    assertThat(agent.kindsUntilDone())
        .containsExactly(
            "Taken 1", "Dropped 2", "Dropped 1", "Taken 3", "Decided 3", "Proved 3", "Executed 3");
    assertThat(agent.submitted).extracting(i -> i.proposal().head().number()).containsExactly(3L);
  }

  @Test
  void proofThatIsMadeAfterItsDeadlineIsNotSent() {
    ScriptedWorld agent = agent();
    agent.prover =
        (x, y, context) -> {
          agent.ahead = agent.ahead.plusSeconds(PACE.lifetimeSeconds() + 1);
          return TinyModel.prove(x, y, context);
        };
    agent.head(1);
    assertThat(kindsUpTo(agent, "Dropped 1"))
        .containsExactly("Taken 1", "Decided 1", "Proved 1", "Dropped 1");
    assertThat(agent.submitted).isEmpty();
    agent.prover = TinyModel::prove;
    agent.head(2);
    assertThat(agent.kindsUntilDone()).endsWith("Proved 2", "Executed 2");
  }

  @Test
  void deadlineThatPassesBetweenJournalAndVenueIsKept() {
    ScriptedWorld agent = agent();
    agent.afterEvent =
        (_, event) -> {
          if (event instanceof Event.IntentSubmitted && agent.ahead.isZero()) {
            agent.ahead = Duration.ofSeconds(PACE.lifetimeSeconds() + 1);
          }
        };
    agent.head(1);
    assertThat(kindsUpTo(agent, "Failed 1 SETTLING"))
        .containsExactly("Taken 1", "Decided 1", "Proved 1", "Failed 1 SETTLING");
    assertThat(agent.submitted).isEmpty();
  }

  @Test
  void deadlineCountsFromTheHeadAndNotFromTheDecision() {
    ScriptedWorld agent = agent();
    agent.features =
        head -> {
          agent.ahead = Duration.ofSeconds(PACE.lifetimeSeconds() / 2);
          return agent.observe(head);
        };
    agent.prover =
        (x, y, context) -> {
          agent.ahead = Duration.ofSeconds(PACE.lifetimeSeconds() + 1);
          return TinyModel.prove(x, y, context);
        };
    agent.head(1);
    kindsUpTo(agent, "Dropped 1");
    assertThat(agent.submitted).isEmpty();
  }

  private static List<String> kindsUpTo(ScriptedWorld agent, String last) {
    List<String> kinds = new ArrayList<>();
    do {
      kinds.add(ScriptedWorld.kind(agent.next()));
    } while (!kinds.getLast().equals(last));
    return kinds;
  }

  @Test
  void headOfDecidedMomentIsLeftAlone() {
    ScriptedWorld agent = agent();
    agent.head(1);
    agent.kindsUntilDone();
    agent.tell(lateHead(100, STEP_SECONDS + 12));
    agent.head(2);
    assertThat(agent.kindsUntilDone()).first().isEqualTo("Taken 2");
  }

  @Test
  void momentThatTheVaultHasActedOnIsNotProposedAgain() {
    ScriptedWorld restarted = agent();
    restarted.features =
        head -> TinyModel.observation(head, 0, STEP_SECONDS, head.number() == 1 ? STEP_SECONDS : 0);
    restarted.head(1);
    assertThat(restarted.kindsUntilDone()).containsExactly("Taken 1", "Past 1");
    restarted.tell(lateHead(100, STEP_SECONDS + 12));
    restarted.head(2);
    assertThat(restarted.kindsUntilDone())
        .containsExactly("Taken 2", "Decided 2", "Proved 2", "Executed 2");
  }

  @Test
  void transactionThatWasMinedAfterAllIsNotRepeated() {
    ScriptedWorld agent = agent();
    agent.answers.add(new Settlement.Unsettled("transaction 0x… is in no block yet"));
    agent.afterExecution = () -> agent.execute(agent.submitted.getLast());
    agent.head(1);
    assertThat(agent.kindsUntilDone())
        .containsExactly("Taken 1", "Decided 1", "Proved 1", "Failed SETTLING", "Executed 1");
    assertThat(agent.submitted).hasSize(1);
  }

  @Test
  void anotherStepOfThePolicyIsFollowedFromTheNextDecisionOn() {
    ScriptedWorld agent = agent();
    agent.head(1);
    agent.kindsUntilDone();
    agent.stepSeconds = 10;
    agent.head(2);
    agent.kindsUntilDone();
    agent.tell(lateHead(3, 2 * STEP_SECONDS + 9));
    agent.tell(lateHead(4, 2 * STEP_SECONDS + 12));
    assertThat(agent.kindsUntilDone()).first().isEqualTo("Taken 4");
    assertThat(agent.submitted.getLast().asOf()).isEqualTo(2 * STEP_SECONDS + 10);
  }

  @Test
  void proverFailureIsRecoveredFrom() {
    ScriptedWorld agent = agent();
    AtomicInteger calls = new AtomicInteger();
    agent.prover =
        (x, y, context) -> {
          if (calls.getAndIncrement() == 0) {
            throw new IllegalStateException("no memory for the witness");
          }
          return TinyModel.prove(x, y, context);
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
    ScriptedWorld agent = agent();
    AtomicInteger calls = new AtomicInteger();
    agent.prover =
        (x, y, context) -> {
          DecisionProof proof = TinyModel.prove(x, y, context);
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
    assertThat(agent.submitted)
        .hasSize(1)
        .allSatisfy(intent ->
            assertThat(
                    TinyModel.VERIFIER.verify(
                        TinyModel.model().key(),
                        intent.features(),
                        intent.decision(),
                        intent.context(),
                        intent.proof()))
                .isEqualTo(Verdict.ACCEPTED));
  }

  @Test
  void revertedTransactionIsRecoveredFromWithItsReason() {
    ScriptedWorld agent = agent();
    AtomicInteger reads = new AtomicInteger();
    agent.features =
        head -> {
          reads.incrementAndGet();
          return agent.observe(head);
        };
    agent.answers.add(
        new Settlement.Refused(
            "reverted: SlippageExceeded(99, 100)", Optional.of(TinyModel.receipt(9, false))));
    agent.head(1);
    assertThat(agent.kindsUntilDone())
        .containsSubsequence("Proved 1", "Failed 1 SETTLING", "Taken 1", "Proved 1", "Executed 1");
    assertThat(agent.failures.getFirst().reason()).contains("SlippageExceeded(99, 100)");
    assertThat(reads).as("the second attempt reads the chain anew").hasValue(2);
  }

  @Test
  void whatTheMarketIsAgainstIsSentAgainWithItsProofAtEachHeadOfItsMoment() {
    ScriptedWorld agent = agent();
    agent.features = agent::ofMoment;
    for (int i = 0; i < 2 * ScriptedWorld.ATTEMPTS; i++) {
      agent.answers.add(
          new Settlement.NotNow("refused before sending: the price", Optional.empty()));
    }
    agent.head(1);
    assertThat(kindsUpTo(agent, "Postponed 1"))
        .containsExactly("Taken 1", "Decided 1", "Proved 1", "Postponed 1");
    for (int i = 1; i < 2 * ScriptedWorld.ATTEMPTS; i++) {
      agent.tell(lateHead(100 + i, STEP_SECONDS + i));
      assertThat(kindsUpTo(agent, "Postponed 1"))
          .as("it was refused for nothing, so it may be as often as there are heads")
          .containsExactly("Taken " + (100 + i), "Postponed 1");
    }
    agent.tell(lateHead(200, STEP_SECONDS + 30));
    assertThat(agent.kindsUntilDone()).containsExactly("Taken 200", "Executed 1");
    assertThat(agent.status().tally().proofs()).isEqualTo(1);
  }

  @Test
  void whatCostsGasIsSentNoOftenerThanAnythingThatFails() {
    ScriptedWorld agent = agent();
    agent.features = agent::ofMoment;
    for (int i = 0; i < ScriptedWorld.ATTEMPTS; i++) {
      agent.answers.add(
          new Settlement.NotNow("reverted: the price", Optional.of(TinyModel.receipt(9, false))));
    }
    agent.head(1);
    for (int i = 1; i < ScriptedWorld.ATTEMPTS; i++) {
      kindsUpTo(agent, "Postponed 1");
      agent.tell(lateHead(100 + i, STEP_SECONDS + i));
    }
    assertThat(agent.kindsUntilDone()).endsWith("Failed 1 SETTLING");
    assertThat(agent.journal.getLast())
        .isInstanceOfSatisfying(
            Event.IntentFailed.class,
            failed -> assertThat(failed.aftermath()).isEqualTo(Event.Aftermath.LEFT));
    assertThat(agent.status().tally().gasSpent())
        .isEqualTo(TinyModel.receipt(9, false).gasCost().multiply(BigInteger.valueOf(5)));
  }

  @Test
  void nothingIsProvenBeforeTheVaultWouldTakeIt() {
    ScriptedWorld agent = agent();
    agent.prospect = new Prospect.NotNow("the price is too far away");
    agent.head(1);
    assertThat(kindsUpTo(agent, "Postponed 1")).containsExactly("Taken 1", "Postponed 1");
    agent.head(2);
    assertThat(kindsUpTo(agent, "Postponed 2"))
        .containsExactly("Decided 1", "Missed 1", "Taken 2", "Postponed 2");
    agent.prospect = TinyModel.trade(10);
    agent.tell(lateHead(100, 2 * STEP_SECONDS + 12));
    assertThat(agent.kindsUntilDone())
        .containsExactly("Taken 100", "Decided 100", "Proved 100", "Executed 100");
    assertThat(agent.status().tally().proofs()).isEqualTo(1);
    assertThat(((Event.DecisionMade) agent.journal.get(1)).prospect())
        .isEqualTo(new Prospect.NotNow("the price is too far away"));
  }

  @Test
  void aProofIsMadeAnewForOtherFeaturesAndAfterItsDeadline() {
    ScriptedWorld agent = agent(new Pace(20, false));
    agent.features = agent::ofMoment;
    agent.answers.add(new Settlement.NotNow("the price", Optional.empty()));
    agent.head(1);
    kindsUpTo(agent, "Postponed 1");
    agent.answers.add(new Settlement.NotNow("the price", Optional.empty()));
    agent.tell(lateHead(100, STEP_SECONDS + 21));
    assertThat(kindsUpTo(agent, "Postponed 100"))
        .containsExactly("Taken 100", "Decided 100", "Proved 100", "Postponed 100");
    agent.features = agent::observe;
    agent.tell(lateHead(101, STEP_SECONDS + 33));
    assertThat(agent.kindsUntilDone())
        .containsExactly("Taken 101", "Decided 101", "Proved 101", "Executed 101");
    assertThat(agent.status().tally().proofs()).isEqualTo(3);
  }

  @Test
  void chainThatIsGoneIsAskedAgainUntilItIsBack() {
    ScriptedWorld agent = agent();
    AtomicInteger reads = new AtomicInteger();
    agent.features =
        head -> {
          if (reads.getAndIncrement() < 3) {
            throw new IllegalStateException("The node does not answer");
          }
          return agent.observe(head);
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
    ScriptedWorld agent = agent();
    agent.prover =
        (x, y, context) -> {
          throw new IllegalStateException("the prover is broken");
        };
    agent.head(1);
    agent.kindsUntilDone();
    assertThat(agent.failures).hasSize(ScriptedWorld.ATTEMPTS);
    assertThat(agent.failures.getLast().pause()).isEqualTo(Duration.ZERO);
    agent.prover = (x, y, context) -> TinyModel.prove(x, y, context);
    agent.head(2);
    assertThat(agent.kindsUntilDone()).endsWith("Executed 2");
  }

  @Test
  void pausesGrowFromOneFailureToTheNext() {
    ScriptedWorld agent = agent();
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
    ScriptedWorld keeps = agent();
    keeps.prospect = TinyModel.HOLD;
    keeps.head(1);
    assertThat(keeps.kindsUntilDone()).endsWith("Proved 1", "Kept 1");
    assertThat(keeps.submitted).isEmpty();

    ScriptedWorld sends = agent(new Pace(120, true));
    sends.prospect = TinyModel.HOLD;
    sends.head(1);
    assertThat(sends.kindsUntilDone()).endsWith("Proved 1", "Executed 1");
  }

  @Test
  void decisionThatTheVaultWouldRefuseIsNotSent() {
    ScriptedWorld agent = agent(new Pace(120, true));
    agent.prospect = new Prospect.Refused("at its target");
    agent.head(1);
    assertThat(agent.kindsUntilDone()).endsWith("Proved 1", "Kept 1");
    assertThat(agent.submitted).isEmpty();
  }

  @Test
  void whatLastsIsToldOnceAndThatItIsOverOnce() {
    ScriptedWorld agent = agent(new Pace(120, true, true, false));
    String why = "the node's pending block is 532 days ahead of its latest";
    agent.prospect = new Prospect.Hindered(why);
    agent.head(1);
    assertThat(kindsUpTo(agent, "Hindered 1"))
        .containsExactly("Taken 1", "Decided 1", "Hindered 1");
    agent.head(2);
    agent.head(3);
    kindsUpTo(agent, "Taken 3");
    // Of head 3 nothing is told: another one that comes meanwhile would displace it.
    AgentStatus status = agent.awaitRest();
    assertThat(status.tally().decisions()).isEqualTo(1);
    assertThat(status.tally().proofs()).isZero();
    assertThat(status.lastFailure()).isEqualTo(why);
    agent.prospect = TinyModel.trade(10);
    agent.head(4);
    assertThat(agent.kindsUntilDone())
        .containsExactly("Taken 4", "Unhindered 4", "Decided 4", "Proved 4", "Executed 4");
    assertThat(agent.status().lastFailure()).isEmpty();
    assertThat(agent.journalKinds())
        .containsExactly(
            "AgentCreated",
            "DecisionMade",
            "DecisionMade",
            "DecisionProven",
            "IntentSubmitted",
            "IntentSettled");
    Event.DecisionMade first = (Event.DecisionMade) agent.journal.get(1);
    assertThat(first.prospect()).isEqualTo(new Prospect.Hindered(why));
    AgentRecord line = AgentRecord.after(AgentRecord.origin("one"), Instant.EPOCH, first);
    assertThat(RecordCodec.decode(line.bytes()).event()).isEqualTo(first);
  }

  @Test
  void transactionInNoBlockIsFollowed() {
    ScriptedWorld agent = agent();
    agent.answers.add(new Settlement.Unsettled("transaction 0x… is in no block yet"));
    agent.head(1);
    assertThat(agent.kindsUntilDone()).contains("Failed SETTLING").endsWith("Executed 1");
    assertThat(agent.executed).hasSize(1);
  }

  @Test
  void pausedAgentDecidesNothingUntilItIsResumed() {
    ScriptedWorld agent = agent();
    agent.head(1);
    agent.kindsUntilDone();
    assertThat(agent.request(to -> new VaultAgent.Pause("maintenance", to)).life())
        .isEqualTo(Life.PAUSED);
    agent.head(2);
    assertThat(agent.status().tally().decisions()).isEqualTo(1);
    agent.crash();
    agent.start();
    agent.head(3);
    assertThat(agent.status().life()).isEqualTo(Life.PAUSED);
    agent.request(VaultAgent.Resume::new);
    agent.head(4);
    assertThat(agent.kindsUntilDone()).startsWith("Taken 4").endsWith("Executed 4");
  }

  @Test
  void retiredAgentNeverDecidesAgain() {
    ScriptedWorld agent = agent();
    agent.request(to -> new VaultAgent.Retire("closed", to));
    assertThatThrownBy(() -> agent.request(VaultAgent.Resume::new))
        .isInstanceOf(AgentRefused.class)
        .hasMessageContaining("retired");
    agent.head(1);
    assertThat(agent.status().tally().decisions()).isZero();
  }

  @Test
  void revertedHeadOfAnUnsentDecisionMakesItVoid() throws InterruptedException {
    ScriptedWorld agent = agent();
    CountDownLatch proving = new CountDownLatch(1);
    CountDownLatch answer = new CountDownLatch(1);
    agent.prover =
        (x, y, context) -> {
          proving.countDown();
          await(answer);
          return TinyModel.prove(x, y, context);
        };
    agent.head(1);
    assertThat(proving.await(20, TimeUnit.SECONDS)).isTrue();
    agent.revert(1);
    agent.status();
    answer.countDown();
    agent.tell(new Head(1, TinyModel.hash(91), TinyModel.hash(0), STEP_SECONDS, BigInteger.TWO));
    assertThat(agent.kindsUntilDone())
        .containsExactly(
            "Taken 1", "Decided 1", "Reverted 1", "Taken 1", "Decided 1", "Proved 1", "Executed 1");
    assertThat(agent.submitted)
        .extracting(intent -> intent.proposal().head().hash())
        .containsExactly(TinyModel.hash(91));
  }

  @Test
  void revertedExecutionIsDecidedAnewAndNotSentAgain() {
    ScriptedWorld agent = agent();
    agent.head(1);
    agent.kindsUntilDone();
    ProvenIntent first = agent.submitted.getFirst();
    Head block =
        new Head(
            1,
            TinyModel.receipt(1, true).blockHash(),
            TinyModel.hash(1),
            STEP_SECONDS,
            BigInteger.ONE);
    agent.forget(first.context(), 0);
    agent.agent().tell(new VaultAgent.GoneHead(block));
    agent.tell(
        new Head(2, TinyModel.hash(92), TinyModel.hash(1), STEP_SECONDS + 1, BigInteger.TWO));
    assertThat(agent.kindsUntilDone())
        .containsExactly(
            "Reverted 1", "Failed 1 ASKING", "Taken 2", "Decided 2", "Proved 2", "Executed 2");
    assertThat(agent.submitted).hasSize(2);
    assertThat(agent.submitted.getLast().context()).isNotEqualTo(first.context());
    assertThat(agent.executed).hasSize(1);
  }

  @Test
  void executionThatTheNewBranchHasTooIsNotRepeated() {
    ScriptedWorld agent = agent();
    agent.head(1);
    agent.kindsUntilDone();
    Head block =
        new Head(
            1,
            TinyModel.receipt(1, true).blockHash(),
            TinyModel.hash(1),
            STEP_SECONDS,
            BigInteger.ONE);
    agent.agent().tell(new VaultAgent.GoneHead(block));
    assertThat(agent.kindsUntilDone()).containsExactly("Reverted 1", "Executed 1");
    agent.head(2);
    assertThat(agent.kindsUntilDone()).endsWith("Executed 2");
    assertThat(agent.submitted).hasSize(2);
    assertThat(agent.journalKinds())
        .filteredOn(kind -> kind.startsWith("Intent") || kind.startsWith("Head"))
        .containsExactly(
            "IntentSubmitted",
            "IntentSettled",
            "HeadReverted",
            "IntentSettled",
            "IntentSubmitted",
            "IntentSettled");
  }

  @Test
  void executionThatTheChainForgotWhileNobodyLookedIsDecidedAnew() {
    ScriptedWorld agent = agent();
    agent.head(1);
    agent.kindsUntilDone();
    agent.crash();
    agent.forget(agent.submitted.getFirst().context(), 0);
    agent.start();
    agent.head(2);
    assertThat(agent.kindsUntilDone()).endsWith("Executed 2");
    assertThat(agent.journalKinds()).contains("HeadReverted");
    assertThat(agent.status().tally().executions()).isEqualTo(2);
    assertThat(agent.status().tally().reverts()).isEqualTo(1);
  }

  @Test
  void pausesGrowWhileNodesContradictEachOther() {
    ScriptedWorld agent = agent();
    agent.head(1);
    agent.kindsUntilDone();
    // One shows the vault as it was before, the other goes on telling of the execution.
    long before = agent.nonce() - 1;
    agent.features = head -> TinyModel.observation(head, before, STEP_SECONDS, 0);
    agent.head(2);
    for (int i = 0; i < 4; i++) {
      assertThat(agent.kindsUntilDone()).endsWith("Executed 1");
    }
    assertThat(agent.failures)
        .extracting(failed -> failed.pause().toMillis())
        .startsWith(5L, 10L, 20L, 20L);
    agent.features = agent::observe;
    String last;
    do {
      last = agent.kindsUntilDone().getLast();
    } while (last.equals("Executed 1"));
    assertThat(last).isEqualTo("Executed 2");
    assertThat(agent.submitted).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "AgentCreated",
        "DecisionMade",
        "DecisionProven",
        "IntentSubmitted",
        "IntentSettled"
      })
  void crashAfterAnyEventLosesAndDoublesNothing(String kind) {
    ScriptedWorld agent = new ScriptedWorld(kit, PACE);
    AtomicBoolean armed = new AtomicBoolean(true);
    agent.afterEvent =
        (_, event) -> {
          if (RecordCodec.name(event).equals(kind) && armed.getAndSet(false)) {
            throw new IllegalStateException("crash after " + kind);
          }
        };
    if (kind.equals("AgentCreated")) {
      assertThatThrownBy(agent::create).isInstanceOf(AssertionError.class);
    } else {
      agent.create();
      agent.head(1);
    }
    agent.awaitDeath();
    agent.afterEvent = (_, _) -> {};
    agent.start();
    if (kind.equals("AgentCreated")) {
      agent.head(1);
    }
    agent.head(2);
    while (agent.executed.size() < (kind.equals("AgentCreated") ? 1 : 2)) {
      agent.next();
    }
    assertThat(agent.executed.size()).isEqualTo((int) agent.nonce());
    assertThat(agent.submitted).hasSameSizeAs(agent.executed.keySet());
  }

  @Test
  void crashBetweenExecutionAndItsReceiptIsFoundOutAndNotRepeated() {
    ScriptedWorld agent = agent();
    CountDownLatch executed = new CountDownLatch(1);
    CountDownLatch never = new CountDownLatch(1);
    agent.afterExecution =
        () -> {
          executed.countDown();
          await(never);
        };
    agent.head(1);
    await(executed);
    agent.crash();
    agent.afterExecution = () -> {};
    agent.start();
    assertThat(agent.kindsUntilDone()).endsWith("Executed 1");
    never.countDown();
    assertThat(agent.submitted).hasSize(1);
    assertThat(agent.journalKinds()).endsWith("IntentSubmitted", "IntentSettled");
    agent.head(2);
    assertThat(agent.kindsUntilDone()).endsWith("Executed 2");
  }

  @Test
  void intentThatWasSentBeforeARestartIsAnnouncedBeforeItsVenueAnswers() {
    ScriptedWorld agent = agent();
    CountDownLatch executed = new CountDownLatch(1);
    CountDownLatch never = new CountDownLatch(1);
    agent.afterExecution =
        () -> {
          executed.countDown();
          await(never);
        };
    agent.head(1);
    await(executed);
    assertThat(agent.announced).hasSize(1);
    agent.crash();
    agent.afterExecution = () -> {};
    agent.start();
    agent.kindsUntilDone();
    assertThat(agent.announced).hasSize(2);
    assertThat(agent.submitted).as("announced, and not sent again").hasSize(1);
    never.countDown();
  }

  private static ScriptedWorld agent() {
    return agent(PACE);
  }

  private static ScriptedWorld agent(Pace pace) {
    return new ScriptedWorld(kit, pace).create();
  }

  private static Head lateHead(long number, long timestamp) {
    return new Head(
        number, TinyModel.hash(number), TinyModel.hash(number - 1), timestamp, BigInteger.ONE);
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
