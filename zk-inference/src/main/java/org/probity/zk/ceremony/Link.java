package org.probity.zk.ceremony;

import java.util.List;
import org.probity.zk.curve.G1;
import org.probity.zk.curve.G2;

/**
 * The first powers after a contribution, its keys and its hashes, as the file has them.
 *
 * @param keys of τ, α and β
 * @param beacon the value that a beacon's keys come from; empty for a contributor's
 */
record Link(
    Contribution shown,
    FirstPowers powers,
    List<PublicKey> keys,
    byte[] beacon,
    byte[] responseHash,
    byte[] nextChallenge) {

  /** {@code [τ], [α], [β]} in G1, {@code [τ], [β]} in G2. */
  record FirstPowers(G1 tauG1, G2 tauG2, G1 alphaG1, G1 betaG1, G2 betaG2) {
    /** Those of nobody's secret, 1. */
    static final FirstPowers GENERATORS =
        new FirstPowers(G1.GENERATOR, G2.GENERATOR, G1.GENERATOR, G1.GENERATOR, G2.GENERATOR);
  }
}
