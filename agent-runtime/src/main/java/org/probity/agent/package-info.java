/**
 * The agent runtime: keeps agents alive, feeds them heads, bounds their proving and follows what
 * they sent.
 *
 * <p>Here is only what its rooms name to each other: what can be asked of agents, what they report,
 * and how a node ends. The rooms stand below one another: {@code gateway}, {@code watch}, {@code
 * node}, {@code journal} and {@code proving}, {@code record} and {@code settings}; the command line
 * is in {@code org.probity.cli}.
 */
@NullMarked
package org.probity.agent;

import org.jspecify.annotations.NullMarked;
