/**
 * Zero-knowledge inference: proves that a committed private network decided on given inputs, and
 * checks such proofs.
 *
 * <p>This room knows fields, curves, commitments and sumchecks, and nothing of chains, markets or
 * strategies. The same check stands in Solidity beside it, in {@code src/main/solidity}.
 */
@NullMarked
package org.probity.zk;

import org.jspecify.annotations.NullMarked;
