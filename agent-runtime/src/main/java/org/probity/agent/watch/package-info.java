/**
 * Watches a node: figures for Prometheus, alerts for people, and a structured log of what agents
 * do.
 *
 * <p>{@link org.probity.agent.watch.NodeWatch} is where to begin: it listens to agents and heads,
 * looks around now and then, and answers what {@code /health}, {@code /ready} and {@code /metrics}
 * ask.
 */
@NullMarked
package org.probity.agent.watch;

import org.jspecify.annotations.NullMarked;
