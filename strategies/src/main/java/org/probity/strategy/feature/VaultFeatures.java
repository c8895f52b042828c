package org.probity.strategy.feature;

/**
 * What a vault's books say at one moment.
 *
 * @param centredWeightBps weight of the base asset at the reference price less 5000, -5000..5000
 * @param minutesSinceTrade whole minutes, 0..1440; 1440 before the first trade
 * @param moveSinceTrade ticks from the reference of the last trade, -4095..4095; 0 before the first
 * @param budgetUsedBps part of the epoch's budget, 0..10000
 */
public record VaultFeatures(
    int centredWeightBps, int minutesSinceTrade, int moveSinceTrade, int budgetUsedBps) {}
