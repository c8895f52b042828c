/**
 * Everything that touches a chain: reading it, watching its heads, sending transactions, keeping
 * keys.
 *
 * <p>Start at {@link org.probity.chain.ChainClient} (reads over JSON-RPC), then {@link
 * org.probity.chain.HeadSource} (new heads, each once, in order) and {@link
 * org.probity.chain.TransactionSender} (writes, with a typed outcome). Values are small immutable
 * records; no type of an Ethereum library appears in a public signature. This room knows neither
 * proofs nor models.
 */
@NullMarked
package org.probity.chain;

import org.jspecify.annotations.NullMarked;
