package org.probity.strategy;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.probity.json.StrictJson;
import org.probity.strategy.feature.ChainlinkReturns;
import org.probity.strategy.feature.FeatureProgram;
import org.probity.strategy.feature.OwnBooks;
import org.probity.strategy.feature.OwnLoans;
import org.probity.strategy.feature.ProgramEntry;
import org.probity.strategy.feature.ProgramEntry.Input;
import org.probity.strategy.feature.SignedReport;
import org.probity.strategy.feature.TwapReturns;

/** The field {@code program} of {@code strategy.json} and {@code weights.json}. */
final class ProgramJson {

  private static final String FIELD = "program";
  private static final String KINDS =
      "\"TwapReturns\", \"ChainlinkReturns\", \"SignedReport\", \"OwnBooks\" or \"OwnLoans\"";

  private ProgramJson() {}

  static void write(ArrayNode list, FeatureProgram program) {
    for (ProgramEntry entry : program.entries()) {
      ObjectNode object = list.addObject();
      switch (entry) {
        case TwapReturns(List<Integer> horizons) ->
            horizons(object.put("source", "TwapReturns"), horizons);
        case ChainlinkReturns(List<Integer> horizons) ->
            horizons(object.put("source", "ChainlinkReturns"), horizons);
        case SignedReport report -> {
          object.put("source", "SignedReport").put("schema", report.schema().hex());
          ArrayNode values = object.putArray("values");
          for (Input value : report.inputs()) {
            values
                .addObject()
                .put("name", value.name())
                .put("unit", value.unit())
                .put("min", value.min())
                .put("max", value.max());
          }
        }
        case OwnBooks(int assets) -> object.put("source", "OwnBooks").put("assets", assets);
        case OwnLoans(int reserves) -> object.put("source", "OwnLoans").put("reserves", reserves);
      }
    }
  }

  private static void horizons(ObjectNode object, List<Integer> horizons) {
    ArrayNode list = object.putArray("horizonsSeconds");
    horizons.forEach(list::add);
  }

  /** The program of a file; empty if it names none. */
  static Optional<FeatureProgram> read(StrictJson root) {
    if (!root.has(FIELD)) {
      return Optional.empty();
    }
    try {
      var entries = new ArrayList<ProgramEntry>();
      for (StrictJson entry : root.objects(FIELD)) {
        entries.add(readEntry(entry));
        entry.end();
      }
      return Optional.of(new FeatureProgram(entries));
    } catch (StrategyRefusedException e) {
      throw e;
    } catch (IllegalArgumentException e) {
      throw new StrategyRefusedException(
          "The feature program cannot be used: %s.".formatted(e.getMessage()), e);
    }
  }

  private static ProgramEntry readEntry(StrictJson entry) {
    return switch (entry.text("source")) {
      case "TwapReturns" -> new TwapReturns(readHorizons(entry));
      case "ChainlinkReturns" -> new ChainlinkReturns(readHorizons(entry));
      case "SignedReport" -> readReport(entry);
      case "OwnBooks" -> new OwnBooks(entry.integer("assets", 0, Integer.MAX_VALUE));
      case "OwnLoans" -> new OwnLoans(entry.integer("reserves", 0, Integer.MAX_VALUE));
      default -> throw entry.refused("source", KINDS);
    };
  }

  private static List<Integer> readHorizons(StrictJson entry) {
    return entry.integers("horizonsSeconds", 1, Integer.MAX_VALUE);
  }

  private static SignedReport readReport(StrictJson entry) {
    var values = new ArrayList<Input>();
    for (StrictJson value : entry.objects("values")) {
      values.add(
          new Input(
              value.text("name"),
              value.text("unit"),
              value.integer("min", -Integer.MAX_VALUE, Integer.MAX_VALUE),
              value.integer("max", -Integer.MAX_VALUE, Integer.MAX_VALUE)));
      value.end();
    }
    return new SignedReport(entry.word("schema"), values);
  }
}
