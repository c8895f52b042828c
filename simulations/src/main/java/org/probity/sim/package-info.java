/**
 * Simulations: the same spine against recorded and invented markets.
 *
 * <p>What runs here is what runs live; only the heads, the venue and the time come from elsewhere.
 */
@NullMarked
package org.probity.sim;

import org.jspecify.annotations.NullMarked;
