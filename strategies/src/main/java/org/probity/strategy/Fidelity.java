package org.probity.strategy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import org.probity.ground.Printable;
import org.probity.strategy.FeatureDefinition.Feature;
import org.probity.strategy.FloatNetwork.FloatLayer;
import org.probity.strategy.Quantisation.Quantised;
import org.probity.zk.Dense;
import org.probity.zk.FeatureVector;
import org.probity.zk.Network;
import org.probity.zk.Readout;

/**
 * Whether the integers still are the network that they were made of: how often both decide alike,
 * over the declared ranges and at their ends, and what has become of each input. An input whose
 * range is far wider than the others', with the scaling folded into its weights, may have lost all
 * of its levels; then the integers decide without it.
 *
 * @param agreement how often both decide alike
 * @param moves of the inputs that were looked at, that with the fewest levels first
 */
public record Fidelity(AgreementReport agreement, List<Move> moves) {

  /** The share of equal decisions that an import needs, over the ranges and at their ends. */
  public static final double LEAST_AGREEMENT = 0.99;

  /** An input that moves the real network by less than this part of its outputs is of no matter. */
  private static final double LEAST_MOVE = 0.001;

  /** Below so many steps of its greatest weight an input is the first to be doubted. */
  private static final int FEW_LEVELS = 32;

  private static final int VECTORS = 10_000;
  private static final long OPERATIONS = 1L << 31;
  private static final int MOST_BASES = 32;

  public Fidelity {
    moves = List.copyOf(moves);
  }

  /**
   * How far an input moves the outputs over its whole range, others unchanged: the furthest of some
   * vectors, as a fraction of the greatest output.
   *
   * @param input its name
   * @param real of the network in real numbers
   * @param integer of the one in integers; 0 if no output moved by one unit
   * @param levels steps from 0 to the greatest of its weights in the first layer
   */
  public record Move(String input, double real, double integer, int levels) {
    boolean isLost() {
      return integer == 0 && real >= LEAST_MOVE;
    }
  }

  /** Compares a network with the integers that it was turned into. */
  public static Fidelity of(TrainedStrategy trained, QuantisedStrategy quantised) {
    FloatNetwork proven = trained.proven();
    var sweep = new Sweep(trained.features(), proven, quantised.network(), trained.givesWeights());
    int count = Math.clamp(OPERATIONS / proven.parameters(), 256, VECTORS);
    double scale = quantised.manifest().outputScale();
    return new Fidelity(
        AgreementReport.measure(
            proven,
            new Quantised(quantised.network(), scale, trained.givesWeights() ? 0.5 / scale : 0),
            trained.features(),
            Quantisation.overRanges(trained.features(), count)),
        sweep.moves().stream().sorted(Comparator.comparingInt(Move::levels)).toList());
  }

  /** The lesser share of equal decisions: over the ranges, or at their ends. */
  public double least() {
    return Math.min(agreement.share(), agreement.extremesShare());
  }

  /**
   * Refuses integers that are another network.
   *
   * @param accepted the share of equal decisions that the owner is content with, if another than
   *     {@link #LEAST_AGREEMENT}; who names one takes lost inputs too
   * @throws StrategyRefusedException naming the shares, the input and what was lost
   */
  public void require(Optional<Double> accepted) {
    boolean enough = least() >= accepted.orElse(LEAST_AGREEMENT);
    Optional<Move> lost = moves.stream().filter(Move::isLost).findFirst();
    if (enough && (lost.isEmpty() || accepted.isPresent())) {
      return;
    }
    throw new StrategyRefusedException(
        String.format(
            Locale.ROOT,
            "As integers this is another network%s both decide alike in %.2f %% of %,d cases over the declared ranges and in %.2f %% of %,d at their ends%s%s; narrow the ranges to what really comes, or give wide inputs in larger units, or take it as it is with --accept agreement=%.2f.",
            enough ? ", though" : ":",
            percent(agreement.agreed(), agreement.vectors()),
            agreement.vectors(),
            percent(agreement.extremesAgreed(), agreement.extremes()),
            agreement.extremes(),
            enough
                ? ""
                : String.format(
                    Locale.ROOT,
                    ", and %.2f %% are required",
                    100 * accepted.orElse(LEAST_AGREEMENT)),
            lost.or(() ->
                    moves.stream()
                        .filter(move -> move.real >= LEAST_MOVE && move.levels < FEW_LEVELS)
                        .findFirst())
                .map(Fidelity::told)
                .orElse(""),
            Math.min(LEAST_AGREEMENT, Math.floor(100 * least()) / 100)));
  }

  /** Rounded down: what is too little never reads as what is enough. */
  private static double percent(long agreed, long all) {
    return all == 0 ? 100 : 10_000 * agreed / all / 100.0;
  }

  private static String told(Move move) {
    return String.format(
        Locale.ROOT,
        "; over its range the input \"%s\" moves the outputs by %.1f %% of the greatest, and as integers %s",
        Printable.line(move.input),
        100 * move.real,
        move.integer == 0
            ? "it moves none by one unit"
            : "no more than %s of its weights"
                .formatted(
                    move.levels == 1 ? "one step is left" : move.levels + " steps are left"));
  }

  /**
   * Moves each input from its least to its greatest value. Of the first layer only the changed
   * column is computed again.
   */
  private static final class Sweep {
    private final List<Feature> features;
    private final FeatureDefinition definition;
    private final FloatNetwork real;
    private final Network integer;
    private final List<int[]> weights;
    private final List<int[]> biases;

    /** The layer whose values are looked at: of weights the one before they are cut. */
    private final int last;

    private final int outputShift;
    private double greatestReal;
    private double greatestInteger;

    Sweep(FeatureDefinition definition, FloatNetwork real, Network integer, boolean ofWeights) {
      this.definition = definition;
      this.features = definition.features();
      this.real = real;
      this.integer = integer;
      this.weights = integer.layers().stream().map(Dense::weights).toList();
      this.biases = integer.layers().stream().map(Dense::biases).toList();
      this.last = weights.size() - (ofWeights ? 2 : 1);
      this.outputShift =
          real.readout() == Readout.LINEAR && !ofWeights
              ? integer.architecture().layers().getLast().shift()
              : 0;
    }

    List<Move> moves() {
      int inputs = features.size();
      int first = real.widths().getFirst();
      long evaluation = 6 * (first + real.parameters() - (long) first * inputs);
      int bases = Math.clamp(OPERATIONS / (evaluation * inputs), 1, MOST_BASES);
      int looked = Math.clamp(4 * OPERATIONS / (evaluation * bases), 1, inputs);
      double[] levels = levels();
      int[] chosen = weakest(levels, looked);
      double[] ofReal = new double[looked];
      double[] ofInteger = new double[looked];
      for (FeatureVector base : Quantisation.overRanges(definition, bases)) {
        int[] x = base.toArray();
        double[] z =
            FloatNetwork.preActivations(
                real.layers().getFirst(), Arrays.stream(x).asDoubleStream().toArray());
        long[] n =
            Quantisation.preActivations(
                weights.getFirst(), biases.getFirst(), Arrays.stream(x).asLongStream().toArray());
        for (int i = 0; i < looked; i++) {
          ofReal[i] = Math.max(ofReal[i], realMove(z, chosen[i], x[chosen[i]]));
          ofInteger[i] = Math.max(ofInteger[i], integerMove(n, chosen[i], x[chosen[i]]));
        }
      }
      return IntStream.range(0, looked)
          .mapToObj(i ->
              new Move(
                  features.get(chosen[i]).name(),
                  greatestReal == 0 ? 0 : ofReal[i] / greatestReal,
                  greatestInteger == 0 ? 0 : ofInteger[i] / greatestInteger,
                  (int) levels[chosen[i]]))
          .toList();
    }

    /** The inputs with the fewest levels: all, unless the network is huge. */
    private static int[] weakest(double[] levels, int count) {
      return IntStream.range(0, levels.length)
          .boxed()
          .sorted(Comparator.comparingDouble(j -> levels[j]))
          .limit(count)
          .mapToInt(Integer::intValue)
          .toArray();
    }

    /** The greatest magnitude of each input's weights in the first layer. */
    private double[] levels() {
      double[] levels = new double[features.size()];
      int[] all = weights.getFirst();
      for (int at = 0; at < all.length; at++) {
        int j = at % levels.length;
        levels[j] = Math.max(levels[j], Math.abs((double) all[at]));
      }
      return levels;
    }

    /** The least, the middle and the greatest value. */
    private long[] stops(int j) {
      long min = features.get(j).min();
      long max = features.get(j).max();
      return new long[] {min, (min + max) / 2, max};
    }

    private double realMove(double[] base, int j, int from) {
      FloatLayer layer = real.layers().getFirst();
      var outputs = new ArrayList<double[]>();
      for (long value : stops(j)) {
        double[] z = base.clone();
        for (int i = 0; i < z.length; i++) {
          z[i] += layer.weights()[i * features.size() + j] * (double) (value - from);
        }
        for (int l = 1; l <= last; l++) {
          z = FloatNetwork.preActivations(real.layers().get(l), FloatNetwork.activated(z));
        }
        outputs.add(z);
      }
      greatestReal = Math.max(greatestReal, greatest(outputs));
      return furthest(outputs);
    }

    private double integerMove(long[] base, int j, int from) {
      int[] column = weights.getFirst();
      var outputs = new ArrayList<double[]>();
      for (long value : stops(j)) {
        long[] z = base.clone();
        for (int i = 0; i < z.length; i++) {
          z[i] += column[i * features.size() + j] * (value - from);
        }
        for (int l = 1; l <= last; l++) {
          z =
              Quantisation.preActivations(
                  weights.get(l),
                  biases.get(l),
                  Quantisation.activated(z, integer.architecture().layers().get(l - 1).shift()));
        }
        outputs.add(Arrays.stream(z).mapToDouble(output -> output >> outputShift).toArray());
      }
      greatestInteger = Math.max(greatestInteger, greatest(outputs));
      return furthest(outputs);
    }

    private static double greatest(List<double[]> outputs) {
      return outputs.stream().flatMapToDouble(Arrays::stream).map(Math::abs).max().orElse(0);
    }

    private static double furthest(List<double[]> outputs) {
      return IntStream.range(0, outputs.getFirst().length)
          .mapToObj(i -> outputs.stream().mapToDouble(all -> all[i]).summaryStatistics())
          .mapToDouble(one -> one.getMax() - one.getMin())
          .max()
          .orElse(0);
    }
  }
}
