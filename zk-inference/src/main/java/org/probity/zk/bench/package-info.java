/**
 * How fast proofs are made and checked here: {@link org.probity.zk.bench.ProverBenchmark} is the
 * entry. Clock and entropy come in from outside.
 */
@NullMarked
package org.probity.zk.bench;

import org.jspecify.annotations.NullMarked;
