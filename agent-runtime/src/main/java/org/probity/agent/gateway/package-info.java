/**
 * The HTTP API of a node: agents, their decisions and proofs, health and metrics.
 *
 * <p>{@link org.probity.agent.gateway.HttpGateway} is the entry; {@code ApiRoutes} is the table of
 * all endpoints, which requests are routed by and {@code openapi.json} is made of.
 */
@NullMarked
package org.probity.agent.gateway;

import org.jspecify.annotations.NullMarked;
