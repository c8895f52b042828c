/**
 * Chains: heads, transactions, keys, the published contracts that agents trade on, and a local
 * chain to try it all.
 *
 * <p>This room knows neither proofs nor models. The types of the client library stay inside it;
 * {@code org.probity.chain.contract} is generated from the contracts' ABIs by the build.
 */
@NullMarked
package org.probity.chain;

import org.jspecify.annotations.NullMarked;
