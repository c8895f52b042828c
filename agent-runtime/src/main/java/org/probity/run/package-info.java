/**
 * Runs a node from its configuration to its end, and says on a terminal what its agents do.
 *
 * <p>Entry type: {@link org.probity.run.NodeRun}.
 */
@NullMarked
package org.probity.run;

import org.jspecify.annotations.NullMarked;
