package org.probity.chain;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.probity.ground.Bytes32;

/**
 * The nodes behind which one chain is found, in order of preference.
 *
 * @param rpc asked for everything: http, https, ws or wss
 * @param webSockets announce heads: ws or wss; none, and heads are asked for
 * @param genesis the hash of block 0; empty, and the first endpoint that answers tells it
 * @param patience how long to wait for an answer before the next endpoint is asked
 * @param backoff how long endpoints that fail are left alone
 */
public record Endpoints(
    List<URI> rpc,
    List<URI> webSockets,
    Optional<Bytes32> genesis,
    Duration patience,
    Backoff backoff) {

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /**
   * Exponential backoff: the n-th failure in a row costs {@code first} times 2^(n-1), at most
   * {@code longest}, of which a random part between a half and the whole is waited ("equal
   * jitter"), so that many clients of a node do not come back at the same moment.
   *
   * @param lie how long an endpoint that told something false is asked nothing
   * @param staleBlocks how many blocks behind an endpoint counts as stale
   * @param jitter draws the random part; used by several threads, one at a time
   */
  public record Backoff(
      Duration first, Duration longest, Duration lie, int staleBlocks, RandomGenerator jitter) {

    /**
     * @throws IllegalArgumentException if a duration is not positive or in the wrong order
     */
    public Backoff {
      if (!first.isPositive() || longest.compareTo(first) < 0 || !lie.isPositive()) {
        throw new IllegalArgumentException(
            "A backoff begins positive and does not shrink: first %s, longest %s, for a lie %s"
                .formatted(first, longest, lie));
      }
      if (staleBlocks < 1) {
        throw new IllegalArgumentException(
            "An endpoint is stale from one block behind at the least, not " + staleBlocks);
      }
    }

    /** From 250 ms to 30 s; 60 s for a lie; stale at 3 blocks behind. */
    public static Backoff with(RandomGenerator jitter) {
      return new Backoff(
          Duration.ofMillis(250), Duration.ofSeconds(30), Duration.ofSeconds(60), 3, jitter);
    }

    /** The pause after {@code failures} failures in a row. */
    Duration pause(int failures) {
      long nanos = first.toNanos();
      for (int i = 1; i < failures && nanos < longest.toNanos(); i++) {
        nanos *= 2;
      }
      long whole = Math.min(nanos, longest.toNanos());
      synchronized (jitter) {
        return Duration.ofNanos(whole / 2 + (long) (jitter.nextDouble() * (whole - whole / 2)));
      }
    }
  }

  /**
   * @throws IllegalArgumentException if there is no endpoint to ask, or patience is not positive
   */
  public Endpoints {
    rpc = List.copyOf(rpc);
    webSockets = List.copyOf(webSockets);
    if (rpc.isEmpty()) {
      throw new IllegalArgumentException(
          "A chain needs at least one RPC address, like http://127.0.0.1:8545");
    }
    if (!patience.isPositive()) {
      throw new IllegalArgumentException(
          "The patience with a node must be positive, not " + patience);
    }
  }

  /** These endpoints, with 10 seconds of patience and the usual backoff. */
  public static Endpoints of(List<URI> rpc, List<URI> webSockets) {
    Backoff backoff = Backoff.with(RandomGenerator.getDefault());
    return new Endpoints(rpc, webSockets, Optional.empty(), PATIENCE, backoff);
  }

  public Endpoints withPatience(Duration time) {
    return new Endpoints(rpc, webSockets, genesis, time, backoff);
  }

  /** Addresses can hold access keys, which no text shows. */
  @Override
  public String toString() {
    return "Endpoints(rpc " + shown(rpc) + ", web sockets " + shown(webSockets) + ")";
  }

  private static List<String> shown(List<URI> addresses) {
    return addresses.stream().map(Rpc::shown).toList();
  }
}
