package org.probity.audit;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import org.probity.intent.audit.AuditResult;
import org.probity.intent.audit.AuditResult.Happening;
import org.probity.intent.audit.AuditResult.Holds;
import org.probity.intent.audit.AuditResult.Pace;
import org.probity.intent.audit.AuditResult.PolicyChange;
import org.probity.intent.audit.AuditResult.Skip;
import org.probity.intent.audit.Finding;
import org.probity.intent.audit.Finding.Weight;
import org.probity.intent.audit.Judged;
import org.probity.intent.audit.Kept;
import org.probity.terminal.Screen;

/**
 * What an audit answers.
 *
 * @param result of it
 */
public record AuditAnswer(AuditResult result) {

  private static final int WRONG = 1;
  private static final int UNCHECKED = 2;

  /** The most of each list that a terminal is given. */
  private static final int MOST_LINES = 20;

  /** Exit status: 0 if all is proven, 1 if something is wrong, 2 if something is unchecked. */
  public int status() {
    return switch (result.weight()) {
      case NOTED -> 0;
      case UNCHECKED -> UNCHECKED;
      case WRONG -> WRONG;
    };
  }

  /** Shows it; the last line says whether everything was decided by the vault's models. */
  public void show(Screen screen) {
    screen.say(
        "Audit of the vault %s on chain %s, blocks %s to %s (%s)"
            .formatted(
                result.vault(),
                result.chainId(),
                result.from(),
                result.head().number(),
                Instant.ofEpochSecond(result.head().timestamp())));
    for (PolicyChange policy : few(result.policies())) {
      screen.say("  policy     %s".formatted(words(policy)));
    }
    more(screen, result.policies());
    for (Happening happening : few(result.happenings())) {
      screen.say("  roles      %s  %s".formatted(time(happening.time()), happening.words()));
    }
    more(screen, result.happenings());
    for (Skip skip : few(result.skipped().stretches())) {
      screen.say("  skipped    %s".formatted(words(skip)));
    }
    more(screen, result.skipped().stretches());
    screen.say(
        "  schedule   %s decisions, %s of them trades; %s moments skipped; %s s late at most, %s on average"
            .formatted(
                result.decisions(),
                result.trades(),
                result.skipped().moments(),
                result.lateness().most(),
                Math.round(result.lateness().mean())));
    Holds holds = result.holds();
    if (!holds.equals(Holds.NONE)) {
      screen.say(
          "  holds      %s claimed, %s of them shown; %s s late at most"
              .formatted(
                  holds.claimed() + holds.shown() + holds.unchecked() + holds.wrong(),
                  holds.shown(),
                  result.lateness().mostOfClaims()));
    }
    for (Judged decision : few(result.doubtful())) {
      for (Finding finding : decision.findings()) {
        screen.say(
            "  %s nonce %s, block %s: %s"
                .formatted(
                    mark(screen, finding.weight()),
                    decision.nonce(),
                    decision.block(),
                    finding.sentence()));
      }
    }
    more(screen, result.doubtful());
    for (Finding finding : few(result.findings())) {
      screen.say(
          "  %s block %s: %s"
              .formatted(mark(screen, finding.weight()), finding.block(), finding.sentence()));
    }
    more(screen, result.findings());
    screen.say("  %s".formatted(words(result.pace(), result.decisions())));
    screen.say(
        "%s: %s"
            .formatted(
                switch (result.weight()) {
                  case NOTED ->
                      "Everything that this vault ever executed was decided by its models inside its policies";
                  case UNCHECKED -> "Not everything could be looked at";
                  case WRONG -> "Something contradicts the vault's rules";
                },
                result.sentence()));
  }

  private static String mark(Screen screen, Weight weight) {
    return switch (weight) {
      case NOTED -> screen.dim("- noted    ");
      case UNCHECKED -> screen.bold("? unchecked");
      case WRONG -> screen.red(screen.cross() + " wrong    ");
    };
  }

  private static <T> List<T> few(Kept<T> list) {
    return list.first().subList(0, Math.min(MOST_LINES, list.first().size()));
  }

  private static void more(Screen screen, Kept<?> list) {
    if (list.total() > MOST_LINES) {
      screen.say("  and %s more of these".formatted(list.total() - MOST_LINES));
    }
  }

  private static String words(PolicyChange policy) {
    OptionalLong back = policy.backTo();
    return "%s  block %s  %s%s%s"
        .formatted(
            time(policy.time()),
            policy.block(),
            policy.hash(),
            back.isPresent() ? "  back to that of block " + back.getAsLong() : "",
            policy.changes().isEmpty() ? "" : "  " + String.join("; ", policy.changes()));
  }

  private static String words(Skip skip) {
    return "%s to %s  %s %s%s%s"
        .formatted(
            time(skip.first()),
            time(skip.last()),
            skip.count(),
            skip.count() == 1 ? "moment" : "moments",
            skip.claimed() == 0 ? "" : ", %s claimed as holds".formatted(skip.claimed()),
            skip.paused() ? ", paused for a part of it" : "");
  }

  private static String words(Pace pace, long decisions) {
    return "pace       reading %s s (%s requests, %s logs, %s blocks), features %s s, proofs %s s: %s decisions a second"
        .formatted(
            tenths(pace.reading()),
            pace.requests(),
            pace.logs(),
            pace.blocks(),
            tenths(pace.features()),
            tenths(pace.proofs()),
            tenths(decisions / Math.max(1e-9, pace.reading() + pace.features() + pace.proofs())));
  }

  private static String tenths(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
  }

  private static String time(long seconds) {
    return Instant.ofEpochSecond(seconds).toString();
  }

  // ---- for machines ----

  /** All of it as one line, as {@code audit.schema.json} describes it. */
  public String json() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("verdict", word(result.weight()));
    json.put("chainId", result.chainId()).put("vault", result.vault().hex());
    json.put("from", result.from()).put("to", result.head().number());
    json.put("proven", result.proven()).put("shown", result.holds().shown());
    json.put("claimed", result.holds().claimed());
    json.put("unchecked", result.unchecked() + result.holds().unchecked());
    json.put("wrong", result.wrong() + result.holds().wrong());
    json.put("trades", result.trades()).put("archived", result.archived());
    json.put("skipped", result.skipped().moments());
    json.put("latest", result.lateness().most());
    json.put("latestClaim", result.lateness().mostOfClaims());
    ArrayNode decisions = json.putArray("doubtful");
    for (Judged one : result.doubtful().first()) {
      ObjectNode decision = decisions.addObject();
      decision.put("nonce", one.nonce()).put("asOf", one.asOf()).put("block", one.block());
      decision.put("transaction", one.transaction().hex());
      one.findings().forEach(finding -> add(decision.withArray("findings"), finding));
    }
    ArrayNode findings = json.putArray("findings");
    result.findings().first().forEach(finding -> add(findings, finding));
    ArrayNode policies = json.putArray("policies");
    for (PolicyChange one : result.policies().first()) {
      ObjectNode policy = policies.addObject();
      policy.put("block", one.block()).put("time", one.time());
      policy.put("hash", one.hash().hex()).put("model", one.model().hex());
      ArrayNode changes = policy.putArray("changes");
      one.changes().forEach(changes::add);
    }
    ArrayNode happenings = json.putArray("happenings");
    for (Happening one : result.happenings().first()) {
      happenings
          .addObject()
          .put("block", one.block())
          .put("time", one.time())
          .put("words", one.words());
    }
    Pace pace = result.pace();
    json.putObject("seconds")
        .put("reading", pace.reading())
        .put("features", pace.features())
        .put("proofs", pace.proofs());
    return json.toString();
  }

  private static void add(ArrayNode findings, Finding finding) {
    findings
        .addObject()
        .put("weight", word(finding.weight()))
        .put("block", finding.block())
        .put("sentence", finding.sentence());
  }

  private static String word(Weight weight) {
    return weight.name().toLowerCase(Locale.ROOT);
  }
}
