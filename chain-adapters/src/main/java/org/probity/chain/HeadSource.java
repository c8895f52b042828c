package org.probity.chain;

import java.time.Duration;
import java.util.Optional;

/** Tells of new heads. */
public interface HeadSource {

  /**
   * Delivers the newest head and from then on every head, each once and in order of height, until
   * the subscription is closed. The heads delivered and not reverted are always a chain: each one's
   * parent is the one before. A reorg takes the heads of the abandoned branch back ({@link
   * Listener#onReverted}) and delivers the new branch in full.
   *
   * <p>Calls come from one thread, one at a time. A listener that throws misses that head only.
   */
  Subscription subscribe(Listener listener);

  /** Takes heads. */
  @FunctionalInterface
  interface Listener {

    void onHead(Head head);

    /**
     * A head that was delivered is no longer of the chain: a reorg abandoned its branch. Called for
     * each head of the abandoned branch, newest first; after that {@link #onHead} is called for
     * each head of the new branch, from the one above the fork to the tip.
     */
    default void onReverted(Head head) {}

    /**
     * How heads come has changed.
     *
     * @param detail a sentence for the user
     */
    default void onCondition(Condition condition, String detail) {}

    /**
     * An endpoint failed or lied. It is asked less for a time; heads go on through another. May be
     * called by any thread.
     *
     * @param endpoint as {@link EndpointStatus#endpoint} names it
     * @param detail a sentence for the user
     */
    default void onFault(String endpoint, EndpointFault fault, String detail) {}

    /** Tells this listener, then {@code next}. */
    default Listener and(Listener next) {
      Listener first = this;
      return new Listener() {
        @Override
        public void onHead(Head head) {
          first.onHead(head);
          next.onHead(head);
        }

        @Override
        public void onReverted(Head head) {
          first.onReverted(head);
          next.onReverted(head);
        }

        @Override
        public void onCondition(Condition condition, String detail) {
          first.onCondition(condition, detail);
          next.onCondition(condition, detail);
        }

        @Override
        public void onFault(String endpoint, EndpointFault fault, String detail) {
          first.onFault(endpoint, fault, detail);
          next.onFault(endpoint, fault, detail);
        }
      };
    }
  }

  /** How heads come at the moment. */
  enum Condition {
    /** The node announces them. */
    ANNOUNCED,
    /** The node is asked for them again and again. */
    POLLED,
    /** They do not come: no node answers, or none serves the right chain. It is tried again. */
    CUT_OFF,
    /** Nodes answer, but no head has come for a multiple of the chain's block time. */
    STALLED,
    /**
     * A reorg went deeper than the limit. Every head within the limit has been reverted, and the
     * next one delivered is a new beginning: what was concluded from heads before it has to be read
     * afresh from the chain. Heads in between are not delivered.
     */
    RE_ANCHORED
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
   * What to watch for.
   *
   * @param reorgDepth the most blocks that a reorg may abandon; beyond it see {@link
   *     Condition#RE_ANCHORED}
   * @param blockTime of the chain; empty, and it is learned from the timestamps of its blocks
   * @param stalledAfter after how many block times without a head to tell {@link Condition#STALLED}
   * @param probe between two looks at the endpoints that are not in use
   */
  record Settings(
      Pace pace, int reorgDepth, Optional<Duration> blockTime, int stalledAfter, Duration probe) {

    /** Reorgs of up to 64 blocks (two epochs of Ethereum), alarm after 10 block times. */
    public static final Settings DEFAULT =
        new Settings(Pace.DEFAULT, 64, Optional.empty(), 10, Duration.ofSeconds(10));

    /**
     * @throws IllegalArgumentException if a number is not positive
     */
    public Settings {
      if (reorgDepth < 1 || stalledAfter < 1 || !probe.isPositive()) {
        throw new IllegalArgumentException(
            "Reorg depth, block times until the alarm and the pace of probes must be positive: %d, %d, %s"
                .formatted(reorgDepth, stalledAfter, probe));
      }
    }

    public Settings withPace(Pace other) {
      return new Settings(other, reorgDepth, blockTime, stalledAfter, probe);
    }

    public Settings withReorgDepth(int blocks) {
      return new Settings(pace, blocks, blockTime, stalledAfter, probe);
    }
  }
}
