package org.probity.intent;

import org.probity.chain.Bytes;
import org.probity.zk.FeatureVector;

/**
 * What is known at one head: the model's features, and what the vault needs to find the same ones.
 *
 * @param state the vault's books, its nonce among them
 * @param asOf the moment the features are of, in seconds of Unix time; never after the head
 * @param indices for each point in time of the features the pool's observation before it, 18
 *     big-endian 16-bit numbers, the newest point first
 * @param referenceTick mean tick over the reference horizon, oriented so that a higher one is a
 *     dearer base asset
 * @param features the model's inputs, in its order
 */
public record Observation(
    VaultState state, long asOf, Bytes indices, int referenceTick, FeatureVector features) {}
