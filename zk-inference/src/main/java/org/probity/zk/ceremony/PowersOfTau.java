package org.probity.zk.ceremony;

import org.probity.zk.curve.G2;
import org.probity.zk.curve.PointVector;

/**
 * The powers taken from a ceremony's file, all checks passed.
 *
 * @param powers {@code [τ^i]G}, {@code 2^ceremony.imported()} of them
 * @param tauG2 {@code [τ]} in G2
 */
public record PowersOfTau(PointVector powers, G2 tauG2, Ceremony ceremony) {}
