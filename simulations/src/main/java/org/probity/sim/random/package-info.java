/**
 * Randomness that is a function of a seed and a name, the same on every machine and with any number
 * of threads: {@link org.probity.sim.random.RandomStream}.
 */
@NullMarked
package org.probity.sim.random;

import org.jspecify.annotations.NullMarked;
