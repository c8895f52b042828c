package org.probity.agent.watch;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.probity.agent.AgentListener;
import org.probity.agent.VenueText;
import org.probity.chain.EndpointFault;
import org.probity.chain.Head;
import org.probity.chain.HeadSource;
import org.probity.intent.Proposal;
import org.probity.intent.Settlement;
import org.probity.intent.VenueQuote;
import org.probity.intent.conduct.Notice;
import org.probity.zk.Decision;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Writes what agents and heads do into the log, with the agent's id and the head's height and hash
 * as fields of their own, so that a log store can follow one agent or one head.
 */
final class AgentLog implements AgentListener, HeadSource.Listener {

  private static final Logger LOG = LoggerFactory.getLogger("org.probity.agent.events");

  /** A fault that has not come again for so long is over. */
  private static final Duration OVER = Duration.ofSeconds(90);

  private record Faulty(String endpoint, EndpointFault fault) {}

  private record Spell(Instant since, Instant last, long times) {}

  private final Map<Faulty, Spell> spells = new ConcurrentHashMap<>();
  private final InstantSource clock;

  AgentLog(InstantSource clock) {
    this.clock = clock;
  }

  @Override
  public void on(String agent, Notice event) {
    switch (event) {
      case Notice.Taken(Head head) -> line(Level.DEBUG, agent, head).log("taken");
      case Notice.Dropped(Head head, Head newer) ->
          line(Level.INFO, agent, head).addKeyValue("newer", newer.number()).log("dropped");
      case Notice.Decided(Proposal proposal, var prospect) ->
          line(Level.INFO, agent, proposal.head())
              .addKeyValue("context", proposal.context())
              .addKeyValue("decision", decided(proposal.decision()))
              .addKeyValue("prospect", prospect)
              .log("decided");
      case Notice.Proved(var intent, Duration took) ->
          line(Level.INFO, agent, intent.proposal().head())
              .addKeyValue("context", intent.context())
              .addKeyValue("millis", took.toMillis())
              .log("proven");
      case Notice.Kept(var intent, var _) ->
          line(Level.INFO, agent, intent.proposal().head())
              .addKeyValue("context", intent.context())
              .log("not sent");
      case Notice.Past(Head head, long asOf) ->
          line(Level.DEBUG, agent, head).addKeyValue("asOf", asOf).log("acted already");
      case Notice.Ahead ahead -> line(Level.WARN, agent, ahead.head()).log(ahead.sentence());
      case Notice.Hindered(Head head, String why) ->
          line(Level.WARN, agent, head).addKeyValue("reason", why).log("cannot act");
      case Notice.Postponed(Head head, String why) ->
          line(Level.INFO, agent, head).addKeyValue("reason", why).log("not now");
      case Notice.Missed(Head head, String why) ->
          line(Level.WARN, agent, head).addKeyValue("reason", why).log("moment missed");
      case Notice.Unhindered unhindered ->
          line(Level.WARN, agent, unhindered.head()).log(unhindered.sentence());
      case Notice.Stopped(String why) -> line(Level.ERROR, agent, null).log(why);
      case Notice.Submitted(var intent) ->
          line(Level.INFO, agent, intent.proposal().head())
              .addKeyValue("context", intent.context())
              .log("submitted");
      case Notice.Executed(Proposal proposal, var settlement) -> {
        line(Level.INFO, agent, proposal.head())
            .addKeyValue("context", proposal.context())
            .addKeyValue("transaction", settlement.receipt().transactionHash())
            .addKeyValue("gas", settlement.receipt().gasUsed())
            .log("executed");
        venues(agent, proposal, settlement);
      }
      case Notice.Reverted(Proposal proposal, Head gone, boolean executed) ->
          line(Level.WARN, agent, proposal.head())
              .addKeyValue("context", proposal.context())
              .addKeyValue("block", gone.number())
              .addKeyValue("executed", executed)
              .log("reverted by a reorg");
      case Notice.LifeChanged(var life, String reason) ->
          line(Level.INFO, agent, null)
              .addKeyValue("life", life)
              .addKeyValue("reason", reason)
              .log("life");
      case Notice.Timed(Head head, var stage, Duration took) ->
          line(Level.DEBUG, agent, head)
              .addKeyValue("stage", stage)
              .addKeyValue("millis", took.toMillis())
              .log("timed");
      case Notice.Failed(@Nullable Head head, var step, String reason, int attempt, var pause) ->
          line(Level.WARN, agent, head)
              .addKeyValue("step", step.name())
              .addKeyValue("reason", reason)
              .addKeyValue("attempt", attempt)
              .addKeyValue("pauseMillis", pause.toMillis())
              .log("failed");
    }
  }

  /** A node that does not quote has decisions sent along their routes, whatever these cost. */
  private static void venues(String agent, Proposal proposal, Settlement.Executed settlement) {
    if (settlement.quotes().isEmpty()) {
      return;
    }
    VenueQuote sent = settlement.quotes().getFirst();
    Level level = sent.answer() instanceof VenueQuote.Unanswered ? Level.WARN : Level.INFO;
    line(level, agent, proposal.head())
        .addKeyValue("context", proposal.context())
        .addKeyValue("venues", sent.venues())
        .log(VenueText.of(proposal, settlement));
  }

  /** The class, or the outputs. */
  private static Object decided(Decision decision) {
    return switch (decision) {
      case Decision.Choice(int index) -> index;
      case Decision.Outputs(var values) -> values;
    };
  }

  @Override
  public void onHead(Head head) {
    heads(Level.DEBUG, head).log("head");
  }

  @Override
  public void onReverted(Head head) {
    heads(Level.WARN, head).log("head reverted");
  }

  @Override
  public void onCondition(HeadSource.Condition condition, String detail) {
    LOG.atLevel(condition == HeadSource.Condition.ANNOUNCED ? Level.INFO : Level.WARN)
        .addKeyValue("condition", condition)
        .log(detail);
  }

  /** Told when it begins, and then when it is over ({@link #settle}), however often it comes. */
  @Override
  public void onFault(String endpoint, EndpointFault fault, String detail) {
    Instant now = clock.instant();
    Spell spell =
        spells.merge(
            new Faulty(endpoint, fault),
            new Spell(now, now, 1),
            (old, _) -> new Spell(old.since(), now, old.times() + 1));
    if (spell.times() == 1) {
      LOG.atWarn().addKeyValue("endpoint", endpoint).addKeyValue("fault", fault).log(detail);
    }
  }

  /** Tells of faults that have not come again for a while. */
  void settle() {
    Instant now = clock.instant();
    spells.forEach((faulty, spell) -> {
      if (spell.last().plus(OVER).isBefore(now) && spells.remove(faulty, spell)) {
        LOG.atWarn()
            .addKeyValue("endpoint", faulty.endpoint())
            .addKeyValue("fault", faulty.fault())
            .addKeyValue("times", spell.times())
            .addKeyValue("since", spell.since())
            .log("over");
      }
    });
  }

  private static LoggingEventBuilder line(Level level, String agent, @Nullable Head head) {
    LoggingEventBuilder line = LOG.atLevel(level).addKeyValue("agent", agent);
    return head == null ? line : named(line, head);
  }

  private static LoggingEventBuilder heads(Level level, Head head) {
    return named(LOG.atLevel(level), head);
  }

  private static LoggingEventBuilder named(LoggingEventBuilder line, Head head) {
    return line.addKeyValue("head", head.number()).addKeyValue("headHash", head.hash());
  }
}
