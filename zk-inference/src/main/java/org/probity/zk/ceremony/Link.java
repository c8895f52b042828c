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
    G1 tauG1,
    G2 tauG2,
    G1 alphaG1,
    G1 betaG1,
    G2 betaG2,
    List<PublicKey> keys,
    byte[] beacon,
    byte[] responseHash,
    byte[] nextChallenge) {}
