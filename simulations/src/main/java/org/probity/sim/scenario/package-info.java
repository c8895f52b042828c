/**
 * Markets to run a strategy in: recorded ones and invented ones, around exact pools.
 *
 * <p>{@link org.probity.sim.scenario.Scenario} is what they have in common: pools, and everybody
 * else's dealings with them up to any moment. Beside an agent-based one there may be a lending
 * market and a second pool.
 */
@NullMarked
package org.probity.sim.scenario;

import org.jspecify.annotations.NullMarked;
