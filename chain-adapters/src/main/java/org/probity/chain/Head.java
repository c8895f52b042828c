package org.probity.chain;

import java.math.BigInteger;
import org.probity.ground.Bytes32;

/**
 * The header of a block, as much of it as a decision or a fee needs.
 *
 * @param number height of the block
 * @param timestamp in seconds of Unix time
 * @param baseFee price of a unit of gas that is burnt, in wei (EIP-1559)
 */
public record Head(
    long number, Bytes32 hash, Bytes32 parentHash, long timestamp, BigInteger baseFee) {}
