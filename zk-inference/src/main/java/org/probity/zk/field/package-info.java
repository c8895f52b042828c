/**
 * The two prime fields of BN254: {@link org.probity.zk.field.Fr}, over which everything is proven,
 * and {@link org.probity.zk.field.Fp}, over which the curve is defined. Single elements are
 * immutable values; bulk data lives in a {@link org.probity.zk.field.FieldVector}; both rest on the
 * Montgomery kernels of {@link org.probity.zk.field.PrimeField}.
 */
@NullMarked
package org.probity.zk.field;

import org.jspecify.annotations.NullMarked;
