package org.probity.terminal;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The table of a demo: a line for each head, the one in work redrawn until it is done. */
public final class HeadTable {

  private static final int OUTCOME = 26;
  private static final int OUTCOME_OF_FURTHER_ASSET = 14;

  private final Screen screen;
  private final List<String> assets;
  private final String layout;

  /**
   * @param assets symbols of the vault's assets, the numeraire's first
   */
  public HeadTable(Screen screen, List<String> assets) {
    this.screen = screen;
    this.assets = List.copyOf(assets);
    this.layout =
        "  %%4s  %%s  %%-10s %%8s  %%-%ss %%9s  %%s  %%14s"
            .formatted(OUTCOME + OUTCOME_OF_FURTHER_ASSET * (assets.size() - 2));
  }

  /**
   * What is known of a head; what is not known yet is empty.
   *
   * @param prices of all assets but the numeraire
   * @param weights of the same, in basis points
   */
  public record Line(
      int number,
      List<BigDecimal> prices,
      String decision,
      String proof,
      String outcome,
      String gas,
      List<Integer> weights,
      String equity) {

    public Line {
      prices = List.copyOf(prices);
      weights = List.copyOf(weights);
    }

    public static Line of(int number, List<BigDecimal> prices) {
      return new Line(number, prices, "", "", "", "", List.of(), "");
    }

    public Line withDecision(String decided) {
      return new Line(number, prices, decided, proof, outcome, gas, weights, equity);
    }

    public Line withProof(String proved) {
      return new Line(number, prices, decision, proved, outcome, gas, weights, equity);
    }

    public Line withOutcome(String what) {
      return new Line(number, prices, decision, proof, what, gas, weights, equity);
    }

    public Line withGas(long used) {
      return new Line(
          number,
          prices,
          decision,
          proof,
          outcome,
          String.format(Locale.ROOT, "%,d", used),
          weights,
          equity);
    }

    public Line withHoldings(List<Integer> weightsNow, String equityNow) {
      return new Line(number, prices, decision, proof, outcome, gas, weightsNow, equityNow);
    }
  }

  private String text(Line line) {
    return row(
        line.number,
        line.prices.stream().map(HeadTable::money).toList(),
        line.decision,
        line.proof,
        line.outcome,
        line.gas,
        line.weights.stream().map(HeadTable::percent).toList(),
        line.equity);
  }

  private String row(
      Object number,
      List<String> prices,
      String decision,
      String proof,
      String outcome,
      String gas,
      List<String> weights,
      String equity) {
    return layout
        .formatted(
            number,
            columns("%10s", prices),
            decision,
            proof,
            outcome,
            gas,
            columns("%8s", weights),
            equity)
        .stripTrailing();
  }

  private static String columns(String layout, List<String> texts) {
    return texts.stream().map(layout::formatted).collect(Collectors.joining("  "));
  }

  public void head() {
    String numeraire = assets.getFirst();
    List<String> others = assets.subList(1, assets.size());
    screen.say(
        screen.bold(
            row(
                "head",
                others.stream().map(asset -> asset + "/" + numeraire).toList(),
                "decision",
                "proof",
                "execution",
                "gas",
                others.stream().map(asset -> "in " + asset).toList(),
                "equity " + numeraire)));
  }

  /** Shows the head in work, and for how long its step has been under way. */
  public void work(Line line, Duration waited, String footer) {
    long millis = waited.toMillis();
    String step = millis < 200 ? "" : String.format(Locale.ROOT, " %.1f s", millis / 1000.0);
    screen.live(List.of(text(line.withOutcome(line.outcome + step)), screen.dim("  " + footer)));
  }

  /** The head is done. */
  public void done(Line line) {
    screen.live(List.of());
    screen.say(text(line));
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
