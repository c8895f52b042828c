package org.probity.strategy;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.probity.strategy.FeatureDefinition.Feature;
import org.probity.strategy.Quantisation.Quantised;
import org.probity.zk.Architecture;
import org.probity.zk.Dense;
import org.probity.zk.FeatureVector;
import org.probity.zk.Readout;

/**
 * How often the integer network decides as the real one did.
 *
 * @param vectors feature vectors compared, typical ones
 * @param agreed on how many of them both decide alike: the same action, or for a linear head every
 *     output within a hundredth of the greatest output seen, and half a step more where outputs are
 *     steps of weight
 * @param extremes feature vectors compared at the ends of the ranges
 * @param extremesAgreed on how many of these both decide alike
 * @param largestError greatest distance between an output of the two on typical vectors, as a
 *     fraction of the greatest output seen there, rounded to two digits (this page is public, the
 *     weights are not)
 */
public record AgreementReport(
    int vectors, int agreed, int extremes, int extremesAgreed, double largestError) {

  private static final double LINEAR_TOLERANCE = 0.01;

  /** Refuses counts that cannot be. */
  public AgreementReport {
    if (vectors < 0
        || agreed < 0
        || agreed > vectors
        || extremes < 0
        || extremesAgreed < 0
        || extremesAgreed > extremes
        || !(largestError >= 0)
        || !Double.isFinite(largestError)) {
      throw new StrategyRefusedException(
          "The agreement report holds impossible figures: quantise the network again.");
    }
  }

  /**
   * Compares on typical vectors and on vectors at the ends of the ranges.
   *
   * @param typical held-out feature vectors
   */
  public static AgreementReport measure(
      FloatNetwork real,
      Quantised quantised,
      FeatureDefinition features,
      List<FeatureVector> typical) {
    Comparison held = compare(real, quantised, typical);
    List<FeatureVector> ends = extremes(features, 256);
    Comparison atEnds = compare(real, quantised, ends);
    return new AgreementReport(
        typical.size(), held.agreed, ends.size(), atEnds.agreed, twoDigits(held.largestError));
  }

  /** Fraction of typical vectors on which both agree, 0 to 1. */
  public double share() {
    return vectors == 0 ? 1 : (double) agreed / vectors;
  }

  /** Fraction of the vectors at the ends of the ranges on which both agree, 0 to 1. */
  public double extremesShare() {
    return extremes == 0 ? 1 : (double) extremesAgreed / extremes;
  }

  private record Comparison(int agreed, double largestError) {}

  /** The integer network's outputs in the real network's unit. */
  private static final class IntegerOutputs {
    private final Architecture architecture;
    private final List<int[]> weights;
    private final List<int[]> biases;
    private final double scale;

    IntegerOutputs(Quantised quantised) {
      architecture = quantised.network().architecture();
      weights = quantised.network().layers().stream().map(Dense::weights).toList();
      biases = quantised.network().layers().stream().map(Dense::biases).toList();
      scale = quantised.outputScale();
    }

    double[] outputs(FeatureVector x) {
      long[] values = Arrays.stream(x.toArray()).asLongStream().toArray();
      int last = weights.size() - 1;
      for (int l = 0; l <= last; l++) {
        values = Quantisation.preActivations(weights.get(l), biases.get(l), values);
        if (l < last) {
          values = Quantisation.activated(values, architecture.layers().get(l).shift());
        }
      }
      int shift = architecture.layers().get(last).shift();
      return Arrays.stream(values).mapToDouble(z -> (z >> shift) / scale).toArray();
    }
  }

  private static Comparison compare(
      FloatNetwork real, Quantised quantised, List<FeatureVector> vectors) {
    boolean choice = real.readout() == Readout.ARGMAX;
    var integer = new IntegerOutputs(quantised);
    double greatest = 0;
    double error = 0;
    int agreed = 0;
    List<Double> distances = new ArrayList<>();
    for (FeatureVector x : vectors) {
      double[] wanted = real.outputs(x);
      double[] got = integer.outputs(x);
      double distance = 0;
      for (int i = 0; i < wanted.length; i++) {
        distance = Math.max(distance, Math.abs(wanted[i] - got[i]));
        greatest = Math.max(greatest, Math.abs(wanted[i]));
      }
      error = Math.max(error, distance);
      distances.add(distance);
      if (choice && FloatNetwork.greatestAt(wanted) == FloatNetwork.greatestAt(got)) {
        agreed++;
      }
    }
    double tolerance = LINEAR_TOLERANCE * greatest + quantised.rounding();
    if (!choice) {
      agreed = (int) distances.stream().filter(distance -> distance <= tolerance).count();
    }
    return new Comparison(agreed, greatest == 0 ? 0 : error / greatest);
  }

  /** All least, all greatest, then corners drawn at random: always the same ones. */
  static List<FeatureVector> extremes(FeatureDefinition features, int count) {
    var random = new SplittableRandom(0xE27);
    var vectors = new ArrayList<FeatureVector>();
    for (int n = 0; n < count; n++) {
      int[] x = new int[features.size()];
      for (int j = 0; j < x.length; j++) {
        Feature feature = features.features().get(j);
        boolean high = n == 0 ? false : n == 1 || random.nextBoolean();
        x[j] = high ? feature.max() : feature.min();
      }
      vectors.add(FeatureVector.of(x));
    }
    return vectors;
  }

  private static double twoDigits(double value) {
    return value == 0
        ? 0
        : new BigDecimal(value).round(new MathContext(2, RoundingMode.UP)).doubleValue();
  }

  @Override
  public String toString() {
    return "float and integer agree on %d of %d (%.2f %%), at the ends of the ranges on %d of %d, largest error %s of the greatest output"
        .formatted(agreed, vectors, 100 * share(), extremesAgreed, extremes, largestError);
  }
}
