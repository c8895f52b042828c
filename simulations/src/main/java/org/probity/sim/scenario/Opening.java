package org.probity.sim.scenario;

/**
 * How a market with liquidity over every price begins, and when it ends.
 *
 * @param price the first one, whole quote for one whole base
 * @param depth whole base tokens in the pool, over every price
 * @param observations how many the pool keeps
 * @param start the first moment, in seconds of Unix time
 * @param end the last one
 * @param title what it is, in a few words
 */
public record Opening(
    PoolTerms terms,
    double price,
    double depth,
    int observations,
    long start,
    long end,
    String title) {

  ExactPool pool() {
    ExactPool pool = ExactPool.create(terms.feePips(), terms.sqrtX96(price), start, observations);
    pool.setWideLiquidity(start, terms.liquidity(depth, price));
    return pool;
  }
}
