// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// Every hard limit of a policy, once: `PolicyRules` refuses what lies outside.
library Bounds {
    /// Assets, the numeraire among them.
    uint256 internal constant ASSETS = 8;
    /// Distinct pools of all routes and second opinions.
    uint256 internal constant POOLS = 12;
    /// Pools of one route.
    uint256 internal constant HOPS = 3;
    /// Other places to trade than the routes.
    uint256 internal constant VENUES = 16;
    /// Of a venue, in hundredths of a basis point.
    uint256 internal constant VENUE_FEE_MOST = 10_000;
    /// What may be lent and borrowed.
    uint256 internal constant RESERVES = 4;
    /// Of the health factor that loans may not go below, in basis points of one.
    uint256 internal constant HEALTH_FLOOR_LEAST = 10_500;
    uint256 internal constant HEALTH_FLOOR_MOST = 100_000;
    uint256 internal constant SOURCES = 8;
    uint256 internal constant DECISIONS = 16;
    uint256 internal constant BPS = 10_000;

    uint256 internal constant STEP_LEAST = 60;
    uint256 internal constant STEP_MOST = 1 days;
    /// The reference's window.
    uint256 internal constant WINDOW_LEAST = 300;
    uint256 internal constant WINDOW_MOST = 3600;
    uint256 internal constant SLIPPAGE_MOST = 300;
    uint256 internal constant DRIFT_MOST = 300;
    /// Of slippage and drift together.
    uint256 internal constant ROOM_MOST = 500;
    uint256 internal constant IMPACT_MARGIN_MOST = 30;
    uint256 internal constant SEQUENCER_GRACE_LEAST = 1800;
    uint256 internal constant TOKEN_DECIMALS_MOST = 18;
    uint256 internal constant FEED_DECIMALS_MOST = 18;
    /// A month's losses: with one more decision's they still fit 96 bits.
    uint256 internal constant LOSS_MOST = 1 << 95;
    /// What one entry of the books can hold.
    uint256 internal constant BOOK_MOST = type(uint112).max;
}
