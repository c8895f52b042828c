/**
 * Markets to run a strategy in: recorded ones and invented ones, around one exact pool.
 *
 * <p>{@link org.probity.sim.scenario.Scenario} is what they have in common: a pool, and everybody
 * else's dealings with it up to any moment. Beside an agent-based one there may be a lending market
 * and a second pool.
 */
@NullMarked
package org.probity.sim.scenario;

import org.jspecify.annotations.NullMarked;
