package org.probity.sim.market;

import java.math.BigInteger;

/** Amounts of a pool's two tokens in their smallest units, in the order of the pool. */
public record Amounts(BigInteger amount0, BigInteger amount1) {}
