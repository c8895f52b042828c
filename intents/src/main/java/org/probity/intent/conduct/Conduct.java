package org.probity.intent.conduct;

import java.time.Instant;
import java.util.List;
import org.probity.chain.Head;

/**
 * How one agent acts for one vault: a value that takes an input and gives the events to be written
 * down, the tasks to be done after that, and the conduct from there on. It has no clock, no thread
 * and no chain; whoever runs it has: a node, a simulation, a replay.
 *
 * <p>It decides once for each moment of the vault's schedule (the multiples of the policy's step),
 * on the first head that it sees of it. The newest head wins: while one is worked on, the newest of
 * those that arrive waits and the others are forgotten. Work that a newer moment has overtaken is
 * dropped as long as it is cheap, that is until a prover has taken it.
 *
 * <p><b>Once.</b> Whatever changes the world is written down before it is done: a decision before
 * its proof is ordered, an intent before it is sent. What is to be done next follows from the state
 * alone, so an agent that comes back from a crash goes on where its journal ends. It first asks
 * what has become of the decision in hand ({@link org.probity.intent.Standing}): what was sent is
 * followed, what was never sent is sent, what can no longer be executed is given up, and nothing is
 * sent twice.
 *
 * <p><b>On this branch.</b> A decision whose head is reverted is void. One whose execution is
 * reverted is in doubt until the venue says what became of it; until then nothing else is decided.
 * Then its moment is decided anew.
 *
 * <p><b>While its moment lasts.</b> A decision that the vault refuses for what the market or the
 * clock is ({@link org.probity.intent.Prospect.NotNow}) is asked again at each head of its moment.
 * Nothing is proven before the vault would take it, and what is proven then serves for as long as
 * the same would be decided; when the moment is over, it is left.
 *
 * <p>No failure ends an agent. Each is told with its reason, and after a growing pause the newest
 * head is tried again from the start: features, nonce and proof are all made anew. After {@link
 * #ATTEMPTS} the head is left and the next one awaited.
 */
public final class Conduct {

  /** How often one head is tried. */
  static final int ATTEMPTS = 5;

  private final String id;
  private final AgentState state;
  private final SoftState soft;

  Conduct(String id, AgentState state, SoftState soft) {
    this.id = id;
    this.state = state;
    this.soft = soft;
  }

  /**
   * What comes of an input.
   *
   * @param conduct from here on
   * @param events to be written down first, all or none
   * @param tasks to be done then, in this order
   */
  public record Next(Conduct conduct, List<Event> events, List<Task> tasks) {}

  /**
   * An agent that nobody has created yet.
   *
   * @param id for sentences
   * @param outfitting how long to wait before it is outfitted again
   */
  public static Conduct of(String id, Retry outfitting) {
    return new Conduct(id, AgentState.UNBORN, new SoftState(outfitting));
  }

  /** What its events add up to. */
  public AgentState state() {
    return state;
  }

  /**
   * Takes an input.
   *
   * @param now by the clock of whoever runs it
   */
  public Next on(Instant now, Input input) {
    return new Transition(id, state, soft.copy(), now).take(input);
  }

  /**
   * Comes back with nothing but what its journal adds up to.
   *
   * @param recovered the fold of its events
   */
  public Next recover(AgentState recovered, Instant now) {
    return new Transition(id, recovered, soft.copy(), now).recover();
  }

  /** Whether it has a decision that it asks again at the next head, whatever moment that is of. */
  public boolean isPostponed() {
    return soft.postponed != null;
  }

  /** What it does at the moment, in words. */
  public String doing() {
    return switch (soft.phase) {
      case Phase.Outfitting() -> "getting ready";
      case Phase.Idle() -> state.life() == Life.ACTIVE ? "waiting for a head" : "resting";
      case Phase.Observing(Head head) -> "reading head " + head.number();
      case Phase.Asking() -> "asking what has become of its last decision";
      case Phase.Proving() -> "waiting for a proof";
      case Phase.Settling() -> "waiting for its execution";
      case Phase.Pausing _ -> "waiting to try again";
    };
  }

  /** What keeps it from acting now, else what failed last; empty if nothing did. */
  public String failure() {
    String lack = soft.lack;
    String hindrance = soft.hindrance;
    return lack != null ? lack : hindrance != null ? hindrance : state.tally().lastFailure();
  }

  /** Says, in a sentence, that nobody has created it. */
  public String unknown() {
    return "There is no agent %s: list the agents to see which there are.".formatted(id);
  }
}
