package org.probity.run;

import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.probity.agent.AgentListener;
import org.probity.agent.VaultTokens;
import org.probity.agent.VenueText;
import org.probity.chain.Head;
import org.probity.chain.HeadSource;
import org.probity.ground.Bytes32;
import org.probity.ground.Printable;
import org.probity.intent.Proposal;
import org.probity.intent.Prospect;
import org.probity.intent.Settlement;
import org.probity.intent.conduct.Notice;
import org.probity.strategy.StrategyBundle;
import org.probity.strategy.StrategyManifest;
import org.probity.terminal.HeadTable;
import org.probity.terminal.Screen;

/** Says on the terminal what the agents of a node do, a line for each event worth one. */
final class NodeLines implements AgentListener, HeadSource.Listener {

  private final Screen screen;
  private final VaultTokens tokens;
  private final Map<String, Integer> failures = new ConcurrentHashMap<>();
  private final Set<String> proved = ConcurrentHashMap.newKeySet();
  private final Set<String> traded = ConcurrentHashMap.newKeySet();
  private final Map<Bytes32, StrategyManifest> strategies;

  NodeLines(Screen screen, Collection<StrategyBundle> strategies, VaultTokens tokens) {
    this.screen = screen;
    this.tokens = tokens;
    this.strategies =
        strategies.stream()
            .collect(
                Collectors.toMap(
                    bundle -> bundle.model().key().digest(), StrategyBundle::manifest));
  }

  @Override
  public void onHead(Head head) {}

  @Override
  public void onReverted(Head head) {
    screen.say("head %d  reverted: another branch is longer".formatted(head.number()));
  }

  @Override
  public void onCondition(HeadSource.Condition condition, String detail) {
    screen.say(Printable.line(detail));
  }

  @Override
  public void on(String agent, Notice event) {
    say(agent, line(event));
    say(agent, news(agent, event));
  }

  private void say(String agent, @Nullable String line) {
    if (line != null) {
      // An agent that is named by its vault is the only one.
      screen.say(Printable.line(agent.startsWith("0x") ? line : agent + "  " + line));
    }
  }

  /** What is worth a word of its own: what happens for the first time, and that it works again. */
  private @Nullable String news(String agent, Notice event) {
    return switch (event) {
      case Notice.Decided(var proposal, _) -> {
        tokens.prepare(proposal.mandate().vault());
        yield null;
      }
      case Notice.Proved _ -> proved.add(agent) ? "the first proof since the start" : null;
      case Notice.Executed(_, var settlement) ->
          settlement.traded() && traded.add(agent)
              ? "the first trade since the start" + recovered(agent)
              : again(agent);
      case Notice.Kept _, Notice.Past _ -> again(agent);
      case Notice.Failed _ -> {
        failures.merge(agent, 1, Integer::sum);
        yield null;
      }
      default -> null;
    };
  }

  private @Nullable String again(String agent) {
    String words = recovered(agent);
    return words.isEmpty() ? null : "works again" + words;
  }

  /** Empty if nothing has failed since it last worked. */
  private String recovered(String agent) {
    Integer failed = failures.remove(agent);
    return failed == null ? "" : ", after %d failed attempts".formatted(failed);
  }

  private @Nullable String line(Notice event) {
    return switch (event) {
      case Notice.Taken _, Notice.Timed _, Notice.Submitted _ -> null;
      case Notice.LifeChanged(var life, var reason) ->
          "now %s%s"
              .formatted(
                  life.name().toLowerCase(Locale.ROOT), reason.isEmpty() ? "" : ": " + reason);
      case Notice.Dropped(var head, var newer) ->
          "head %d  dropped for head %d".formatted(head.number(), newer.number());
      case Notice.Decided(var proposal, _) ->
          "head %d  decided: %s".formatted(proposal.head().number(), words(proposal));
      case Notice.Proved(var intent, var took) ->
          "head %d  proven in %s"
              .formatted(intent.proposal().head().number(), HeadTable.millis(took));
      case Notice.Kept(var intent, var prospect) ->
          "head %d  not sent: %s".formatted(intent.proposal().head().number(), words(prospect));
      case Notice.Past(var head, var asOf) ->
          "head %d  left alone: the vault has acted as of %d already"
              .formatted(head.number(), asOf);
      case Notice.Ahead ahead -> ahead.sentence();
      case Notice.Hindered(var head, var why) ->
          "head %d  cannot act: %s".formatted(head.number(), why);
      case Notice.Postponed(var head, var why) ->
          "head %d  not now, asked again at each head: %s".formatted(head.number(), why);
      case Notice.Missed(var head, var why) ->
          "head %d  left, for its moment is over: %s".formatted(head.number(), why);
      case Notice.Unhindered unhindered ->
          "head %d  %s".formatted(unhindered.head().number(), unhindered.sentence());
      case Notice.Stopped(var why) -> why;
      case Notice.Executed(var proposal, var settlement) ->
          "head %d  executed in %s: %s, %,d gas%s"
              .formatted(
                  proposal.head().number(),
                  settlement.receipt().transactionHash(),
                  tokens.words(proposal.mandate().vault(), settlement.deltas()),
                  settlement.receipt().gasUsed(),
                  venues(proposal, settlement));
      case Notice.Reverted(var proposal, var gone, var executed) ->
          "head %d  its %s block %d was reverted: decided anew"
              .formatted(proposal.head().number(), executed ? "execution's" : "own", gone.number());
      case Notice.Failed(var head, var step, var reason, var attempt, var pause) ->
          "%s%s failed (%d): %s; %s"
              .formatted(
                  head == null ? "" : "head %d  ".formatted(head.number()),
                  step,
                  attempt,
                  reason,
                  pause.isZero()
                      ? "waiting for the next moment"
                      : "again in " + HeadTable.millis(pause));
    };
  }

  private static String venues(Proposal proposal, Settlement.Executed settlement) {
    String words = VenueText.of(proposal, settlement);
    return words.isEmpty() ? "" : ", " + words;
  }

  private String words(Proposal proposal) {
    StrategyManifest known = strategies.get(proposal.mandate().model());
    return known == null
        ? DecisionText.of(proposal.decision(), List.of())
        : DecisionText.of(proposal.decision(), known);
  }

  private static String words(Prospect prospect) {
    return switch (prospect) {
      case Prospect.Nothing nothing -> nothing.reason();
      case Prospect.Hold hold -> hold.words();
      case Prospect.Trade _ -> "a trade";
    };
  }
}
