/**
 * The prover on an NVIDIA card. A {@link org.probity.zk.gpu.Device} is memory, streams and named
 * kernels; {@link org.probity.zk.gpu.Kernels} gives every kernel a typed method that knows its
 * launch shape and its cost. The kernels themselves are in {@code src/main/cuda} (KERNELS.md
 * describes them), and reach the card as PTX in the jar, compiled there by the driver: nothing but
 * the driver is needed at run time.
 *
 * <p>It stays one package because memory on the card is owned here: whoever holds a pointer, an
 * arena or a stream can free or read another proof's secrets, so all of them are package-private,
 * and {@link org.probity.zk.gpu.CudaBackend} is what others see.
 */
@NullMarked
package org.probity.zk.gpu;

import org.jspecify.annotations.NullMarked;
