/**
 * Powers of tau from a ceremony: reads snarkjs {@code .ptau} files of BN254, distrusting every
 * byte, and recomputes what the file claims of its contributions.
 *
 * <p>Entry: {@link org.probity.zk.ceremony.CeremonyFile#read}; what it found out is a {@link
 * org.probity.zk.ceremony.Ceremony}. Pure: the one random scalar that the checks need comes in as
 * an argument.
 */
@NullMarked
package org.probity.zk.ceremony;

import org.jspecify.annotations.NullMarked;
