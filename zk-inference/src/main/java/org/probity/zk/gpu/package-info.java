/**
 * The prover on an NVIDIA card. A {@link org.probity.zk.gpu.Device} is memory, streams and named
 * kernels; {@link org.probity.zk.gpu.Kernels} gives every kernel a typed method that knows its
 * launch shape and its cost. The kernels themselves are in {@code src/main/cuda} (KERNELS.md
 * describes them), and reach the card as PTX in the jar, compiled there by the driver: nothing but
 * the driver is needed at run time.
 */
@NullMarked
package org.probity.zk.gpu;

import org.jspecify.annotations.NullMarked;
