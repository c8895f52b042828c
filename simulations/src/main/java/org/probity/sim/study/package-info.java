/**
 * Many backtests that together say more than one: sweeps over settings, walk-forward windows, many
 * random paths, and checks that a result is honest.
 *
 * <p>{@link org.probity.sim.study.Study} runs them on all cores, or wherever a {@link
 * org.probity.sim.study.JobRunner} does. A run is a pure function of its settings to a small {@link
 * org.probity.sim.study.RunSummary}, which is kept in a file named by the settings' hash: so a
 * study that was interrupted goes on where it was, and another node can make the same run from its
 * {@link org.probity.sim.study.Recipe}.
 */
@NullMarked
package org.probity.sim.study;

import org.jspecify.annotations.NullMarked;
