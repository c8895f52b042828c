package org.probity.intent;

import java.math.BigInteger;
import org.probity.chain.Address;

/**
 * What a vault gained of one asset.
 *
 * @param asset the token's contract
 * @param amount in the token's smallest unit; negative if the vault gave it away
 */
public record AssetDelta(Address asset, BigInteger amount) {}
