package org.probity.strategy.feature;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.probity.ground.Bytes32;
import org.probity.ground.Keccak;
import org.probity.strategy.feature.ProgramEntry.Input;
import org.probity.zk.FeatureVector;

/**
 * All inputs of a model: the features of up to eight sources, one after the other, as a vault's
 * policy lists them. It names kinds and parameters, and no pool, feed or signer: those are a
 * vault's, which <i>fits</i> the program of a model or does not ({@link #mismatch}).
 *
 * @param entries 1 to 8, in the model's order
 */
public record FeatureProgram(List<ProgramEntry> entries) {

  /** A backtest asks half a million times for one program. */
  private static volatile @Nullable Ranges last;

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Ranges(FeatureProgram of, int[] least, int[] most) {}

  /** The most sources a policy can have. */
  public static final int MOST_ENTRIES = 8;

  private static final String REMEDY =
      "give the vault a policy with the strategy's sources in their order, or train a strategy for"
          + " this vault";

  /** Refuses what a policy refuses. */
  public FeatureProgram {
    entries = List.copyOf(entries);
    if (entries.isEmpty() || entries.size() > MOST_ENTRIES) {
      throw new IllegalArgumentException(
          "A feature program has 1 to %d sources, not %d: list as many"
              .formatted(MOST_ENTRIES, entries.size()));
    }
  }

  /** How many features there are in all. */
  public int width() {
    return entries.stream().mapToInt(ProgramEntry::width).sum();
  }

  /** How much history its sources must hold before the moment of a decision, in seconds. */
  public int historySeconds() {
    return entries.stream().mapToInt(ProgramEntry::historySeconds).max().orElse(0);
  }

  /** All features, in the model's order; names begin with the number of their source, from 1. */
  public List<Input> inputs() {
    var inputs = new ArrayList<Input>();
    for (int i = 0; i < entries.size(); i++) {
      for (Input input : entries.get(i).inputs()) {
        inputs.add(
            new Input(
                "%d: %s".formatted(i + 1, input.name()), input.unit(), input.min(), input.max()));
      }
    }
    return inputs;
  }

  /** What is computed, as a hash: equal if and only if there is no {@link #mismatch}. */
  public Bytes32 digest() {
    return Keccak.hash(
        entries.stream()
            .map(ProgramEntry::identity)
            .collect(Collectors.joining("\n", "probity-program-1\n", "\n")));
  }

  /**
   * The model's inputs, of what each source gave.
   *
   * @param features for each entry its features
   * @throws IllegalArgumentException if a source gave another number of them, or one leaves its
   *     range
   */
  public FeatureVector vector(List<int[]> features) {
    if (features.size() != entries.size()) {
      throw new IllegalArgumentException(
          "The features of %d sources are needed, not of %d: read every source of the program"
              .formatted(entries.size(), features.size()));
    }
    Ranges ranges = ranges();
    var values = new int[ranges.least.length];
    int at = 0;
    for (int i = 0; i < entries.size(); i++) {
      int[] given = features.get(i);
      if (given.length != entries.get(i).width()) {
        throw new IllegalArgumentException(
            "Source %d of the program gave %d features, not %d: read it with the program's parameters"
                .formatted(i + 1, given.length, entries.get(i).width()));
      }
      for (int j = 0; j < given.length; j++) {
        if (given[j] < ranges.least[at] || given[j] > ranges.most[at]) {
          throw new IllegalArgumentException(
              "Source %d of the program gave %d for \"%s\", outside of its range %d..%d: nothing can be decided on that; wait for another moment, or look at the source"
                  .formatted(
                      i + 1,
                      given[j],
                      entries.get(i).inputs().get(j).name(),
                      ranges.least[at],
                      ranges.most[at]));
        }
        values[at++] = given[j];
      }
    }
    return FeatureVector.of(values);
  }

  private Ranges ranges() {
    Ranges known = last;
    if (known == null || known.of != this) {
      List<Input> inputs = entries.stream().flatMap(entry -> entry.inputs().stream()).toList();
      known =
          new Ranges(
              this,
              inputs.stream().mapToInt(Input::min).toArray(),
              inputs.stream().mapToInt(Input::max).toArray());
      last = known;
    }
    return known;
  }

  /**
   * Why a model of this program cannot decide for a vault, in one sentence; empty if it can.
   *
   * @param ofVault the program of the vault's policy
   */
  public Optional<String> mismatch(FeatureProgram ofVault) {
    int common = Math.min(entries.size(), ofVault.entries.size());
    for (int i = 0; i < common; i++) {
      ProgramEntry own = entries.get(i);
      ProgramEntry other = ofVault.entries.get(i);
      if (!own.identity().equals(other.identity())) {
        return Optional.of(
            "Source %d of the feature program differs: %s; %s."
                .formatted(i + 1, difference(own, other), REMEDY));
      }
    }
    return entries.size() == ofVault.entries.size()
        ? Optional.empty()
        : Optional.of(
            "The strategy's feature program has %d sources and the vault's %d: %s."
                .formatted(entries.size(), ofVault.entries.size(), REMEDY));
  }

  /** What tells two entries apart, as a clause. */
  private static String difference(ProgramEntry own, ProgramEntry other) {
    return switch (own) {
      case TwapReturns mine when other instanceof TwapReturns(List<Integer> theirs) ->
          "it is TwapReturns, and " + Horizons.difference(mine.horizonsSeconds(), theirs);
      case ChainlinkReturns mine when other instanceof ChainlinkReturns(List<Integer> theirs) ->
          "it is ChainlinkReturns, and " + Horizons.difference(mine.horizonsSeconds(), theirs);
      case SignedReport mine when other instanceof SignedReport theirs ->
          mine.width() == theirs.width()
              ? "it is SignedReport, of the schema %s for the strategy and %s for the vault"
                  .formatted(mine.schema(), theirs.schema())
              : "it is SignedReport, of %d values for the strategy and %d for the vault"
                  .formatted(mine.width(), theirs.width());
      case OwnBooks mine when other instanceof OwnBooks(int theirs) ->
          "it is OwnBooks, of %d assets for the strategy and %d for the vault"
              .formatted(mine.assets(), theirs);
      case OwnLoans mine when other instanceof OwnLoans(int theirs) ->
          "it is OwnLoans, of %d reserves for the strategy and %d for the vault"
              .formatted(mine.reserves(), theirs);
      default -> "it is %s for the strategy and %s for the vault".formatted(kind(own), kind(other));
    };
  }

  private static String kind(ProgramEntry entry) {
    return switch (entry) {
      case TwapReturns _ -> "TwapReturns";
      case ChainlinkReturns _ -> "ChainlinkReturns";
      case SignedReport _ -> "SignedReport";
      case OwnBooks _ -> "OwnBooks";
      case OwnLoans _ -> "OwnLoans";
    };
  }
}
