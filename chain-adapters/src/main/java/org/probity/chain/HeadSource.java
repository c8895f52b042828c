package org.probity.chain;

import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/** Tells of new heads. */
public interface HeadSource {

  /**
   * Delivers the newest head and from then on every head, each once and in order of height, until
   * the subscription is closed. A head whose parent is not the one delivered before it belongs to
   * another branch: a reorg.
   *
   * <p>Calls come from one thread, one at a time. A listener that throws misses that head only.
   */
  Subscription subscribe(Listener listener);

  /** Takes heads. */
  @FunctionalInterface
  interface Listener {

    void onHead(Head head);

    /**
     * How heads come has changed.
     *
     * @param detail a sentence for the user
     */
    default void onCondition(Condition condition, String detail) {}
  }

  /** How heads come at the moment. */
  enum Condition {
    /** The node announces them. */
    ANNOUNCED,
    /** The node is asked for them again and again. */
    POLLED,
    /** They do not come: the node does not answer, or serves another chain. It is tried again. */
    CUT_OFF
  }

  /** Ends the delivery; after {@link #close} returns, no more heads come. */
  interface Subscription extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * How often to look, and how long to trust silence.
   *
   * @param poll between two questions for the newest head, where the node does not announce it
   * @param stall after this much silence of the node, ask whether it announces heads at all
   * @param reconnect between two attempts to be announced heads
   */
  record Pace(Duration poll, Duration stall, Duration reconnect) {

    /** Polls each second, distrusts silence after 30 seconds, reconnects after 5. */
    public static final Pace DEFAULT =
        new Pace(Duration.ofSeconds(1), Duration.ofSeconds(30), Duration.ofSeconds(5));

    /**
     * @throws IllegalArgumentException if a duration is not positive
     */
    public Pace {
      if (!poll.isPositive() || !stall.isPositive() || !reconnect.isPositive()) {
        throw new IllegalArgumentException(
            "The pace of watching heads must be positive: "
                + poll
                + ", "
                + stall
                + ", "
                + reconnect);
      }
    }
  }

  /**
   * Heads of the chain behind {@code chain}, announced through {@code webSocket} while that works
   * and polled otherwise.
   */
  static HeadSource of(ChainClient chain, Optional<URI> webSocket, Pace pace) {
    return listener -> HeadWatch.begin(chain, webSocket, pace, listener);
  }
}
