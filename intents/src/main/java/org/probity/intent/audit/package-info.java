/**
 * Everything that a vault ever executed, looked at again from its chain alone: {@link
 * org.probity.intent.audit.Audit} reads events and call data, computes the features anew, checks
 * every proof, and keeps the vault's books beside it by the rules of {@code VaultLedger}. No
 * journal, no operator and no node is taken at its word where the chain itself can be asked.
 */
@NullMarked
package org.probity.intent.audit;

import org.jspecify.annotations.NullMarked;
