package org.probity.sim.scenario;

/**
 * A Uniswap v2 pair beside a scenario's pool, for the same two assets.
 *
 * @param depth whole base tokens in it, with quote of the same worth; 0 for no pair
 * @param noiseShare chance that a noise trader trades there rather than in the pool
 * @param arbitrageChance that somebody trades the two together after either was traded
 */
public record PairTerms(double depth, double noiseShare, double arbitrageChance) {}
