package org.probity.intent;

import java.math.BigInteger;
import org.probity.zk.Bytes32;

/**
 * The books of a vault: all that its own features, its nonce and the sizes of its trades depend on.
 *
 * @param baseBalance in the token's smallest unit, like {@code quoteBalance}
 * @param lastTradeTime in seconds of Unix time; 0 before the first trade
 * @param lastTradeTick reference tick of the last trade
 * @param epoch number of the budget epoch that was last traded in
 * @param spent notional of that epoch's trades, in units of the quote asset
 * @param maxNotionalPerEpoch the budget of an epoch, in units of the quote asset
 * @param epochSeconds length of a budget epoch
 * @param model digest of the model in force
 */
public record VaultState(
    BigInteger nonce,
    boolean paused,
    BigInteger baseBalance,
    BigInteger quoteBalance,
    long lastTradeTime,
    int lastTradeTick,
    long epoch,
    BigInteger spent,
    BigInteger maxNotionalPerEpoch,
    long epochSeconds,
    Bytes32 model) {}
