/**
 * Where the heavy arithmetic of a proof runs. {@link org.probity.zk.backend.ComputeBackend} is the
 * whole of what the prover asks of a machine; every backend gives the same results bit for bit.
 */
@NullMarked
package org.probity.zk.backend;

import org.jspecify.annotations.NullMarked;
