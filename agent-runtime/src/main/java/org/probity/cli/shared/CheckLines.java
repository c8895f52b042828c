package org.probity.cli.shared;

import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.probity.agent.checks.Check;
import org.probity.agent.checks.CheckReport;
import org.probity.agent.checks.Finding;
import org.probity.terminal.Screen;
import picocli.CommandLine.Model.CommandSpec;

/** Checks on the terminal. */
public final class CheckLines {

  private static final int REFUSED = 2;

  private CheckLines() {}

  /** Shows those that are doubtful or wrong. */
  public static void notable(Screen screen, CheckReport report) {
    report.notable().forEach(check -> screen.say(line(screen, check)));
  }

  /** Shows all of them. */
  public static void all(Screen screen, CheckReport report) {
    report.checks().forEach(check -> screen.say(line(screen, check)));
  }

  private static String line(Screen screen, Check check) {
    Finding finding = check.finding();
    return "  %s  %s: %s"
        .formatted(
            mark(screen, finding.verdict()),
            check.name(),
            check.isNotable() ? finding.sentence() : finding.seen());
  }

  private static String mark(Screen screen, Finding.Verdict verdict) {
    return switch (verdict) {
      case FINE -> screen.green(screen.tick() + " fine    ");
      case NOT_LOOKED_AT -> screen.dim("- not looked at");
      case DOUBTFUL -> screen.bold("? doubtful");
      case WRONG -> screen.red(screen.cross() + " wrong   ");
    };
  }

  /**
   * Shows what is doubtful or wrong before a command begins.
   *
   * @param nothing what was not done, for who asks what it has cost
   * @return the exit status, if it cannot begin
   */
  public static OptionalInt before(
      @Nullable CommandSpec spec, Screen screen, CheckReport report, String nothing) {
    notable(screen, report);
    return report.wrong().isEmpty()
        ? OptionalInt.empty()
        : OptionalInt.of(refuse(spec, report, nothing));
  }

  /**
   * Says in one sentence why the command does not begin.
   *
   * @param nothing what was not done, for who asks what it has cost
   * @return the exit status
   */
  public static int refuse(@Nullable CommandSpec spec, CheckReport report, String nothing) {
    List<Check> wrong = report.wrong();
    String others =
        wrong.size() < 2
            ? ""
            : " (and %s more that %s wrong, see above)"
                .formatted(wrong.size() - 1, wrong.size() == 2 ? "is" : "are");
    Objects.requireNonNull(spec)
        .commandLine()
        .getErr()
        .println(
            "%s%s %s."
                .formatted(
                    wrong.getFirst().finding().sentence(),
                    others,
                    Character.toUpperCase(nothing.charAt(0)) + nothing.substring(1)));
    return REFUSED;
  }
}
