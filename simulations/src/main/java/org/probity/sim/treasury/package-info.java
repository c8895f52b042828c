/**
 * The next vault in a simulated market of several exact pools and feeds, integer for integer.
 *
 * <p>{@link org.probity.sim.treasury.SimulatedMarket} is what a plan asks of a chain, {@link
 * org.probity.sim.treasury.SimulatedTreasury} the vault in it, {@link
 * org.probity.sim.treasury.SimulatedProgram} its features; {@link
 * org.probity.sim.treasury.TreasuryBacktest} lets a strategy decide for it over time.
 */
@NullMarked
package org.probity.sim.treasury;

import org.jspecify.annotations.NullMarked;
