/**
 * What owner, curator and sentinels do with a vault: what it is and what waits, what an act changes
 * before anybody signs it, and the act itself, signed here or handed to who signs elsewhere.
 *
 * <p>Entry types: {@link org.probity.governance.GovernedVault}, {@link
 * org.probity.governance.Enactment}.
 */
@NullMarked
package org.probity.governance;

import org.jspecify.annotations.NullMarked;
