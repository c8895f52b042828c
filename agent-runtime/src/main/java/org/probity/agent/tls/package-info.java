/**
 * The lock on the port between nodes. Who is let in shows a certificate of the cluster's own
 * authority, and so does who lets in.
 *
 * <p>{@link org.probity.agent.tls.Authority} makes certificates, {@link
 * org.probity.agent.tls.NodeKeys} are what one node has, {@link org.probity.agent.tls.MutualTls}
 * puts them before the port of an actor system.
 */
@NullMarked
package org.probity.agent.tls;

import org.jspecify.annotations.NullMarked;
