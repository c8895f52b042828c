/**
 * Fixed 256-bit integers as the EVM has them. {@link org.probity.sim.math.Word} is one such integer
 * in a place that can be written again; {@link org.probity.sim.math.WideMath} multiplies and
 * divides through 512 bits. Nothing here allocates after construction.
 */
@NullMarked
package org.probity.sim.math;

import org.jspecify.annotations.NullMarked;
