/**
 * Intents: a decision, bound to its proof, on its way to a venue.
 *
 * <p>Here the spine comes together: features, decision, proof, intent, execution, receipt. The
 * contracts that hold funds and refuse whatever is not proven are in {@code src/main/solidity};
 * {@code org.probity.intent.contract} is generated from their ABIs by the build.
 */
@NullMarked
package org.probity.intent;

import org.jspecify.annotations.NullMarked;
