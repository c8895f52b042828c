// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Numbers} from "./Policy.sol";
import {IUniswapV3Pool} from "./IUniswapV3Pool.sol";
import {Observations} from "./Observations.sol";
import {PriceMath} from "./PriceMath.sol";

/// Whether a trade is at the market's price, and small enough that nobody gains by moving it.
///
/// Four prices of a route are looked at: the mean over the window up to the decision's moment (`ref`) and up to now
/// (`fresh`), the tick at the start of this block (`start`) and the tick before that one (`prior`). Whoever moves a pool
/// within one transaction moves none of them; at the end of the block before, `start` alone. A trade is refused where
/// start or prior lies far from a mean, and is filled no further than `slippage` from ref, fresh and prior and `impact`
/// from start.
///
/// A sandwich pays only while the trade is larger than fee times depth; sizes are held below that, with the liquidity
/// that the policy *counts on*, never with the measured one, which may be an attacker's own. The measured one, over the
/// window and now, must only not fall below its floor.
///
/// All ticks of a route are the sums of its pools' oriented ticks: higher is a dearer asset.
library PriceGuard {
    struct PoolState {
        Observations.Pool now;
        uint256 atAsOf;
        uint256 atWindow;
        uint256 atFresh;
        uint256 fee;
        uint256 minLiquidity;
        uint256 countedLiquidity;
        // What follows is read once: the mean up to asOf; the mean up to now, with which liquidity is checked; the start
        // of the block, its square root, and the tick before it.
        int256 ref;
        bool hasRef;
        int256 fresh;
        bool liquid;
        int256 start;
        int256 prior;
        uint256 startX96;
        /// What its depth bears of token0, and of token1.
        uint256 bears0;
        uint256 bears1;
        /// Which part of what its depth bears is used by earlier steps, in units of 2^-96.
        uint256 used;
    }

    struct Route {
        /// From the asset to the numeraire.
        PoolState[] pools;
        bool[] inverted;
    }

    struct Guarded {
        uint160 limitX96;
        uint256 worstX96;
        int256 fresh;
        int256 start;
    }

    /// The start of the block, or the tick before it, is too far from a mean.
    error MarketMoved(int256 tick, int256 mean, uint256 most);
    /// The pool's price is already worse than the step may pay.
    error PriceBeyondLimit(uint256 sqrtPriceX96, uint256 limitX96);
    /// Liquidity, over the window or now, is below the policy's floor.
    /// @param pool or a venue's action
    error TooLittleLiquidity(address pool, uint256 liquidity, uint256 floor);
    /// The decision's slippage does not even pay the fees of the route, or of the venue.
    error SlippageBelowFees(uint256 slippageTicks, uint256 feeTicks);

    uint256 private constant ONE = 1 << 96;

    /// The pool's mean tick over the window that ends at asOf.
    function referenceTick(PoolState memory pool, uint32 asOf, uint256 window) internal view returns (int256) {
        if (pool.hasRef) return pool.ref;
        Observations.Stretch memory stretch = Observations.nowhere();
        uint256 age = Observations.ageOf(asOf);
        int256 later = Observations.ticksAt(pool.now, stretch, age, pool.atAsOf);
        int256 earlier = Observations.ticksAt(pool.now, stretch, age + window, pool.atWindow);
        pool.ref = Observations.mean(later, earlier, window);
        pool.hasRef = true;
        return pool.ref;
    }

    /// The pool's mean tick over the window that ends now. Checks its liquidity over the same time.
    function freshTick(PoolState memory pool, uint256 window) internal view returns (int256) {
        if (!pool.liquid) _checkLiquidity(pool, window);
        return pool.fresh;
    }

    function _checkLiquidity(PoolState memory pool, uint256 window) private view {
        uint256 inRange = IUniswapV3Pool(pool.now.place).liquidity();
        Observations.Stretch memory stretch = Observations.nowhere();
        Observations.find(pool.now, stretch, 0, pool.now.newest);
        int256 ticks = Observations.ticksAt(stretch, 0);
        uint256 passed = Observations.perLiquidityAt(stretch, 0, inRange);
        Observations.walk(pool.now, stretch, window, pool.atFresh);
        pool.fresh = Observations.mean(ticks, Observations.ticksAt(stretch, window), window);
        unchecked {
            passed = uint160(passed - Observations.perLiquidityAt(stretch, window, inRange));
        }
        uint256 harmonic = passed == 0 ? 0 : (window << 128) / passed;
        if (harmonic < pool.minLiquidity) revert TooLittleLiquidity(pool.now.place, harmonic, pool.minLiquidity);
        if (inRange < pool.minLiquidity) revert TooLittleLiquidity(pool.now.place, inRange, pool.minLiquidity);
        pool.liquid = true;
    }

    function referenceOf(Route memory route, uint32 asOf, uint256 window) internal view returns (int256 tick) {
        for (uint256 h = 0; h < route.pools.length; h++) {
            int256 ref = referenceTick(route.pools[h], asOf, window);
            tick = _plus(tick, ref, route.inverted[h]);
        }
    }

    function freshOf(Route memory route, uint256 window) internal view returns (int256 tick) {
        for (uint256 h = 0; h < route.pools.length; h++) {
            int256 fresh = freshTick(route.pools[h], window);
            tick = _plus(tick, fresh, route.inverted[h]);
        }
    }

    function startOf(Route memory route, uint256 settle) internal view returns (int256 tick) {
        for (uint256 h = 0; h < route.pools.length; h++) {
            PoolState memory pool = route.pools[h];
            _begin(pool, settle);
            tick = _plus(tick, pool.start, route.inverted[h]);
        }
    }

    /// A pool's tick, added to a route's: means of 56-bit sums, and no more than three of them.
    function _plus(int256 sum, int256 tick, bool inverted) private pure returns (int256) {
        unchecked {
            return inverted ? sum - tick : sum + tick;
        }
    }

    /// What one unit costs at a tick, times 2^96, rounded down.
    function priceX96(int256 tick) internal pure returns (uint256) {
        return squared(PriceMath.sqrtRatioX96(tick));
    }

    function squared(uint256 rootX96) internal pure returns (uint256) {
        return Math.mulDiv(rootX96, rootX96, ONE);
    }

    /// How much may be given at most over a route, by the depth that is counted on.
    function depth(Route memory route, bool sell, Numbers memory limits) internal view returns (uint256 bears) {
        bears = type(uint128).max;
        int256 passed;
        for (uint256 k = 0; k < route.pools.length; k++) {
            uint256 h = sell ? k : route.pools.length - 1 - k;
            PoolState memory pool = route.pools[h];
            uint256 here = _bears(pool, _zeroForOne(route, h, sell), limits);
            if (pool.used != 0) here = Math.mulDiv(here, ONE - pool.used, ONE);
            // What arrives here, for one unit given at the beginning, is 1.0001^passed.
            bears = Math.min(bears, k == 0 ? here : Math.mulDiv(here, ONE, priceX96(passed)));
            passed += _onward(route, h, sell, limits.settle);
        }
    }

    /// Counts a step into the allowance of each pool that it goes through.
    function use(Route memory route, bool sell, uint256 amountIn, Numbers memory limits) internal view {
        int256 passed;
        for (uint256 k = 0; k < route.pools.length; k++) {
            uint256 h = sell ? k : route.pools.length - 1 - k;
            PoolState memory pool = route.pools[h];
            uint256 arriving = k == 0 ? amountIn : Math.mulDiv(amountIn, priceX96(passed), ONE, Math.Rounding.Ceil);
            uint256 whole = _bears(pool, _zeroForOne(route, h, sell), limits);
            uint256 taken = Math.mulDiv(arriving, ONE, whole, Math.Rounding.Ceil);
            pool.used = Math.min(ONE, pool.used + taken);
            passed += _onward(route, h, sell, limits.settle);
        }
    }

    /// What one pool bears in units of the token that it gets: a share of fee times depth, at the start's price.
    function _bears(PoolState memory pool, bool zeroForOne, Numbers memory limits) private view returns (uint256) {
        uint256 known = zeroForOne ? pool.bears0 : pool.bears1;
        if (known != 0) return known;
        _begin(pool, limits.settle);
        uint256 side = zeroForOne
            ? Math.mulDiv(pool.countedLiquidity, ONE, pool.startX96)
            : Math.mulDiv(pool.countedLiquidity, pool.startX96, ONE);
        known = Math.mulDiv(side, pool.fee * limits.depthShareBps, 1e10);
        if (zeroForOne) pool.bears0 = known;
        else pool.bears1 = known;
        return known;
    }

    function _zeroForOne(Route memory route, uint256 h, bool sell) private pure returns (bool) {
        // The asset's side is token0 unless inverted.
        return sell != route.inverted[h];
    }

    /// The tick of what a pool gives for one unit of what it gets, as of the start.
    function _onward(Route memory route, uint256 h, bool sell, uint256 settle) private view returns (int256) {
        PoolState memory pool = route.pools[h];
        _begin(pool, settle);
        return _zeroForOne(route, h, sell) ? pool.start : -pool.start;
    }

    /// Looks, once, where the pool was when the block began.
    function _begin(PoolState memory pool, uint256 settle) private view {
        if (pool.startX96 != 0) return;
        (pool.start, pool.prior) = Observations.blockStart(pool.now, settle);
        pool.startX96 = PriceMath.sqrtRatioX96(pool.start);
    }

    /// How much may be given at most at a venue beside the route: the same share of fee times depth, at the route's start.
    function depthAt(
        Route memory route,
        bool sell,
        uint256 countedLiquidity,
        uint256 fee,
        Numbers memory limits
    ) internal view returns (uint256) {
        uint256 rootX96 = PriceMath.sqrtRatioX96(startOf(route, limits.settle));
        uint256 side =
            sell ? Math.mulDiv(countedLiquidity, ONE, rootX96) : Math.mulDiv(countedLiquidity, rootX96, ONE);
        return Math.mulDiv(side, fee * limits.depthShareBps, 1e10);
    }

    /// The four prices against each other, and the worst that a step may pay.
    /// @param venueFee of the venue beside the route where the step is to be carried out, which has no price limit; 0 for
    /// the route itself
    function check(
        Route memory route,
        bool sell,
        int256 ref,
        uint256 slippage,
        uint256 venueFee,
        Numbers memory limits
    ) internal view returns (Guarded memory found) {
        int256 prior;
        int256 impact;
        int256 fees;
        if (venueFee != 0) (impact, fees) = (_impact(venueFee, limits), feeTicks(venueFee));
        found.fresh = freshOf(route, limits.window);
        for (uint256 h = 0; h < route.pools.length; h++) {
            PoolState memory pool = route.pools[h];
            _begin(pool, limits.settle);
            found.start = _plus(found.start, pool.start, route.inverted[h]);
            prior = _plus(prior, pool.prior, route.inverted[h]);
            if (venueFee != 0) continue;
            impact += _impact(pool.fee, limits);
            fees += feeTicks(pool.fee);
        }
        int256 drift = int256(uint256(limits.maxDrift));
        _near(found.start, ref, drift);
        _near(found.start, found.fresh, drift);
        _near(prior, ref, drift);
        _near(prior, found.fresh, drift);

        int256 room = int256(slippage) - fees;
        if (room < 0) revert SlippageBelowFees(slippage, uint256(fees));
        int256 limit;
        if (sell) {
            limit = _max(_max(ref, found.fresh), prior) - room;
            limit = _max(limit, found.start - impact);
            found.worstX96 = PriceMath.sqrtRatioX96(limit - fees);
        } else {
            limit = _min(_min(ref, found.fresh), prior) + room;
            limit = _min(limit, found.start + impact);
            found.worstX96 = PriceMath.sqrtRatioX96(limit + fees);
        }
        if (venueFee == 0 && route.pools.length == 1) found.limitX96 = _limit(route, sell, limit);
    }

    /// How far a step of the depth's share moves a price, in ticks.
    function _impact(uint256 fee, Numbers memory limits) private pure returns (int256) {
        return int256(Math.ceilDiv(2 * uint256(limits.depthShareBps) * fee, 1e6) + limits.impactMargin);
    }

    /// 1 / (1 - f) is less than 1.0001^(f + 1 bp) up to a fee of 1 %.
    function feeTicks(uint256 fee) internal pure returns (int256) {
        return int256((fee + 99) / 100 + 1);
    }

    function _near(int256 tick, int256 mean, int256 most) private pure {
        unchecked {
            if (tick - mean > most || mean - tick > most) revert MarketMoved(tick, mean, uint256(most));
        }
    }

    /// As the pool wants it, strictly between its extreme prices.
    function _limit(Route memory route, bool sell, int256 limit) private pure returns (uint160 limitX96) {
        int256 tick = route.inverted[0] ? -limit : limit;
        if (tick <= -PriceMath.MAX_TICK) tick = 1 - PriceMath.MAX_TICK;
        if (tick >= PriceMath.MAX_TICK) tick = PriceMath.MAX_TICK - 1;
        limitX96 = uint160(PriceMath.sqrtRatioX96(tick));
        uint256 spot = route.pools[0].now.sqrtPriceX96;
        if (_zeroForOne(route, 0, sell) ? spot <= limitX96 : spot >= limitX96) revert PriceBeyondLimit(spot, limitX96);
    }

    function _max(int256 a, int256 b) private pure returns (int256) {
        return a > b ? a : b;
    }

    function _min(int256 a, int256 b) private pure returns (int256) {
        return a < b ? a : b;
    }
}
