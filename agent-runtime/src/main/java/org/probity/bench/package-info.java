/**
 * Measures proofs: time, parts, gas on chain, and the graphics card beside the processors.
 *
 * <p>Entry types: {@link org.probity.bench.Bench}.
 */
@NullMarked
package org.probity.bench;

import org.jspecify.annotations.NullMarked;
