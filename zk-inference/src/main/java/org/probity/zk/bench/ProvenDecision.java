package org.probity.zk.bench;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.probity.ground.Bytes32;
import org.probity.zk.Decision;
import org.probity.zk.DecisionProof;
import org.probity.zk.FeatureVector;
import org.probity.zk.ModelKey;
import org.probity.zk.Srs;

/**
 * A proof with everything that a verifier needs, as one line of text: proofs that are made on a
 * machine without a chain are verified by the contract on another one.
 *
 * @param tauG2Words the string's point in G2, as {@link Srs#tauG2Words} has it
 */
public record ProvenDecision(
    List<BigInteger> tauG2Words,
    ModelKey key,
    FeatureVector features,
    Decision decision,
    Bytes32 context,
    DecisionProof proof) {

  private static final int FIELDS = 6;
  private static final String CHOICE = "choice:";
  private static final String OUTPUTS = "outputs:";

  public ProvenDecision {
    tauG2Words = List.copyOf(tauG2Words);
  }

  /** Six fields with blanks between them; {@link #parse} reads them. */
  public String line() {
    return String.join(
        " ",
        tauG2Words.stream().map(word -> word.toString(16)).collect(Collectors.joining(",")),
        HexFormat.of().formatHex(key.bytes()),
        joined(Arrays.stream(features.toArray())),
        switch (decision) {
          case Decision.Choice(int index) -> CHOICE + index;
          case Decision.Outputs(var values) ->
              OUTPUTS + joined(values.stream().mapToInt(Integer::intValue));
        },
        HexFormat.of().formatHex(context.toByteArray()),
        HexFormat.of().formatHex(proof.bytes()));
  }

  /**
   * Reads a line.
   *
   * @throws IllegalArgumentException if it is none of {@link #line}
   */
  public static ProvenDecision parse(String line) {
    var fields = line.strip().split(" ", -1);
    if (fields.length != FIELDS) {
      throw new IllegalArgumentException(
          "A proof's line has %d fields, not %d".formatted(FIELDS, fields.length));
    }
    return new ProvenDecision(
        Stream.of(fields[0].split(",", -1)).map(word -> new BigInteger(word, 16)).toList(),
        ModelKey.parse(HexFormat.of().parseHex(fields[1])),
        FeatureVector.of(integers(fields[2]).toArray()),
        decision(fields[3]),
        Bytes32.of(HexFormat.of().parseHex(fields[4])),
        DecisionProof.of(HexFormat.of().parseHex(fields[5])));
  }

  private static Decision decision(String text) {
    if (text.startsWith(CHOICE)) {
      return new Decision.Choice(Integer.parseInt(text.substring(CHOICE.length())));
    }
    if (text.startsWith(OUTPUTS)) {
      return new Decision.Outputs(integers(text.substring(OUTPUTS.length())).boxed().toList());
    }
    throw new IllegalArgumentException("A decision is a choice or outputs");
  }

  private static String joined(IntStream values) {
    return values.mapToObj(Integer::toString).collect(Collectors.joining(","));
  }

  private static IntStream integers(String text) {
    return Stream.of(text.split(",", -1)).mapToInt(Integer::parseInt);
  }
}
