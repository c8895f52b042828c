/**
 * Results as pages that can be sent to somebody: one HTML file each, with everything in it and
 * nothing fetched from anywhere.
 *
 * <p>{@link org.probity.sim.report.Report} writes a single run's. Charts are SVG that is complete
 * without the small script, which adds the linked cursor and zooming; colours follow the reader's
 * light or dark mode.
 */
@NullMarked
package org.probity.sim.report;

import org.jspecify.annotations.NullMarked;
