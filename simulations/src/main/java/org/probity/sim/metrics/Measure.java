package org.probity.sim.metrics;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A number that says something about a run. {@code docs/metrics.md} defines each. */
@SuppressWarnings("ImmutableEnumChecker") // its functions have no state
public enum Measure {
  TOTAL_RETURN("Total return", Unit.PERCENT, true, Performance::totalReturn, Returns::total),
  HOLDING_RETURN("Return of holding", Unit.PERCENT, true, Performance::holdingReturn, null),
  EXCESS_RETURN("Return over holding", Unit.PERCENT, true, Performance::excessReturn, null),
  CAGR("CAGR", Unit.PERCENT, true, Performance::cagr, Returns::cagr),
  VOLATILITY("Volatility", Unit.PERCENT, false, Performance::volatility, Returns::volatility),
  SHARPE("Sharpe ratio", Unit.RATIO, true, Performance::sharpe, Returns::sharpe),
  SORTINO("Sortino ratio", Unit.RATIO, true, Performance::sortino, Returns::sortino),
  CALMAR("Calmar ratio", Unit.RATIO, true, Performance::calmar, Returns::calmar),
  MAX_DRAWDOWN(
      "Maximum drawdown", Unit.PERCENT, false, p -> p.drawdown().depth(), Returns::drawdown),
  DRAWDOWN_DAYS("Its length", Unit.DAYS, false, p -> p.drawdown().lengthSeconds() / 86_400.0, null),
  ALPHA("Alpha", Unit.PERCENT, true, Performance::alpha, Returns::alpha),
  BETA("Beta", Unit.RATIO, false, Performance::beta, Returns::beta),
  PROBABILISTIC_SHARPE(
      "Probabilistic Sharpe ratio", Unit.PERCENT, true, Performance::probabilisticSharpe, null),
  EXPOSURE("Mean exposure", Unit.PERCENT, false, Performance::meanExposure, null),
  TURNOVER("Turnover a year", Unit.RATIO, false, p -> p.tradeStatistics().turnoverPerYear(), null),
  TRADES("Trades", Unit.COUNT, false, p -> p.tradeStatistics().trades(), null),
  WIN_RATE("Win rate", Unit.PERCENT, true, p -> p.tradeStatistics().winRate(), null),
  PROFIT_FACTOR("Profit factor", Unit.RATIO, true, p -> p.tradeStatistics().profitFactor(), null),
  EXPECTANCY("Expectancy", Unit.MONEY, true, p -> p.tradeStatistics().expectancy(), null);

  /** What a value is counted in. */
  public enum Unit {
    /** A fraction, shown in percent. */
    PERCENT,
    RATIO,
    COUNT,
    DAYS,
    /** Quote tokens. */
    MONEY
  }

  private static final Pattern MINUS_ZERO =
      Pattern.compile("(?<![0-9.,])-(0(?:\\.0+)?)(?![0-9]|[.,][0-9])");

  private final String label;
  private final Unit unit;
  private final boolean moreIsBetter;
  private final ToDoubleFunction<Performance> value;
  private final @Nullable ToDoubleFunction<Returns> ofReturns;

  Measure(
      String label,
      Unit unit,
      boolean moreIsBetter,
      ToDoubleFunction<Performance> value,
      @Nullable ToDoubleFunction<Returns> ofReturns) {
    this.label = label;
    this.unit = unit;
    this.moreIsBetter = moreIsBetter;
    this.value = value;
    this.ofReturns = ofReturns;
  }

  /** The measure of that name, as {@link #word} gives it. */
  public static Measure named(String word) {
    return Arrays.stream(values())
        .filter(measure -> measure.word().equals(word.strip().toLowerCase(Locale.ROOT)))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "There is no measure \"%s\": it is one of %s."
                    .formatted(
                        word,
                        Arrays.stream(values())
                            .map(Measure::word)
                            .collect(Collectors.joining(", ")))));
  }

  /** The name in small letters with hyphens: "max-drawdown". */
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  public String label() {
    return label;
  }

  public Unit unit() {
    return unit;
  }

  /** Whether a greater value is the better one. */
  public boolean moreIsBetter() {
    return moreIsBetter;
  }

  public double of(Performance performance) {
    return value.applyAsDouble(performance);
  }

  /** Whether a resample of returns has this measure, so that an interval can be given. */
  boolean isOfReturns() {
    return ofReturns != null;
  }

  double of(Returns returns) {
    return ofReturns == null ? Double.NaN : ofReturns.applyAsDouble(returns);
  }

  /** A value as JSON: a number, "Infinity" or "-Infinity", and null if it is not defined. */
  public static JsonNode json(double number) {
    if (Double.isNaN(number)) {
      return JsonNodeFactory.instance.nullNode();
    }
    return Double.isInfinite(number)
        ? JsonNodeFactory.instance.textNode(Double.toString(number))
        : JsonNodeFactory.instance.numberNode(number);
  }

  /** Reads what {@link #json} gives; NaN if it is something else. */
  public static double ofJson(JsonNode node) {
    if (node.isNumber()) {
      return node.doubleValue();
    }
    return switch (node.asText()) {
      case "Infinity" -> Double.POSITIVE_INFINITY;
      case "-Infinity" -> Double.NEGATIVE_INFINITY;
      default -> Double.NaN;
    };
  }

  /** Formatted numbers without the sign of those that were rounded to zero. */
  public static String withoutMinusZero(String text) {
    return MINUS_ZERO.matcher(text).replaceAll("$1");
  }

  /** A value as a reader wants it; a dash if it is not defined. */
  public String shown(double number) {
    if (Double.isNaN(number)) {
      return "–";
    }
    if (Double.isInfinite(number)) {
      return number > 0 ? "∞" : "−∞";
    }
    String text =
        switch (unit) {
          case PERCENT -> String.format(Locale.ROOT, decimals(number * 100, " %%"), number * 100);
          case RATIO -> String.format(Locale.ROOT, "%,.2f", number);
          case COUNT -> String.format(Locale.ROOT, "%,.0f", number);
          case DAYS -> String.format(Locale.ROOT, "%,.1f d", number);
          case MONEY -> String.format(Locale.ROOT, "%,.2f", number);
        };
    return withoutMinusZero(text).replace('-', '−');
  }

  /** A percentage of thousands has no use for decimals. */
  private static String decimals(double percent, String sign) {
    return (Math.abs(percent) < 1_000 ? "%,.2f" : "%,.0f") + sign;
  }
}
