package org.probity.intent.policy;

import java.math.BigInteger;
import java.util.List;
import org.probity.chain.Address;

/**
 * What a vault has with its lending market, and what the market lets it do, at one moment of one
 * block: what {@code ILendingDesk.look} says.
 *
 * @param account the vault's own with the market
 * @param reserves one for each of the policy's reserves
 */
public record LendingView(Address account, List<State> reserves) {

  /** Of a policy without lending. */
  public static final LendingView NONE = new LendingView(Address.ZERO, List.of());

  /** Copies the list. */
  public LendingView {
    reserves = List.copyOf(reserves);
  }

  /**
   * One reserve. Amounts are in the asset's smallest unit; those that the market's state makes
   * impossible are 0.
   *
   * @param supplied what is booked as supplied, with interest until now, rounded down; no more than
   *     is there
   * @param owed what is owed, with interest until now, rounded up; no more than is booked
   * @param liquid what the market could pay out
   * @param supplyRoom what it would still take
   * @param borrowRoom what it would still lend
   * @param price of one whole token by the market's oracle, in the market's base currency
   * @param thresholdBps what it counts for as collateral until it is liquidated; 0 where the
   *     vault's supply is no collateral
   * @param ltvBps what it counts for to borrow on
   */
  public record State(
      BigInteger supplied,
      BigInteger owed,
      BigInteger liquid,
      BigInteger supplyRoom,
      BigInteger borrowRoom,
      boolean repayable,
      BigInteger price,
      int thresholdBps,
      int ltvBps) {}
}
