/**
 * Puts a vault, and what vaults share, on a chain: what is looked at before, the plan, its run,
 * which can be resumed, and its record.
 *
 * <p>Entry type: {@link org.probity.deploy.DeployChecks}.
 */
@NullMarked
package org.probity.deploy;

import org.jspecify.annotations.NullMarked;
