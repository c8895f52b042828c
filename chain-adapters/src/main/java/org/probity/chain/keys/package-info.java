/**
 * Keys at rest: encrypted files of the Web3 Secret Storage format, which others write and read too.
 *
 * <p>{@link org.probity.chain.keys.KeyStore} is the door; a key leaves it only as a {@link
 * org.probity.chain.Signer}.
 */
@NullMarked
package org.probity.chain.keys;

import org.jspecify.annotations.NullMarked;
