package org.probity.intent;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.probity.chain.AbiValues;

/**
 * What the owner of a vault allows; the {@code Policy} of {@code ProofBoundVault.sol}.
 *
 * @param maxSlippageBps worst price accepted, fees included, against the reference price
 * @param maxAgeSeconds how old the features may be at execution
 * @param stepSeconds the moments that features may be of are its multiples; with 1 any second is
 * @param epochSeconds length of the epochs that the budget is for
 * @param minTrade smallest trade, in units of the quote asset
 * @param maxNotionalPerEpoch sum of the trades of one epoch, in units of the quote asset
 * @param targets for each decision the weight of the base asset to trade to, in basis points; empty
 *     to hold
 */
public record VaultPolicy(
    int maxSlippageBps,
    long maxAgeSeconds,
    long stepSeconds,
    long epochSeconds,
    BigInteger minTrade,
    BigInteger maxNotionalPerEpoch,
    List<OptionalInt> targets) {

  private static final int HOLD = 0xffff;
  private static final int MOST_TARGETS = 16;
  private static final int BPS = 10_000;

  /**
   * The vault checks the rest.
   *
   * @throws IllegalArgumentException if there are no targets, too many, or one is no weight
   */
  public VaultPolicy {
    targets = List.copyOf(targets);
    if (targets.isEmpty() || targets.size() > MOST_TARGETS) {
      throw new IllegalArgumentException(
          "A policy has 1 to %s targets, not %s".formatted(MOST_TARGETS, targets.size()));
    }
    for (OptionalInt target : targets) {
      if (target.isPresent() && (target.getAsInt() < 0 || target.getAsInt() > BPS)) {
        throw new IllegalArgumentException(
            "A target weight lies between 0 and %s basis points, not at %s"
                .formatted(BPS, target.getAsInt()));
      }
    }
  }

  /** The target of a decision; empty if that is to hold. */
  public OptionalInt target(int decision) {
    return targets.get(decision);
  }

  /** The struct as the contract takes it. */
  List<Object> toStruct() {
    BigInteger packed = BigInteger.ZERO;
    for (int i = targets.size() - 1; i >= 0; i--) {
      packed = packed.shiftLeft(16).or(BigInteger.valueOf(targets.get(i).orElse(HOLD)));
    }
    return List.of(
        BigInteger.valueOf(maxSlippageBps),
        BigInteger.valueOf(maxAgeSeconds),
        BigInteger.valueOf(stepSeconds),
        BigInteger.valueOf(epochSeconds),
        BigInteger.valueOf(targets.size()),
        minTrade,
        maxNotionalPerEpoch,
        packed);
  }

  /** The struct as the contract gives it. */
  static VaultPolicy ofStruct(AbiValues policy) {
    int decisions = policy.int32("decisions");
    BigInteger packed = policy.integer("targets");
    List<OptionalInt> targets = new ArrayList<>();
    for (int i = 0; i < decisions; i++) {
      int target = packed.shiftRight(16 * i).intValue() & 0xffff;
      targets.add(target == HOLD ? OptionalInt.empty() : OptionalInt.of(target));
    }
    return new VaultPolicy(
        policy.int32("maxSlippageBps"),
        policy.int64("maxAgeSeconds"),
        policy.int64("stepSeconds"),
        policy.int64("epochSeconds"),
        policy.integer("minTrade"),
        policy.integer("maxNotionalPerEpoch"),
        targets);
  }
}
