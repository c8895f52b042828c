/**
 * Intents: a decision, bound to its proof, on its way to a venue.
 *
 * <p>Here the spine comes together: features, decision, proof, intent, execution, receipt. The
 * contracts that hold funds and refuse whatever is not proven are in {@code src/main/solidity}.
 */
@NullMarked
package org.probity.intent;

import org.jspecify.annotations.NullMarked;
