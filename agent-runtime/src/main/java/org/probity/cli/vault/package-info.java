/**
 * The commands of a vault's owner, curator and sentinels.
 *
 * <p>Entry type: {@link org.probity.cli.vault.VaultCommand}.
 */
@NullMarked
package org.probity.cli.vault;

import org.jspecify.annotations.NullMarked;
