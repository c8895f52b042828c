package org.probity.agent.node;

import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.jspecify.annotations.Nullable;
import org.probity.agent.AgentParts;
import org.probity.agent.AgentRefused;
import org.probity.agent.AgentStatus;
import org.probity.agent.proving.ProofQueue;
import org.probity.agent.record.RecordCodec;
import org.probity.chain.Address;
import org.probity.chain.Head;
import org.probity.chain.HeadSource;
import org.probity.ground.Bytes32;
import org.probity.intent.AgentCycle;
import org.probity.intent.AssetDelta;
import org.probity.intent.FeatureSource;
import org.probity.intent.Observation;
import org.probity.intent.Pace;
import org.probity.intent.Proposal;
import org.probity.intent.Prospect;
import org.probity.intent.ProvenIntent;
import org.probity.intent.Settlement;
import org.probity.intent.Standing;
import org.probity.intent.Venue;
import org.probity.intent.conduct.AgentSpec;
import org.probity.intent.conduct.Event;
import org.probity.intent.conduct.Life;
import org.probity.intent.conduct.Notice;
import org.probity.intent.conduct.Retry;
import org.probity.intent.conduct.Step;
import org.probity.zk.Verdict;

/**
 * A vault with its nonce and a venue that executes, as a test tells them to, around real agents
 * with real proofs. It counts what was sent and executed, and refuses to see anything sent twice.
 */
public final class ScriptedWorld {

  public static final Retry RETRY = new Retry(Duration.ofMillis(5), Duration.ofMillis(20));

  /** How often one head is tried. */
  static final int ATTEMPTS = 5;

  static final ExecutorService THREADS = Executors.newVirtualThreadPerTaskExecutor();

  private static final AtomicInteger NUMBERS = new AtomicInteger();

  public final BlockingQueue<Notice> events = new LinkedBlockingQueue<>();
  final List<Notice.Failed> failures = new ArrayList<>();
  final List<Event> journal = new CopyOnWriteArrayList<>();
  public final List<ProvenIntent> submitted = new CopyOnWriteArrayList<>();

  /** Those that the agent told of, before it gave them to the venue or after a restart. */
  final List<ProvenIntent> announced = new CopyOnWriteArrayList<>();

  public final Map<Bytes32, Settlement.Executed> executed = new ConcurrentHashMap<>();
  final BlockingQueue<Settlement> answers = new LinkedBlockingQueue<>();

  /** What the venue says of decisions, before what it knows. */
  final BlockingQueue<Standing> standings = new LinkedBlockingQueue<>();

  volatile Prospect prospect = TinyModel.trade(10);
  volatile FeatureSource features = this::observe;
  volatile AgentCycle.Proving prover = TinyModel::prove;
  volatile Runnable afterExecution = () -> {};
  volatile BiConsumer<String, Event> afterEvent = (_, _) -> {};

  /** Told of everything that the agent tells, and of everything that it asks for. */
  volatile Consumer<Notice> told = _ -> {};

  volatile Consumer<String> asked = _ -> {};

  /** Orders wait for a prover, so that they can be withdrawn. */
  volatile boolean proversAreBusy;

  volatile long stepSeconds = TinyModel.STEP_SECONDS;

  /** How far the node's clock has been put forward. */
  volatile Duration ahead = Duration.ZERO;

  private final @Nullable ActorTestKit kit;
  private final Pace pace;
  private final String id = "agent-" + NUMBERS.incrementAndGet();
  private final @Nullable AgentHost host;
  private long nonce;
  private long lastAsOf;
  private volatile @Nullable ActorRef<VaultAgent.Command> agent;

  /** A world for agents on whole nodes. */
  public static ScriptedWorld ofNodes(Pace pace) {
    return new ScriptedWorld(pace);
  }

  private ScriptedWorld(Pace pace) {
    this.kit = null;
    this.host = null;
    this.pace = pace;
  }

  private ActorTestKit kit() {
    return Objects.requireNonNull(kit, "agents on whole nodes have none");
  }

  private AgentCycle cycle() {
    return TinyModel.cycle(
        head -> {
          asked.accept("reads head " + head.number());
          return features.at(head);
        },
        (x, y, context) -> prover.prove(x, y, context),
        pace.lifetimeSeconds());
  }

  /** What a node of this world has. */
  public ProbityNode.Equipment equipment(HeadSource heads) {
    AgentCycle cycle = cycle();
    return new ProbityNode.Equipment(
        _ ->
            new AgentParts(
                cycle,
                x -> CompletableFuture.completedFuture(cycle.decide(x)),
                new ScriptedVenue(),
                RETRY),
        heads,
        Map.of(TinyModel.digest(), (x, y, context) -> prover.prove(x, y, context)),
        _ -> {},
        (_, event) -> events.add(event));
  }

  /** An agent's parts on any node. */
  public AgentParts parts() {
    AgentCycle cycle = cycle();
    return new AgentParts(
        cycle, x -> CompletableFuture.completedFuture(cycle.decide(x)), new ScriptedVenue(), RETRY);
  }

  /** Whether a decision of this head or a later one was executed. */
  public boolean hasExecutedSince(long head) {
    return submitted.stream()
        .anyMatch(intent ->
            intent.proposal().head().number() >= head && executed.containsKey(intent.context()));
  }

  public AgentSpec spec(String agent) {
    return new AgentSpec(agent, vault(agent), TinyModel.digest(), TinyModel.VAULT, pace);
  }

  /** A vault has one agent: each has its own here. */
  public static Address vault(String agent) {
    return new Address("0x%040x".formatted(agent.hashCode() & 0x7fff_ffff));
  }

  /** The status of an agent that is there, or is created. */
  public AgentStatus status(ProbityNode node, String agent) {
    return node.agents().ensure(spec(agent)).toCompletableFuture().join();
  }

  /** Waits until an agent waits for a head. */
  public void awaitQuiet(ProbityNode node, String agent) {
    try {
      do {
        Thread.sleep(30);
      } while (!status(node, agent).doing().equals("waiting for a head"));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** The vault has executed so many times before. */
  public synchronized void skipTo(long executions) {
    nonce = executions;
  }

  ScriptedWorld(ActorTestKit kit, Pace pace) {
    this.kit = kit;
    this.pace = pace;
    AgentCycle cycle = cycle();
    this.host =
        new AgentHost(
            "test",
            _ -> {
              asked.accept("is equipped");
              return new AgentParts(
                  cycle,
                  x -> CompletableFuture.completedFuture(cycle.decide(x)),
                  new ScriptedVenue(),
                  RETRY);
            },
            kit.spawn(HeadHub.create(_ -> () -> {}, _ -> {})),
            kit.spawn(proofs()),
            THREADS,
            RETRY,
            (_, event) -> {
              told.accept(event);
              if (event instanceof Notice.Submitted(ProvenIntent intent)) {
                announced.add(intent);
              }
              if (!(event instanceof Notice.Timed)
                  && !(event instanceof Notice.Submitted)
                  && !(event instanceof Notice.LifeChanged)) {
                events.add(event);
              }
            },
            () -> Instant.now().plus(ahead),
            (agent, event) -> {
              journal.add(event);
              afterEvent.accept(agent, event);
            });
  }

  /** Starts the agent, or starts it again after a crash. */
  ScriptedWorld start() {
    agent = kit().spawn(VaultAgent.create(id, Objects.requireNonNull(host), _ -> {}));
    return this;
  }

  ScriptedWorld create() {
    start();
    request(replyTo -> new VaultAgent.Create(own(pace), false, replyTo));
    return this;
  }

  /** The id of this world's own agent. */
  String id() {
    return id;
  }

  AgentSpec own(Pace ownPace) {
    return new AgentSpec(id, TinyModel.VAULT, TinyModel.digest(), TinyModel.VAULT, ownPace);
  }

  /** Waits until the agent has taken all that it was sent. */
  void awaitTurn() {
    TestProbe<VaultAgent.Reply> reply = kit().createTestProbe();
    agent().tell(new VaultAgent.Report(reply.getRef()));
    reply.receiveMessage(Duration.ofSeconds(20));
  }

  /** Waits until it has nothing to do, and says how it stands then. */
  AgentStatus awaitRest() {
    try {
      for (AgentStatus now = status(); ; now = status()) {
        if (now.doing().equals("waiting for a head") || now.doing().equals("resting")) {
          return now;
        }
        Thread.sleep(5);
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  AgentStatus request(
      java.util.function.Function<ActorRef<VaultAgent.Reply>, VaultAgent.Command> request) {
    TestProbe<VaultAgent.Reply> reply = kit().createTestProbe();
    agent().tell(request.apply(reply.getRef()));
    VaultAgent.Reply answer = reply.receiveMessage(Duration.ofSeconds(20));
    if (answer instanceof VaultAgent.Refused(String reason)) {
      throw new AgentRefused(reason);
    }
    return ((VaultAgent.Told) answer).status();
  }

  public AgentStatus status() {
    return request(VaultAgent.Report::new);
  }

  ActorRef<VaultAgent.Command> agent() {
    ActorRef<VaultAgent.Command> running = agent;
    if (running == null) {
      throw new IllegalStateException("The agent is not started");
    }
    return running;
  }

  public void crash() {
    kit().stop(agent(), Duration.ofSeconds(20));
  }

  /** Waits until the agent has died by itself. */
  void awaitDeath() {
    kit().createTestProbe().expectTerminated(agent(), Duration.ofSeconds(20));
  }

  void head(long number) {
    tell(TinyModel.head(number));
  }

  void tell(Head head) {
    agent().tell(new VaultAgent.NewHead(head));
  }

  void revert(long number) {
    agent().tell(new VaultAgent.GoneHead(TinyModel.head(number)));
  }

  /** A block includes it. */
  synchronized Settlement.Executed execute(ProvenIntent intent) {
    nonce++;
    lastAsOf = intent.asOf();
    Settlement.Executed done =
        new Settlement.Executed(
            TinyModel.receipt(intent.proposal().head().number(), true),
            List.of(
                new AssetDelta(TinyModel.ASSET, BigInteger.ONE),
                new AssetDelta(TinyModel.NUMERAIRE, BigInteger.ONE.negate())));
    executed.put(intent.context(), done);
    return done;
  }

  /** What a reorg does to the vault: the last execution did not happen. */
  synchronized void forget(Bytes32 context, long lastAsOfBefore) {
    executed.remove(context);
    nonce--;
    lastAsOf = lastAsOfBefore;
  }

  synchronized Observation observe(Head head) {
    return TinyModel.observation(head, nonce, stepSeconds, lastAsOf);
  }

  /** As the first head of its moment has it: features are of the moment, whatever the head. */
  Observation ofMoment(Head head) {
    return observe(TinyModel.head(head.timestamp() / stepSeconds));
  }

  synchronized long nonce() {
    return nonce;
  }

  /** What happens until the agent is done with a head, each event as its kind and head. */
  List<String> kindsUntilDone() {
    List<String> kinds = new ArrayList<>();
    while (true) {
      Notice event = next();
      kinds.add(kind(event));
      boolean done =
          switch (event) {
            case Notice.Executed _, Notice.Kept _, Notice.Past _ -> true;
            case Notice.Failed failed -> {
              failures.add(failed);
              yield failed.pause().isZero() && failed.attempt() >= ATTEMPTS;
            }
            default -> false;
          };
      if (done) {
        return kinds;
      }
    }
  }

  Notice next() {
    try {
      Notice event = events.poll(30, TimeUnit.SECONDS);
      if (event == null) {
        throw new AssertionError("The agent does nothing; its journal: " + journal);
      }
      return event;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  List<String> journalKinds() {
    return journal.stream().map(RecordCodec::name).toList();
  }

  public static String kind(Notice event) {
    return switch (event) {
      case Notice.Taken(Head head) -> "Taken " + head.number();
      case Notice.Dropped(Head head, Head _) -> "Dropped " + head.number();
      case Notice.Decided(Proposal proposal, _) -> "Decided " + proposal.head().number();
      case Notice.Proved(ProvenIntent intent, _) -> "Proved " + intent.proposal().head().number();
      case Notice.Kept(ProvenIntent intent, _) -> "Kept " + intent.proposal().head().number();
      case Notice.Ahead(Head head, _, var nonce, var known) ->
          "Ahead %s of %s at %d".formatted(nonce, known, head.number());
      case Notice.Hindered(Head head, _) -> "Hindered " + head.number();
      case Notice.Unhindered(Head head) -> "Unhindered " + head.number();
      case Notice.Postponed(Head head, _) -> "Postponed " + head.number();
      case Notice.Missed(Head head, _) -> "Missed " + head.number();
      case Notice.Stopped(String why) -> "Stopped " + why;
      case Notice.Past(Head head, _) -> "Past " + head.number();
      case Notice.Submitted(ProvenIntent intent) ->
          "Submitted " + intent.proposal().head().number();
      case Notice.Executed(Proposal proposal, _) -> "Executed " + proposal.head().number();
      case Notice.Reverted(Proposal proposal, _, _) -> "Reverted " + proposal.head().number();
      case Notice.LifeChanged(Life life, _) -> life.name();
      case Notice.Timed(_, Notice.Stage stage, _) -> stage.name();
      case Notice.Failed(Head head, Step step, _, _, _) ->
          "Failed " + (head == null ? "" : head.number() + " ") + step.name();
    };
  }

  /** Proves at once, in place of a queue and its provers. */
  private Behavior<ProofQueue.Command> proofs() {
    List<ProofQueue.Order> waiting = new ArrayList<>();
    return Behaviors.receiveMessage(message -> {
      if (message instanceof ProofQueue.Order order) {
        // As it was when the order came: whoever hears of it may change it.
        boolean waits = proversAreBusy;
        asked.accept("orders a proof of head " + order.proposal().head().number());
        if (waits) {
          waiting.add(order);
        } else {
          THREADS.execute(() -> order.replyTo().tell(answer(order)));
        }
      } else if (message instanceof ProofQueue.Withdraw(long ticket, var replyTo)) {
        asked.accept("withdraws its order");
        if (waiting.removeIf(order -> order.ticket() == ticket)) {
          replyTo.tell(new ProofQueue.Dropped(ticket, "a newer moment has come"));
        }
      }
      return Behaviors.same();
    });
  }

  private static ProofQueue.Answer answer(ProofQueue.Order order) {
    try {
      ProvenIntent intent = order.cycle().prove(order.proposal());
      Verdict verdict = order.cycle().check(intent);
      return verdict == Verdict.ACCEPTED
          ? new ProofQueue.Proved(order.ticket(), intent, Duration.ofMillis(1))
          : new ProofQueue.Unsound(order.ticket(), verdict);
    } catch (RuntimeException e) {
      return new ProofQueue.Failed(order.ticket(), String.valueOf(e.getMessage()));
    }
  }

  /** Executes everything once, after the answers that it was given. */
  private final class ScriptedVenue implements Venue {
    @Override
    public Prospect prospect(Proposal proposal) {
      return prospect;
    }

    @Override
    public Settlement submit(ProvenIntent intent) {
      asked.accept("submits head " + intent.proposal().head().number());
      Settlement answer;
      synchronized (ScriptedWorld.this) {
        if (submitted.stream().anyMatch(i -> i.context().equals(intent.context()))
            && !executed.containsKey(intent.context())) {
          // A transaction under the same key: followed, not sent again.
          submitted.removeIf(i -> i.context().equals(intent.context()));
        } else if (executed.containsKey(intent.context())) {
          throw new AssertionError("sent again after it was executed");
        }
        submitted.add(intent);
        answer = answers.poll();
        if (answer == null) {
          if (!intent.nonce().equals(BigInteger.valueOf(nonce))) {
            return new Settlement.Refused("reverted: WrongNonce", Optional.empty());
          }
          answer = execute(intent);
        }
      }
      afterExecution.run();
      return answer;
    }

    @Override
    public synchronized Standing standing(Proposal proposal) {
      asked.accept("asks what has become of head " + proposal.head().number());
      Standing said = standings.poll();
      if (said != null) {
        return said;
      }
      Settlement.Executed done = executed.get(proposal.context());
      if (done != null) {
        return new Standing.Concluded(done);
      }
      return proposal.observation().state().nonce().equals(BigInteger.valueOf(nonce()))
          ? new Standing.Open()
          : new Standing.Void("its nonce is spent");
    }
  }
}
