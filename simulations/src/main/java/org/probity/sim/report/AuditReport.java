package org.probity.sim.report;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.probity.intent.audit.AuditResult;
import org.probity.intent.audit.AuditResult.Happening;
import org.probity.intent.audit.AuditResult.Holds;
import org.probity.intent.audit.AuditResult.Point;
import org.probity.intent.audit.AuditResult.PolicyChange;
import org.probity.intent.audit.AuditResult.Skip;
import org.probity.intent.audit.Finding;
import org.probity.intent.audit.Finding.Weight;
import org.probity.intent.audit.Judged;
import org.probity.intent.audit.Kept;

/** The page of an audit: one self-contained HTML file, as a run's report is. */
public final class AuditReport {

  private static final double BPS = 10_000;

  private AuditReport() {}

  /**
   * Refuses a file that is not a page of ours, before the work begins: it would be replaced.
   *
   * @throws org.probity.sim.backtest.BacktestRefused if it is something else
   */
  public static void requireOurs(Path file) {
    Report.requireOurs(file);
  }

  /** Writes the page, whole or not at all. */
  public static void write(AuditResult result, Path file) {
    Report.write(html(result), file);
  }

  /** The page as text. */
  static String html(AuditResult result) {
    String content =
        """
        <header><p class="eyebrow">Probity audit</p><h1>%s</h1><p>%s</p></header>
        <dl class="tiles">%s</dl>
        """
                .formatted(
                    Html.text(result.vault().toString()),
                    Html.text(
                        "Chain %s, blocks %s to %s (%s). %s: %s."
                            .formatted(
                                result.chainId(),
                                Html.whole(result.from()),
                                Html.whole(result.head().number()),
                                time(result.head().timestamp()),
                                verdict(result.weight()),
                                result.sentence())),
                    tiles(result))
            + doubtful(result)
            + findings(result.findings())
            + charts(result.points())
            + policies(result.policies())
            + happenings(result.happenings())
            + skipped(result);
    return Html.page("Audit of " + result.vault(), content);
  }

  private static String verdict(Weight weight) {
    return switch (weight) {
      case NOTED ->
          "Everything that it ever executed was decided by its models, inside its policies";
      case UNCHECKED -> "Not everything could be looked at";
      case WRONG -> "Something contradicts the vault's rules";
    };
  }

  private static String tiles(AuditResult result) {
    Holds holds = result.holds();
    long unchecked = result.unchecked() + holds.unchecked();
    long wrong = result.wrong() + holds.wrong();
    return Html.tile("Proven", Html.whole(result.proven()), 1, "decisions with features and proof")
        + Html.tile("Holds shown", Html.whole(holds.shown()), 0, "claimed, with features and proof")
        + Html.tile("Claimed", Html.whole(holds.claimed()), 0, "holds without a proof")
        + Html.tile("Unchecked", Html.whole(unchecked), -unchecked, "not passed")
        + Html.tile("Wrong", Html.whole(wrong), -wrong, "against the rules")
        + Html.tile("Trades", Html.whole(result.trades()), 0, "the others led to no step")
        + Html.tile(
            "Moments skipped", Html.whole(result.skipped().moments()), 0, "nothing was executed")
        + Html.tile(
            "Late at most",
            "%s s".formatted(Html.whole(result.lateness().most())),
            0,
            "from a decision's moment to its block");
  }

  private static String doubtful(AuditResult result) {
    String rows =
        result.doubtful().first().stream().map(AuditReport::row).collect(Collectors.joining());
    return rows.isEmpty()
        ? ""
        : new TableCard("doubtful", "Decisions that are not proven")
            .note(shown(result.doubtful()))
            .html(head("nonce", "moment", "block", "verdict", "why"), rows);
  }

  private static String row(Judged one) {
    return cells(
        Long.toString(one.nonce()),
        time(one.asOf()),
        Html.whole(one.block()),
        one.outcome().name().toLowerCase(Locale.ROOT),
        one.findings().stream().map(Finding::sentence).collect(Collectors.joining("; ")));
  }

  private static String findings(Kept<Finding> findings) {
    String rows =
        findings.first().stream()
            .map(one ->
                cells(
                    Html.whole(one.block()),
                    one.weight().name().toLowerCase(Locale.ROOT),
                    one.sentence()))
            .collect(Collectors.joining());
    return rows.isEmpty()
        ? ""
        : new TableCard("findings", "What else was found")
            .note(shown(findings))
            .html(head("block", "weight", "what"), rows);
  }

  private static String charts(List<Point> points) {
    long[] times = points.stream().mapToLong(Point::time).toArray();
    double[] late = points.stream().mapToDouble(Point::lateSeconds).toArray();
    double[] turnover = points.stream().mapToDouble(p -> p.turnoverBps() / BPS).toArray();
    double[] loss = points.stream().mapToDouble(p -> p.dayLossBps() / BPS).toArray();
    return new TimeChart("limits", "Allowances used", Axis.Numbers.PERCENT, times)
            .line("turnover", "one", turnover)
            .line("losses of the day", "two", loss)
            .withZero()
            .note("After each execution, of what the policy in force allows.")
            .html()
        + new TimeChart("lateness", "Seconds from a moment to its block", Axis.Numbers.COUNT, times)
            .line("seconds", "one", late)
            .withZero()
            .small()
            .html();
  }

  private static String policies(Kept<PolicyChange> policies) {
    String rows =
        policies.first().stream()
            .map(one ->
                cells(
                    time(one.time()),
                    Html.whole(one.block()),
                    one.hash().toString(),
                    one.model().toString(),
                    (one.backTo().isPresent()
                            ? "back to the policy of block %s; "
                                .formatted(Html.whole(one.backTo().getAsLong()))
                            : "")
                        + String.join("; ", one.changes())))
            .collect(Collectors.joining());
    return new TableCard("policies", "Policies")
        .note(shown(policies))
        .html(head("since", "block", "hash", "model", "changes"), rows);
  }

  private static String happenings(Kept<Happening> happenings) {
    String rows =
        happenings.first().stream()
            .map(one ->
                cells(
                    time(one.time()),
                    Html.whole(one.block()),
                    one.words(),
                    one.transaction().toString()))
            .collect(Collectors.joining());
    return new TableCard("happenings", "What owner and roles did")
        .note(shown(happenings))
        .html(head("when", "block", "what", "transaction"), rows);
  }

  private static String skipped(AuditResult result) {
    Kept<Skip> stretches = result.skipped().stretches();
    String rows =
        stretches.first().stream()
            .map(one ->
                cells(
                    time(one.first()),
                    time(one.last()),
                    Html.whole(one.count()),
                    Html.whole(one.claimed()),
                    one.paused() ? "paused for a part of it" : ""))
            .collect(Collectors.joining());
    return rows.isEmpty()
        ? ""
        : new TableCard("skipped", "Moments for which nothing was executed")
            .note(
                "A model that holds need not be executed, and nothing here shows that it held but a claim that is shown. "
                    + shown(stretches))
            .html(head("from", "to", "moments", "claimed as holds", ""), rows);
  }

  private static String shown(Kept<?> list) {
    return list.total() > list.first().size()
        ? "The first %s of %s.".formatted(Html.whole(list.first().size()), Html.whole(list.total()))
        : "All of them.";
  }

  private static String head(String... names) {
    return Arrays.stream(names)
        .map(name ->
            name.isEmpty() ? TableCard.unseen("more") : "<th>%s</th>".formatted(Html.text(name)))
        .collect(Collectors.joining());
  }

  private static String cells(String... values) {
    return Arrays.stream(values)
        .map(value -> "<td>%s</td>".formatted(Html.text(value)))
        .collect(Collectors.joining("", "<tr>", "</tr>"));
  }

  private static String time(long seconds) {
    return Instant.ofEpochSecond(seconds).toString();
  }
}
