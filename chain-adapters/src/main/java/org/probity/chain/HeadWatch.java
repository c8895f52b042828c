package org.probity.chain;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One subscription to heads.
 *
 * <p>The idea: an announcement is only a hint that there is something new; what is delivered
 * follows from the last delivered head alone. Whether the newest head comes by announcement or by
 * asking, it passes through {@link #accept}, which drops what was delivered, fetches what is
 * missing in between and delivers in order. So a lost announcement, a repeated one or a broken
 * connection costs time but no head, and falling back to polling is no special case.
 *
 * <p>Silence is ambiguous: the chain may be quiet, or the connection dead without a sign. After
 * enough of it the node is asked; if it has a head that it did not announce, the connection is
 * replaced.
 */
final class HeadWatch implements HeadSource.Subscription {

  private static final Logger LOG = LoggerFactory.getLogger(HeadWatch.class);
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration GRACE = Duration.ofMillis(300);
  private static final int REMEMBERED = 1_024;
  private static final int BACK_FILL = 100;

  private final ChainClient chain;
  private final Optional<URI> endpoint;
  private final HeadSource.Pace pace;
  private final HeadSource.Listener listener;
  private final BlockingQueue<Signal> signals = new LinkedBlockingQueue<>();
  private final Thread thread;
  private volatile boolean closed;

  // Touched by the one thread only.
  private final Set<Hash> delivered = new LinkedHashSet<>();
  private @Nullable Head last;
  private @Nullable SocketRpc socket;
  private boolean connecting;
  private long connectAt = System.nanoTime();
  private boolean behind;
  private HeadSource.@Nullable Condition condition;

  private HeadWatch(
      ChainClient chain,
      Optional<URI> endpoint,
      HeadSource.Pace pace,
      HeadSource.Listener listener) {
    this.chain = chain;
    this.endpoint = endpoint;
    this.pace = pace;
    this.listener = listener;
    this.thread = Thread.ofVirtual().name("heads").unstarted(this::run);
  }

  static HeadWatch begin(
      ChainClient chain,
      Optional<URI> endpoint,
      HeadSource.Pace pace,
      HeadSource.Listener listener) {
    HeadWatch watch = new HeadWatch(chain, endpoint, pace, listener);
    watch.thread.start();
    return watch;
  }

  /** What may happen while waiting. */
  private sealed interface Signal {}

  private record Announced(Head head) implements Signal {}

  private record Opened(SocketRpc socket) implements Signal {}

  private record NotOpened(String why) implements Signal {}

  private record Broken(SocketRpc socket) implements Signal {}

  private record Silence() implements Signal {}

  private void run() {
    try {
      // Heads come from the first moment on, announced or not.
      poll();
      while (!closed) {
        connectIfDue();
        handle(await(patience()));
      }
    } catch (InterruptedException e) {
      // Only close() interrupts.
    } finally {
      abandonSocket();
      signals.forEach(signal -> {
        if (signal instanceof Opened(SocketRpc opened)) {
          opened.close();
        }
      });
    }
  }

  private Duration patience() {
    boolean announced = socket != null && !behind;
    return announced ? pace.stall() : pace.poll();
  }

  private Signal await(Duration time) throws InterruptedException {
    Signal signal = signals.poll(time.toNanos(), TimeUnit.NANOSECONDS);
    return signal == null ? new Silence() : signal;
  }

  private void handle(Signal signal) throws InterruptedException {
    switch (signal) {
      case Announced(Head head) -> attempt(() -> accept(head));
      case Opened(SocketRpc opened) -> {
        connecting = false;
        socket = opened;
        // Whatever came between the last look and the subscription was not announced.
        poll();
        if (condition != HeadSource.Condition.CUT_OFF) {
          tell(HeadSource.Condition.ANNOUNCED, "Heads are announced by " + opened.shownEndpoint());
        }
      }
      case NotOpened(String why) -> {
        connecting = false;
        connectAt = System.nanoTime() + pace.reconnect().toNanos();
        if (condition != HeadSource.Condition.CUT_OFF) {
          tell(HeadSource.Condition.POLLED, why + "; asking for heads instead");
        }
        poll();
      }
      case Broken(SocketRpc broken) -> {
        if (broken == socket) {
          fallBack("The connection that announced heads broke; asking for them instead");
        }
      }
      case Silence() -> {
        boolean news = poll();
        if (news && socket != null && !behind) {
          suspectStall();
        }
      }
    }
  }

  /** The node had a head that it did not announce, unless the announcement is just arriving. */
  private void suspectStall() throws InterruptedException {
    Signal next = await(GRACE);
    if (next instanceof Silence) {
      fallBack("The node stopped announcing heads; asking for them instead");
    } else {
      handle(next);
    }
  }

  private void fallBack(String why) {
    abandonSocket();
    connectAt = System.nanoTime();
    tell(HeadSource.Condition.POLLED, why);
    poll();
  }

  private void abandonSocket() {
    SocketRpc old = socket;
    socket = null;
    if (old != null) {
      old.close();
    }
  }

  private void connectIfDue() {
    if (endpoint.isEmpty() || socket != null || connecting || System.nanoTime() < connectAt) {
      return;
    }
    connecting = true;
    // Elsewhere, since a connection to nowhere takes seconds to fail and heads are polled
    // meanwhile.
    Thread.ofVirtual().name("heads-connect").start(() -> connect(endpoint.get()));
  }

  private void connect(URI address) {
    SocketRpc fresh =
        new SocketRpc(address, PATIENCE, this::announce, broken -> signals.add(new Broken(broken)));
    try {
      long served = ChainClient.quantity(fresh.ask("eth_chainId")).longValueExact();
      if (served != chain.chainId()) {
        throw new WrongChain(fresh.shownEndpoint(), chain.chainId(), served);
      }
      fresh.ask("eth_subscribe", "newHeads");
      signals.add(new Opened(fresh));
      if (closed) {
        fresh.close();
      }
    } catch (ChainException e) {
      fresh.close();
      signals.add(new NotOpened(String.valueOf(e.getMessage())));
    }
  }

  private void announce(JsonNode parameters) {
    JsonNode header = parameters.path("result");
    if (header.hasNonNull("hash") && header.hasNonNull("number")) {
      ChainClient.headOf(header).ifPresent(head -> signals.add(new Announced(head)));
    }
  }

  /** Asks for the newest head. Whether there was one to deliver. */
  private boolean poll() {
    Head before = last;
    attempt(() -> {
      if (condition == HeadSource.Condition.CUT_OFF) {
        chain.requireSameChain();
      }
      accept(chain.head());
    });
    return !Objects.equals(last, before);
  }

  private void attempt(Runnable step) {
    if (closed) {
      return;
    }
    try {
      step.run();
      if (condition == HeadSource.Condition.CUT_OFF || condition == null) {
        boolean announced = socket != null;
        tell(
            announced ? HeadSource.Condition.ANNOUNCED : HeadSource.Condition.POLLED,
            "Heads come from " + chain);
      }
    } catch (RuntimeException e) {
      // Not only what the client throws: what a broken node sends can fail to parse in any way.
      behind = true;
      if (!closed) {
        tell(HeadSource.Condition.CUT_OFF, String.valueOf(e.getMessage()));
      }
    }
  }

  private void accept(Head newest) {
    behind = false;
    if (delivered.contains(newest.hash())) {
      return;
    }
    Head before = last;
    if (before != null) {
      for (long next = before.number() + 1; next < newest.number(); next += BACK_FILL) {
        long until = Math.min(newest.number() - 1, next + BACK_FILL - 1);
        List<Head> missing = chain.heads(next, until);
        missing.forEach(this::deliver);
        if (missing.size() <= until - next) {
          // The node that answered is behind the one that announced. Try again soon.
          behind = true;
          return;
        }
      }
    }
    deliver(newest);
  }

  private void deliver(Head head) {
    if (closed || !delivered.add(head.hash())) {
      return;
    }
    if (delivered.size() > REMEMBERED) {
      delivered.remove(delivered.iterator().next());
    }
    last = head;
    try {
      listener.onHead(head);
    } catch (RuntimeException e) {
      LOG.error("A listener failed on head {}", head.number(), e);
    }
  }

  private void tell(HeadSource.Condition now, String detail) {
    if (now == condition) {
      return;
    }
    condition = now;
    try {
      listener.onCondition(now, detail);
    } catch (RuntimeException e) {
      LOG.error("A listener failed on '{}'", detail, e);
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
