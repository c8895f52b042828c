package org.probity.sim.study;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.probity.sim.backtest.BacktestResult;
import org.probity.sim.backtest.EquityCurve;
import org.probity.sim.metrics.Measure;
import org.probity.sim.metrics.Performance;
import org.probity.sim.metrics.Returns;

/**
 * What a study keeps of a run. As JSON and back it is the same, bit for bit.
 *
 * @param codeVersion of the program that ran it
 * @param dataHash of the market history that was read
 * @param from the first head's time, in seconds of Unix time
 * @param to the last head's time
 * @param measures those that are defined; a profit factor without a loss is infinite
 * @param growth equity over its start, at {@value #STEPS} equal steps of time and at the start
 * @param holding the same of the benchmark
 */
public record RunSummary(
    String codeVersion,
    String dataHash,
    long from,
    long to,
    Map<Measure, Double> measures,
    List<Double> growth,
    List<Double> holding) {

  /** Equal steps that the period is cut into. */
  public static final int STEPS = 240;

  private static final double YEAR_SECONDS = 365.0 * 86_400;
  private static final ObjectMapper JSON = new ObjectMapper();

  public RunSummary {
    var copy = new EnumMap<Measure, Double>(Measure.class);
    copy.putAll(measures);
    measures = java.util.Collections.unmodifiableMap(copy);
    growth = List.copyOf(growth);
    holding = List.copyOf(holding);
  }

  /** The summary of a result. */
  public static RunSummary of(BacktestResult result) {
    Performance performance = Performance.of(result);
    var measures = new EnumMap<Measure, Double>(Measure.class);
    for (Measure measure : Measure.values()) {
      double value = measure.of(performance);
      if (!Double.isNaN(value)) {
        measures.put(measure, value);
      }
    }
    EquityCurve curve = result.curve();
    long from = curve.time(0);
    long to = curve.time(curve.size() - 1);
    var growth = new ArrayList<Double>();
    var holding = new ArrayList<Double>();
    int at = 0;
    for (int step = 0; step <= STEPS; step++) {
      long time = from + Math.round((double) (to - from) * step / STEPS);
      while (at + 1 < curve.size() && curve.time(at + 1) <= time) {
        at++;
      }
      growth.add(Math.max(curve.equity(at), 0) / curve.equity(0));
      holding.add(curve.holding(at) / curve.holding(0));
    }
    return new RunSummary(
        result.stamp().codeVersion(),
        result.stamp().dataHash(),
        from,
        to,
        measures,
        growth,
        holding);
  }

  /** A measure, NaN if it is not defined. */
  public double measure(Measure measure) {
    return measures.getOrDefault(measure, Double.NaN);
  }

  /** Returns over the equal steps. */
  public Returns returns() {
    return Returns.of(steps(growth), steps(holding), perYear());
  }

  /** Steps in a year. */
  double perYear() {
    return STEPS * YEAR_SECONDS / Math.max(1, to - from);
  }

  static double[] steps(List<Double> growth) {
    double[] steps = new double[Math.max(0, growth.size() - 1)];
    for (int i = 0; i < steps.length; i++) {
      steps[i] = growth.get(i) > 0 ? growth.get(i + 1) / growth.get(i) - 1 : 0;
    }
    return steps;
  }

  // ---- JSON ----

  /** The measures as JSON, by their words. */
  public ObjectNode measuresJson() {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    for (Measure measure : Measure.values()) {
      node.set(measure.word(), Measure.json(measure(measure)));
    }
    return node;
  }

  /** As JSON. */
  public String toJson() {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("codeVersion", codeVersion).put("dataHash", dataHash).put("from", from).put("to", to);
    root.set("measures", measuresJson());
    ArrayNode growths = root.putArray("growth");
    growth.forEach(value -> growths.add(Measure.json(value)));
    ArrayNode holdings = root.putArray("holding");
    holding.forEach(value -> holdings.add(Measure.json(value)));
    return root.toString();
  }

  /** Reads what {@link #toJson} wrote; empty if it is something else, as a file cut short. */
  public static Optional<RunSummary> parse(String json) {
    try {
      JsonNode root = JSON.readTree(json);
      var measures = new EnumMap<Measure, Double>(Measure.class);
      for (Measure measure : Measure.values()) {
        double value = Measure.ofJson(root.path("measures").path(measure.word()));
        if (!Double.isNaN(value)) {
          measures.put(measure, value);
        }
      }
      List<Double> growth = numbers(root.path("growth"));
      List<Double> holding = numbers(root.path("holding"));
      if (growth.size() != STEPS + 1
          || holding.size() != STEPS + 1
          || !root.path("codeVersion").isTextual()
          || !root.path("dataHash").isTextual()
          || !root.path("from").isIntegralNumber()
          || !root.path("to").isIntegralNumber()) {
        return Optional.empty();
      }
      return Optional.of(
          new RunSummary(
              root.get("codeVersion").textValue(),
              root.get("dataHash").textValue(),
              root.get("from").longValue(),
              root.get("to").longValue(),
              measures,
              growth,
              holding));
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
  }

  private static List<Double> numbers(JsonNode array) {
    var numbers = new ArrayList<Double>();
    array.forEach(element -> numbers.add(Measure.ofJson(element)));
    return numbers;
  }
}
