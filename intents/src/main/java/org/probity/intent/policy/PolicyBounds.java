package org.probity.intent.policy;

import java.math.BigInteger;

/** Every hard limit of a policy; exactly {@code Bounds.sol}, name by name. */
public final class PolicyBounds {

  /** Assets, the numeraire among them. */
  public static final int ASSETS = 8;

  /** Distinct pools of all routes and second opinions. */
  public static final int POOLS = 12;

  /** Pools of one route. */
  public static final int HOPS = 3;

  /** Other places to trade than the routes. */
  public static final int VENUES = 16;

  /** Of a venue, in hundredths of a basis point. */
  public static final int VENUE_FEE_MOST = 10_000;

  /** What may be lent and borrowed. */
  public static final int RESERVES = 4;

  /** Entries of a feature program. */
  public static final int SOURCES = 8;

  /** Classes of an ARGMAX head. */
  public static final int DECISIONS = 16;

  /** One, in basis points. */
  public static final int BPS = 10_000;

  /** Seconds. */
  public static final long STEP_LEAST = 60;

  /** Seconds. */
  public static final long STEP_MOST = 86_400;

  /** Seconds of the reference's window. */
  public static final long WINDOW_LEAST = 300;

  /** Seconds of the reference's window. */
  public static final long WINDOW_MOST = 3600;

  public static final int SLIPPAGE_MOST = 300;
  public static final int DRIFT_MOST = 300;

  /** Of slippage and drift together. */
  public static final int ROOM_MOST = 500;

  public static final int IMPACT_MARGIN_MOST = 30;

  /** Seconds. */
  public static final long SEQUENCER_GRACE_LEAST = 1800;

  /** Of the health factor that loans may not go below, in basis points of one. */
  public static final int HEALTH_FLOOR_LEAST = 10_500;

  public static final int HEALTH_FLOOR_MOST = 100_000;

  public static final int TOKEN_DECIMALS_MOST = 18;
  public static final int FEED_DECIMALS_MOST = 18;

  /** What one entry of the books can hold. */
  public static final BigInteger BOOK_MOST = BigInteger.ONE.shiftLeft(112).subtract(BigInteger.ONE);

  /** A month's losses: with one more decision's they still fit 96 bits. */
  public static final BigInteger LOSS_MOST = BigInteger.ONE.shiftLeft(95);

  private PolicyBounds() {}
}
