package org.probity.strategy.feature;

import java.util.HashSet;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.probity.ground.Bytes32;
import org.probity.ground.Keccak;

/**
 * Numbers that named signers report for exactly one moment, checked by {@code SignedReport.sol}. A
 * vault knows them by number and schema; names, units and ranges are what the schema's author and
 * the model's say of them. The contract does not clamp: a report outside of its ranges is refused
 * here, before anything is decided.
 *
 * @param schema what the values mean, as a hash of its description
 * @param inputs 1 to 64 values, in the report's order
 */
public record SignedReport(Bytes32 schema, List<Input> inputs) implements ProgramEntry {

  private static final int MOST_VALUES = 64;

  /** Room is left for what tells the sources of a program apart. */
  private static final int LONGEST_NAME = 56;

  /** Refuses what the contract refuses, and doubled names. */
  public SignedReport {
    inputs = List.copyOf(inputs);
    if (inputs.isEmpty() || inputs.size() > MOST_VALUES) {
      throw new IllegalArgumentException(
          "A report has 1 to %d values, not %d: name as many"
              .formatted(MOST_VALUES, inputs.size()));
    }
    var names = new HashSet<String>();
    for (Input input : inputs) {
      if (input.name().length() > LONGEST_NAME) {
        throw new IllegalArgumentException(
            "The name \"%s\" of a report's value is longer than %d characters: shorten it"
                .formatted(input.name(), LONGEST_NAME));
      }
      if (!names.add(input.name())) {
        throw new IllegalArgumentException(
            "The name \"%s\" of a report's value occurs twice: give every value its own"
                .formatted(input.name()));
      }
    }
  }

  /**
   * Values whose schema is the Keccak-256 hash of their own description: for each a line of name,
   * unit, least and greatest value, with tabs between.
   */
  public static SignedReport described(List<Input> inputs) {
    String description =
        inputs.stream()
            .map(input ->
                "%s\t%s\t%d\t%d\n".formatted(input.name(), input.unit(), input.min(), input.max()))
            .collect(Collectors.joining());
    return new SignedReport(Keccak.hash(description), inputs);
  }

  /** Values of which nothing but the schema is known, as a vault knows them. */
  public static SignedReport ofSchema(Bytes32 schema, int width) {
    return new SignedReport(
        schema,
        IntStream.range(0, Math.min(width, MOST_VALUES + 1))
            .mapToObj(i ->
                new Input(
                    "value %d of the report".formatted(i),
                    "",
                    -Integer.MAX_VALUE,
                    Integer.MAX_VALUE))
            .toList());
  }

  /** The schema and the number of values: what a name says more binds nobody. */
  @Override
  public String identity() {
    return "SignedReport %s %d".formatted(schema, inputs.size());
  }
}
