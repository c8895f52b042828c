package org.probity.chain;

import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * One endpoint with what is known of its health. Safe for use by many threads.
 *
 * <p>Three kinds of trouble are kept apart. One that fails is asked last for a time that doubles
 * with each failure; if every other fails too, it is asked all the same. One that asks to be left
 * alone, or lies, is not asked at all until its time is over. And every failure leaves a mark that
 * fades, so that of two that answer the steadier one is asked first.
 */
final class RankedEndpoint {

  private static final double HALF_LIFE_SECONDS = 10;
  private static final double MOST_TROUBLE = 4;

  /** Whatever it asks for: one answer must not take an endpoint out for good. */
  private static final Duration LONGEST_REST = Duration.ofMinutes(10);

  private final String name;
  private final int preference;
  private final @Nullable Rpc rpc;
  private final Endpoints.Backoff backoff;
  private final Map<EndpointFault, Long> faults = new EnumMap<>(EndpointFault.class);

  private boolean proven;
  private long head = -1;
  private long requests;
  private int failures;
  private double trouble;
  private long troubleAt = System.nanoTime();
  private @Nullable EndpointFault shutFault;
  private String shutReason = "";
  private long shutUntil = System.nanoTime();

  /**
   * @param rpc null for a WebSocket, which its user connects
   */
  RankedEndpoint(String name, int preference, @Nullable Rpc rpc, Endpoints.Backoff backoff) {
    this.name = name;
    this.preference = preference;
    this.rpc = rpc;
    this.backoff = backoff;
  }

  String name() {
    return name;
  }

  int preference() {
    return preference;
  }

  /** Asks it, counting the request; a failure is for the caller to judge and {@link #failed}. */
  List<Rpc.Answer> ask(List<Rpc.Question> questions) {
    Rpc connection = rpc;
    if (connection == null) {
      throw new IllegalStateException("A WebSocket that announces heads is not asked");
    }
    asked();
    List<Rpc.Answer> answers = connection.askAll(questions);
    answered();
    return answers;
  }

  synchronized void asked() {
    requests++;
  }

  synchronized void answered() {
    failures = 0;
    if (!shut()) {
      shutFault = null;
    }
  }

  /** Notes a fault. Whether it is news, rather than one more of the same. */
  synchronized boolean failed(EndpointFault fault, String reason, Optional<Duration> askedFor) {
    boolean news = shutFault != fault;
    faults.merge(fault, 1L, Long::sum);
    failures++;
    trouble = Math.min(MOST_TROUBLE, trouble() + 1);
    troubleAt = System.nanoTime();
    if (fault != EndpointFault.RATE_LIMITED && fault != EndpointFault.STALE) {
      proven = false;
    }
    Duration own = fault.lies() ? backoff.lie() : backoff.pause(failures);
    Duration pause =
        askedFor
            .map(asked -> asked.compareTo(LONGEST_REST) < 0 ? asked : LONGEST_REST)
            .filter(asked -> asked.compareTo(own) > 0)
            .orElse(own);
    shutFault = fault;
    shutReason = reason;
    shutUntil = System.nanoTime() + pause.toNanos();
    return news;
  }

  private double trouble() {
    double seconds = (System.nanoTime() - troubleAt) / 1e9;
    return trouble * Math.pow(0.5, seconds / HALF_LIFE_SECONDS);
  }

  private boolean shut() {
    return shutFault != null && System.nanoTime() < shutUntil;
  }

  /** Whether nothing may be asked of it now. */
  synchronized boolean excluded() {
    EndpointFault fault = shutFault;
    return shut() && fault != null && (fault.lies() || fault == EndpointFault.RATE_LIMITED);
  }

  /** Whether it should be asked last. */
  synchronized boolean resting() {
    return shut();
  }

  /** How long it is still left alone; negative if it is not. */
  synchronized Duration shutFor() {
    return shut() ? Duration.ofNanos(shutUntil - System.nanoTime()) : Duration.ZERO;
  }

  synchronized Optional<String> shutReason() {
    return shut() ? Optional.of(shutReason) : Optional.empty();
  }

  synchronized boolean proven() {
    return proven;
  }

  /** It serves the right chain. */
  synchronized void prove() {
    proven = true;
  }

  /** It has to tell again what chain it serves. */
  synchronized void doubt() {
    proven = false;
  }

  synchronized long head() {
    return head;
  }

  synchronized void hasHead(long number) {
    head = number;
  }

  /** Lower is better: whole lags and whole marks of trouble, so that small differences do not. */
  synchronized long rank(long tip, int staleBlocks) {
    long lag = head < 0 ? 0 : Math.max(0, tip - head);
    long standing = excluded() ? 2 : resting() ? 1 : 0;
    long late = lag >= staleBlocks ? Math.min(lag, 1_000_000) : 0;
    return standing * 1_000_000_000L + late * 100 + Math.min(99, (long) (trouble() / 2));
  }

  synchronized EndpointStatus status(boolean chosen, long tip) {
    return new EndpointStatus(
        name,
        rpc == null,
        chosen,
        head < 0 ? OptionalLong.empty() : OptionalLong.of(head),
        head < 0 ? 0 : Math.max(0, tip - head),
        requests,
        faults,
        shutReason());
  }

  void close() {
    if (rpc != null) {
      rpc.close();
    }
  }
}
