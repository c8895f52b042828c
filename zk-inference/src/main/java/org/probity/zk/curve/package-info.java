/**
 * BN254's group G1 (y² = x³ + 3 over {@link org.probity.zk.field.Fp}; EIP-196), points in bulk, and
 * the pairing. {@link org.probity.zk.curve.G1} is the entry.
 */
@NullMarked
package org.probity.zk.curve;

import org.jspecify.annotations.NullMarked;
