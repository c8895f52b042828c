package org.probity.agent.proving;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.Done;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.probity.agent.node.TestActors;
import org.probity.agent.node.TinyModel;
import org.probity.intent.AgentCycle;
import org.probity.intent.Proposal;
import org.probity.zk.DecisionProof;

/** Orders and provers, with real proofs of a tiny model. */
final class ProofQueueTest {

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private ActorTestKit kit;
  private ActorRef<ProofQueue.Command> queue;
  private TestProbe<ProofQueue.Answer> answers;
  private final ProofQueue.Gauge gauge = new ProofQueue.Gauge();

  @BeforeEach
  void start() {
    kit = ActorTestKit.create("proofs", TestActors.inMemory(2));
    queue = queue("test");
    answers = kit.createTestProbe();
  }

  @AfterEach
  void stop() {
    kit.shutdownTestKit();
  }

  @Test
  void everyOrderIsAnsweredByAProofThatHolds() {
    prover(TinyModel::prove);
    for (int i = 1; i <= 12; i++) {
      order(i, later());
      ProofQueue.Answer answer = answers.receiveMessage(PATIENCE);
      assertThat(answer).isInstanceOf(ProofQueue.Proved.class);
      assertThat(answer.ticket()).isEqualTo(i);
    }
    assertThat(gauge.read().waiting() + gauge.read().underway()).isZero();
  }

  @Test
  void ordersThatWaitAreAnsweredOnceAProverComes() {
    for (int i = 1; i <= 5; i++) {
      order(i, later());
    }
    prover(TinyModel::prove);
    List<ProofQueue.Answer> all = answers.receiveSeveralMessages(5, PATIENCE);
    assertThat(all).allMatch(ProofQueue.Proved.class::isInstance);
  }

  /** A hold's proof waits for every trade's, whichever came first. */
  @Test
  void tradesGoBeforeHolds() {
    order(1, false, later());
    order(2, false, later());
    order(3, true, later());
    order(4, true, later());
    prover(TinyModel::prove);
    assertThat(answers.receiveSeveralMessages(4, PATIENCE))
        .extracting(ProofQueue.Answer::ticket)
        .containsExactly(3L, 4L, 1L, 2L);
  }

  @Test
  void orderWhoseTimeIsOverIsDroppedUnproven() {
    order(1, Instant.now().minusSeconds(1));
    assertThat(answers.receiveMessage(PATIENCE)).isInstanceOf(ProofQueue.Dropped.class);
    AtomicInteger made = new AtomicInteger();
    prover((x, y, context) -> {
      made.incrementAndGet();
      return TinyModel.prove(x, y, context);
    });
    order(2, later());
    assertThat(answers.receiveMessage(PATIENCE).ticket()).isEqualTo(2);
    assertThat(made).hasValue(1);
  }

  @Test
  void orderThatIsTakenBackIsDropped() {
    order(1, later());
    queue.tell(new ProofQueue.Withdraw(1, answers.getRef()));
    assertThat(answers.receiveMessage(PATIENCE)).isInstanceOf(ProofQueue.Dropped.class);
  }

  @Test
  void proverThatDiesGivesItsOrderBack() throws InterruptedException {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch never = new CountDownLatch(1);
    ActorRef<ProverStation.Command> dying =
        prover((x, y, context) -> {
          begun.countDown();
          try {
            never.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          throw new IllegalStateException("killed");
        });
    order(1, later());
    begun.await();
    // Its line to the queue goes at once; the proof that it is stuck in holds nobody up.
    Thread stopping = Thread.ofVirtual().start(() -> kit.stop(dying, PATIENCE));
    prover(TinyModel::prove);
    ProofQueue.Answer answer = answers.receiveMessage(PATIENCE);
    assertThat(answer).isInstanceOf(ProofQueue.Proved.class);
    never.countDown();
    stopping.join();
    answers.expectNoMessage(Duration.ofMillis(300));
  }

  @Test
  void proverThatDrainsFinishesWhatIsInHandAndGivesTheRestBack() throws InterruptedException {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    AtomicInteger made = new AtomicInteger();
    ActorRef<ProverStation.Command> leaving =
        prover((x, y, context) -> {
          begun.countDown();
          try {
            goOn.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
          made.incrementAndGet();
          return TinyModel.prove(x, y, context);
        });
    for (int i = 1; i <= 6; i++) {
      order(i, later());
    }
    begun.await();
    TestProbe<Done> farewell = kit.createTestProbe();
    leaving.tell(new ProverStation.Drain(farewell.getRef()));
    farewell.expectNoMessage(Duration.ofMillis(200));
    goOn.countDown();
    farewell.expectMessageClass(Done.class, PATIENCE);
    assertThat(answers.receiveMessage(PATIENCE)).isInstanceOf(ProofQueue.Proved.class);
    answers.expectNoMessage(Duration.ofMillis(200));
    prover(TinyModel::prove);
    assertThat(answers.receiveSeveralMessages(5, PATIENCE))
        .allMatch(ProofQueue.Proved.class::isInstance);
    assertThat(made).as("proofs of the prover that left").hasValue(1);
  }

  @Test
  void oneProverServesSeveralQueuesAndOutlivesAnyOfThem() {
    ActorRef<ProofQueue.Command> first = queue;
    ActorRef<ProofQueue.Command> second = queue("second");
    prover(TinyModel::prove);
    for (int i = 1; i <= 6; i++) {
      queue = i % 2 == 0 ? first : second;
      order(i, later());
    }
    assertThat(answers.receiveSeveralMessages(6, PATIENCE))
        .allMatch(ProofQueue.Proved.class::isInstance);
    kit.stop(first, PATIENCE);
    queue = second;
    order(7, later());
    assertThat(answers.receiveMessage(PATIENCE).ticket()).isEqualTo(7);
    queue = queue("third");
    order(8, later());
    assertThat(answers.receiveMessage(PATIENCE).ticket()).isEqualTo(8);
  }

  @Test
  void proofThatDoesNotHoldIsNotHandedOn() {
    prover((x, y, context) -> {
      byte[] bytes = TinyModel.prove(x, y, context).bytes();
      bytes[bytes.length / 2] ^= 1;
      return DecisionProof.of(bytes);
    });
    order(1, later());
    assertThat(answers.receiveMessage(PATIENCE)).isInstanceOf(ProofQueue.Unsound.class);
  }

  @Test
  void proverThatFailsSaysWhy() {
    prover((x, y, context) -> {
      throw new IllegalStateException("no memory for the witness");
    });
    order(1, later());
    ProofQueue.Failed failed = answers.expectMessageClass(ProofQueue.Failed.class, PATIENCE);
    assertThat(failed.reason()).isEqualTo("no memory for the witness");
  }

  private ActorRef<ProverStation.Command> prover(AgentCycle.Proving proving) {
    return kit.spawn(ProverStation.create(TinyModel.digest(), proving, InstantSource.system(), 1));
  }

  private ActorRef<ProofQueue.Command> queue(String node) {
    return kit.spawn(
        ProofQueue.create(
            node, Executors.newVirtualThreadPerTaskExecutor(), InstantSource.system(), gauge));
  }

  private void order(long ticket, Instant expires) {
    order(ticket, true, expires);
  }

  private void order(long ticket, boolean trades, Instant expires) {
    AgentCycle cycle = TinyModel.cycle(TinyModel::observation, TinyModel::prove, 120);
    Proposal proposal = cycle.propose(TinyModel.head(ticket));
    assertThat(proposal.observation().state().nonce()).isEqualTo(BigInteger.valueOf(ticket));
    queue.tell(new ProofQueue.Order(ticket, cycle, proposal, trades, expires, answers.getRef()));
  }

  private static Instant later() {
    return Instant.now().plusSeconds(60);
  }
}
