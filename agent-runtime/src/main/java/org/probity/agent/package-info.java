/**
 * The agent runtime: keeps agents alive, feeds them heads, bounds their proving and follows what
 * they sent.
 *
 * <p>Actors and configuration are here, the command line is in {@code org.probity.cli}.
 */
@NullMarked
package org.probity.agent;

import org.jspecify.annotations.NullMarked;
