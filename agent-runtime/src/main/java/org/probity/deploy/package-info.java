/**
 * Puts a vault with its verifier on a chain: what is looked at before, the plan, its run, which can
 * be resumed, and its record.
 *
 * <p>Entry types: {@link org.probity.deploy.DeployChecks}, {@link
 * org.probity.deploy.DeploymentRun}.
 */
@NullMarked
package org.probity.deploy;

import org.jspecify.annotations.NullMarked;
