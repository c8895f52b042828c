/**
 * What runs: a node of a cluster with its agents, the heads that reach them, and the messages
 * between nodes.
 *
 * <p>{@link org.probity.agent.node.ProbityNode} is a node.
 */
@NullMarked
package org.probity.agent.node;

import org.jspecify.annotations.NullMarked;
