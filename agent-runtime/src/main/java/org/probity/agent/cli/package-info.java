/**
 * The command line, as {@code ./probity} starts it.
 *
 * <p>Entry type: {@link org.probity.agent.cli.Probity}.
 */
@NullMarked
package org.probity.agent.cli;

import org.jspecify.annotations.NullMarked;
