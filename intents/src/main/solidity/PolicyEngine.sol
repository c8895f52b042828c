// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Bounds} from "./Bounds.sol";
import {Asset, Exposure, HOLD, Hop, Model, Numbers, Policy} from "./Policy.sol";
import {Observations} from "./Observations.sol";
import {PriceGuard} from "./PriceGuard.sol";
import {PriceMath} from "./PriceMath.sol";
import {IndependentPrice} from "./IndependentPrice.sol";

/// What a decision comes to under a policy, now: which steps, how large, at which worst prices; or why none.
///
/// Only a view: it holds nothing, moves nothing and calls no vault. What depends on the market or the clock *reverts*,
/// since a later block may answer otherwise; what follows from the decision, the policy and the books alone gives no
/// step and a reason, to be recorded.
contract PolicyEngine {
    /// Why a decision leads to no step.
    enum Reason {
        NONE,
        /// The model says so.
        HOLD,
        /// What there is to trade is less than the smallest trade.
        AT_TARGET,
        /// The policy lets this decision not trade this way, or this asset not be bought.
        DIRECTION,
        /// The allowance's rest is less than the smallest trade.
        ALLOWANCE,
        /// As much of the asset as the policy allows is held.
        EXPOSURE,
        /// There is no numeraire to buy with.
        FUNDS
    }

    struct PlanInput {
        /// Where the policy's blob lies as code.
        address policy;
        uint32 asOf;
        uint16 slippageBps;
        int256[] outputs;
        /// What the vault has of each asset.
        uint256[] books;
        uint256 turnoverLeft;
        /// Three big-endian uint16 for each of the policy's pools: the observations at or before asOf, asOf - window and
        /// now - window.
        bytes hints;
    }

    struct PlanStep {
        uint8 asset;
        bool sell;
        uint256 amountIn;
        /// Value at the reference.
        uint256 notional;
        /// For the one pool of a route of one: the square root of the worst marginal price. 0 for longer routes.
        uint160 limitX96;
        /// The square root of the worst mean price, fees included: numeraire for one unit of the asset.
        uint256 worstX96;
        /// Numeraire for one unit of the asset, times 2^96: what losses are measured with.
        uint256 priceX96;
        int24 fresh;
        int24 start;
        address[] pools;
    }

    struct Plan {
        /// Sells first, then buys, each by ascending asset.
        PlanStep[] steps;
        /// Reference ticks by asset; 0 where neither held nor wanted, and for the numeraire.
        int24[] refs;
        /// The vault's value at the reference, in the numeraire.
        uint256 value;
        /// The weight of each asset at the reference, in basis points, rounded down.
        uint16[] weights;
        Reason reason;
    }

    /// The model gave something that its policy gives no meaning to.
    error UnknownDecision(int256 output, uint256 decisions);
    error WrongOutputs(uint256 expected, uint256 given);
    error WrongHintLength(uint256 expectedBytes, uint256 givenBytes);
    /// What the counted depth of a route bears is less than the smallest trade.
    error TooLargeForDepth(uint256 bears, uint256 minTrade);
    /// No policy lies there.
    error NotAPolicy(address policy);

    uint256 private constant BPS = Bounds.BPS;

    /// The sequencer's uptime feed of this chain, or 0.
    address public immutable sequencer;

    /// @param sequencer_ the chain's uptime feed (Chainlink's, on L2s), or 0 where there is none
    constructor(address sequencer_) {
        sequencer = sequencer_;
    }

    // What `plan` works with, in memory: the arguments of its parts.
    struct Work {
        Policy policy;
        PlanInput input;
        PriceGuard.PoolState[] pools;
        uint256[] weights;
        uint256[] values;
        int256[] refs;
        uint256 total;
        bool sells;
        bool buys;
        Plan plan;
        uint256 count;
        uint256 left;
        /// The numeraire, with what the sells should bring.
        uint256 funds;
    }

    /// Outputs, sizes, caps, guard, in this order.
    function plan(PlanInput calldata input) external view returns (Plan memory) {
        Work memory work;
        work.policy = policyAt(input.policy);
        work.input = input;
        uint256 pools = work.policy.parts.pools.length;
        if (input.hints.length != 6 * pools) revert WrongHintLength(6 * pools, input.hints.length);
        work.pools = new PriceGuard.PoolState[](pools);
        work.left = input.turnoverLeft;
        _wanted(work);
        _valued(work);
        _steps(work);
        return work.plan;
    }

    /// The policy whose blob lies at `place`.
    function policyAt(address place) public view returns (Policy memory) {
        uint256 size = place.code.length;
        if (size < 2) revert NotAPolicy(place);
        bytes memory blob = new bytes(size - 1);
        assembly ("memory-safe") {
            extcodecopy(place, add(blob, 0x20), 1, sub(size, 1))
        }
        return abi.decode(blob, (Policy));
    }

    /// What `plan` wants to be told as of a moment, if it is asked now or soon: for calls that no transaction pays for.
    function locate(address place, uint32 asOf) external view returns (bytes memory hints) {
        Policy memory policy = policyAt(place);
        uint32 window = policy.limits.numbers.window;
        uint32[] memory moments = new uint32[](3);
        (moments[0], moments[1], moments[2]) = (asOf, asOf - window, uint32(block.timestamp) - window);
        for (uint256 i = 0; i < policy.parts.pools.length; i++) {
            hints = bytes.concat(hints, Observations.locate(policy.parts.pools[i].pool, moments));
        }
    }

    // ------------------------------------------------------------------------------------------- what the model wants

    /// Weights by asset, HOLD where an asset is to be left as it is. Index 0, the numeraire, has the rest.
    function _wanted(Work memory work) private pure {
        Model memory model = work.policy.model;
        int256[] memory outputs = work.input.outputs;
        uint256 others = work.policy.parts.assets.length - 1;
        work.weights = new uint256[](others + 1);
        if (model.weightStepBps == 0) {
            if (outputs.length != 1) revert WrongOutputs(1, outputs.length);
            uint256 decisions = model.directions.length;
            if (outputs[0] < 0 || uint256(outputs[0]) >= decisions) revert UnknownDecision(outputs[0], decisions);
            uint256 decision = uint256(outputs[0]);
            for (uint256 i = 0; i < others; i++) {
                work.weights[i + 1] = model.targets[decision * others + i];
            }
            (work.sells, work.buys) = (model.directions[decision] & 1 != 0, model.directions[decision] & 2 != 0);
            return;
        }
        if (outputs.length != others) revert WrongOutputs(others, outputs.length);
        uint256 sum;
        uint256 most = BPS / model.weightStepBps;
        for (uint256 i = 0; i < others; i++) {
            uint256 steps = outputs[i] < 0 ? 0 : uint256(outputs[i]);
            work.weights[i + 1] = (steps > most ? most : steps) * model.weightStepBps;
            sum += work.weights[i + 1];
        }
        // A refusal would silence an honest model for ever.
        for (uint256 i = 1; sum > BPS && i <= others; i++) {
            work.weights[i] = BPS * work.weights[i] / sum;
        }
        (work.sells, work.buys) = (true, true);
    }

    // ------------------------------------------------------------------------------------------------- what there is

    function _valued(Work memory work) private view {
        uint256 assets = work.weights.length;
        work.values = new uint256[](assets);
        work.refs = new int256[](assets);
        work.plan.refs = new int24[](assets);
        work.plan.weights = new uint16[](assets);
        work.total = work.values[0] = work.funds = work.input.books[0];
        for (uint256 i = 1; i < assets; i++) {
            // With nothing of it, and nothing wanted, its price is nobody's business.
            if (work.input.books[i] == 0 && (work.weights[i] == 0 || work.weights[i] == HOLD)) continue;
            Hop[] memory route = work.policy.parts.assets[i].route;
            for (uint256 h = 0; h < route.length; h++) {
                PriceGuard.PoolState memory pool = _pool(work, route[h].pool);
                int256 tick = PriceGuard.referenceTick(pool, work.input.asOf, work.policy.limits.numbers.window);
                work.refs[i] += route[h].inverted ? -tick : tick;
            }
            work.values[i] = PriceMath.valueAt(work.input.books[i], PriceMath.sqrtRatioX96(work.refs[i]));
            work.total += work.values[i];
            work.plan.refs[i] = int24(work.refs[i]);
        }
        work.plan.value = work.total;
        for (uint256 i = 0; i < assets && work.total != 0; i++) {
            work.plan.weights[i] = uint16(work.values[i] * BPS / work.total);
        }
    }

    /// A pool as it is now, looked at once.
    function _pool(Work memory work, uint256 index) private view returns (PriceGuard.PoolState memory pool) {
        pool = work.pools[index];
        if (pool.now.place != address(0)) return pool;
        pool.now = Observations.look(work.policy.parts.pools[index].pool);
        bytes memory hints = work.input.hints;
        uint256 packed;
        assembly ("memory-safe") {
            packed := shr(208, mload(add(add(hints, 0x20), mul(6, index))))
        }
        pool.atAsOf = uint16(packed >> 32);
        pool.atWindow = uint16(packed >> 16);
        pool.atFresh = uint16(packed);
        pool.fee = work.policy.parts.pools[index].fee;
        pool.minLiquidity = work.policy.limits.pools[index].minLiquidity;
        pool.countedLiquidity = work.policy.limits.pools[index].countedLiquidity;
    }

    // --------------------------------------------------------------------------------------------------------- steps

    function _steps(Work memory work) private view {
        PlanStep[] memory steps = new PlanStep[](work.weights.length - 1);
        Reason reason = Reason.HOLD;
        for (uint256 pass = 0; pass < 2; pass++) {
            for (uint256 i = 1; i < work.weights.length; i++) {
                if (work.weights[i] == HOLD) continue;
                uint256 target = work.total * work.weights[i] / BPS;
                bool sell = target < work.values[i];
                if (sell != (pass == 0)) continue;
                uint256 notional = sell ? work.values[i] - target : target - work.values[i];
                Reason why = _sized(work, i, sell, notional, steps[work.count]);
                if (why == Reason.NONE) work.count++;
                else if (reason < why) reason = why;
            }
        }
        if (work.count == 0) {
            work.plan.reason = reason;
            return;
        }
        uint256 count = work.count;
        assembly ("memory-safe") {
            mstore(steps, count)
        }
        work.plan.steps = steps;
        if (sequencer != address(0)) IndependentPrice.checkSequencer(sequencer, work.policy.limits.numbers.sequencerGrace);
        for (uint256 i = 0; i < steps.length; i++) {
            _guarded(work, steps[i]);
        }
    }

    /// Caps shrink a step.
    function _sized(Work memory work, uint256 i, bool sell, uint256 notional, PlanStep memory step)
        private
        view
        returns (Reason)
    {
        Numbers memory limits = work.policy.limits.numbers;
        if (notional < limits.minTrade) return Reason.AT_TARGET;
        if (sell ? !work.sells : !work.buys || work.policy.parts.assets[i].sellOnly) return Reason.DIRECTION;
        if (notional > limits.maxAction) notional = limits.maxAction;
        if (notional > work.left) notional = work.left;
        if (notional < limits.minTrade) return Reason.ALLOWANCE;
        step.asset = uint8(i);
        step.sell = sell;
        if (!sell) {
            if (work.funds < limits.minTrade) return Reason.FUNDS;
            notional = _exposed(work, i, notional);
            if (notional < limits.minTrade) return Reason.EXPOSURE;
        }
        uint256 amountIn = sell ? Math.mulDiv(work.input.books[i], notional, work.values[i]) : notional;
        uint256 bears = PriceGuard.depth(_route(work, i), sell, limits);
        if (amountIn > bears) {
            notional = sell ? Math.mulDiv(notional, bears, amountIn) : bears;
            if (notional < limits.minTrade) revert TooLargeForDepth(notional, limits.minTrade);
            amountIn = bears;
        }
        PriceGuard.use(_route(work, i), sell, amountIn, limits);
        step.amountIn = amountIn;
        step.notional = notional;
        work.left -= notional;
        if (sell) work.funds += notional;
        return Reason.NONE;
    }

    /// What may still be bought of an asset: at the larger of its fresh and its independent price, against all at the
    /// reference.
    function _exposed(Work memory work, uint256 i, uint256 notional) private view returns (uint256) {
        Exposure memory cap = work.policy.limits.exposures[i - 1];
        uint256 most = Math.min(cap.most, Math.mulDiv(work.total, cap.mostBps, BPS));
        (uint256 priceX96, uint256 freshX96) = _prices(work, i);
        uint256 held = Math.mulDiv(work.input.books[i], Math.max(priceX96, freshX96), 1 << 96, Math.Rounding.Ceil);
        uint256 room = held >= most ? 0 : most - held;
        return notional < room ? notional : room;
    }

    function _guarded(Work memory work, PlanStep memory step) private view {
        Numbers memory limits = work.policy.limits.numbers;
        Asset memory asset = work.policy.parts.assets[step.asset];
        PriceGuard.Route memory route = _route(work, step.asset);
        uint256 slippage = Math.min(limits.maxSlippageBps, work.input.slippageBps);
        PriceGuard.Guarded memory found =
            PriceGuard.check(route, step.sell, work.refs[step.asset], slippage, limits);
        step.limitX96 = found.limitX96;
        step.worstX96 = found.worstX96;
        step.fresh = int24(found.fresh);
        step.start = int24(found.start);
        (step.priceX96,) = _prices(work, step.asset);
        step.pools = new address[](asset.route.length);
        for (uint256 h = 0; h < asset.route.length; h++) {
            step.pools[step.sell ? h : asset.route.length - 1 - h] = route.pools[h].now.place;
        }
    }

    /// @return priceX96 what losses are measured with: the independent price where there is one, else the fresh one
    /// @return freshX96 the fresh mean
    function _prices(Work memory work, uint256 i) private view returns (uint256 priceX96, uint256 freshX96) {
        Asset memory asset = work.policy.parts.assets[i];
        PriceGuard.Route memory route = _route(work, i);
        int256 fresh = PriceGuard.freshOf(route, work.policy.limits.numbers.window);
        freshX96 = PriceGuard.priceX96(fresh);
        uint256 unit = 10 ** (9 + uint256(asset.decimals));
        uint256 other;
        if (asset.feed.proxy != address(0)) {
            other = IndependentPrice.value(work.policy.parts.assets[0], asset);
        } else if (asset.secondPool != 0) {
            PriceGuard.PoolState memory second = _pool(work, asset.secondPool - 1);
            PriceGuard.checkLiquidity(second, work.policy.limits.numbers.window);
            int256 tick = PriceGuard.freshTick(second, work.policy.limits.numbers.window);
            other = PriceMath.valueAt(unit, PriceMath.sqrtRatioX96(asset.secondInverted ? -tick : tick));
        } else {
            return (freshX96, freshX96);
        }
        uint256 deviation = work.policy.limits.numbers.maxDeviationBps;
        IndependentPrice.agrees(asset.token, PriceMath.valueAt(unit, PriceMath.sqrtRatioX96(fresh)), other, deviation);
        int256 start = PriceGuard.startOf(route, work.policy.limits.numbers.settle);
        IndependentPrice.agrees(asset.token, PriceMath.valueAt(unit, PriceMath.sqrtRatioX96(start)), other, deviation);
        priceX96 = Math.mulDiv(other, 1 << 96, unit);
    }

    function _route(Work memory work, uint256 i) private view returns (PriceGuard.Route memory route) {
        Hop[] memory hops = work.policy.parts.assets[i].route;
        route.pools = new PriceGuard.PoolState[](hops.length);
        route.inverted = new bool[](hops.length);
        for (uint256 h = 0; h < hops.length; h++) {
            route.pools[h] = _pool(work, hops[h].pool);
            route.inverted[h] = hops[h].inverted;
        }
    }
}
