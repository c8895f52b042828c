package org.probity.terminal;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/** The table of a demo: a line for each head, the one in work redrawn until it is done. */
public final class HeadTable {

  private static final String LAYOUT = "  %4s  %10s  %-10s %8s  %-26s %9s  %8s  %14s";

  private final Screen screen;

  public HeadTable(Screen screen) {
    this.screen = screen;
  }

  /** What is known of a head; what is not known yet is empty. */
  public record Line(
      int number,
      String price,
      String decision,
      String proof,
      String outcome,
      String gas,
      String weight,
      String equity) {

    public static Line of(int number, BigDecimal price) {
      return new Line(number, money(price), "", "", "", "", "", "");
    }

    public Line withDecision(String decided) {
      return new Line(number, price, decided, proof, outcome, gas, weight, equity);
    }

    public Line withProof(String proved) {
      return new Line(number, price, decision, proved, outcome, gas, weight, equity);
    }

    public Line withOutcome(String what) {
      return new Line(number, price, decision, proof, what, gas, weight, equity);
    }

    public Line withGas(long used) {
      return new Line(
          number,
          price,
          decision,
          proof,
          outcome,
          String.format(Locale.ROOT, "%,d", used),
          weight,
          equity);
    }

    public Line withHoldings(String weightNow, String equityNow) {
      return new Line(number, price, decision, proof, outcome, gas, weightNow, equityNow);
    }

    private String text() {
      return LAYOUT
          .formatted(number, price, decision, proof, outcome, gas, weight, equity)
          .stripTrailing();
    }
  }

  public void head() {
    String titles =
        LAYOUT.formatted(
            "head", "WETH/USD", "decision", "proof", "execution", "gas", "in WETH", "equity USD");
    screen.say(screen.bold(titles));
  }

  /** Shows the head in work, and for how long its step has been under way. */
  public void work(Line line, Duration waited, String footer) {
    long millis = waited.toMillis();
    String step = millis < 200 ? "" : String.format(Locale.ROOT, " %.1f s", millis / 1000.0);
    screen.live(List.of(line.withOutcome(line.outcome + step).text(), screen.dim("  " + footer)));
  }

  /** The head is done. */
  public void done(Line line) {
    screen.live(List.of());
    screen.say(line.text());
  }

  public static String money(BigDecimal amount) {
    return String.format(Locale.ROOT, "%,.2f", amount);
  }

  public static String percent(int bps) {
    return String.format(Locale.ROOT, "%.1f %%", bps / 100.0);
  }

  public static String millis(Duration duration) {
    return String.format(Locale.ROOT, "%.2f s", duration.toNanos() / 1e9);
  }
}
