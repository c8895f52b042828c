/**
 * Everything that touches a chain: reading it, watching its heads, sending transactions. Keys are
 * kept in {@code org.probity.chain.keys}.
 *
 * <p>Start at {@link org.probity.chain.Endpoints} (the nodes to use) and {@link
 * org.probity.chain.ChainClient} (reads over JSON-RPC; what contracts return is read by name, see
 * {@link org.probity.chain.AbiValues}), then {@link org.probity.chain.HeadSource} (new heads, each
 * once, in order, with reorgs taken back) and {@link org.probity.chain.TransactionSender} (writes,
 * at most once, with a typed outcome). What others have put on public chains is in {@link
 * org.probity.chain.KnownChain}. Values are small immutable records; no type of an Ethereum library
 * appears in a public signature. This room knows neither proofs nor models.
 *
 * <p>It has more files than other packages because endpoints, heads and the sender share one pool
 * of connections and what is known of each node: apart, that would have to be public.
 *
 * <h2>Endpoints</h2>
 *
 * <p>A client has one or several. They are ranked by how far they are behind and how often they
 * failed of late, and a request goes to the best; reads and signed transactions go on to the next
 * if it fails. Each is asked for its chain id and block 0 before anything else, after every
 * failure, and from time to time. One that fails is asked last for a time that doubles; one that
 * asks to be left alone, or lies, is not asked at all until its time is over. {@link
 * org.probity.chain.EndpointStatus} and {@link org.probity.chain.EndpointFault} name it all for
 * metrics.
 *
 * <h2>Heads</h2>
 *
 * <p>The heads delivered and not reverted are always a chain: each link is checked by its parent
 * hash, whatever was announced. A reorg within the limit reverts the abandoned branch, newest
 * first, and delivers the new one in full. A deeper one reverts all that is remembered, is told as
 * {@link org.probity.chain.HeadSource.Condition#RE_ANCHORED}, and begins anew at the tip; if
 * another endpoint still has the old branch, it is the node that is wrong, and it is shut out
 * instead.
 *
 * <h2>Transactions</h2>
 *
 * <p>What a node may have got is in the {@link org.probity.chain.TransactionJournal} before, under
 * the caller's key. The journal and the chain together tell the fate of everything after a crash.
 * Giving up on a transaction means using its nonce up, since forgetting it would leave a copy in
 * some pool that may be executed tomorrow.
 */
@NullMarked
package org.probity.chain;

import org.jspecify.annotations.NullMarked;
