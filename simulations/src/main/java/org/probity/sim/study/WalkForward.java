package org.probity.sim.study;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;
import org.probity.sim.metrics.Measure;
import org.probity.sim.metrics.Returns;
import org.probity.sim.metrics.SharpeConfidence;

/**
 * Settings chosen on one stretch of time and judged on the next, again and again (Pardo 1992): what
 * a sweep's best point is worth to somebody who could not know the future.
 *
 * @param objective what settings are chosen by
 * @param windows in the order of time
 * @param trials points that were tried in each window
 */
public record WalkForward(Measure objective, List<Window> windows, int trials) {

  public WalkForward {
    windows = List.copyOf(windows);
  }

  /**
   * Two stretches, one after the other.
   *
   * @param sample where settings are chosen
   * @param test where the choice is judged
   */
  public record Split(Period sample, Period test) {}

  /**
   * One window.
   *
   * @param chosen the best point of the sample, in words
   * @param inSample what it came to there
   * @param outOfSample what it came to in the test
   */
  public record Window(Split split, String chosen, RunSummary inSample, RunSummary outOfSample) {}

  /**
   * Cuts a period into windows whose tests follow each other without a gap. What is left at the end
   * and too short for a test is not used.
   *
   * @param trainSeconds length of a sample
   * @param testSeconds length of a test
   * @param anchored whether every sample begins where the period does, and so grows
   * @throws IllegalArgumentException if not even one window fits
   */
  public static List<Split> splits(
      Period whole, long trainSeconds, long testSeconds, boolean anchored) {
    var splits = new ArrayList<Split>();
    for (long at = whole.from() + trainSeconds; at + testSeconds <= whole.to(); at += testSeconds) {
      splits.add(
          new Split(
              new Period(anchored ? whole.from() : at - trainSeconds, at),
              new Period(at, at + testSeconds)));
    }
    if (splits.isEmpty()) {
      throw new IllegalArgumentException(
          "The period %s is too short for a sample of %.2f days and a test of %.2f: shorten them, or take a longer period."
              .formatted(whole, trainSeconds / 86_400.0, testSeconds / 86_400.0));
    }
    return splits;
  }

  /** The returns of all tests, one after the other. */
  public Returns outOfSample() {
    return joined(windows.stream().map(Window::outOfSample).toList());
  }

  /** The returns of all samples, one after the other. */
  public Returns inSample() {
    return joined(windows.stream().map(Window::inSample).toList());
  }

  private static Returns joined(List<RunSummary> runs) {
    return Returns.of(
        runs.stream().flatMapToDouble(r -> DoubleStream.of(r.returns().strategy())).toArray(),
        runs.stream().flatMapToDouble(r -> DoubleStream.of(r.returns().holding())).toArray(),
        runs.isEmpty() ? 1 : runs.getFirst().perYear());
  }

  /** Growth over all tests less 1. */
  public double totalReturn() {
    return compounded(Measure.TOTAL_RETURN);
  }

  /** The same of holding. */
  public double holdingReturn() {
    return compounded(Measure.HOLDING_RETURN);
  }

  private double compounded(Measure measure) {
    return windows.stream()
            .mapToDouble(w -> 1 + w.outOfSample().measure(measure))
            .reduce(1, (a, b) -> a * b)
        - 1;
  }

  /** Yearly Sharpe ratio of all tests together. */
  public double sharpe() {
    return outOfSample().sharpe();
  }

  /** Yearly Sharpe ratio of all samples together. */
  public double inSampleSharpe() {
    return inSample().sharpe();
  }

  /**
   * The deflated Sharpe ratio of all samples together: what the choice by the best of as many tries
   * leaves of it. The variance of the tries is taken to be that of their estimator (Bailey and
   * López de Prado 2014, with V of independent tries: one over the number of returns).
   */
  public double deflatedInSample() {
    Returns returns = inSample();
    int size = returns.strategy().length;
    return size < 2 ? Double.NaN : SharpeConfidence.deflated(returns, trials, 1.0 / size);
  }

  /** Probability that the tests' true ratio exceeds 0. Nothing was chosen on them, so one trial. */
  public double probabilisticSharpe() {
    return SharpeConfidence.probabilistic(outOfSample());
  }
}
