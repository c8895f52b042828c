package org.probity.chain;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.probity.ground.Printable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One subscription to heads.
 *
 * <p>The idea: an announcement is only a hint that there is something new; what is delivered
 * follows from what was delivered before and from what one node serves by height (see {@link
 * Branch}). So a lost announcement, a repeated one, a broken connection or another node costs time
 * but no head, and falling back to polling or to the next endpoint is no special case.
 *
 * <p>Silence is ambiguous: the chain may be quiet, or the connection dead without a sign, or the
 * node stuck. After enough of it the node is asked; if it has a head that it did not announce, the
 * connection is replaced. The endpoints not in use are looked at from time to time; if one is ahead
 * its heads are followed, and who is far behind them is not asked any more.
 */
final class HeadWatch implements HeadSource.Subscription {

  private static final Logger LOG = LoggerFactory.getLogger(HeadWatch.class);
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration GRACE = Duration.ofMillis(300);
  private static final int MOST_SIGNALS = 1_000;
  private static final int LEARNED_FROM = 16;
  private static final int LEARNED_AT_LEAST = 4;

  private final EndpointPool pool;
  private final HeadSource.Settings settings;
  private final HeadSource.Listener listener;
  private final EndpointPool.FaultListener faults = this::tellFault;
  private final BlockingQueue<Signal> signals = new LinkedBlockingQueue<>();
  private final Set<RankedEndpoint> probed = ConcurrentHashMap.newKeySet();
  private final Thread thread;
  private volatile boolean closed;

  // Touched by the one thread only.
  private final Branch branch;
  private final Deque<Long> timestamps = new ArrayDeque<>();
  private @Nullable Announcer announcer;
  private long announced = -1;
  private boolean connecting;
  private boolean behind;
  private boolean late;
  private int cutOffs;
  private long headAt = System.nanoTime();
  private long heardAt = System.nanoTime();
  private long pollAt = System.nanoTime();
  private long probeAt = System.nanoTime();
  private long connectAt = System.nanoTime();
  private HeadSource.@Nullable Condition condition;

  private HeadWatch(EndpointPool pool, HeadSource.Settings settings, HeadSource.Listener listener) {
    this.pool = pool;
    this.settings = settings;
    this.listener = listener;
    this.branch = new Branch(settings.reorgDepth(), new Delivery());
    this.thread = Thread.ofVirtual().name("heads").unstarted(this::run);
  }

  static HeadWatch begin(
      EndpointPool pool, HeadSource.Settings settings, HeadSource.Listener listener) {
    HeadWatch watch = new HeadWatch(pool, settings, listener);
    pool.listen(watch.faults);
    watch.thread.start();
    return watch;
  }

  /** A WebSocket that announces heads. */
  private record Announcer(RankedEndpoint endpoint, SocketRpc socket) {}

  /** What may happen while waiting. */
  private sealed interface Signal {}

  private record Announced(Head head) implements Signal {}

  private record Opened(Announcer announcer) implements Signal {}

  private record NotOpened(String why) implements Signal {}

  private record Broken(SocketRpc socket) implements Signal {}

  private record Ahead(RankedEndpoint node) implements Signal {}

  private record Time() implements Signal {}

  // ---- The loop ----

  private void run() {
    try {
      // Heads come from the first moment on, announced or not: the first look is due at once.
      while (!closed) {
        turn();
      }
    } catch (InterruptedException e) {
      // Only close() interrupts.
    } finally {
      pool.unlisten(faults);
      abandonAnnouncer();
      signals.forEach(signal -> {
        if (signal instanceof Opened(Announcer opened)) {
          opened.socket().close();
        }
      });
    }
  }

  /** No exception ends the watching; an Error goes to this thread's handler, and ends more. */
  private void turn() throws InterruptedException {
    try {
      connectIfDue();
      handle(await());
    } catch (RuntimeException e) {
      if (closed) {
        return; // interrupted while it waited for an answer
      }
      LOG.error("Watching heads failed for a moment and goes on", e);
      cutOffs++;
      schedulePoll();
      tell(
          HeadSource.Condition.CUT_OFF,
          "Watching heads failed for a moment: " + e.getClass().getSimpleName());
    }
  }

  private Signal await() throws InterruptedException {
    long now = System.nanoTime();
    long wait = pollAt - now;
    wait = Math.min(wait, probeAt - now);
    if (silenceLeft(now) > 0) {
      wait = Math.min(wait, silenceLeft(now));
    }
    if (connectable()) {
      wait = Math.min(wait, connectAt - now);
    }
    return await(Duration.ofNanos(Math.max(0, wait)));
  }

  private Signal await(Duration time) throws InterruptedException {
    Signal signal = signals.poll(time.toNanos(), TimeUnit.NANOSECONDS);
    return signal == null ? new Time() : signal;
  }

  private void handle(Signal signal) throws InterruptedException {
    switch (signal) {
      case Announced(Head head) -> onAnnounced(head);
      case Opened(Announcer opened) -> {
        connecting = false;
        announcer = opened;
        pool.announcing(opened.endpoint());
        // Whatever came between the last look and the subscription was not announced.
        poll();
        if (condition != HeadSource.Condition.CUT_OFF) {
          tell(
              HeadSource.Condition.ANNOUNCED, "Heads are announced by " + opened.endpoint().name());
        }
      }
      case NotOpened(String why) -> {
        connecting = false;
        boolean another = pool.rankedSockets().stream().anyMatch(socket -> !socket.resting());
        connectAt = System.nanoTime() + (another ? 0 : settings.pace().reconnect().toNanos());
        if (condition != HeadSource.Condition.CUT_OFF) {
          tell(HeadSource.Condition.POLLED, why + "; asking for heads instead");
        }
        poll();
      }
      case Broken(SocketRpc broken) -> {
        if (announcer != null && broken == announcer.socket()) {
          fallBack(
              EndpointFault.UNREACHABLE,
              "The connection that announced heads broke; asking for them instead");
        }
      }
      case Ahead(RankedEndpoint node) -> {
        follow(List.of(node));
        suspectSilentAnnouncer();
      }
      case Time() -> onTime(System.nanoTime());
    }
  }

  private void onAnnounced(Head head) {
    heardAt = System.nanoTime();
    announced = head.number();
    if (announcer != null) {
      announcer.endpoint().hasHead(head.number());
    }
    if (branch.has(head.hash())) {
      schedulePoll();
    } else if (branch.extend(head)) {
      reached();
      schedulePoll();
    } else {
      poll();
      // The node that was asked may be behind the one that announced.
      behind = !branch.has(head.hash());
      schedulePoll();
    }
  }

  private void onTime(long now) throws InterruptedException {
    if (now >= probeAt) {
      probe();
    }
    if (now >= pollAt) {
      boolean quiet = announcer != null && !behind;
      boolean news = poll();
      if (news && quiet) {
        suspectStall();
      }
    }
    alarmIfStalled(System.nanoTime());
  }

  /** When to ask next: soon while heads are not announced, late while they are. */
  private void schedulePoll() {
    HeadSource.Pace pace = settings.pace();
    Duration pause = announcer != null && !behind ? pace.stall() : pace.poll();
    if (cutOffs > 0) {
      Duration backoff = pool.backoff().pause(cutOffs);
      pause = backoff.compareTo(pace.poll()) > 0 ? backoff : pace.poll();
    }
    pollAt = System.nanoTime() + pause.toNanos();
  }

  // ---- Announcements ----

  private boolean connectable() {
    return announcer == null && !connecting && !pool.rankedSockets().isEmpty();
  }

  private void connectIfDue() {
    if (!connectable() || System.nanoTime() < connectAt) {
      return;
    }
    Optional<RankedEndpoint> best =
        pool.rankedSockets().stream().filter(socket -> !socket.excluded()).findFirst();
    if (best.isEmpty()) {
      connectAt = System.nanoTime() + settings.pace().reconnect().toNanos();
      return;
    }
    connecting = true;
    // Elsewhere, since a connection to nowhere takes seconds to fail and heads are polled
    // meanwhile.
    Thread.ofVirtual().name("heads-connect").start(() -> connect(best.get()));
  }

  private void connect(RankedEndpoint endpoint) {
    SocketRpc fresh =
        new SocketRpc(
            pool.socketAddress(endpoint),
            PATIENCE,
            this::announce,
            broken -> signals.add(new Broken(broken)));
    try {
      endpoint.asked();
      pool.prove(endpoint.name(), fresh);
      fresh.ask("eth_subscribe", "newHeads");
      endpoint.answered();
      signals.add(new Opened(new Announcer(endpoint, fresh)));
      if (closed) {
        fresh.close();
      }
    } catch (ChainException e) {
      fresh.close();
      blame(endpoint, e);
      signals.add(new NotOpened(String.valueOf(e.getMessage())));
    } catch (RuntimeException e) {
      fresh.close();
      String detail = nonsense(endpoint, e);
      pool.blame(endpoint, EndpointFault.BAD_ANSWER, detail);
      signals.add(new NotOpened(detail));
    }
  }

  /** What a broken node sends can fail to be read in any way. */
  private static String nonsense(RankedEndpoint node, RuntimeException e) {
    return "The node at %s sent what makes no sense: %s"
        .formatted(node.name(), Printable.line(String.valueOf(e.getMessage()), 120));
  }

  private void blame(RankedEndpoint endpoint, ChainException cause) {
    if (cause instanceof RpcRefused) {
      pool.blame(endpoint, EndpointFault.BAD_ANSWER, String.valueOf(cause.getMessage()));
    } else {
      pool.blame(endpoint, cause);
    }
  }

  private void announce(JsonNode parameters) {
    JsonNode header = parameters.path("result");
    // A hint more or less does not matter: one that announces without end fills no memory.
    if (header.hasNonNull("hash") && header.hasNonNull("number") && signals.size() < MOST_SIGNALS) {
      RpcForm.head(header).ifPresent(head -> signals.add(new Announced(head)));
    }
  }

  /** The node had a head that it did not announce, unless the announcement is just arriving. */
  private void suspectStall() throws InterruptedException {
    Signal next = await(GRACE);
    if (next instanceof Time) {
      fallBack(EndpointFault.SILENT, "The node stopped announcing heads; asking for them instead");
    } else {
      handle(next);
    }
  }

  /** Another node is well ahead of everything that was announced. */
  private void suspectSilentAnnouncer() {
    long tip = branch.tip().map(Head::number).orElse(-1L);
    boolean late =
        System.nanoTime() - heardAt > settings.pace().poll().toNanos()
            && tip - announced >= pool.staleBlocks();
    if (announcer != null && announced >= 0 && late) {
      fallBack(EndpointFault.SILENT, "The node stopped announcing heads; asking for them instead");
    }
  }

  private void fallBack(EndpointFault fault, String why) {
    Announcer old = announcer;
    abandonAnnouncer();
    if (old != null) {
      pool.blame(old.endpoint(), fault, why + " (" + old.endpoint().name() + ")");
    }
    connectAt = System.nanoTime();
    tell(HeadSource.Condition.POLLED, why);
    poll();
  }

  private void abandonAnnouncer() {
    Announcer old = announcer;
    announcer = null;
    announced = -1;
    pool.announcing(null);
    if (old != null) {
      old.socket().close();
    }
  }

  // ---- Questions ----

  /** Follows the best endpoint that answers. Whether there was something to deliver. */
  private boolean poll() {
    Optional<Head> before = branch.tip();
    behind = false;
    follow(pool.ranked());
    schedulePoll();
    return !branch.tip().equals(before);
  }

  private void follow(List<RankedEndpoint> nodes) {
    String why = "";
    late = false;
    for (RankedEndpoint node : nodes) {
      if (closed) {
        return;
      }
      if (node.excluded()) {
        why = node.shutReason().orElse(why);
        continue;
      }
      Optional<String> trouble = follow(node);
      if (trouble.isEmpty()) {
        reached();
        return;
      }
      why = trouble.get();
    }
    if (late) {
      reached(); // late, but there is none better
      return;
    }
    // A look at one endpoint among others says nothing about the others.
    if (!closed && nodes.size() == pool.ranked().size()) {
      cutOffs++;
      tell(HeadSource.Condition.CUT_OFF, why);
    }
  }

  /** Follows one endpoint. What is wrong with it, if something is. */
  private Optional<String> follow(RankedEndpoint node) {
    try {
      return judge(node, branch.follow(view(node)));
    } catch (ChainException e) {
      blame(node, e);
      return Optional.of(String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      String detail = nonsense(node, e);
      pool.blame(node, EndpointFault.BAD_ANSWER, detail);
      return Optional.of(detail);
    }
  }

  private Optional<String> judge(RankedEndpoint node, Branch.Step step) {
    return switch (step) {
      case Branch.Level(), Branch.Moved(_) -> Optional.empty();
      case Branch.Behind(Head newest) -> {
        late = true;
        long lag = branch.tip().map(Head::number).orElse(0L) - newest.number();
        yield lag < pool.staleBlocks()
            ? Optional.empty()
            : accuse(node, EndpointFault.STALE, stale(node, lag));
      }
      case Branch.Contradictory(_) ->
          accuse(
              node,
              EndpointFault.DOES_NOT_CHAIN,
              "The heads of the node at %s do not follow from each other".formatted(node.name()));
      case Branch.TooDeep(Head newest) -> onTooDeep(node, newest);
    };
  }

  private static String stale(RankedEndpoint node, long lag) {
    return "The node at %s is %d blocks behind: it is still synchronizing, or stuck"
        .formatted(node.name(), lag);
  }

  private Optional<String> accuse(RankedEndpoint node, EndpointFault fault, String detail) {
    pool.blame(node, fault, detail);
    return Optional.of(detail);
  }

  /**
   * Either the chain was rewritten further back than the limit, or this node is on a chain of its
   * own. If another endpoint still has the oldest block remembered, it is the latter.
   */
  private Optional<String> onTooDeep(RankedEndpoint node, Head newest) {
    Head oldest = branch.oldest().orElseThrow();
    for (RankedEndpoint other : pool.ranked()) {
      if (other != node && !other.excluded() && stillHas(other, oldest)) {
        return accuse(
            node,
            EndpointFault.DOES_NOT_CHAIN,
            "The node at %s is on a branch of its own: block %d is %s elsewhere"
                .formatted(node.name(), oldest.number(), oldest.hash()));
      }
    }
    String detail =
        "A reorg went deeper than the %d blocks allowed for: heads begin anew at block %d (%s), read by %s"
            .formatted(settings.reorgDepth(), newest.number(), newest.hash(), node.name());
    branch.reAnchor(newest, () -> tellListener(HeadSource.Condition.RE_ANCHORED, detail));
    // So that the listener hears how heads come from here on.
    condition = null;
    return Optional.empty();
  }

  private boolean stillHas(RankedEndpoint other, Head head) {
    try {
      pool.prove(other);
      return pool.heads(other, head.number(), head.number()).contains(head);
    } catch (ChainException e) {
      blame(other, e);
      return false;
    }
  }

  private Branch.View view(RankedEndpoint node) {
    return new Branch.View() {
      @Override
      public Head newest() {
        return pool.newest(node);
      }

      @Override
      public List<Head> heads(long first, long last) {
        return pool.heads(node, first, last);
      }
    };
  }

  /** Looks at the endpoints that are not in use, each elsewhere, since one may hang. */
  private void probe() {
    probeAt = System.nanoTime() + settings.probe().toNanos();
    List<RankedEndpoint> nodes = pool.ranked();
    if (nodes.size() < 2) {
      return;
    }
    long tip = branch.tip().map(Head::number).orElse(-1L);
    for (RankedEndpoint node : nodes) {
      if (!node.excluded() && probed.add(node)) {
        Thread.ofVirtual().name("heads-probe").start(() -> probe(node, tip));
      }
    }
  }

  private void probe(RankedEndpoint node, long tip) {
    try {
      pool.proveAgain(node);
      long number = pool.newest(node).number();
      if (number > tip) {
        signals.add(new Ahead(node));
      } else if (tip - number >= pool.staleBlocks()) {
        pool.blame(node, EndpointFault.STALE, stale(node, tip - number));
      }
    } catch (ChainException e) {
      blame(node, e);
    } catch (RuntimeException e) {
      pool.blame(node, EndpointFault.BAD_ANSWER, nonsense(node, e));
    } finally {
      probed.remove(node);
    }
  }

  // ---- Delivery and conditions ----

  private final class Delivery implements Branch.Listener {
    @Override
    public void reverted(Head head) {
      if (!closed) {
        hand("the revert of head", head, listener::onReverted);
      }
    }

    @Override
    public void delivered(Head head) {
      headAt = System.nanoTime();
      timestamps.addLast(head.timestamp());
      if (timestamps.size() > LEARNED_FROM) {
        timestamps.removeFirst();
      }
      pool.delivered(head.number());
      if (!closed) {
        hand("head", head, listener::onHead);
      }
    }

    private void hand(String what, Head head, Consumer<Head> taker) {
      tryTo(() -> taker.accept(head), "%s %d".formatted(what, head.number()));
    }
  }

  /** A node answered as it should. */
  private void reached() {
    cutOffs = 0;
    if (condition == HeadSource.Condition.STALLED && silenceLeft(System.nanoTime()) <= 0) {
      return; // an answer without a head ends no stall
    }
    if (condition == null
        || condition == HeadSource.Condition.CUT_OFF
        || condition == HeadSource.Condition.STALLED) {
      Announcer current = announcer;
      tell(
          current != null ? HeadSource.Condition.ANNOUNCED : HeadSource.Condition.POLLED,
          "Heads come from "
              + (current != null ? current.endpoint().name() : pool.ranked().getFirst().name()));
    }
  }

  /** How long until silence is alarming, in nanoseconds; negative once it is. */
  private long silenceLeft(long now) {
    return blockTime()
        .map(time -> headAt + time.multipliedBy(settings.stalledAfter()).toNanos() - now)
        .orElse(Long.MAX_VALUE);
  }

  /** No head for too long, although nodes answer. */
  private void alarmIfStalled(long now) {
    if (silenceLeft(now) > 0
        || condition == HeadSource.Condition.STALLED
        || condition == HeadSource.Condition.CUT_OFF) {
      return;
    }
    Duration silence = Duration.ofNanos(System.nanoTime() - headAt);
    tell(
        HeadSource.Condition.STALLED,
        "No head for %d s, where blocks come each %s s: the chain or every endpoint of it stands still"
            .formatted(silence.toSeconds(), blockTime().orElseThrow().toMillis() / 1000.0));
  }

  /** As configured, or the median distance of the last blocks, in whole seconds. */
  private Optional<Duration> blockTime() {
    if (settings.blockTime().isPresent()) {
      return settings.blockTime();
    }
    if (timestamps.size() <= LEARNED_AT_LEAST) {
      return Optional.empty();
    }
    Long[] times = timestamps.toArray(Long[]::new);
    long[] distances =
        IntStream.range(1, times.length).mapToLong(i -> times[i] - times[i - 1]).sorted().toArray();
    return Optional.of(Duration.ofSeconds(Math.max(1, distances[distances.length / 2])));
  }

  private void tell(HeadSource.Condition now, String detail) {
    if (now == condition) {
      return;
    }
    condition = now;
    tellListener(now, detail);
  }

  private void tellListener(HeadSource.Condition now, String detail) {
    tryTo(() -> listener.onCondition(now, detail), "'" + detail + "'");
  }

  private void tellFault(String endpoint, EndpointFault fault, String detail) {
    if (!closed) {
      tryTo(() -> listener.onFault(endpoint, fault, detail), "'" + detail + "'");
    }
  }

  private static void tryTo(Runnable tell, String what) {
    try {
      tell.run();
    } catch (RuntimeException e) {
      LOG.error("A listener failed on {}", what, e);
    }
  }

  @Override
  public void close() {
    closed = true;
    if (Thread.currentThread().equals(thread)) {
      return;
    }
    thread.interrupt();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
