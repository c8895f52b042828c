package org.probity.chain;

/**
 * What is known of a journalled transaction.
 *
 * @param key what the caller knows it by
 * @param nonce in the sender's count of transactions
 * @param outcome {@link Outcome.Unknown} while it is open
 * @param settled whether no reorg is expected to change it any more
 */
public record TransactionFate(String key, long nonce, Outcome outcome, boolean settled) {}
