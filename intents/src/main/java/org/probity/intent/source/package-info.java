/**
 * The feature program of a vault's policy, read from a chain: {@link
 * org.probity.intent.source.VaultProgram} is which contracts, pools, feeds and signers it names,
 * {@link org.probity.intent.source.ProgramReader} gives its features at a head, and the hints with
 * which the vault finds the same ones.
 *
 * <p>The arithmetic is that of {@code strategy.feature}; here is where its numbers lie.
 */
@NullMarked
package org.probity.intent.source;

import org.jspecify.annotations.NullMarked;
