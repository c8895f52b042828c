/**
 * The command line, as {@code ./probity} starts it.
 *
 * <p>Entry type: {@link org.probity.cli.Probity}.
 */
@NullMarked
package org.probity.cli;

import org.jspecify.annotations.NullMarked;
